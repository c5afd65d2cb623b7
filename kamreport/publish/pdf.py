"""HTML to PDF: by WeasyPrint, or by an installed Chromium, Chrome or Edge where its libraries are missing.

Neither may fetch anything, and neither is believed: a PDF is good if it opens, has pages and says what it should.
"""

import ctypes
import gc
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from kamreport.errors import PrintError

__all__ = ["check_pdf", "cover_picture", "print_pdf", "printer"]

_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
_BROWSER_SECONDS = 120
_LEAST_BYTES = 3000
_NOBODY = 65534
_COVER_WIDTH = 1240
_NAME_BYTES = 128
INSTALL = (
    "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (Debian, Ubuntu), "
    "dnf install pango (Fedora), brew install pango (macOS)"
)
_TYPEFACE = (
    "install one: apt-get install fonts-noto-cjk (Debian, Ubuntu), dnf install google-noto-sans-cjk-fonts (Fedora)"
)
_UNDRAWN = re.compile(r"\.notdef glyph .*\(U\+([0-9A-F]+)\)", re.DOTALL)


@cache
def printer() -> str:
    """Say what prints: ``weasyprint``, or the path of a browser.

    Raises
    ------
    PrintError
        If there is neither, or no typeface, with the command that installs one.
    """
    if os.environ.get("KAMREPORT_PRINTER") != "browser":
        try:
            with warnings.catch_warnings():
                # Without any typeface it warns here, and crashes when it draws.
                warnings.filterwarnings("error", message=".*ugly output", category=UserWarning)
                import weasyprint  # noqa: F401
        except UserWarning:
            raise PrintError(f"no typeface is installed; {_TYPEFACE}") from None
        except (OSError, ImportError):
            pass
        else:
            return "weasyprint"
    for name in _BROWSERS:
        if found := shutil.which(name):
            return found
    for place in _PLACES:
        if Path(place).is_file():
            return place
    raise PrintError(
        f"nothing here can print a PDF: install Pango for WeasyPrint: {INSTALL}; or install Chrome or Chromium"
    )


def print_pdf(html: str, *, must_say: Sequence[str]) -> tuple[bytes, int]:
    """Print a page as PDF and check what came out.

    Parameters
    ----------
    html
        Self-contained.
    must_say
        Texts that have to be in the PDF.

    Returns
    -------
    tuple
        The PDF and how many pages it has.

    Raises
    ------
    PrintError
        If no good PDF came out.
    """
    tool = printer()
    if tool == "weasyprint":
        made = _by_weasyprint(html, must_say)
        return made, check_pdf(made, must_say=must_say)
    try:
        made = _by_browser(html, tool)
        return made, check_pdf(made, must_say=must_say)
    except PrintError:
        # Browsers fail by chance, too; the second has a profile of its own again.
        made = _by_browser(html, tool)
        return made, check_pdf(made, must_say=must_say)


def check_pdf(pdf: bytes, *, must_say: Sequence[str]) -> int:
    """Check that a PDF is whole, carries its typefaces and says what it should; returns its pages.

    Raises
    ------
    PrintError
        Naming what is wrong.
    """
    import pypdfium2

    if not pdf.startswith(b"%PDF-") or b"%%EOF" not in pdf[-1024:] or len(pdf) < _LEAST_BYTES:
        raise PrintError(f"the PDF is not whole ({len(pdf)} bytes)")
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        raise PrintError("the PDF cannot be opened") from None
    pages = len(document)
    said = "".join(document[number].get_textpage().get_text_range() for number in range(min(pages, 2)))
    borrowed = _borrowed(document)
    document.close()
    if borrowed:
        raise PrintError(f"the PDF does not carry its typeface '{borrowed[0]}'; {_TYPEFACE}")
    plain = "".join(said.split())
    for text in must_say:
        if "".join(text.split()) not in plain:
            raise PrintError(f"the PDF does not say '{text}' on its first pages; is a typeface missing?")
    return pages


