"""Printing by a browser where WeasyPrint's libraries are missing: it is believed in nothing and outlives nothing."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2
import pytest

from kamreport.errors import PrintError
from kamreport.publish import pdf
from kamreport.publish.cleaning import policy
from kamreport.publish.pdf import print_pdf, printer
from tests.publish.conftest import MakeBrowser, is_alive
from tests.publish.payloads import PAYLOADS, Listener

CHROMIUM = shutil.which("chromium")
WORDS = "Jun 2025"
PAGE = f"<!DOCTYPE html><title>T</title><p>{WORDS}" + "<p>Padding of the page" * 40

Use = Callable[[str], Path]


@pytest.fixture(scope="module")
def good() -> bytes:
    return pdf._by_weasyprint(PAGE, [])


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, browser: MakeBrowser) -> Path:
    """Where pages are printed from: a folder that whoever prints may enter."""
    folder = browser("exit 1") / "temporary"
    folder.mkdir()
    folder.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, browser: MakeBrowser, temporary: Path, good: bytes) -> Iterator[Use]:
    """Print with a script; ``$here/good.pdf`` is a good PDF of the page."""

    def made(script: str) -> Path:
        folder = browser(script)
        (folder / "good.pdf").write_bytes(good)
        (folder / "good.pdf").chmod(0o644)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        monkeypatch.setenv("KAMREPORT_PRINTER", "browser")
        printer.cache_clear()
        return folder

    yield made
    printer.cache_clear()


def refused(script: str, use: Use) -> str:
    use(script)
    with pytest.raises(PrintError) as raised:
        print_pdf(PAGE, must_say=[WORDS])
    return str(raised.value)


def printer_folder() -> Path:
    return Path(printer()).parent


def gone(pids: list[int]) -> bool:
    """Whether processes end within ten seconds: a signal takes its time."""
    until = time.monotonic() + 10
    while any(map(is_alive, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(map(is_alive, pids))


def test_what_the_browser_writes_is_the_report(use: Use, good: bytes, temporary: Path) -> None:
    use('cp "$here/good.pdf" "$out"')
    assert print_pdf(PAGE, must_say=[WORDS])[0] == good
    assert list(temporary.iterdir()) == []


def test_how_a_browser_is_called(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """As nobody instead of root, with its sandbox, a profile of its own, no network, no path at the foot (S15, S16)."""
    monkeypatch.setenv("SMTP_PASSWORD", "CANARY")
    folder = use(
        'printf "%s\\n" "$@" >$here/called; id -u >$here/user; id -G >$here/groups; env >$here/environment\n'
        'stat -c %a "$(dirname "$out")" >$here/mode; cp "$here/good.pdf" "$out"'
    )
    for _ in range(2):
        print_pdf(PAGE, must_say=[WORDS])
    called = (folder / "called").read_text().split("\n")
    assert not [one for one in called if "sandbox" in one]
    assert {
        "--headless", "--no-pdf-header-footer", "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
    } <= set(called)  # fmt: skip
    (profile,) = [one for one in called if one.startswith("--user-data-dir=")]
    assert not Path(profile.partition("=")[2]).exists()
    names = {line.partition("=")[0] for line in (folder / "environment").read_text().splitlines()}
    assert names <= {"HOME", "PATH", "LANG", "PWD", "OLDPWD", "SHLVL", "_"}
    assert (folder / "user").read_text().strip() == str(os.geteuid() or 65534)
    assert "0" not in (folder / "groups").read_text().split()
    assert (folder / "mode").read_text().strip() == "700"


def test_browsers_at_once_have_a_profile_each(use: Use, good: bytes) -> None:
    """A browser that finds its profile in use ends with 21 and prints nothing (R17)."""
    folder = use(
        "for one; do case $one in --user-data-dir=*) profile=${one#*=};; esac; done; echo $profile >>$here/profiles\n"
        "until [ $(wc -l <$here/profiles) -ge 2 ]; do sleep 0.01; done\n"
        'mkdir "$profile" || exit 21; cp "$here/good.pdf" "$out"'
    )
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(print_pdf, PAGE, must_say=[WORDS]) for _ in range(2)]
        assert [one.result()[0] for one in made] == [good, good]
    profiles = (folder / "profiles").read_text().split()
    assert len(profiles) == len(set(profiles)) == 2


@pytest.mark.parametrize("fault", ["exit 0", "kill -SEGV $$", ': >"$out"', 'head -c 2000 $here/good.pdf >"$out"'])
def test_a_browser_that_fails_is_asked_once_more_with_a_fresh_profile(use: Use, good: bytes, fault: str) -> None:
    asked = "for one; do case $one in --user-data-dir=*) echo ${one#*=} >>$here/profiles;; esac; done\n"
    folder = use(f'{asked}[ $(wc -l <$here/profiles) -ge 2 ] || {{ {fault}; exit; }}\ncp "$here/good.pdf" "$out"')
    assert print_pdf(PAGE, must_say=[WORDS])[0] == good
    profiles = (folder / "profiles").read_text().split()
    assert len(profiles) == len(set(profiles)) == 2


def test_a_browser_is_asked_twice_and_no_more(use: Use) -> None:
    assert refused("echo x >>$here/asked; exit 1", use).startswith(INSTALL)
    assert len((printer_folder() / "asked").read_text().split()) == 2


INSTALL = "chromium wrote no PDF; if its sandbox cannot start here, install Pango: "


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 0", INSTALL),
        ("exit 21", INSTALL),
        ("kill -SEGV $$", INSTALL),
        ('mkdir "$out"', INSTALL),
        (': >"$out"', "the PDF is not whole (0 bytes)"),
        ('head -c 2000 $here/good.pdf >"$out"', "the PDF is not whole (2000 bytes)"),
        ('cp "${page#file://}" "$out"', "the PDF is not whole"),
        ('cp $here/blank.pdf "$out"', f"the PDF does not say '{WORDS}' on its first pages; is a typeface missing?"),
    ],
)
def test_a_browser_that_says_all_is_well_is_not_believed(use: Use, temporary: Path, script: str, reason: str) -> None:
    blank = temporary.parent / "blank.pdf"
    blank.write_bytes(pdf._by_weasyprint("<p>Padding of the page" * 40, []))
    blank.chmod(0o644)
    assert refused(script, use).startswith(reason)
    assert list(temporary.iterdir()) == []


def test_a_browser_that_hangs_is_ended_with_its_helpers(
    use: Use, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_BROWSER_SECONDS", 2)
    script = (
        "trap '' TERM INT; sleep 600 & echo $$ $! >>$here/pids; cp $here/good.pdf \"$out\"; while :; do sleep 600; done"
    )
    assert refused(script, use) == "chromium did not print within 2 s"
    assert gone([int(pid) for pid in (temporary.parent / "pids").read_text().split()])
    assert list(temporary.iterdir()) == []


def test_a_helper_does_not_outlive_its_browser(use: Use, good: bytes) -> None:
    folder = use('sleep 600 & echo $! >$here/pids; cp $here/good.pdf "$out"')
    assert print_pdf(PAGE, must_say=[WORDS])[0] == good
    assert gone([int((folder / "pids").read_text())])


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_chromium_reads_no_file_and_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, temporary: Path, listener: Listener
) -> None:
    """Frames of files come into a PDF if nothing forbids them; here the policy does, and there is no network (S15)."""
    secret = temporary.parent / "secret.txt"
    secret.write_text("CANARY")
    secret.chmod(0o644)
    style = "p { color: black }"
    # A page that leaves for another is no page to print; the cleaning takes that out.
    payloads = "".join(one for one in PAYLOADS if "refresh" not in one).replace("file:///etc/hostname", secret.as_uri())
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy(style)}"><title>Report</title>'
    body = payloads.replace("127.0.0.1:9", f"127.0.0.1:{listener.port}")
    html = f"<!DOCTYPE html><html><head>{head}<style>{style}</style></head><body><p>{WORDS}</p>{body}</body></html>"
    made = pdf._by_browser(html, str(CHROMIUM))
    assert pdf.check_pdf(made, must_say=[WORDS]) >= 1
    document = pypdfium2.PdfDocument(made)
    said = "".join(page.get_textpage().get_text_range() for page in document)
    told = document.get_metadata_dict()
    document.close()
    assert "CANARY" not in said
    assert str(temporary) not in said + str(told)
    assert told["Title"] == "Report"
    # Without the policy, too, there is nobody to ask.
    pdf._by_browser(f"<p>x<img src='http://127.0.0.1:{listener.port}/x'>", str(CHROMIUM))
    assert listener.asked == []
    assert list(temporary.iterdir()) == []
