"""The basis page: every record accounted for, the sums, the times, the rules."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from kamreport.book import checking
from kamreport.book.contract import TABLES
from kamreport.period import Period
from kamreport.present.sections.basis import (
    KINDS,
    NOTES,
    REASONS,
    left_out_section,
    noted_section,
    reconciliation_section,
    sources_section,
    time_section,
)
from kamreport.present.sections.rules import rules_section
from kamreport.settings import Rules

from .saying import said
from .variants import left_out, noted, sources

# The book's own code and SQL: where the reasons and remarks come from.
BOOK = "".join(
    file.read_text("utf-8")
    for file in sorted(Path(checking.__file__).parent.rglob("*"))
    if file.suffix in {".py", ".sql"} and "demo" not in file.parts
)

# What each variant of `variants.py` says.
TITLES = {
    "sources_section": (
        "Of 1,000 records read, 5 are not used; each is counted by reason below.",
        "读取1,000条记录，5条未使用，原因如下。",
    ),
    "sources_section: one": (
        "Of 1,000 records read, 1 is not used; the reason is given below.",
        "读取1,000条记录，1条未使用，原因如下。",
    ),
    "sources_section: all used": ("All 1,000 records read are used.", "读取的1,000条记录全部使用。"),
    "left_out_section": (
        "The most frequent reason for leaving records out: not a date in the declared format, in transactions "
        "(5 records).",
        "排除记录最常见的原因是“不是约定格式的日期”（transactions，5条）。",
    ),
    "left_out_section: one": (
        "The most frequent reason for leaving a record out: not a number in the declared format, in transactions "
        "(1 record).",
        "排除记录最常见的原因是“不是约定格式的数字”（transactions，1条）。",
    ),
    "left_out_section: as many": ("4 records are left out, for 2 reasons.", "4条记录未使用，原因有2种。"),
    "left_out_section: none": ("No record was left out.", "没有记录被排除。"),
    "noted_section": ("2 kinds of remarks on data that are used.", "已使用的数据有2类说明。"),
    "noted_section: one": ("1 kind of remark on data that are used.", "已使用的数据有1类说明。"),
    "noted_section: none": ("Nothing in the data called for a note.", "数据无需特别说明。"),
    "kinds_section": (
        "10 of 30 lines are sales; returns, credits and charges count in revenue, not in orders.",
        "30行中有10行为销售；退货、折让和费用计入收入，不计入订单。",
    ),
    "kinds_section: no sale": (
        "0 of 10 lines are sales; returns, credits and charges count in revenue, not in orders.",
        "10行中有0行为销售；退货、折让和费用计入收入，不计入订单。",
    ),
    "kinds_section: none": (
        "0 of 0 lines are sales; returns, credits and charges count in revenue, not in orders.",
        "0行中有0行为销售；退货、折让和费用计入收入，不计入订单。",
    ),
    "reconciliation_section": (
        "The regions sum to the company and to the input, to the cent.",
        "各大区合计与公司、与原始数据一致，分毫不差。",
    ),
    "reconciliation_section: off": (
        "The regions do not sum to the company: 150.0000 against 150.0100.",
        "各大区合计与公司不符：150.0000 对 150.0100。",
    ),
    "reconciliation_section: lines lost": (
        "The company does not sum to the lines read: 150.0000 against 160.0000.",
        "公司合计与读取的明细不符：150.0000 对 160.0000。",
    ),
    "time_section": ("Jun 2025 is complete.", "2025年6月数据完整。"),
    "time_section: incomplete": (
        "Jun 2025 is incomplete: it is compared with the same number of working days.",
        "2025年6月数据不完整：按相同工作日数比较。",
    ),
    "rules_section": (
        "These rules were applied; they stand under [rules] in kamreport.toml.",
        "本报告采用以下规则，见 kamreport.toml 的 [rules]。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


# What is not used, and why


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_one_that_the_book_gives(reason: str) -> None:
    assert reason in BOOK


@pytest.mark.parametrize("note", NOTES)
def test_every_remark_is_one_that_the_book_makes(note: str) -> None:
    assert note in BOOK


def test_every_kind_of_line_that_counts_has_a_word() -> None:
    (kind,) = (column for column in TABLES["transactions"].columns if column.name == "kind")
    # Internal lines are excluded, so that they are no kind of the lines in use.
    assert set(KINDS) == set(kind.values) - {"internal"}


def test_a_reason_without_a_sentence_is_shown_as_it_is() -> None:
    made = left_out_section(left_out(("some_new_reason", 3)))
    assert "some_new_reason" in said(made).title
    assert said(made, "zh").tables[0][1][1] == "some_new_reason"
    assert said(noted_section(noted("some_new_note"))).tables[0][1][1] == "some_new_note"


def test_each_reason_stands_with_table_column_and_first_place() -> None:
    assert said("left_out_section").tables[0][:2] == [
        ["Table", "Reason", "Column", "Outcome", "Records", "Revenue, ¥", "First at"],
        [
            "transactions", "not a date in the declared format", "date", "rejected", "5", "100",
            "transactions.csv:7",
        ],
    ]  # fmt: skip
    assert said("left_out_section", "zh").tables[0][1][-1] == "transactions.csv:7"


def test_read_is_used_and_excluded_and_rejected() -> None:
    assert said("sources_section").tables[0][1] == [
        "transactions", "1,000", "995", "3", "3", "2", "2 Jan 2024 to 30 Jun 2025",
    ]  # fmt: skip
    assert said("sources_section").basis == [
        "Read = used + excluded + rejected, for the whole company.",
        "A report counts a record from its date on, and one without a date always.",
    ]


def test_files_of_queries_stand_below_the_tables_and_are_not_added_to_them() -> None:
    frame = pd.concat([sources(read=397), sources(read=606).assign(table_name="sources.product_list")])
    shown = said(sources_section(frame))
    assert shown.title == "All 397 records read are used."
    assert shown.tables[0][1:] == [
        ["transactions", "397", "397", "0", "0", "2 Jan 2024 to 30 Jun 2025"],
        ["sources.product_list", "606", "606", "0", "0", "2 Jan 2024 to 30 Jun 2025"],
    ]
    assert shown.basis[2].startswith("sources.* are files of queries: ")
    assert "查询" in said(sources_section(frame), "zh").basis[2]


def test_records_lost_from_a_file_of_a_query_are_in_the_title() -> None:
    lost = [sources(read=606, rejected=1).assign(table_name="sources.product_list")]
    one = said(sources_section(pd.concat([sources(), *lost])))
    assert one.title == "1 record is not used; the reason is given below."
    many = sources_section(pd.concat([sources(rejected=2), *lost]))
    assert said(many).title == "3 records are not used; each is counted by reason below."
    assert said(many, "zh").title == "3条记录未使用，原因如下。"


# The sums


def test_the_sums_stand_to_the_last_digit() -> None:
    assert said("reconciliation_section").tables[0] == [
        ["Part", "Revenue, since the beginning"],
        ["this region", "100.0000"],
        ["all other regions", "50.0000"],
        ["company", "150.0000"],
        ["excluded lines", "5.0000"],
        ["rejected lines, as far as readable", "1.2345"],
        ["input", "156.2345"],
    ]


def test_the_company_lists_every_region_by_its_id() -> None:
    parts = pd.DataFrame({"region": ["", "North", "(unassigned)"], "revenue": ["3", "1", "2"]})
    made = reconciliation_section(parts, region="all", money={"used": "3", "excluded": "0", "rejected": "0"})
    assert [row[0] for row in said(made).tables[0][1:4]] == ["North", "(unassigned)", "company"]
    assert said(made).title == "The regions sum to the company and to the input, to the cent."


def test_sums_are_exact_where_floats_are_not() -> None:
    """0.1 + 0.2 is 0.3."""
    parts = pd.DataFrame({"region": ["", "North", "*"], "revenue": ["0.3", "0.1", "0.2"]})
    made = reconciliation_section(parts, region="North", money={"used": "0.3", "excluded": "0", "rejected": "0"})
    assert said(made).title.endswith("to the cent.")


# Times and rules


def test_the_day_before_as_of_is_the_last_known_one() -> None:
    made = time_section(
        period=Period.parse("2025-06"),
        as_of=date(2025, 7, 1),
        up_to=date(2025, 6, 28),
        complete=True,
        loaded_on=date(2025, 7, 3),
        late=pd.DataFrame({"lines": [1], "revenue": [100.0]}),
        snapshots=["accounts", "people"],
    )
    assert said(made).basis == [
        "Nothing later than 30 Jun 2025 is known to this report.",
        "1 line (¥100) was booked well after the period's end.",
        "As of the day of loading: accounts, people.",
    ]
    assert len(said("time_section: incomplete").basis) == 2
    assert said(made).tables[0][1] == ["28 Jun 2025", "3 Jul 2025", "1"]


def test_the_rules_are_printed_with_the_values_in_force() -> None:
    rules = Rules(lost_min_days=200, partial_recent_drop=0.4, fake_margin_gap=0.07)
    meanings = dict(said(rules_section(rules, threshold=12_345.0)).tables[0][1:])
    assert (
        meanings["Lost"]
        == "Silent in season for 3 own median gaps (of its segment with fewer than 4), 200 to 400 days."
    )
    assert "3 months 40% below last year's" in meanings["Partly lost"]
    assert "7 points below the median rate" in meanings["Fake big account"]
    assert "here ¥12.3K" in meanings["Material"]
