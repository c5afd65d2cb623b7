"""Files of one trait each, and what the draft says of it: what it settles, what it only asks."""

import re
from pathlib import Path

import pytest

from kamreport.book.guessing import draft_mapping
from kamreport.settings import load_settings

from .exports import HEADERS, LINES, asked, column, csv, doubts, drafted, settled

PLAIN = csv([HEADERS, *LINES])
ALWAYS = [
    "in which currency are the amounts? CNY, unless company.currency says other.",
    "on which day were the files exported? Without data.up_to the last invoice is the end.",
    "in which month does the fiscal year start? Without fiscal_year_start in January.",
]


def test_what_no_export_says_is_always_asked(tmp_path: Path) -> None:
    draft = drafted(tmp_path, sales_csv=PLAIN)
    assert asked(draft) == ALWAYS
    assert draft.questions == 3
    assert settled(draft) == {
        "path": "sales.csv",
        "header": 1,
        "encoding": "utf-8",
        "delimiter": ",",
        "columns": dict(zip(["date", "account_id", "product_id", "quantity", "revenue"], HEADERS, strict=True)),
    }


def test_every_guess_says_how_sure_it_is_and_shows_two_values(tmp_path: Path) -> None:
    text = drafted(tmp_path, sales_csv=PLAIN).text
    assert 'date = "开票日期" # sure: its usual name; 2025-06-13 | 2025-06-14' in text
    entries = [line for line in text.splitlines() if " = " in line and not line.startswith("#") and "path" not in line]
    assert len(entries) == 8
    assert all(any(f"# {word}: " in line for word in ("sure", "likely")) for line in entries)


@pytest.mark.parametrize(
    ("dates", "form"),
    [
        (["2025/6/13", "2025/12/1"], "%Y/%m/%d"),
        (["2025年6月13日", "2025年12月1日"], "%Y年%m月%d日"),
        (["20250613", "20251201"], "%Y%m%d"),
        (["2025.06.13", "2025.12.01"], "%Y.%m.%d"),
        (["13/06/2025", "01/12/2025"], "%d/%m/%Y"),
        (["6/13/2025", "12/1/2025"], "%m/%d/%Y"),
        (["13.06.2025", "01.12.2025"], "%d.%m.%Y"),
        (["2025/06/13 10:20:00", "2025/12/01 00:00:00"], "%Y/%m/%d %H:%M:%S"),
        (["13-Jun-25", "01-Dec-25"], "%d-%b-%y"),
        (["2025-6-13", "2025-12-1"], "%Y-%-m-%-d"),
        (["2025-06-13", "2025-12-01"], None),
    ],
)
def test_the_form_of_days(tmp_path: Path, dates: list[str], form: str | None) -> None:
    draft = drafted(tmp_path, sales_csv=csv([HEADERS, *column(0, *dates)]))
    assert settled(draft).get("date_format") == form
    assert asked(draft) == ALWAYS


def test_day_and_month_that_cannot_be_told_apart_are_asked_about(tmp_path: Path) -> None:
    """The 3rd of April or the 4th of March: nothing is loaded before somebody says."""
    draft = drafted(tmp_path, sales_csv=csv([HEADERS, *column(0, "03/04/2025", "05/06/2025")]))
    assert "date_format" not in settled(draft)
    assert asked(draft)[0] == (
        "sales.csv: are days written as %d/%m/%Y or %m/%d/%Y? No day of the sample tells them apart."
    )
    assert 'date_format = "%d/%m/%Y"' in doubts(draft)


def test_one_day_after_the_twelfth_is_enough(tmp_path: Path) -> None:
    dates = ["03/04/2025"] * 30 + ["25/04/2025"]
    draft = drafted(tmp_path, sales_csv=csv([HEADERS, *column(0, *dates)]))
    assert settled(draft)["date_format"] == "%d/%m/%Y"


