"""A report is harmless whatever the data hold and whatever an analyst shows."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from kamreport.publish.cleaning import policy
from kamreport.publish.report import assemble
from kamreport.settings import Settings, load_settings
from tests.publish.desk import Bundle, batch, bundle, executed, figure, opening, plan, png, record, workspace
from tests.publish.pages import page, report, words
from tests.publish.payloads import PAYLOADS, PNG, Listener, elements, offences

CHROMIUM = shutil.which("chromium")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return workspace(tmp_path, chapters={"one": [], "two": []})


MIMES = (
    "text/markdown",
    "text/latex",
    "text/vnd.mermaid",
    "application/javascript",
    "application/json",
    "application/vnd.plotly.v1+json",
    "application/vnd.jupyter.widget-view+json",
    "application/pdf",
    "image/svg+xml",
)


def hostile(payload: str) -> list[Bundle]:
    """A payload wherever data or an analyst may put one."""
    told = record(
        "hostile", title=payload, amount=5e5, basis=[payload], actions=[payload],
        texts={"stake": payload}, accounts=[{"id": payload, "name": payload, "amount": 1.0, "owner": payload}],
        pictures=[{"png": png(), "alt": payload}],
    )  # fmt: skip
    cells = f"<tr><th>{payload}</th><td>{payload}</td></tr>"
    table = f"<table title=\"{payload}\">{cells}</table><img alt='{payload}' src={PNG}>"
    others = dict.fromkeys(MIMES, payload)
    return [
        bundle(figure("f", title=payload, texts={"value": payload}), f"<p>{payload}</p>"),
        bundle(told, f"<section><h3>{payload}</h3>{table}{payload}</section>", **others),
        bundle(record("again", title=payload, amount=4e5, layout="line"), payload),
        others,
        {"text/html": payload},
    ]


@pytest.fixture
def hostile_settings(settings: Settings) -> Settings:
    """A firm, a region and a notice with markup in their names."""
    own = '"</title></style><script>document.title=1</script>"'
    file = settings.root / "kamreport.toml"
    company = f"[company]\nname = {{ en = {own}, zh = {own} }}\n[print]\nnotice = {{ en = {own}, zh = {own} }}\n"
    file.write_text(company + file.read_text())
    return load_settings(settings.root)


def assert_page_is_sound(html: str) -> None:
    assert offences(html, page=True) == []
    found = elements(html)
    tags = [tag for tag, _ in found]
    assert {"h1": tags.count("h1"), "style": tags.count("style"), "title": tags.count("title")} == {
        "h1": 1, "style": 1, "title": 1,
    }  # fmt: skip
    assert tags.count("h2") >= 1
    assert ("html", {"lang": "en"}) in found
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    (said,) = [attributes["content"] for tag, attributes in found if "http-equiv" in attributes and tag == "meta"]
    assert said == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    # The policy must come before anything that it is to forbid.
    assert tags.index("meta") < tags.index("style")


class TestHostileData:
    @pytest.mark.parametrize("payload", PAYLOADS)
    def test_a_page_is_sound_whatever_the_data_hold(self, hostile_settings: Settings, payload: str) -> None:
        before = {"one/old": {"title": payload, "amount": 1.0, "since": "2025-05"}}
        made = report(hostile_settings, *hostile(payload), two=tuple(hostile(payload)), before=before)
        assert_page_is_sound(made.html)

    @pytest.mark.parametrize("mime", MIMES)
    def test_no_other_kind_of_output_reaches_the_page(self, settings: Settings, mime: str) -> None:
        html = report(settings, bundle(record(), **{mime: "CANARY"}), {mime: "CANARY", "text/plain": "CANARY"}).html
        assert "CANARY" not in html

    def test_markdown_cells_are_not_printed(self, settings: Settings, tmp_path: Path) -> None:
        import nbformat

        (tmp_path / "secret").write_text("CANARY of the file")
        made = batch(settings, "North")
        (job,) = plan(made, names=["one"])
        notebook = executed(bundle(opening()), bundle(record()))
        notes = f"# CANARY of the note\n![x](../secret)![y]({tmp_path / 'secret'})![z](attachment:a.png)"
        attached = {"a.png": {"image/png": png()}}
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(notes, attachments=attached))
        html = assemble(job, {"one": notebook}, made, None).html
        assert "CANARY" not in html
        assert "secret" not in html

    def test_a_region_with_markup_in_its_name_is_only_text(self, settings: Settings) -> None:
        name = "<script>alert(1)</script>"
        made = batch(settings, name)
        (job,) = plan(made, names=["one"])
        shown = [bundle(told(region=name)) for told in (opening, record)]
        html = assemble(job, {"one": executed(*shown)}, made, None).html
        assert_page_is_sound(html)
        assert name in words(page(html).h1)


def title_in_browser(html: str) -> str:
    """Title of a page after a browser has run it, as nobody where we are root."""
    user = 65534 if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder, file = Path(name), Path(name, "page.html")
        file.write_text(html, "utf-8")
        if user:
            os.chown(folder, user, user)
        done = subprocess.run(
            [
                str(CHROMIUM), "--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder / 'profile'}",
                "--virtual-time-budget=3000", "--dump-dom", file.as_uri(),
            ],
            user=user, group=user, extra_groups=[] if user else None, cwd=folder, capture_output=True, timeout=60,
            env={"HOME": name, "PATH": os.environ["PATH"]}, check=True,
        )  # fmt: skip
    return words(page(done.stdout.decode()).title)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_requests_nothing_and_runs_nothing(hostile_settings: Settings, listener: Listener) -> None:
    # What we look for must be seen where it happens.
    bad = f"<title>before</title><script>document.title='owned'</script><img src='http://127.0.0.1:{listener.port}/x'>"
    assert title_in_browser(bad) == "owned"
    assert listener.asked == ["/x"]
    listener.asked.clear()

    everything = "".join(PAYLOADS).replace("127.0.0.1:9", f"127.0.0.1:{listener.port}")
    html = report(hostile_settings, *hostile(everything)).html
    assert str(listener.port) in html
    expected = words(page(html).title)
    assert title_in_browser(html) == expected
    assert listener.asked == []


def test_the_policy_stops_what_the_cleaning_might_miss() -> None:
    """Nothing may run, load or be sent, and no style but ours may apply."""
    rules = dict(rule.strip().split(" ", 1) for rule in policy("p {}").split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe-inline" not in policy("p {}")
    assert set(rules) == {"default-src", "img-src", "style-src", "base-uri", "form-action"}
