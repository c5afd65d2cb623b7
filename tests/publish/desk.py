"""A press without a book: records written by hand, notebooks that show them, small batches to print them."""

import base64
import json
import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kamreport.period import Period
from kamreport.publish.lean import lean_imports
from kamreport.record import MIME, Record
from kamreport.settings import Bilingual, Settings, load_settings

with lean_imports():  # many a test starts a process that imports this, as lean as the press's own
    import nbformat
    from nbformat import NotebookNode

    from kamreport.publish.cleaning import clean_html
    from kamreport.publish.findings import Part
    from kamreport.publish.jobs import Batch, Job, plan_jobs
    from kamreport.publish.printing import Made

Bundle = dict[str, Any]

PARAMETERS = 'region: str = "all"\nperiod: str = "latest"\nlanguage: str = "en"'
JUNE = Period.parse("2025-06")
NAMES = {"all": Bilingual(en="all", zh="all")} | {
    name: Bilingual(en=name, zh=name) for name in ("North", "South", "East", "West")
}


def png(width: int = 8, height: int = 8) -> str:
    """A grey picture in base64."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return base64.b64encode(whole).decode()


def record(key: str = "lost", **more: Any) -> dict[str, Any]:
    """A record as a notebook writes it; a finding of chapter ``one`` unless said otherwise."""
    told = {"chapter": "one", "kind": "finding", "language": "en", "region": "North", "period": "2025-06", **more}
    told.setdefault("title", f"Title of {key}")
    if told.get("amount") is not None:
        told.setdefault("nature", "at_risk")
    return {"id": f"{told['chapter']}/{key}" if key else told["chapter"], "key": key, **told}


def opening(chapter: str = "one", **more: Any) -> dict[str, Any]:
    """The record of a chapter's heading."""
    return record("", kind="chapter", chapter=chapter, **{"title": f"Chapter {chapter}", **more})


def figure(key: str = "revenue", **more: Any) -> dict[str, Any]:
    """The record of a headline figure."""
    return record(key, kind="figure", **{"value": 1.0, "texts": {"value": "¥1.00M"}, **more})


def section_html(told: Mapping[str, Any], inside: str = "") -> str:
    """What a person sees of a record, near enough to the page's own templates."""
    if told["kind"] == "chapter":
        return f'<div class="kam"><h2 id="{told["chapter"]}">{told["title"]}</h2></div>'
    if told["kind"] == "figure":
        value = told.get("texts", {}).get("value", "")
        return (
            f'<div class="kam"><div class="kam-figure"><p class="label">{told["title"]}</p>'
            f'<p class="value">{value}</p></div></div>'
        )
    if told.get("layout") == "line":
        return f'<div class="kam"><p class="kam-line">{told["title"]}</p></div>'
    return f'<div class="kam"><section class="kam-section"><h3>{told["title"]}</h3>{inside}</section></div>'


def bundle(told: Mapping[str, Any], html: str | None = None, **others: Any) -> Bundle:
    """An output in all its forms, as `Page` displays it."""
    shown = section_html(told) if html is None else html
    return {"text/html": shown, MIME: dict(told), "text/plain": told["title"], **others}


def part(key: str = "lost", **more: Any) -> Part:
    """A part as the press has collected it."""
    told = record(key, **more)
    return Part(Record.model_validate(told), clean_html(section_html(told)))


def executed(*bundles: Bundle) -> NotebookNode:
    """A notebook as it looks after it was run: one cell, one output a bundle."""
    cell = nbformat.v4.new_code_cell("page.show(...)")
    cell.outputs = [nbformat.v4.new_output("display_data", data=one) for one in bundles]
    return nbformat.v4.new_notebook(cells=[cell])


def shows(*bundles: Bundle) -> str:
    """Source of a cell that displays bundles for the region, period and language that the notebook was run for."""
    return (
        "import json\nfrom IPython.display import display\n"
        f"for _bundle in json.loads({json.dumps(json.dumps(bundles))}):\n"
        f"    if {MIME!r} in _bundle:\n"
        f"        _bundle[{MIME!r}].update(region=region, period=period, language=language)\n"
        "    display(_bundle, raw=True)"
    )


def write_notebook(file: Path, *cells: str, parameters: str = PARAMETERS, **metadata: Any) -> Path:
    """Write a notebook: a note, the parameters, then the cells; a cell that begins with ``%md`` is a note too."""
    notes = nbformat.v4.new_markdown_cell("# A note to analysts")
    tagged = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    others = [
        nbformat.v4.new_markdown_cell(source[3:]) if source.startswith("%md") else nbformat.v4.new_code_cell(source)
        for source in cells
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[notes, tagged, *others], metadata=metadata), file)
    return file


def workspace(
    root: Path, *, chapters: Mapping[str, Sequence[str]] | None = None, reports: str = "", settings: str = ""
) -> Settings:
    """A workspace without data: notebooks by name with their cells, and one report of all of them."""
    plain = {"one": [shows(bundle(opening()), bundle(record()))]} if chapters is None else chapters
    for name, cells in plain.items():
        write_notebook(root / "notebooks" / f"{name}.ipynb", *cells)
    listed = reports or f"[reports.monthly]\nchapters = {json.dumps(list(plain))}\n"
    (root / "kamreport.toml").write_text(f"{settings}\n{listed}", "utf-8")
    return load_settings(root)


class Always(dict[Period, date]):
    """The same day for every period."""

    def __init__(self, day: date) -> None:
        super().__init__()
        self.day = day

    def __missing__(self, period: Period) -> date:
        return self.day


def batch(settings: Settings, *regions: str, **more: Any) -> Batch:
    """A batch over some regions, named after their keys."""
    names = {name: NAMES.get(name, Bilingual(en=name, zh=name)) for name in regions or ("all", "North")}
    return Batch(
        settings, more.pop("load_key", "load-1"), names, more.pop("data_up_to", Always(date(2025, 6, 30))), **more
    )


def plan(made: Batch, *, period: Period = JUNE, languages: Sequence[str] = ("en",), **more: Any) -> list[Job]:
    """Jobs of a batch for one period."""
    return plan_jobs(made, more.pop("names", ()), more.pop("regions", ()), [period], languages)


def job(settings: Settings, region: str = "North", **more: Any) -> Job:
    """The one job of a region."""
    return plan(batch(settings, region), **more)[0]


def made(stem: str = "monthly.en", *, body: str = "page", **more: Any) -> Made:
    """What a printer gives back, without printing."""
    files = {f"{stem}.{ending}": f"{body} {ending}".encode() for ending in ("html", "pdf", "png", "xlsx")}
    told: dict[str, Any] = {
        "headline": [],
        "findings": {},
        "not_printed": 0,
        "pages": 2,
        "printer": "weasyprint",
        **more,
    }
    return Made(files=files, **told)


def prints(job: Job, batch: Batch, notebooks: Mapping[str, NotebookNode], before: Any) -> Made:
    """Stand in for `make_report`, in a process of its own too."""
    return made(job.stem, body=job.region)


def prints_but_dies(job: Job, batch: Batch, notebooks: Mapping[str, NotebookNode], before: Any) -> Made:
    """Stand in for `make_report` in a process that dies over the region South."""
    if job.region == "South":
        os._exit(1)
    return prints(job, batch, notebooks, before)