def _borrowed(document: Any) -> list[str]:
    """Names of the typefaces that the pages use and the PDF does not carry: elsewhere others would stand for them."""
    from pypdfium2 import raw

    texts = (one for page in document for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]))
    fonts = {ctypes.addressof(font.contents): font for font in map(raw.FPDFTextObj_GetFont, texts)}
    names = []
    for font in fonts.values():
        if raw.FPDFFont_GetIsEmbedded(font) != 1:
            name = ctypes.create_string_buffer(_NAME_BYTES)
            raw.FPDFFont_GetBaseFontName(font, name, _NAME_BYTES)
            names.append(name.value.decode("utf-8", "replace"))
    return sorted(names)


def cover_picture(pdf: bytes) -> bytes:
    """Turn the first page into a PNG that can be forwarded."""
    import pypdfium2
    from PIL.Image import Quantize

    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    image = page.render(scale=_COVER_WIDTH / page.get_width()).to_pil().convert("RGB")
    document.close()
    buffer = BytesIO()
    # Faster than the default and nearer to the page's colours; the fastest makes white grey.
    image.quantize(128, Quantize.MAXCOVERAGE).save(buffer, "PNG")
    return buffer.getvalue()


class _Remarks(logging.Filter):
    """Drops WeasyPrint's remarks, one on every rule that is for screens only; keeps what it could not draw."""

    def __init__(self) -> None:
        super().__init__()
        self.undrawn: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if found := _UNDRAWN.match(record.getMessage()):
            self.undrawn.add(chr(int(found[1], 16)))
        return False


@contextmanager
def _uncollected() -> Iterator[None]:
    """Do not look for garbage: nearly all that a layout makes is in use, and looking takes a tenth of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _by_weasyprint(html: str, must_say: Sequence[str]) -> bytes:
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    logger, remarks = logging.getLogger("weasyprint"), _Remarks()
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)
    logger.addFilter(remarks)
    try:
        with _uncollected():
            made: bytes = HTML(string=html, url_fetcher=fetcher).write_pdf(pdf_tags=True)
    except FatalURLFetchingError:
        # Not an Exception to WeasyPrint, so it would end the whole run; its text is the address.
        raise PrintError("the page refers to a file or an address, which a report may not") from None
    finally:
        logger.removeFilter(remarks)
    # Such a text is in the PDF, for programs to read; on the page stand boxes.
    if remarks.undrawn & set("".join(must_say)):
        raise PrintError(f"no installed typeface can draw '{must_say[0]}'; {_TYPEFACE}")
    return made


def _by_browser(html: str, browser: str) -> bytes:
    """Print with a browser in a profile of its own, without network, as nobody where we are root."""
    with tempfile.TemporaryDirectory(prefix="kam-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        page, out = root / "page.html", root / "page.pdf"
        page.write_text(html, "utf-8")
        command = [
            browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
            "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--no-pdf-header-footer",
            f"--user-data-dir={root / 'profile'}", f"--print-to-pdf={out}", page.as_uri(),
        ]  # fmt: skip
        user = _user_below_root(root)
        _run_browser(command, user, root)
        if not out.is_file():
            name = Path(browser).name
            raise PrintError(f"{name} wrote no PDF; if its sandbox cannot start here, install Pango: {INSTALL}")
        return out.read_bytes()


def _user_below_root(folder: Path) -> int | None:
    """Give the user to print as: nobody instead of root, for a browser's sandbox is not for root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    for place in (folder, *folder.rglob("*")):
        os.chown(place, _NOBODY, _NOBODY)
    return _NOBODY


def _run_browser(command: list[str], user: int | None, home: Path) -> None:
    environment = {"HOME": str(home), "PATH": os.environ.get("PATH", ""), "LANG": os.environ.get("LANG", "C.UTF-8")}
    if sys.platform == "win32":
        environment = dict(os.environ)
    process = subprocess.Popen(  # noqa: S603 - a browser that is installed here, on a page of ours
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
        cwd=home, user=user, group=user, extra_groups=[] if user else None, start_new_session=True,
    )  # fmt: skip
    try:
        process.wait(_BROWSER_SECONDS)
    except subprocess.TimeoutExpired:
        raise PrintError(f"{Path(command[0]).name} did not print within {_BROWSER_SECONDS} s") from None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a browser with its helpers, which may outlive it."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
