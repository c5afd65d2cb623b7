"""At which accounts a rival is known to be, and the open deals there."""

from collections.abc import Sequence

import pandas as pd

from kamreport.analysis.contested import contested_deals
from kamreport.analysis.rival_presence import rival_presence
from kamreport.results import ContestedDeals

from .frames import AS_OF, NAN

DEALS = ["opportunity_id", "account_id", "amount", "closed_on", "outcome", "competitor_id"]
SHARES = ["account_id", "competitor_id", "share", "period_end"]
BESIDE = {
    "period_start": pd.Timestamp("2024-06-01"),
    "collected_on": pd.Timestamp("2025-06-20"),
    "family": None,
    "source": "customer",
}
GONE = ["account_id", "competitor_id", "noticed_on"]
MOVES = ["account_id", "competitor_id", "happened_on"]
Rows = Sequence[tuple[object, ...]]


def contested(deals: Rows, shares: Rows = (), gone: Rows = (), moves: Rows = ()) -> ContestedDeals:
    made = pd.DataFrame(list(deals), columns=DEALS).assign(
        region="South", family="F", owner_id="m", expected_close=pd.NaT
    )
    held, went = pd.DataFrame(list(shares), columns=SHARES).assign(**BESIDE), pd.DataFrame(list(gone), columns=GONE)
    made["closed_on"], held["period_end"] = pd.to_datetime(made["closed_on"]), pd.to_datetime(held["period_end"])
    did = pd.DataFrame(list(moves), columns=MOVES)
    went["noticed_on"], did["happened_on"] = pd.to_datetime(went["noticed_on"]), pd.to_datetime(did["happened_on"])
    accounts = pd.DataFrame({"account_id": ["a", "b"], "owner_id": ["a", "group"]})
    return contested_deals(made, rival_presence(made, held, went, did, accounts, as_of=AS_OF), as_of=AS_OF)


def open_deal(id_: str, account: str | None, amount: float = 1.0) -> tuple[object, ...]:
    return id_, account, amount, None, None, None


def rows(found: ContestedDeals) -> list[tuple[str, str, str]]:
    """Deal, rival and the signs that he is there."""
    signs = ["won_deal", "holds_share", "took_business", "made_move"]
    return [
        (row["opportunity_id"], row["competitor_id"], ", ".join(sign for sign in signs if row[sign]))
        for row in found.frame.to_dict("records")
    ]


def test_a_rival_is_where_he_won_a_deal_took_business_supplies_or_moved() -> None:
    found = contested(
        [
            open_deal("1", "a", 3.0), open_deal("2", "b", 2.0), open_deal("3", "c", 1.0), open_deal("4", "d", 9.0),
            open_deal("6", "e", 0.5), ("5", "a", 1.0, "2025-01-05", "lost", "x"),
        ],
        shares=[("b", "x", 0.2, "2025-06-01"), ("b", "own", 0.8, "2025-06-01"), ("a", "y", 0.0, "2025-06-01")],
        gone=[("c", "x", "2025-02-01"), ("c", "none", "2025-02-01")],
        moves=[("e", "y", "2025-05-01"), (None, "x", "2025-05-01"), ("d", "unknown", "2025-05-01")],
    )  # fmt: skip
    assert rows(found) == [
        ("1", "x", "won_deal"), ("2", "x", "holds_share"), ("3", "x", "took_business"), ("6", "y", "made_move"),
    ]  # fmt: skip
    assert (found.open, found.without_account, found.months) == (5, 0, 24)


def test_all_signs_of_one_rival_are_one_row_and_each_rival_has_his_own() -> None:
    found = contested(
        [open_deal("1", "a"), ("2", "a", 1.0, "2025-01-05", "lost", "x"), ("3", "a", 1.0, "2025-01-06", "lost", "y")],
        gone=[("a", "x", "2025-02-01")],
    )
    assert rows(found) == [("1", "x", "won_deal, took_business"), ("1", "y", "won_deal")]


