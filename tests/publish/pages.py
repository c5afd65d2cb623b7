"""A report of two chapters put together from records, and its page as a reader finds it."""

from typing import Any

from bs4 import BeautifulSoup

from kamreport.publish.report import Assembled, assemble
from kamreport.record import MIME
from kamreport.settings import Settings
from tests.publish.desk import Bundle, batch, bundle, executed, opening, plan


def in_chapter(chapter: str, *bundles: Bundle) -> list[Bundle]:
    for one in bundles:
        if MIME in one:
            one[MIME].update(chapter=chapter, id=f"{chapter}/{one[MIME]['key']}" if one[MIME]["key"] else chapter)
    return list(bundles)


def report(
    settings: Settings,
    *bundles: Bundle,
    two: tuple[Bundle, ...] = (),
    before: dict[str, Any] | None = None,
    language: str = "en",
) -> Assembled:
    made = batch(settings, "North")
    (job,) = plan(made, languages=[language])
    chapters = {"one": [bundle(opening()), *bundles], "two": in_chapter("two", bundle(opening("two")), *two)}
    for told in (one[MIME] for shown in chapters.values() for one in shown if MIME in one):
        told["language"] = language
    chapters = {name: shown for name, shown in chapters.items() if name in job.chapters}
    return assemble(job, {name: executed(*shown) for name, shown in chapters.items()}, made, before)


def page(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def words(tag: Any) -> str:
    return " ".join(tag.get_text(" ").split())