@pytest.mark.parametrize(
    ("numbers", "delimiter", "signs"),
    [
        (["1,234.50", "12.00"], ",", {"thousands": ","}),
        (["1.234,50", "12,00"], ";", {"decimal": ",", "thousands": "."}),
        (["1234,50", "12,00"], ";", {"decimal": ","}),
        (["1 234,50", "12,00"], ";", {"decimal": ",", "thousands": " "}),
        (["1234.50", "12"], ",", {}),
    ],
)
def test_the_signs_in_numbers(tmp_path: Path, numbers: list[str], delimiter: str, signs: dict[str, str]) -> None:
    draft = drafted(tmp_path, sales_csv=csv([HEADERS, *column(4, *numbers)], delimiter=delimiter))
    found = settled(draft)
    assert {name: found[name] for name in ("decimal", "thousands") if name in found} == signs
    assert found["delimiter"] == delimiter
    assert "revenue" in found["columns"]


@pytest.mark.parametrize("numbers", [["1,234", "5,678"], ["1.234", "5.678"]])
def test_a_number_that_can_be_read_in_two_ways_is_not_read(tmp_path: Path, numbers: list[str]) -> None:
    draft = drafted(tmp_path, sales_csv=csv([HEADERS, *column(4, *numbers)]))
    assert "revenue" not in settled(draft)["columns"]
    assert "thousands" not in settled(draft)
    assert asked(draft)[0].startswith("sales.csv: how are numbers written, with decimal")
    assert 'revenue = "无税金额"' in doubts(draft)


@pytest.mark.parametrize(
    ("header", "factor"),
    [("无税金额（万元）", 10_000), ("无税金额(千元)", 1_000), ("无税金额(元)", None), ("不含税金额万元", 10_000)],
)
def test_the_unit_in_a_header(tmp_path: Path, header: str, factor: int | None) -> None:
    draft = drafted(tmp_path, sales_csv=csv([[*HEADERS[:4], header], *LINES]))
    assert settled(draft).get("scale", {}).get(header) == factor
    assert settled(draft)["columns"]["revenue"] == header


def test_the_unit_above_the_headers_is_that_of_all_money_and_of_nothing_else(tmp_path: Path) -> None:
    rows = [["销售明细"], ["单位：万元"], [*HEADERS, "销售成本"], *([*line, "1.5"] for line in LINES)]
    draft = drafted(tmp_path, sales_csv=csv(rows))
    found = settled(draft)
    assert found["header"] == 3
    assert found["scale"] == {"无税金额": 10_000, "销售成本": 10_000}
    assert '"无税金额" = 10000 # likely: the title says 万元' in draft.text
    assert 'currency = "CNY" # likely: a unit says so' in draft.text


def test_an_amount_that_does_not_say_whether_vat_is_in_it_is_asked_about_first(tmp_path: Path) -> None:
    draft = drafted(tmp_path, sales_csv=csv([[*HEADERS[:4], "金额"], *LINES]))
    assert "revenue" not in settled(draft)["columns"]
    assert settled(draft)["tax_included"] == {}
    assert asked(draft)[0].startswith("sales.csv: is '金额' with or without VAT?")
    assert asked(draft)[1] == "sales.csv: is '金额' in single units of the currency? If in thousands, add scale."
    assert doubts(draft) == ['revenue = "金额"', '"金额" = 0.13']


def test_numbers_of_an_amount_in_doubt_are_looked_at_too(tmp_path: Path) -> None:
    """Once the doubt is gone the column is read by what the draft says of the file."""
    draft = drafted(tmp_path, sales_csv=csv([[*HEADERS[:4], "金额"], *column(4, "1,234.50", "12.00")]))
    assert settled(draft)["thousands"] == ","


