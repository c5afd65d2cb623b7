"""What is doubted: every rule on a record that breaks it and on one that does not, and signs of a faulty export."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kamreport.book.closing import close_period, latest_period
from kamreport.book.contract import TABLES
from kamreport.book.doubts import CONTRADICTIONS, SUSPICIONS, Doubt, doubts_sql, doubts_today
from kamreport.book.opening import open_book
from kamreport.book.reading import read_frame
from kamreport.book.store import Load, load_store
from kamreport.period import Period
from kamreport.settings import Settings, load_settings

Rows = list[dict[str, Any]]
TODAY = date(2025, 7, 1)
FOUND = ("rule", "rows", "amount")


def _workspace(root: Path, tables: dict[str, Rows], settings: str = "[data]\nup_to = 2025-06-30\n") -> Settings:
    """A table a file; ``transactions/a.csv`` and the like become one source of several files."""
    toml = [settings]
    for name, rows in tables.items():
        file = root / f"{name}.csv"
        file.parent.mkdir(exist_ok=True, parents=True)
        pd.DataFrame(rows).to_csv(file, index=False)
        table, several, _ = name.partition("/")
        entry = f'[tables.{table}]\npath = "{table}{"/*" if several else ""}.csv"\n'
        toml += [entry] if entry not in toml else []
    (root / "kamreport.toml").write_text("".join(toml), "utf-8")
    return load_settings(root)


def _doubted(load: Load, name: str) -> pd.DataFrame:
    return read_frame(load.folder, doubts_today(load, latest_period(load).end)[name])


# Contradictions


def _line(account: str, day: str, revenue: float = 100.0, **more: object) -> dict[str, Any]:
    return {"date": day, "account_id": account, "revenue": revenue, "region": "N", **more}


def _world(*, guilty: bool) -> dict[str, Rows]:
    """A row in every table that a rule reads: such as breaks it, or such as just keeps to it."""
    bad = guilty
    lines = [
        _line("old", "2022-01-10"),
        _line("closed", "2025-06-10"),
        _line("first", "2023-01-10", 250.0),
        _line("sold", "2025-02-01", 70.0, salesperson_id="gone"),
        _line("wallet", "2024-05-10", 1000.0),
        _line("lost", "2025-03-10", 40.0),
        _line("price", "2025-03-01", 80.0, product_id="p", quantity=10, list_amount=90 if bad else 100),
        _line("signs", "2025-03-02", 20.0, quantity=-1 if bad else 1),
        _line("cost", "2025-03-03", 30.0, cost=-5 if bad else 5),
        _line("list", "2025-03-04", 60.0, list_amount=39 if bad else 40),
        _line("key", "2022-06-10" if bad else "2023-07-10"),
    ]
    plain = {"name": "x", "region": "N"}
    return {
        "transactions": lines,
        "accounts": [
            {"account_id": "closed", "status": "closed", "valid_from": "2025-05-01" if bad else "2025-06-10", **plain},
            {"account_id": "key", "tier": "key", "valid_from": "2020-01-01", **plain},
            {
                "account_id": "first",
                "opened_on": "2023-01-11" if bad else "2023-01-10",
                "manager_id": "b" if bad else "a",
                "valid_from": "2020-01-02",
                **plain,
            },
            # Of the same migration day: it says nothing of when they began.
            *(
                {"account_id": one, "opened_on": "2025-06-30", "valid_from": "2020-01-03", **plain}
                for one in ("lost", "old")
            ),
        ],
        "people": [
            {"person_id": one, "name": one, "left_on": "2025-01-31" if bad else "2025-02-01"} for one in ("gone",)
        ]
        + [{"person_id": "a", "name": "a"}],
        "assignments": [{"account_id": "first", "person_id": "a", "role": "manager", "valid_from": "2024-01-01"}],
        "receivables": [
            {
                "month": "2025-05",
                "account_id": "old",
                "balance": 1000,
                "not_due": 900,
                "overdue_1_30": 50 if bad else 99,
                "overdue_31_60": 0,
                "overdue_61_90": 0,
                "overdue_over_90": 0,
            }
        ],
        "deliveries": [
            {
                "order_id": "o",
                "account_id": "old",
                "ordered_on": "2025-01-05",
                "promised_on": "2025-01-09",
                "ordered_qty": 1,
                "shipped_on": "2025-01-07",
                "delivered_on": "2025-01-06" if bad else "2025-01-07",
            }
        ],
        "complaints": [
            {
                "case_id": "c",
                "account_id": "old",
                "opened_on": "2025-01-05",
                "resolved_on": "2025-01-04" if bad else "2025-01-05",
                "amount": 12,
            }
        ],
        "opportunities": [
            {
                "opportunity_id": "d",
                "created_on": "2025-01-05",
                "closed_on": "2025-01-04" if bad else "2025-01-05",
                "amount": 9,
            }
        ],
        "contracts": [
            {
                "contract_id": "k",
                "account_id": "old",
                "signed_on": "2025-01-01",
                "starts_on": "2025-01-05",
                "ends_on": "2025-01-04" if bad else "2025-01-05",
                "value": 7,
            }
        ],
        "actions": [
            {
                "action_id": "x",
                "created_on": "2025-01-05",
                "title": "t",
                "owner_id": "a",
                "due_on": "2025-02-01",
                "done_on": "2025-01-04" if bad else "2025-01-05",
            }
        ],
        "wallet": [
            {
                "account_id": "wallet",
                "period_start": "2024-01-01",
                "period_end": "2025-01-01",
                "total_spend": 900 if bad else 990,
                "source": "customer",
                "collected_on": "2025-01-05",
            }
        ],
        "wallet_shares": [
            {
                "account_id": "wallet",
                "period_start": "2024-01-01",
                "period_end": "2025-01-01",
                "competitor_id": one,
                "share": share,
                "collected_on": "2025-01-05",
            }
            for one, share in (("own", 0.5), ("rival", 0.53 if bad else 0.52))
        ],
        "defections": [
            {
                "defection_id": "f",
                "account_id": "lost",
                "kind": "full",
                "noticed_on": "2025-01-10" if bad else "2025-02-10",
            }
        ],
        "targets": [
            {"month": "2025-01", "measure": "revenue", "value": 300, "months": 3},
            {"month": "2025-03" if bad else "2025-04", "measure": "revenue", "value": 50, "months": 1},
            {"month": "2025-01", "measure": "revenue", "value": 99, "months": 3, "region": "N"},
        ],
        "price_list": [{"product_id": "p", "price": 10, "valid_from": "2025-01-01"}],
    }


# Of each rule: how many records, the money in doubt, and what they are known by.
GUILTY: dict[str, tuple[int, float | None, str]] = {
    "ageing_sum": (1, 50.0, "old"),
    "closed_but_bought": (1, 100.0, "closed"),
    "key_without_revenue": (1, None, "key"),
    "opened_after_order": (1, 250.0, "first"),
    "seller_had_left": (1, 70.0, "gone"),
    "other_manager": (1, None, "first"),
    "delivered_before": (1, None, "o"),
    "resolved_before": (1, 12.0, "c"),
    "closed_before": (1, 9.0, "d"),
    "ends_before": (1, 7.0, "k"),
    "done_before": (1, None, "x"),
    "wallet_too_small": (1, 100.0, "wallet"),
    "wallet_shares_sum": (1, None, "wallet"),
    "defected_but_bought": (1, 40.0, "lost"),
    "targets_overlap": (1, 50.0, "revenue/target////"),
    "other_list_price": (1, 10.0, "p"),
    "signs_differ": (1, 20.0, "signs"),
    "cost_sign": (1, 5.0, "cost"),
    "list_below_revenue": (1, 21.0, "list"),
}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Settings]:
    root = tmp_path_factory.mktemp("doubted")
    return {name: _workspace(root / name, _world(guilty=name == "guilty")) for name in ("guilty", "innocent")}


def test_every_contradiction_is_found_with_its_money_and_its_place(worlds: dict[str, Settings]) -> None:
    frame = _doubted(load_store(worlds["guilty"], today=TODAY), "contradictions").set_index("rule")
    found = {
        rule: (int(row["rows"]), None if pd.isna(row["amount"]) else float(row["amount"]), row["examples"])
        for rule, row in frame.iterrows()
    }
    assert found == GUILTY
    assert GUILTY.keys() == CONTRADICTIONS.keys(), "a rule without a record that breaks it"
    assert frame.loc["signs_differ", ["table_name", "file", "line"]].tolist() == ["transactions", "transactions.csv", 9]


def test_what_just_keeps_to_the_rules_is_not_accused(worlds: dict[str, Settings]) -> None:
    load = load_store(worlds["innocent"], today=TODAY)
    assert _doubted(load, "contradictions").empty
    # And every rule was applied.
    assert all(one.applies(load.filled(date.max)) for one in CONTRADICTIONS.values())


def test_a_contradiction_is_doubted_from_the_day_on_that_brings_it(worlds: dict[str, Settings]) -> None:
    """The complaint was resolved on the fourth of January, and so in no book of December."""
    load = load_store(worlds["guilty"], today=TODAY)
    rules = {
        end: set(read_frame(load.folder, doubts_sql(load, end, end)["contradictions"])["rule"])
        for end in (date(2025, 1, 1), date(2025, 2, 1))
    }
    assert "resolved_before" not in rules[date(2025, 1, 1)]
    assert {"resolved_before", "delivered_before"} <= rules[date(2025, 2, 1)]
    assert "seller_had_left" not in rules[date(2025, 2, 1)]


@pytest.mark.parametrize(("region", "examples"), [("all", ["signs"]), ("N", [None])])
def test_a_region_does_not_see_whose_records_they_are(
    region: str, examples: list[object], worlds: dict[str, Settings]
) -> None:
    frame = open_book(region, "2025-06", settings=worlds["guilty"]).contradictions
    assert frame.loc[frame["rule"] == "signs_differ", "examples"].tolist() == examples


@pytest.mark.parametrize("one", [*CONTRADICTIONS.values(), *SUSPICIONS.values()], ids=lambda one: one.name)
def test_a_rule_names_columns_that_there_are(one: Doubt) -> None:
    for need in one.needs:
        table, column = need.split(".")
        assert column in TABLES[table].by_name
    assert set(one.also) <= {*TABLES, "left_out", "price_levels"}


def test_a_rule_is_run_only_where_something_stands_in_its_columns(tmp_path: Path) -> None:
    load = load_store(_workspace(tmp_path, {"transactions": [_line("a", "2025-06-10")]}), today=TODAY)
    assert not any(one.applies(load.filled(date.max)) for one in CONTRADICTIONS.values())
    assert _doubted(load, "contradictions").empty


def test_a_rule_is_run_only_once_something_in_its_columns_is_known(tmp_path: Path) -> None:
    """Shipped before it was ordered, and all that in May; but the first delivery that anybody knows of is in June."""
    sent = {"order_id": "1", "account_id": "a", "promised_on": "2025-05-10", "ordered_qty": 1}
    sent |= {"ordered_on": "2025-05-10", "shipped_on": "2025-05-06", "delivered_on": "2025-06-15"}
    tables = {"transactions": [_line("a", "2025-06-10")], "deliveries": [sent]}
    load = load_store(_workspace(tmp_path, tables), today=TODAY)
    for end, rules in ((date(2025, 6, 1), []), (date(2025, 7, 1), ["delivered_before"])):
        assert read_frame(load.folder, doubts_sql(load, end, end)["contradictions"])["rule"].tolist() == rules


# Suspicions


MONTHS = [f"2024-{month:02d}" for month in range(1, 13)] + [f"2025-{month:02d}" for month in range(1, 7)]


def _trade(months: list[str] = MONTHS, times: Callable[[str, str], float] = lambda month, product: 1.0) -> Rows:
    """Seven products, each sold to three accounts a month at a price of its own, haggled a little.

    A line is a document of its own; no line is the sum of others.
    """
    rows = []
    for place, month in enumerate(months):
        for product in range(7):
            for account in range(3):
                haggled = 1 + ((place * 5 + product * 3 + account * 7) % 9 - 4) / 1500
                quantity = 3 + (place + product + account) % 5
                price = (11.37 + 17.11 * product) * haggled * times(month, str(product))
                rows.append(
                    {
                        "date": f"{month}-{3 + product * 3 + account:02d}",
                        "account_id": f"A{account}",
                        "doc_id": f"D{month}-{product}-{account}",
                        "line_no": 1,
                        "product_id": f"P{product}",
                        "quantity": quantity,
                        "revenue": round(price * quantity, 4),
                        "region": "N",
                    }
                )
    return rows


def _worth(rows: Rows, month: str = "") -> float:
    return sum(float(row["revenue"]) for row in rows if str(row["date"]).startswith(month))


def _suspected(root: Path, tables: dict[str, Rows]) -> list[tuple[str, int, float]]:
    load = load_store(_workspace(root, tables), today=TODAY)
    frame = _doubted(load, "suspicions")
    return [(row.rule, int(row.rows), round(float(row.amount), 2)) for row in frame.itertuples()]


def _total(rows: Rows, said: str = "", **more: object) -> dict[str, Any]:
    """A row that holds the sum of others, with nothing but a date and an account."""
    last = rows[-1]
    return {"date": last["date"], "account_id": said or last["account_id"], "revenue": round(_worth(rows), 4), **more}


def test_a_clean_export_is_not_suspected(tmp_path: Path) -> None:
    assert _suspected(tmp_path, {"transactions": _trade()}) == []


@pytest.mark.parametrize("said", ["合计", "本月合计：", "小 计", "Total", "Sub-total", "GRAND TOTAL"])
def test_a_line_that_reads_as_a_total_is_shouted(said: str, tmp_path: Path) -> None:
    """Whatever its amount; here it is not even the sum."""
    rows = [*_trade(), _line(said, "2025-06-30", 5000.0)]
    assert _suspected(tmp_path, {"transactions": rows}) == [("total_kept", 1, 5000.0)]


@pytest.mark.parametrize("column", ["product_id", "doc_id"])
def test_the_word_may_stand_where_the_product_or_the_document_stands(column: str, tmp_path: Path) -> None:
    rows = [*_trade(), _line("A1", "2025-06-30", 5000.0) | {column: "合计"}]
    assert _suspected(tmp_path, {"transactions": rows}) == [("total_kept", 1, 5000.0)]


def test_an_account_of_that_name_is_not_suspected(tmp_path: Path) -> None:
    rows = [*_trade(), _line("Total", "2025-06-30", 5000.0)]
    accounts = [{"account_id": "Total", "name": "TotalEnergies Lubricants"}]
    assert _suspected(tmp_path, {"transactions": rows, "accounts": accounts}) == []


def test_the_sum_of_all_lines_before_it_is_shouted_without_a_word(tmp_path: Path) -> None:
    rows = _trade()
    assert _suspected(tmp_path, {"transactions": [*rows, _total(rows)]}) == [("total_kept", 1, round(_worth(rows), 2))]


def test_subtotals_of_blocks_and_the_total_of_all_are_counted_together(tmp_path: Path) -> None:
    """Two blocks with their sums and the sum of both: twice the revenue too much."""
    first, second = _trade(MONTHS[:9]), _trade(MONTHS[9:])
    rows = [*first, _total(first), *second, _total(second), _total([*first, *second])]
    found = _suspected(tmp_path, {"transactions": rows})
    assert found == [("total_kept", 3, round(2 * _worth([*first, *second]), 2))]


def test_a_rejected_line_is_part_of_the_sum(tmp_path: Path) -> None:
    rows = _trade()
    rows[5]["date"] = "2024-02-31"
    found = _suspected(tmp_path, {"transactions": [*rows, _total(rows)]})
    assert [rule for rule, *_ in found] == ["total_kept"]


def test_total_rows_that_are_set_aside_are_not_suspected(tmp_path: Path) -> None:
    settings = _workspace(tmp_path, {"transactions": [*_trade(), _line("合计", "2025-06-30", 5000.0)]})
    toml = (tmp_path / "kamreport.toml").read_text("utf-8") + 'drop = { account_id = ["合计"] }\n'
    (tmp_path / "kamreport.toml").write_text(toml, "utf-8")
    settings = load_settings(tmp_path)
    assert _doubted(load_store(settings, today=TODAY), "suspicions").empty


def test_a_file_whose_lines_stand_in_another_is_shouted(tmp_path: Path) -> None:
    """Six months, and a file of the last two of them again, without the numbers that would tell."""
    rows = [{key: value for key, value in row.items() if key not in ("doc_id", "line_no")} for row in _trade()]
    again = [row for row in rows if str(row["date"]) >= "2025-05"]
    found = _suspected(tmp_path, {"transactions/a": rows, "transactions/b": again})
    assert found == [("file_in_file", len(again), round(_worth(again), 2))]


def test_a_few_lines_alike_in_two_files_are_chance(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key not in ("doc_id", "line_no")} for row in _trade()]
    first, second = (
        [row for row in rows if str(row["date"]) < "2025"],
        [row for row in rows if str(row["date"]) >= "2025"],
    )
    assert _suspected(tmp_path, {"transactions/a": first, "transactions/b": [*second, *first[:50]]}) == []


@pytest.mark.parametrize("rate", [1.13, 1.09, 1.06, 1.03])
def test_a_month_with_tax_between_months_without_is_shouted_with_the_tax(rate: float, tmp_path: Path) -> None:
    rows = _trade(times=lambda month, _: rate if month == "2025-02" else 1)
    amount = round(_worth(rows, "2025-02") * (1 - 1 / rate), 2)
    assert _suspected(tmp_path, {"transactions": rows}) == [("tax_mixed", 21, pytest.approx(amount, abs=0.01))]


def test_a_file_with_tax_beside_one_without_is_shouted(tmp_path: Path) -> None:
    plain, taxed = _trade(), _trade(times=lambda *_: 1.13)
    taxed = [row | {"doc_id": f"T{row['doc_id']}"} for row in taxed]
    amount = pytest.approx(_worth(taxed) * (1 - 1 / 1.13), abs=0.01)
    assert _suspected(tmp_path, {"transactions/a": plain, "transactions/b": taxed}) == [
        ("tax_mixed", len(taxed), amount)
    ]


@pytest.mark.parametrize(
    "times",
    [
        lambda month, _: 1.03 if month >= "2025-01" else 1.0,
        lambda month, _: 1.06 if month >= "2024-07" else 1.0,
        lambda month, product: 1.13 if product in "01" and month == "2025-02" else 1.0,
        lambda month, _: 1 + MONTHS.index(month) * 0.01,
    ],
    ids=["3 % dearer from January on", "6 % dearer from July on", "two products dearer", "dearer every month"],
)
def test_prices_that_rise_are_no_tax(times: Callable[[str, str], float], tmp_path: Path) -> None:
    assert _suspected(tmp_path, {"transactions": _trade(times=times)}) == []


@pytest.mark.parametrize(("factor", "rule"), [(1 / 10_000, "scale_mixed"), (1 / 1000, "scale_mixed"), (1 / 20, None)])
def test_a_month_in_ten_thousands_is_shouted_with_what_is_missing(
    factor: float, rule: str | None, tmp_path: Path
) -> None:
    rows = _trade(times=lambda month, _: factor if month == "2025-02" else 1)
    found = _suspected(tmp_path, {"transactions": rows})
    if rule is None:
        assert found == []
    else:
        small = sum(float(row["revenue"]) for row in rows if str(row["date"]).startswith("2025-02"))
        assert found == [(rule, 21, pytest.approx(small / factor - small, rel=1e-3))]


def test_without_products_the_size_of_the_lines_tells(tmp_path: Path) -> None:
    rows = [
        {key: row[key] for key in ("date", "account_id", "revenue", "region")}
        for row in _trade(times=lambda month, _: 1 / 10_000 if month == "2025-02" else 1)
    ]
    assert [rule for rule, *_ in _suspected(tmp_path, {"transactions": rows})] == ["scale_mixed"]


def test_a_month_that_is_missing_between_full_ones_is_shouted(tmp_path: Path) -> None:
    rows = [row for row in _trade() if not str(row["date"]).startswith("2025-02")]
    amount = round((_worth(rows, "2025-01") + _worth(rows, "2025-03")) / 2, 2)
    assert _suspected(tmp_path, {"transactions": rows}) == [("month_missing", 0, pytest.approx(amount, abs=0.01))]


def test_a_month_without_trade_in_every_year_is_not_missing(tmp_path: Path) -> None:
    rows = [row for row in _trade() if str(row["date"])[5:7] != "02"]
    assert _suspected(tmp_path, {"transactions": rows}) == []


def test_the_one_posting_of_a_month_may_slide_over_its_end(tmp_path: Path) -> None:
    """Posted on the last day of each month, but for February: on the first of March."""
    rows = [row | {"date": f"{str(row['date'])[:7]}-28"} for row in _trade()]
    slid = [row | {"date": "2025-03-01"} if str(row["date"]).startswith("2025-02") else row for row in rows]
    assert _suspected(tmp_path, {"transactions": slid}) == []


@pytest.mark.parametrize(("kept", "rules"), [(9, ["month_short"]), (12, [])])
def test_a_last_month_with_too_few_lines_is_shouted(kept: int, rules: list[str], tmp_path: Path) -> None:
    """Of 21 lines a month, in this year and in the last: nine are less than half of them."""
    rows = _trade()
    rows = rows[: len(rows) - 21 + kept]
    assert [rule for rule, *_ in _suspected(tmp_path, {"transactions": rows})] == rules


def test_the_closing_tells_how_many_there_are_and_the_book_which(tmp_path: Path) -> None:
    settings = _workspace(tmp_path, {"transactions": [*_trade(), _line("合计", "2025-06-30", 5000.0)]})
    load = load_store(settings, today=TODAY)
    assert [close_period(settings, load, Period.parse(month)).suspicions for month in ("2025-05", "2025-06")] == [0, 1]
    assert open_book("N", "2025-06", settings=settings).suspicions["rule"].tolist() == ["total_kept"]


@pytest.mark.slow
def test_no_month_of_the_demo_is_suspected_or_contradicts_itself(demo_settings: Settings) -> None:
    load = load_store(demo_settings)
    found: set[tuple[str, str]] = set()
    for month in load.months:
        end = Period(month).end
        for name, query in doubts_sql(load, end, end).items():
            found |= {(name, rule) for rule in read_frame(load.folder, query)["rule"]}
    # One account is planted that was registered as lost and went on buying.
    assert found == {("contradictions", "defected_but_bought")}
