"""From lines to shapes: what a line leaves open, where its money goes, and that none of it is lost."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kamreport.book import reducing
from kamreport.book.contract import UNASSIGNED
from kamreport.book.reducing import SHAPES, reconcile
from kamreport.errors import DataError
from tests.book.conftest import Reading, lines

ReadCsv = Callable[..., Reading]


def shape(reading: Reading, name: str, *columns: str) -> list[tuple[object, ...]]:
    return reading.con.execute(f"SELECT {', '.join(columns)} FROM shape.{name} ORDER BY ALL").fetchall()


# What a line leaves open.


def test_a_line_without_a_kind_is_a_sale_or_below_zero_a_return(read_csv: ReadCsv) -> None:
    rows = ["2025-06-02,a,1,", "2025-06-02,a,-1,", "2025-06-02,a,0,", "2025-06-02,a,-1,sale", "2025-06-02,a,1,rebate"]
    reading = read_csv(transactions=lines(*rows, header="date,account_id,revenue,kind"))
    assert reading.column("transactions", "kind") == ["sale", "return", "sale", "sale", "rebate"]


def test_revenue_is_worked_out_from_the_amount_with_tax_where_it_is_not_given(read_csv: ReadCsv) -> None:
    rows = [
        "2025-06-02,a,,113,0.13",  # 113 / 1.13 = 100
        "2025-06-02,a,,100,6%",  # 100 / 1.06 = 94.33962...
        "2025-06-02,a,,-109,0.09",  # -109 / 1.09 = -100
        "2025-06-02,a,7,113,0.13",  # the revenue is given
        "2025-06-02,a,,113,",  # without a rate it is not known
        "2025-06-02,a,,,0.13",
        "2025-06-02,a,,113,13",  # 13 is no share
    ]
    reading = read_csv(transactions=lines(*rows, header="date,account_id,revenue,revenue_incl_tax,tax_rate"))
    assert reading.column("transactions", "revenue") == [100, Decimal("94.3396"), -100, 7]
    assert reading.column("transactions", "kind") == ["sale", "sale", "return", "sale"]
    assert [row[1:] for row in reading.left_out] == [
        (6, "revenue", "empty", "rejected"),
        (7, "revenue", "empty", "rejected"),
        (8, "tax_rate", "out_of_range", "rejected"),
    ]


def test_the_amount_with_tax_alone_is_enough(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=lines("2025-06-02,a,113,13%", header="date,account_id,revenue_incl_tax,tax_rate"))
    assert reading.column("transactions", "revenue") == [100]


def test_the_amount_with_tax_without_a_rate_is_not_enough(read_csv: ReadCsv) -> None:
    message = (
        "tables.transactions: nothing is mapped to 'revenue' (无税金额), which is required; add columns = "
        '{ revenue = "..." }. Headers in transactions.csv: date, account_id, revenue_incl_tax; '
        "if the headers stand lower, set header to their row"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_csv(transactions=lines("2025-06-02,a,113", header="date,account_id,revenue_incl_tax"))


def test_other_currencies_are_converted_by_the_rate_of_their_month(read_csv: ReadCsv) -> None:
    header = "date,account_id,revenue,cost,list_amount,currency"
    rows = [
        "2025-05-31,a,10,8,11,USD",  # x 7.2
        "2025-06-01,a,10,8,,usd",  # x 7.3
        "2025-06-30,a,-10,,,EUR",  # x 8.123456
        "2025-06-30,a,10,8,11,CNY",
        "2025-06-30,a,10,8,11,",
        "2025-06-30,a,10,8,11,GBP",
        "2025-04-30,a,10,8,11,USD",
    ]
    rates = "month,currency,rate\n2025-05,USD,7.2\n2025-06,USD,7.3\n2025-06,eur,8.123456\n"
    reading = read_csv(transactions=lines(*rows, header=header), fx_rates=rates)
    assert reading.rows("transactions", "revenue", "cost", "list_amount") == [
        (72, Decimal("57.6"), Decimal("79.2")),
        (73, Decimal("58.4"), None),
        (Decimal("-81.2346"), None, None),
        (10, 8, 11),
        (10, 8, 11),
    ]
    assert [row[1:] for row in reading.left_out] == [
        (7, "currency", "no_rate", "rejected"),
        (8, "currency", "no_rate", "rejected"),
    ]


def test_a_report_in_dollars_converts_the_yuan(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2025-06-02,a,100,CNY", "2025-06-02,a,7,USD", header="date,account_id,revenue,currency"),
        fx_rates="month,currency,rate\n2025-06,CNY,0.14\n",
        more='[company]\ncurrency = "USD"',
    )
    assert reading.column("transactions", "revenue") == [14, 7]


def test_without_any_rate_nothing_can_be_printed(read_csv: ReadCsv) -> None:
    message = (
        "no transaction can be used: the first is transactions.csv, line 2, column currency: no rate ('USD'); "
        "mend the mapping in kamreport.toml and run kamreport check"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_csv(transactions=lines("2025-06-02,a,1,USD", header="date,account_id,revenue,currency"))


def test_internal_lines_and_accounts_are_excluded_by_reason(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines(
            "2025-06-02,a,1,", "2025-06-02,a,2,internal", "2025-06-02,i,4,", "2025-06-02,i,8,internal",
            header="date,account_id,revenue,kind",
        ),
        accounts="account_id,name,type\na,Anna,customer\ni,Ours,internal\n",
    )  # fmt: skip
    assert reading.left_out == [
        ("transactions", 3, "kind", "internal_line", "excluded"),
        ("transactions", 4, "account_id", "internal_account", "excluded"),
        ("transactions", 5, "kind", "internal_line", "excluded"),
    ]
    assert reading.money == {"used": 1, "excluded": 14, "rejected": 0}


# Where the money goes.


def test_a_line_belongs_to_its_own_region_then_its_accounts_then_to_nobody(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2025-06-02,a,1,S", "2025-06-02,a,2,", "2025-06-02,b,4,", "2025-06-02,c,8,"),
        accounts="account_id,name,region\na,Anna,N\nb,Bob,\n",
    )
    assert reading.by_region() == {"S": 1, "N": 2, UNASSIGNED: 12}
    assert reading.regions == ["(unassigned)", "N", "S"]
    assert [note for note in reading.noted if note[1] == "unassigned"] == [
        ("transactions", "unassigned", "region", "", 2, 12)
    ]


def test_an_account_that_moved_gives_each_line_the_region_of_its_day(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2024-12-31,a,1", "2025-01-01,a,2", "2023-12-31,a,4", header="date,account_id,revenue"),
        accounts="account_id,name,region,valid_from\na,Anna,N,2024-01-01\na,Anna,S,2025-01-01\n",
    )
    assert reading.by_region() == {"N": 1, "S": 2, UNASSIGNED: 4}


def test_without_any_region_there_is_only_the_company(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=lines("2025-06-02,a,1", header="date,account_id,revenue"))
    assert reading.regions == []
    assert reading.by_region() == {UNASSIGNED: 1}


def test_a_region_without_sales_is_a_region_and_one_not_listed_is_not(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2025-06-02,a,1,N", "2025-06-02,a,2,Atlantis", "2025-06-03,b,4,Atlantis", "2025-06-02,b,8,"),
        accounts="account_id,name,region\na,Anna,N\nb,Bob,Mu\n",
        regions="region\nN\nEmpty\n",
    )
    # What Atlantis sold goes to the region of the account, N, or to nobody: 2 to N, 4 + 8 to (unassigned).
    assert reading.regions == ["(unassigned)", "Empty", "N"]
    assert reading.by_region() == {"N": 3, UNASSIGNED: 12}
    # Each line is remarked once: the 8 has no region, the 2 and the 4 have an unknown one.
    noted = [note for note in reading.noted if note[0] == "transactions" and note[2] == "region"]
    assert noted == [
        ("transactions", "unassigned", "region", "", 1, 8),
        ("transactions", "unknown_region", "region", "Atlantis", 2, 6),
    ]


@pytest.mark.parametrize("name", ["all", "ALL", "ａｌｌ"])
def test_no_region_can_bear_the_name_of_the_company(read_csv: ReadCsv, name: str) -> None:
    message = f"a region is called '{name}', which names the whole company; rename it in the data"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_csv(transactions=lines("2025-06-02,a,1,N", f"2025-06-02,a,1,{name}"))


# The shapes.


def test_the_ledger_has_a_row_per_account_region_and_month(read_csv: ReadCsv) -> None:
    header = "date,account_id,region,order_id,kind,revenue,cost,list_amount,quantity"
    rows = [
        "2025-05-31,a,N,o1,sale,100,60,110,10",
        "2025-06-01,a,N,o2,sale,50,30,,5",
        "2025-06-30,a,N,o2,sale,30,,40,3",
        "2025-06-15,a,N,o3,return,-20,-12,,-2",
        "2025-06-15,a,N,o4,rebate,-5,,,100",
        "2025-06-15,a,N,o5,sale,0,1,,1",
        "2025-06-15,a,N,o6,freight,9,4,,1",
        "2025-06-15,a,S,o7,sale,7,,,1",
    ]
    reading = read_csv(transactions=lines(*rows, header=header))
    names = ("month", "region", "revenue", "sales", "credits", "cost", "costed_revenue")
    # June: 50 + 30 - 20 - 5 + 0 + 9 = 64; cost 30 - 12 + 1 + 4 = 23 on 50 - 20 + 0 + 9 = 39.
    assert shape(reading, "ledger", *names) == [
        (date(2025, 5, 1), "N", 100, 100, 0, 60, 100),
        (date(2025, 6, 1), "N", 64, 80, -25, 23, 39),
        (date(2025, 6, 1), "S", 7, 7, 0, None, 0),
    ]
    # The quantity counts sales and returns: 5 + 3 - 2 + 1 = 7. One order: o2; o5 brought nothing.
    assert shape(
        reading, "ledger", "month", "region", "quantity", "orders", "lines", "list_amount", "listed_revenue"
    ) == [
        (date(2025, 5, 1), "N", 10, 1, 1, 110, 100),
        (date(2025, 6, 1), "N", 7, 1, 6, 40, 30),
        (date(2025, 6, 1), "S", 1, 1, 1, None, 0),
    ]


def test_without_order_numbers_an_order_is_an_account_and_its_order_day(read_csv: ReadCsv) -> None:
    rows = [
        "2025-06-03,a,1,2025-06-01",
        "2025-06-04,a,2,2025-06-01",
        "2025-06-05,a,4,",
        "2025-06-05,b,8,",
        "2025-06-05,a,-1,",
    ]
    reading = read_csv(transactions=lines(*rows, header="date,account_id,revenue,order_date"))
    assert shape(reading, "orders", "account_id", "order_id", "order_date", "date", "revenue") == [
        ("a", "2025-06-01", date(2025, 6, 1), date(2025, 6, 3), 1),
        ("a", "2025-06-01", date(2025, 6, 1), date(2025, 6, 4), 2),
        ("a", "2025-06-05", date(2025, 6, 5), date(2025, 6, 5), 4),
        ("b", "2025-06-05", date(2025, 6, 5), date(2025, 6, 5), 8),
    ]
    assert shape(reading, "ledger", "account_id", "orders") == [("a", 2), ("b", 1)]


def test_an_order_is_not_dated_after_its_posting(read_csv: ReadCsv) -> None:
    reading = read_csv(
        transactions=lines("2025-06-03,a,1,2025-06-20", "2025-06-30,a,1,", header="date,account_id,revenue,order_date")
    )
    assert shape(reading, "orders", "order_date", "date")[0] == (date(2025, 6, 3), date(2025, 6, 3))


def test_families_and_units_come_from_the_product_where_the_line_has_none(read_csv: ReadCsv) -> None:
    header = "date,account_id,revenue,product_id,unit,quantity,region"
    rows = ["2025-06-02,a,10,p,,2,N", "2025-06-02,a,12,p,box,1,N", "2025-06-02,a,1,q,,5,N", "2025-06-02,a,-5,p,,-1,N"]
    reading = read_csv(transactions=lines(*rows, header=header), products="product_id,family,unit\np,F,kg\n")
    assert shape(reading, "product_ledger", "family", "unit", "quantity", "revenue") == [
        ("", "", 5, 1),
        ("F", "box", 1, 12),
        ("F", "kg", 1, 5),  # 2 - 1 = 1 kg and 10 - 5 = 5
    ]
    # A price is what sales brought; a return has none.
    assert shape(reading, "product_prices", "product_id", "unit", "quantity", "revenue") == [
        ("p", "box", 1, 12),
        ("p", "kg", 2, 10),
        ("q", "", 5, 1),
    ]


def test_refunds_keep_their_sign_and_a_region_can_be_below_zero(read_csv: ReadCsv) -> None:
    header = "date,account_id,revenue,region,quantity,cost"
    rows = ["2025-06-02,a,100,N,1,60", "2025-06-03,a,-130.50,N,-2,-80", "2025-06-03,b,5,S,1,3"]
    reading = read_csv(transactions=lines(*rows, header=header))
    assert reading.by_region() == {"N": Decimal("-30.50"), "S": 5}
    assert shape(reading, "ledger", "region", "sales", "credits", "quantity", "cost", "orders") == [
        ("N", 100, Decimal("-130.50"), -1, -20, 1),
        ("S", 5, 0, 1, 3, 1),
    ]
    assert reading.money["used"] == Decimal("-25.50")


def test_one_account_with_one_line_is_a_book(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=lines("2025-06-02,a,1,N"))
    assert [len(shape(reading, name, "*")) for name in SHAPES] == [1, 1, 1, 1, 0, 0]


def test_what_is_sold_by_a_channel_is_counted_by_region_and_month_and_nothing_else_is(read_csv: ReadCsv) -> None:
    rows = [
        "2025-06-02,a,1,N,web",
        "2025-06-30,b,2,N,web",
        "2025-07-01,a,4,N,web",
        "2025-06-02,c,8,S,shop",
        "2025-06-02,c,16,S,",
    ]
    reading = read_csv(transactions="date,account_id,revenue,region,channel\n" + "\n".join(rows) + "\n")
    assert shape(reading, "channel_ledger", "region", "channel", "month", "revenue") == [
        ("N", "web", date(2025, 6, 1), 3),
        ("N", "web", date(2025, 7, 1), 4),
        ("S", "shop", date(2025, 6, 1), 8),
    ]


# Conservation (D2, D19).


def test_fifty_thousand_tenths_are_five_thousand(read_csv: ReadCsv) -> None:
    # Added up as floats they are 5000.000000000003 or more, by their order.
    reading = read_csv(transactions=lines(*["2025-06-02,a,0.1,N"] * 40_000, *["2025-06-02,b,0.1,"] * 10_000))
    assert reading.by_region() == {"N": 4000, UNASSIGNED: 1000}
    assert reading.money["used"] == 5000


_LINE = st.tuples(
    st.sampled_from(["a", "b", "c", "i", ""]),
    st.sampled_from(["N", "S", "NA", "Atlantis", ""]),
    st.integers(-10_000_000, 10_000_000).map(lambda cents: Decimal(cents) / 100) | st.sampled_from(["x", ""]),
    st.sampled_from(["", "sale", "return", "rebate", "internal", "gift"]),
    st.sampled_from(["2025-06-02", "2025-05-31", "1999-01-01", "02/06/2025"]),
)


@given(body=st.lists(_LINE, max_size=12))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_cent_is_used_excluded_or_rejected(
    read_csv: ReadCsv, body: list[tuple[str, str, object, str, str]]
) -> None:
    body = [("a", "N", Decimal(1), "sale", "2025-06-02"), *body]
    rows = [f"{day},{account},{amount},{region},{kind}" for account, region, amount, kind, day in body]
    reading = read_csv(
        transactions=lines(*rows, header="date,account_id,revenue,region,kind"),
        accounts="account_id,name,region,type\na,Anna,S,customer\ni,Ours,S,internal\n",
        regions="region\nN\nS\nNA\nEmpty\n",
    )
    read = sum((amount for _, _, amount, _, _ in body if isinstance(amount, Decimal)), Decimal(0))
    assert sum(reading.money.values()) == read
    assert sum(reading.by_region().values()) == reading.money["used"]
    for name in ("product_ledger", "daily"):
        assert reading.con.execute(f"SELECT sum(revenue) FROM shape.{name}").fetchall() == [(reading.money["used"],)]


def test_a_shape_that_does_not_add_up_stops_the_load(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=lines("2025-06-02,a,1,N", "2025-06-02,b,2,S"))
    reading.con.execute("DELETE FROM shape.daily WHERE region = 'S'")
    message = "shape.daily sums to 1.0000 and lines to 3.0000; please report this fault"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        reconcile(reading.con)


def test_lines_that_lost_or_gained_a_transaction_are_not_reduced(
    read_csv: ReadCsv, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reducing.sql_text
    monkeypatch.setattr(reducing, "sql_text", lambda name: whole(name) + " WHERE t.revenue > 1" * (name == "lines"))
    message = "lines sums to 2.0000 and book.transactions to 3.0000; please report this fault"
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        read_csv(transactions=lines("2025-06-02,a,1", "2025-06-03,a,2", header="date,account_id,revenue"))


# Costs of products.


def test_a_line_without_a_cost_takes_the_product_s_unit_cost_of_its_month(read_csv: ReadCsv) -> None:
    rows = [
        "2025-06-02,a,10,p,2,box,,sale",  # 2 x 1.5
        "2025-06-03,a,20,p,-4,,,return",  # in the main unit, which it does not name: -4 x 1.5
        "2025-06-04,a,30,p,5,box,7,sale",  # has its own
        "2025-06-05,a,40,p,6,crate,,sale",  # another unit
        "2025-05-05,a,50,p,6,box,,sale",  # another month
        "2025-06-06,a,60,q,3,kg,,sale",  # a product without a main unit: 3 kg may not be 3 of its units
        "2025-06-06,a,70,q,3,,,sale",  # 3 x 0.333333 = 0.999999
        "2025-06-07,a,80,p,,box,,sale",  # nobody knows how much
        "2025-06-08,a,-90,p,9,box,,credit",  # a price given back moves no goods
        "2025-06-08,a,100,p,0,box,0,sale",
        "2025-06-09,a,200,r,3000000,,,sale",  # 3,000,000 x 2,000,000, beyond 18 digits of the engine
    ]
    reading = read_csv(
        transactions=lines(*rows, header="date,account_id,revenue,product_id,quantity,unit,cost,kind"),
        products="product_id,family,unit\np,f,box\nq,f,\nr,f,\n",
        product_costs="month,product_id,unit_cost\n2025-06,p,1.5\n2025-06,q,0.333333\n2025-06,r,2000000\n",
    )
    costs = dict(reading.con.execute("SELECT revenue, cost FROM lines").fetchall())
    assert costs == {
        10: 3, 20: -6, 30: 7, 40: None, 50: None, 60: None, 70: 1, 80: None, -90: None, 100: 0, 200: 6_000_000_000_000,
    }  # fmt: skip
    # The lines of 10, 20, 70 and 200.
    assert ("transactions", "unit_cost", "cost", "", 4, 300) in reading.noted
    # The ledger's costs are those of the lines, and their revenue is that of the lines that have one.
    assert shape(reading, "ledger", "month", "cost", "costed_revenue")[1][1:] == (6_000_000_000_005, 430)


def test_without_unit_costs_nothing_is_said_of_them(read_csv: ReadCsv) -> None:
    reading = read_csv(transactions=lines("2025-06-02,a,1,N"))
    assert [note for note in reading.noted if note[1] == "unit_cost"] == []


def test_an_amount_beyond_the_engine_s_eighteen_digits_is_converted(read_csv: ReadCsv) -> None:
    # 99,999,999.99 x 7.123456 = 712,345,599.92876544: as whole numbers of 4 and 6 places more than 18 digits.
    reading = read_csv(
        transactions=lines("2025-06-02,a,99999999.99,USD", header="date,account_id,revenue,currency"),
        fx_rates="month,currency,rate\n2025-06,USD,7.123456\n",
    )
    assert reading.money["used"] == Decimal("712345599.9288")