def test_an_amount_with_vat_goes_with_its_rate(tmp_path: Path) -> None:
    rows = [[*HEADERS[:4], "价税合计", "税率"], *([*line, "13%"] for line in LINES)]
    found = settled(drafted(tmp_path, sales_csv=csv(rows)))
    assert found["columns"]["revenue_incl_tax"] == "价税合计"
    assert found["columns"]["tax_rate"] == "税率"
    assert "scale" not in found


def test_a_rate_of_13_is_13_per_cent(tmp_path: Path) -> None:
    rows = [[*HEADERS[:4], "价税合计", "税率"], *([*line, "13"] for line in LINES)]
    assert settled(drafted(tmp_path, sales_csv=csv(rows)))["scale"] == {"税率": 0.01}


def test_an_amount_with_vat_and_no_rate_is_not_read(tmp_path: Path) -> None:
    draft = drafted(tmp_path, sales_csv=csv([[*HEADERS[:4], "价税合计"], *LINES]))
    assert set(settled(draft)["columns"]) == {"date", "account_id", "product_id", "quantity"}
    assert asked(draft)[0].startswith("sales.csv: at what rate does '价税合计' include VAT?")
    assert doubts(draft) == ['revenue = "价税合计"', '"价税合计" = 0.13']


def test_where_both_amounts_stand_the_one_without_vat_is_read(tmp_path: Path) -> None:
    rows = [[*HEADERS, "税额", "价税合计"], *([*line, "1", "2"] for line in LINES)]
    draft = drafted(tmp_path, sales_csv=csv(rows))
    assert settled(draft)["columns"]["revenue"] == "无税金额"
    assert "revenue_incl_tax" not in settled(draft)["columns"]
    assert "# not mapped: 税额, 价税合计" in draft.text


def test_an_amount_that_is_quantity_times_price_is_suggested_and_not_made(tmp_path: Path) -> None:
    draft = drafted(tmp_path, sales_csv=csv([[*HEADERS[:4], "单价"], *LINES]))
    assert any("select 数量 * 单价 AS revenue in sql" in question for question in asked(draft))
    assert any("no header is revenue [无税金额], which is required" in question for question in asked(draft))


def test_which_date_counts_is_asked_where_there_are_several(tmp_path: Path) -> None:
    rows = [[*HEADERS, "出库日期"], *([*line, "2025-06-15"] for line in LINES)]
    draft = drafted(tmp_path, sales_csv=csv(rows))
    assert settled(draft)["columns"]["date"] == "开票日期"
    assert asked(draft)[0] == (
        "sales.csv: which date does revenue follow? '开票日期' is taken; there are also '出库日期'."
    )


def test_marks_for_nothing_among_numbers_are_declared(tmp_path: Path) -> None:
    rows = [[*HEADERS, "销售成本"], *([*line, mark] for line, mark in zip(LINES, "-/3无", strict=True))]
    found = settled(drafted(tmp_path, sales_csv=csv(rows)))
    assert found["empty"] == ["", "-", "/", "无"]
    assert found["columns"]["cost"] == "销售成本"


def test_a_mark_that_is_also_an_id_is_asked_about(tmp_path: Path) -> None:
    """A region may be called NA."""
    rows = [
        [*HEADERS, "大区", "销售成本"],
        *([*line, "NA", "NA"] for line in LINES[:1]),
        *([*x, "EU", "3"] for x in LINES),
    ]
    draft = drafted(tmp_path, sales_csv=csv(rows))
    assert "empty" not in settled(draft)
    assert any(question.startswith("sales.csv: 'NA' stands among numbers or days") for question in asked(draft))


def test_total_rows_are_set_aside_by_their_text(tmp_path: Path) -> None:
    rows = [HEADERS, *LINES[:2], ["小计", "", "", "12", "1314.75"], *LINES[2:], ["合 计：", "", "", "16", "1891.90"]]
    found = settled(drafted(tmp_path, sales_csv=csv(rows)))
    assert found["drop"] == {"开票日期": ["小计", "合 计："]}
    assert found["columns"]["date"] == "开票日期"


