"""An analyst's own figures and frames on the page: in both languages, recorded, harmless whatever they hold."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from kamreport.errors import UsageError
from kamreport.present.section import Who
from kamreport.record import ROW_LIMIT

from . import frames as f
from .conftest import OpenPage, Shown
from .saying import Tags, section

TITLE = {"en": "Our own finding", "zh": "自己的发现"}
FRAME = pd.DataFrame({"name": ["Acme", "瑞丰"], "amount": [1234.5, -2.0]})

# What a section is made of; anything else came out of the data.
ELEMENTS = {
    *("div", "section", "h2", "h3", "p", "span", "ul", "li", "figure", "img", "style"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def _figure(name: str = "Acme") -> Figure:
    made = Figure(figsize=(4, 2))
    axes = made.subplots()
    axes.bar([name, "B"], [1, 2])
    axes.set_title(name)
    return made


def test_a_frame_of_ones_own_is_a_section_in_either_language(open_page: OpenPage, shown: Shown) -> None:
    open_page("zh").show(FRAME, title=TITLE, amount=50_000)
    record = shown[0].record
    assert (record.title, record.nature, record.amount, record.key) == (
        "自己的发现", "at_risk", 50_000.0, "own_our_own_finding",
    )  # fmt: skip
    assert record.tables[0].rows == [["Acme", 1234.5], ["瑞丰", -2.0]]
    assert "1,234.50" in shown[0].html


@pytest.mark.parametrize("amount", [None, f.NAN, float("inf")])
def test_without_an_amount_it_is_a_fact(amount: float | None, open_page: OpenPage, shown: Shown) -> None:
    open_page().show(FRAME, title=TITLE, amount=amount)
    assert (shown[0].record.nature, shown[0].record.amount) == ("fact", None)


@pytest.mark.parametrize("amount", [np.float64(5e5), np.int64(500_000), 500_000], ids=["float", "int64", "int"])
def test_an_amount_may_come_from_numpy(amount: Any, open_page: OpenPage, shown: Shown) -> None:
    open_page().show(FRAME, title=TITLE, amount=amount)
    assert shown[0].record.amount == 500_000.0


def test_a_figure_of_ones_own_is_a_picture(open_page: OpenPage, shown: Shown) -> None:
    open_page().show(_figure("瑞丰"), title=TITLE)
    (picture,) = shown[0].record.pictures
    assert (picture.alt, shown[0].record.tables) == ("Our own finding", [])


def test_a_figure_of_pyplot_is_shown_too(open_page: OpenPage, shown: Shown) -> None:
    from matplotlib import pyplot as plt

    made, axes = plt.subplots()
    axes.plot([1, 2])
    open_page().show(made, title=TITLE)
    plt.close(made)
    assert len(shown[0].record.pictures) == 1


@pytest.mark.parametrize(
    ("title", "message"),
    [
        (None, "a figure or frame of your own needs title={'en': ..., 'zh': ...}"),
        ("Ours", "a title needs both languages, not 'Ours'; give title={'en': ..., 'zh': ...}"),
        ({"en": "Ours"}, "a title needs both languages; 'zh' is missing: title={'en': ..., 'zh': ...}"),
        ({"en": "Ours", "cn": "我"}, "a title needs both languages; 'zh' is missing: title={'en': ..., 'zh': ...}"),
        ({"en": " ", "zh": "我"}, "a title needs both languages; 'en' is missing: title={'en': ..., 'zh': ...}"),
        ({"en": "Ours", "zh": None}, "a title needs both languages; 'zh' is missing: title={'en': ..., 'zh': ...}"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_title_in_both_languages_is_asked_for_in_either(
    title: Any, message: str, language: str, open_page: OpenPage, shown: Shown
) -> None:
    with pytest.raises(UsageError) as error:
        open_page(language).show(FRAME, title=title)
    assert str(error.value) == message
    assert shown == []


@pytest.mark.parametrize(
    ("other", "kind"),
    [(FRAME.style, "Styler"), (FRAME["name"], "Series"), ("<b>bold</b>", "str"), (None, "NoneType"), (3.0, "float")],
    ids=["styler", "series", "html", "none", "number"],
)
def test_anything_else_is_refused(other: Any, kind: str, open_page: OpenPage) -> None:
    """A Styler does not escape what it shows (S4), so a frame is asked for."""
    with pytest.raises(UsageError, match=f"^page.show takes a section, a figure or a frame, not {kind}"):
        open_page().show(other, title=TITLE)


def test_two_columns_of_one_name_are_refused(open_page: OpenPage) -> None:
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(UsageError, match=r"^the frame has two columns 'a'; rename one$"):
        open_page().show(frame, title=TITLE)


def test_a_frame_may_hold_what_frames_hold(open_page: OpenPage, shown: Shown) -> None:
    frame = pd.DataFrame(
        {
            "count": pd.array([1, None], dtype="Int64"),
            "rate": [0.5, float("inf")],
            "flag": [True, False],
            "day": pd.to_datetime(["2025-06-03", None]),
            "zoned": pd.to_datetime(["2025-06-03", None]).tz_localize("Asia/Shanghai"),
            "month": pd.PeriodIndex(["2025-06", "2025-07"], freq="M"),
            "lasted": pd.to_timedelta(["1 day", None]),
            "group": pd.Categorical(["a", None]),
            "exact": [Decimal("1.50"), None],
            "plain": [date(2025, 6, 3), None],
            ("two", "levels"): [1, 2],
        },
        index=pd.Index(["x", "y"], name="account"),
    )
    open_page().show(frame, title=TITLE)
    record = shown[0].record
    assert [column.head for column in record.tables[0].columns] == [
        "account", "count", "rate", "flag", "day", "zoned", "month", "lasted", "group", "exact", "plain", "two levels",
    ]  # fmt: skip
    assert record.tables[0].rows[0][:5] == ["x", 1, 0.5, True, "2025-06-03"]
    assert record.tables[0].rows[1][1:3] == [None, None]


@pytest.mark.parametrize("frame", [FRAME.head(0), pd.DataFrame(), FRAME.iloc[:, :0]])
def test_an_empty_frame_is_shown(frame: pd.DataFrame, open_page: OpenPage, shown: Shown) -> None:
    open_page().show(frame, title=TITLE)
    assert shown[0].record.tables[0].total == len(frame)


def test_of_a_long_frame_the_page_shows_the_head_and_the_workbook_five_thousand(
    open_page: OpenPage, shown: Shown
) -> None:
    """A page of ten thousand rows would be of megabytes and take minutes to print (R19)."""
    open_page().show(pd.DataFrame({"name": ["Hengtai Supplies"] * 10_000, "n": range(10_000)}), title=TITLE)
    (rows,) = shown[0].record.tables
    assert (len(rows.rows), rows.total) == (ROW_LIMIT, 10_000)
    assert shown[0].html.count("<tr") == 13
    assert "and 9,988 more, 4,988 of them in the workbook" in shown[0].html
    assert len(shown[0].html) < 5_000


# Hostile data


def test_hostile_cells_heads_and_names_are_text(open_page: OpenPage, shown: Shown) -> None:
    """Markup from the data opens no element (S4, S6)."""
    heads = [name[:40] for name in f.HOSTILE if name.isascii() and name.strip()]
    frame = pd.DataFrame({"name": pd.Series(f.HOSTILE, dtype=object), **dict.fromkeys(heads, 1)})
    page = open_page()
    page.show(frame, title={"en": f.HOSTILE[0], "zh": f.HOSTILE[0]})
    page.show(replace(section("lost_accounts_section"), who=[Who("a", f.HOSTILE[0], 1.0, "P1")]))
    page.chapter("x", title={"en": f.HOSTILE[0], "zh": f.HOSTILE[0]})
    for output in shown:
        tags = {tag for tag, _ in Tags(output.html).found}
        assert tags <= ELEMENTS
        for _, attributes in Tags(output.html).found:
            assert set(attributes) <= {"class", "lang", "title", "scope", "src", "alt", "width", "height", "id"}
            assert str(attributes.get("src") or "data:").startswith("data:")
        output.html.encode("utf-8")


@pytest.mark.parametrize("name", [r"$\frac$ Inc", "A$B$", r"^_{}\\", "{0} {name!r}"])
def test_a_figure_with_formula_marks_in_its_names_is_drawn(name: str, open_page: OpenPage, shown: Shown) -> None:
    """Unlike matplotlib by itself (S7)."""
    open_page().show(_figure(name), title={"en": name, "zh": name})
    assert shown[0].record.title == name


def test_what_cannot_be_drawn_is_a_placeholder_and_is_counted(open_page: OpenPage, shown: Shown) -> None:
    page = open_page()
    page.show(pd.DataFrame({"name": ["A\ue000\ue001"]}), title=TITLE)
    page.show(FRAME, title=TITLE, key="other")
    assert "A□□" in shown[0].html
    assert (shown[0].record.notes, shown[1].record.notes) == ({"glyphs": 2}, {})
