"""What every section and headline must keep, whatever the result: whole sentences, no leftovers, the language asked."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import kamreport as kam
from kamreport.present.section import Headline, Section, Table
from kamreport.record import Record

from .conftest import OpenPage, Shown
from .variants import VARIANTS

LEFTOVERS = re.compile(r"\bnan\b|\bNaN\b|\bNaT\b|<NA>|\bNone\b(?! of)|\binf\b|[{}]|n/a|不适用|Text\(|Timestamp")
EMPTY_PLACES = re.compile(r"  |\(\)|（）|, [,.;:]|、[、。，；：]| [,.;]|^[,.;:、。，；：]|: \.|：。")
ENGLISH_SENTENCE = re.compile(r"[A-Za-z']+ [a-z']+ [a-z']+")


class _Visible(HTMLParser):
    """The texts of a page between its marks, without its style."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def _texts(html: str, record: Record) -> list[str]:
    """Everything that a reader may see: on the page and in the workbook."""
    page = _Visible()
    page.feed(html)
    heads = [column.head for rows in record.tables for column in rows.columns if column.head != column.name]
    cells = [cell for rows in record.tables for row in rows.rows for cell in row if isinstance(cell, str)]
    return [*page.texts, *heads, *cells, *record.basis, *record.actions, *record.texts.values(), record.title]


def _without_charts(shown: Section | Headline) -> Section | Headline:
    if isinstance(shown, Headline):
        return replace(shown, trend=())
    return replace(shown, evidence=[part for part in shown.evidence if isinstance(part, Table)], cadence="month")


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_says_whole_sentences_in_the_language_asked_for(variant: str, open_page: OpenPage, shown: Shown) -> None:
    for language in ("en", "zh"):
        shown.clear()
        open_page(language, revenue=1000.0).show(_without_charts(VARIANTS[variant]()))
        (output,) = shown
        texts = _texts(output.html, output.record)
        assert [one for one in texts if LEFTOVERS.search(one)] == []
        assert [one for one in texts if EMPTY_PLACES.search(one)] == []
        assert output.record.title
        assert all([*output.record.basis, *output.record.actions])
        if language == "zh":
            assert [one for one in texts if ENGLISH_SENTENCE.search(one)] == []
        else:
            assert [one for one in (output.record.title, *output.record.basis) if "。" in one] == []


def test_the_unit_in_a_chinese_head_is_not_broken_over_two_lines(open_page: OpenPage, shown: Shown) -> None:
    open_page("zh", revenue=1000.0).show(_without_charts(VARIANTS["account_plans_section"]()))
    (output,) = shown
    assert '<th scope="col" class="n">目标<span class="unit">（万元）</span></th>' in output.html
    assert '<th scope="col">客户经理</th>' in output.html


@pytest.mark.parametrize("variant", [name for name in VARIANTS if "headline" not in name])
def test_a_finding_has_the_parts_of_one_and_a_quiet_one_has_no_amount(variant: str) -> None:
    made = VARIANTS[variant]()
    assert isinstance(made, Section)
    if made.quiet:
        assert (made.nature, made.amount, list(made.actions)) == ("fact", None, [])
    else:
        assert made.evidence
    if made.nature == "fact":
        assert made.amount is None
    else:
        assert made.amount is not None
    for part in made.evidence:
        if isinstance(part, Table):
            assert len(part.columns) <= 7, "more than seven columns do not fit on paper"
            assert {column.name for column in part.columns} <= set(part.frame.columns)


def test_every_section_and_headline_of_the_facade_is_tried() -> None:
    builders = {name for name in kam.__all__ if name.endswith(("_section", "_headline"))}
    assert {name.partition(":")[0] for name in VARIANTS} == builders


def test_keys_are_one_to_a_builder_and_do_not_depend_on_what_is_found() -> None:
    keys: dict[str, set[str]] = {}
    for name, make in VARIANTS.items():
        keys.setdefault(name.partition(":")[0], set()).add(make().key)
    # The total headline serves two measures.
    assert keys.pop("total_headline") == {"revenue", "margin"}
    assert {name: len(found) for name, found in keys.items() if len(found) > 1} == {}
    assert len({key for found in keys.values() for key in found}) == len(keys)