def test_totals_of_groups_are_asked_about(tmp_path: Path) -> None:
    rows = [HEADERS, *LINES, ["", "C001 小计", "", "9", "1194.40"], ["", "C002 小计", "", "2", "80.25"]]
    draft = drafted(tmp_path, sales_csv=csv(rows))
    assert "drop" not in settled(draft)
    assert any(
        question.startswith("sales.csv: 2 rows of the sample end in '客户编码' like a total")
        for question in asked(draft)
    )


def test_an_account_that_is_called_like_a_total_is_no_total(tmp_path: Path) -> None:
    """The row is as full as the others."""
    rows = [HEADERS, *LINES, ["2025-06-30", "Total", "P-01", "1", "9.90"]]
    assert "drop" not in settled(drafted(tmp_path, sales_csv=csv(rows)))


def test_merged_cells_are_filled_down(tmp_path: Path) -> None:
    rows = [["2025-06-13", "C001", "P-01", "1", "10"], ["", "", "P-02", "1", "20"], ["", "C002", "P-01", "1", "30"],
            ["2025-06-14", "C001", "P-01", "1", "10"], ["", "", "P-02", "1", "20"]]  # fmt: skip
    found = settled(drafted(tmp_path, sales_csv=csv([HEADERS, *rows])))
    assert found["fill_down"] == ["开票日期", "客户编码"]


def test_an_account_missing_beside_a_day_is_no_merged_cell(tmp_path: Path) -> None:
    """The days are merged; the blank account stands in a row with a day of its own."""
    rows = [["2025-06-13", "C001", "P-01", "1", "10"], ["", "C002", "P-02", "1", "20"],
            ["2025-06-14", "", "P-01", "1", "30"], ["", "C003", "P-02", "1", "40"]]  # fmt: skip
    assert settled(drafted(tmp_path, sales_csv=csv([HEADERS, *rows])))["fill_down"] == ["开票日期"]


def test_regions_above_and_accounts_below_them_are_no_merged_cells(tmp_path: Path) -> None:
    """Whoever filled these down would give all accounts to the last region."""
    regions = [["华北", "", f"2025-0{month}", "1000"] for month in range(1, 7)]
    accounts = [["", f"K{number}", "2025-01", "90"] for number in range(6)]
    file = csv([["大区", "客户编码", "月份", "销售目标"], *regions, *accounts])
    found = settled(drafted(tmp_path, targets_csv=file), "targets")
    assert "fill_down" not in found
    # With a second group that has blanks below its top they are.
    groups = [
        [region if not number else "", *row[1:]] for region in ("华北", "华东") for number, row in enumerate(regions)
    ]
    file = csv([["大区", "产品大类", "月份", "销售目标"], *[[row[0], "化肥", *row[2:]] for row in groups]])
    assert settled(drafted(tmp_path, targets_csv=file), "targets")["fill_down"] == ["大区"]


def test_a_line_without_an_account_is_no_merged_cell(tmp_path: Path) -> None:
    """To fill it would give its revenue to another account."""
    rows = [[*line[:1], "" if number % 2 else line[1], *line[2:]] for number, line in enumerate(LINES)]
    draft = drafted(tmp_path, sales_csv=csv([HEADERS, *rows]))
    assert "fill_down" not in settled(draft)
    assert any("'客户编码' is blank in 2 of 4 rows" in question for question in asked(draft))


def test_codes_are_translated_where_every_word_is_known(tmp_path: Path) -> None:
    rows = [
        [*HEADERS, "业务类型"],
        *([*x, kind] for x, kind in zip(LINES, ["销售", "普通销售", "退货", "sale"], strict=True)),
    ]
    found = settled(drafted(tmp_path, sales_csv=csv(rows)))
    assert found["values"] == {"kind": {"销售": "sale", "普通销售": "sale", "退货": "return"}}
    assert found["columns"]["kind"] == "业务类型"