def test_what_is_older_than_two_years_or_was_won_by_us_is_no_sign() -> None:
    found = contested(
        [
            open_deal("1", "a"), ("2", "a", 1.0, "2023-06-30", "lost", "x"), ("3", "a", 1.0, "2025-01-05", "won", "y"),
            ("4", "a", 1.0, "2025-01-05", "lost", "unknown"), ("5", "a", 1.0, "2023-07-01", "lost", "z"),
        ],
        shares=[("a", "x", 0.2, "2023-06-01")],
        gone=[("a", "x", "2023-06-30"), ("a", None, "2025-06-30")],
        moves=[("a", "x", "2023-06-30")],
    )  # fmt: skip
    assert rows(found) == [("1", "z", "won_deal")]


def test_of_the_statements_of_a_wallet_the_newest_counts() -> None:
    found = contested([open_deal("1", "a")], shares=[("a", "x", 0.3, "2024-06-01"), ("a", "y", 0.3, "2025-06-01")])
    assert rows(found) == [("1", "y", "holds_share")]


def _holding(*told: tuple[object, ...]) -> list[str]:
    """Rivals that are at the account by such statements: rival, end, collected on, source, family."""
    columns = ["competitor_id", "period_end", "collected_on", "source", "family"]
    days = dict.fromkeys(["period_end", "collected_on"], "datetime64[us]")
    held = pd.DataFrame(list(told), columns=columns).astype(days).assign(account_id="a", share=0.5)
    nothing = pd.DataFrame(columns=[*DEALS, "noticed_on", "happened_on"]).astype({"noticed_on": "datetime64[us]"})
    nothing = nothing.astype(dict.fromkeys(["closed_on", "happened_on"], "datetime64[us]"))
    accounts = pd.DataFrame({"account_id": ["a"], "owner_id": ["a"]})
    held["period_start"] = held["period_end"] - pd.DateOffset(months=5)
    found = rival_presence(nothing, held, nothing, nothing, accounts, as_of=AS_OF)
    return list(found["competitor_id"])


def test_a_statement_is_corrected_by_a_later_one_of_the_same_months_source_and_family() -> None:
    first = ("x", "2025-06-01", "2025-06-05", "customer", None)
    assert _holding(first, ("own", "2025-06-01", "2025-06-20", "customer", None)) == []
    assert _holding(first, ("own", "2025-06-01", "2025-06-20", "manager", None)) == ["x"]
    assert _holding(first, ("own", "2025-06-01", "2025-06-20", "customer", "Seed")) == ["x"]


def test_newer_months_replace_older_ones_of_the_same_source_and_family_whenever_collected() -> None:
    old = ("x", "2024-06-01", "2025-06-20", "customer", None)
    assert _holding(old, ("own", "2025-06-01", "2025-06-05", "customer", None)) == []
    assert _holding(old, ("own", "2025-06-01", "2025-06-05", "customer", "Seed")) == ["x"]


def test_a_deal_that_names_no_account_is_counted_and_stands_nowhere() -> None:
    found = contested([open_deal("1", None), ("2", None, 1.0, "2025-01-05", "lost", "x")])
    assert (rows(found), found.open, found.without_account) == ([], 1, 1)


def test_a_deal_without_an_amount_comes_last() -> None:
    found = contested([open_deal("1", "a", NAN), open_deal("2", "a", 1.0), ("3", "a", 1.0, "2025-01-05", "lost", "x")])
    assert [row[0] for row in rows(found)] == ["2", "1"]


def test_an_account_belongs_to_its_owner_and_one_that_is_not_known_to_itself() -> None:
    seen = pd.DataFrame(
        [("b", "x", pd.Timestamp("2025-06-01")), ("new", "x", pd.Timestamp("2025-06-01"))], columns=MOVES
    )
    deals = pd.DataFrame(columns=DEALS).assign(closed_on=pd.to_datetime([]))
    shares = pd.DataFrame(columns=[*SHARES, *BESIDE]).assign(period_end=pd.to_datetime([]))
    gone = pd.DataFrame(columns=GONE).assign(noticed_on=pd.to_datetime([]))
    accounts = pd.DataFrame({"account_id": ["a", "b"], "owner_id": ["a", "group"]})
    found = rival_presence(deals, shares, gone, seen, accounts, as_of=AS_OF)
    assert found[["account_id", "owner_id"]].values.tolist() == [["b", "group"], ["new", "new"]]
