"""Words and headers: what means a column, what may mean two, and that the list itself is sound."""

import tomllib
from pathlib import Path

import pytest

from kamreport.book import guessing
from kamreport.book.contract import TABLES
from kamreport.book.guessing.matching import choose_table, match_columns
from kamreport.book.guessing.vocabulary import columns_called, currency_of, plain, unit_of, unit_word

VOCABULARY = tomllib.loads((Path(guessing.__file__).parent / "vocabulary.toml").read_text("utf-8"))


def test_the_vocabulary_speaks_of_columns_and_codes_of_the_contract_only() -> None:
    known = {column.name for table in TABLES.values() for column in table.columns}
    assert set(VOCABULARY["columns"]) <= known
    assert set(VOCABULARY["named"]) <= set(TABLES)
    for table, columns in VOCABULARY["tables"].items():
        assert set(columns) <= set(TABLES[table].by_name), table
    for table, columns in VOCABULARY["codes"].items():
        for column, codes in columns.items():
            assert set(codes) <= set(TABLES[table].by_name[column].values), (table, column)


def test_no_word_is_listed_for_two_columns_of_one_table() -> None:
    """Such a word belongs under `maybe`; where the contract's own headers collide, a person is asked."""
    for table in TABLES.values():
        usual = {plain(name) for column in table.columns for name in (column.name, column.zh)}
        for columns in (VOCABULARY["columns"], VOCABULARY["tables"].get(table.name, {})):
            for name, said in columns.items():
                if name in table.by_name:
                    clashes = {
                        word
                        for word in said.get("also", [])
                        if plain(word) not in usual and len(columns_called(word, table)) > 1
                    }
                    assert clashes == set(), (table.name, name)


def test_no_code_word_means_two_codes() -> None:
    for table, columns in VOCABULARY["codes"].items():
        for column, codes in columns.items():
            words = [plain(word) for written in codes.values() for word in written]
            assert len(words) == len(set(words)), (table, column)


@pytest.mark.parametrize(
    ("table", "header", "columns"),
    [
        ("transactions", "开票日期", ["date"]),
        ("transactions", "Invoice Date", ["date"]),
        ("transactions", "日期", ["date", "order_date"]),
        ("transactions", "无税金额（元）", ["revenue"]),
        ("transactions", "金额(含税)", ["revenue_incl_tax"]),
        ("transactions", "价税合计", ["revenue_incl_tax"]),
        ("transactions", "金额", ["revenue", "revenue_incl_tax"]),
        ("transactions", "SalesAmount", ["revenue", "revenue_incl_tax"]),
        ("transactions", "单号", ["doc_id", "order_id"]),
        ("transactions", "KUNNR", ["account_id"]),
        ("transactions", "购货单位代码", ["account_id"]),
        ("transactions", "物料编码", ["product_id"]),
        ("transactions", "客户名称", ["account_id"]),
        ("accounts", "客户名称", ["name"]),
        ("accounts", "客户", ["account_id", "name"]),
        ("accounts", "客户类型", ["segment", "type"]),
        ("accounts", "专管业务员", ["manager_id"]),
        ("receivables", "31-60天", ["overdue_31_60"]),
        ("transactions", "备注", []),
        ("transactions", "税额", []),
    ],
)
def test_a_header_means_these_columns(table: str, header: str, columns: list[str]) -> None:
    assert sorted(columns_called(header, TABLES[table])) == columns


@pytest.mark.parametrize(
    ("header", "factor", "currency"),
    [
        ("金额（万元）", 10_000, "CNY"),
        ("金额(千元)", 1_000, "CNY"),
        ("销售额万元", 10_000, "CNY"),
        ("金额（元）", 1, "CNY"),
        ("Sales (TEUR)", 1_000, "EUR"),
        ("Sales, USD", 1, "USD"),
        ("金额", 1, ""),
        ("数量(千克)", 1, ""),
        ("Revenue (in thousands)", 1_000, ""),
    ],
)
def test_a_header_says_its_unit(header: str, factor: float, currency: str) -> None:
    word = unit_word(header)
    assert (unit_of(word), currency_of(word)) == (factor, currency)


@pytest.mark.parametrize(
    ("headers", "names", "table", "confidence"),
    [
        (["开票日期", "客户编码", "无税金额", "数量"], ["导出"], "transactions", "sure"),
        (["日期", "客户", "金额", "数量", "单价"], ["2025年销售明细"], "transactions", "sure"),
        (["客户编码", "客户名称", "地区", "信用额度"], ["客户档案"], "accounts", "sure"),
        (["客户编码", "客户名称", "大区"], ["Sheet1"], "accounts", "sure"),
        (["存货编码", "存货名称", "存货大类", "主计量单位"], ["存货档案"], "products", "sure"),
        (["月份", "客户编码", "应收余额", "1-30天", "31-60天"], ["账龄"], "receivables", "sure"),
        (["Invoice No", "Invoice Date", "Customer ID", "Qty", "Unit Price"], ["x"], "transactions", "likely"),
        (["大区", "月份", "指标", "目标值"], ["plan"], "targets", "sure"),
    ],
)
def test_the_table_of_these_headers(headers: list[str], names: list[str], table: str, confidence: str) -> None:
    choice = choose_table(headers, names)
    assert choice.table is not None
    assert (choice.table.name, choice.confidence) == (table, confidence)


@pytest.mark.parametrize(
    "headers",
    [["a", "b", "c"], ["月份", "金额"], ["大区", "备注", "说明", "制单人", "审核人"], ["id", "x1", "x2"]],
)
def test_no_table_is_taken_for_these(headers: list[str]) -> None:
    choice = choose_table(headers, ["导出"])
    assert choice.table is None or choice.confidence == "unsure"


def test_a_header_that_fits_two_columns_settles_neither() -> None:
    found = match_columns(TABLES["transactions"], ["日期", "客户编码", "金额"])
    assert set(found.columns) == {"account_id"}
    assert found.doubtful == {"日期": ["date", "order_date"], "金额": ["revenue", "revenue_incl_tax"]}


def test_it_is_the_other_column_where_one_has_a_header_of_its_own() -> None:
    found = match_columns(TABLES["transactions"], ["日期", "订单日期", "金额", "价税合计"])
    assert {name: (match.header, match.confidence) for name, match in found.columns.items()} == {
        "order_date": ("订单日期", "sure"),
        "revenue_incl_tax": ("价税合计", "sure"),
        "date": ("日期", "likely"),
        "revenue": ("金额", "likely"),
    }


def test_two_headers_for_one_column_settle_nothing_unless_one_is_the_usual() -> None:
    found = match_columns(TABLES["transactions"], ["发票日期", "出库日期"])
    assert found.columns == {}
    assert found.doubtful == {"发票日期": ["date"], "出库日期": ["date"]}
    usual = match_columns(TABLES["transactions"], ["发票日期", "开票日期"])
    assert usual.columns["date"].header == "开票日期"
    assert usual.besides == {"date": ["发票日期"]}


def test_a_header_that_stands_twice_settles_nothing() -> None:
    found = match_columns(TABLES["transactions"], ["数量", "数量", "客户编码"])
    assert set(found.columns) == {"account_id"}
    assert found.doubtful == {"数量": ["quantity"]}