def test_a_code_with_an_unknown_word_is_asked_about_and_not_read(tmp_path: Path) -> None:
    rows = [
        [*HEADERS, "业务类型"],
        *([*x, kind] for x, kind in zip(LINES, ["销售", "退货", "以旧换新", "销售"], strict=True)),
    ]
    draft = drafted(tmp_path, sales_csv=csv(rows))
    assert "kind" not in settled(draft)["columns"]
    assert "values" not in settled(draft) or "kind" not in settled(draft)["values"]
    assert "what do '以旧换新' in '业务类型' mean?" in asked(draft)[0]
    assert any(doubt.startswith("kind = {") and '"以旧换新" = "?"' in doubt for doubt in doubts(draft))


def test_a_column_whose_values_are_of_another_kind_is_not_taken(tmp_path: Path) -> None:
    draft = drafted(tmp_path, sales_csv=csv([HEADERS, *column(3, "箱", "桶", "3", "袋")]))
    assert "quantity" not in settled(draft)["columns"]
    assert "sales.csv: is '数量' quantity? 3 of 4 values are no qty: '桶', '箱'." in " ".join(asked(draft))


def test_numbers_of_days_are_recognised_for_what_they_are(tmp_path: Path) -> None:
    draft = drafted(tmp_path, sales_csv=csv([HEADERS, *column(0, "45821", "45822")]))
    assert "date" not in settled(draft)["columns"]
    assert any("They look like a spreadsheet's numbers of days" in question for question in asked(draft))


def test_months_as_columns_become_rows(tmp_path: Path) -> None:
    header = ["大区", *(f"{month}月" for month in range(1, 13))]
    rows = [["2025年销售目标"], header, ["华东", *["10"] * 12], ["华南", *["20"] * 12]]
    found = settled(drafted(tmp_path, targets_csv=csv(rows)), "targets")
    assert found["unpivot"] == {"columns": header[1:], "names": "月份", "values": "目标值"}
    assert found["values"]["month"]["3月"] == "2025-03"
    assert found["columns"] == {"region": "大区", "month": "月份", "value": "目标值"}
    assert found["header"] == 2


def test_months_without_a_year_are_asked_about(tmp_path: Path) -> None:
    header = ["大区", *(f"{month}月" for month in range(1, 13))]
    draft = drafted(tmp_path, targets_csv=csv([header, ["华东", *["10"] * 12]]))
    assert "values" not in settled(draft, "targets") or settled(draft, "targets")["values"] == {}
    assert "targets.csv: of which year are the columns 1月 to 12月?" in asked(draft)


def test_files_of_one_shape_are_one_pattern(tmp_path: Path) -> None:
    draft = drafted(tmp_path, **{"sales_2025-01_csv": PLAIN, "sales_2025-02_csv": PLAIN.replace("C001", "C009")})
    assert settled(draft)["path"] == "sales_2025-*.csv"
    assert asked(draft) == ALWAYS


def test_a_pattern_finds_no_file_that_was_not_given(tmp_path: Path) -> None:
    (tmp_path / "sales_2025-03_old.csv").write_text("x\n")
    draft = drafted(tmp_path, **{"sales_2025-01_csv": PLAIN, "sales_2025-02_csv": PLAIN.replace("C001", "C009")})
    assert settled(draft)["path"] == "sales_2025-01.csv"
    assert "'sales_2025-*.csv' finds sales_2025-03_old.csv too" in asked(draft)[0]


def test_days_of_one_file_tell_those_of_another_apart(tmp_path: Path) -> None:
    first, second = (csv([HEADERS, *column(0, day)]) for day in ("03/04/2025", "25/04/2025"))
    draft = drafted(tmp_path, a1_csv=first, a2_csv=second)
    assert settled(draft)["date_format"] == "%d/%m/%Y"


def test_a_file_given_twice_is_read_once_and_told(tmp_path: Path) -> None:
    draft = drafted(tmp_path, a_csv=PLAIN, b_csv=PLAIN)
    assert settled(draft)["path"] == "a.csv"
    assert asked(draft)[-1] == "b.csv holds the same as a.csv and is left out. Is one of them wrong?"


def test_a_second_file_of_a_table_with_other_headers_is_asked_about(tmp_path: Path) -> None:
    other = csv([[*HEADERS, "大区"], *([*line, "华东"] for line in LINES)])
    draft = drafted(tmp_path, a_csv=PLAIN, b_csv=other)
    assert any("also looks like transactions" in question for question in asked(draft))


def test_an_encoding_is_declared(tmp_path: Path) -> None:
    draft = drafted(tmp_path, sales_csv=PLAIN.encode("gb18030"))
    assert settled(draft)["encoding"] == "gb18030"
    assert settled(draft)["columns"]["revenue"] == "无税金额"


def test_names_and_numbers_of_people_are_masked(tmp_path: Path) -> None:
    accounts = csv(
        [["客户编码", "客户名称", "客户经理"], ["C1", "恒泰农资有限公司", "王小明"], ["C2", "Bolt", "13912345678"]]
    )
    text = drafted(tmp_path, accounts_csv=accounts).text
    for personal in ("恒泰", "小明", "Bolt", "13912345678"):
        assert personal not in text
    assert "恒…" in text


def test_a_draft_without_transactions_says_so_first(tmp_path: Path) -> None:
    accounts = csv([["客户编码", "客户名称"], ["C1", "甲"], ["C2", "乙"]])
    assert asked(drafted(tmp_path, accounts_csv=accounts))[0] == (
        "which file holds the transactions, the one table that is required?"
    )


def test_headers_that_no_column_takes_are_listed(tmp_path: Path) -> None:
    rows = [[*HEADERS, "制单人", "备注"], *([*line, "x", "y"] for line in LINES)]
    assert "# not mapped: 制单人, 备注\n" in drafted(tmp_path, sales_csv=csv(rows)).text


def test_the_example_of_the_documentation_is_what_comes_out(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text("utf-8")
    export, shown = (re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("text", "toml"))
    assert export
    assert shown
    second = export[1].replace("/06/", "/07/")
    files = {"销售明细01_csv": export[1].encode("gb18030"), "销售明细02_csv": second.encode("gb18030")}
    lines = drafted(tmp_path, **files).text.splitlines()
    for line in shown[1].splitlines():
        start = line.removesuffix(" ...")
        assert any(one.startswith(start) if start != line else one == line for one in lines), line


@pytest.mark.parametrize("name", ['a"b', "a\nb = 1", "表]\n[x", "\u202ecsv", "a#b", "'''"])
def test_what_stands_in_a_file_cannot_break_out_of_the_draft(tmp_path: Path, name: str) -> None:
    rows = [
        [*HEADERS, f'"{name.replace(chr(34), chr(34) * 2)}"'],
        *([*line, f'"{name.replace(chr(34), chr(34) * 2)}"'] for line in LINES),
    ]
    text = "\n".join(",".join(row) for row in rows)
    draft = drafted(tmp_path, sales_csv=text)
    (tmp_path / "kamreport.toml").write_text(draft.text, "utf-8")
    assert load_settings(tmp_path).tables.keys() == {"transactions"}


def test_the_beginning_and_the_end_of_a_large_file_are_looked_at(tmp_path: Path) -> None:
    """4 MB: the total at its end is found, a strange code in its middle is not."""
    body = [csv([HEADERS]), csv(LINES) * 20_000, csv([["合计", "", "", "", "1"]])]
    (tmp_path / "sales.csv").write_text("".join(body), "utf-8")
    assert (tmp_path / "sales.csv").stat().st_size > 2 << 20
    read = settled(draft_mapping([tmp_path / "sales.csv"], tmp_path))
    assert read["drop"] == {"开票日期": ["合计"]}
