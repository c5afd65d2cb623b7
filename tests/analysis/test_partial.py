import pandas as pd
import pytest

from kamreport.analysis.partial import partial_defection, recent_months, stopped_families
from kamreport.period import Period
from kamreport.results import PartialDefection
from kamreport.settings import Rules
from tests.analysis.frames import AS_OF, WINDOW, every, ledger_frame, monthly, orders_frame, owners_frame

RULES = Rules()


# The months that are compared


@pytest.mark.parametrize(
    ("last", "months", "recent"),
    [
        ("2025-06", 3, "2025-04..2025-06"),
        ("2025-05", 3, "2025-03..2025-05"),
        ("2025-04", 3, "2025-01..2025-04"),  # February would be parted from January
        ("2025-03", 3, "2025-01..2025-03"),
        ("2025-02", 3, "2024-12..2025-02"),
        ("2025-01", 3, "2024-10..2024-12"),  # January waits for February
        ("2025-02", 1, "2025-01..2025-02"),
        ("2025-01", 1, "2024-12"),
        ("2025-03", 2, "2025-01..2025-03"),
    ],
)
def test_january_and_february_are_never_parted_where_the_festival_moves(last: str, months: int, recent: str) -> None:
    found = recent_months(Period.parse(last).trailing(12), months, spring_festival=True)
    first, _, end = recent.partition("..")
    assert (f"{found.start:%Y-%m}", f"{found.last_day:%Y-%m}") == (first, end or first)


def test_without_the_rule_they_are_the_last_months() -> None:
    assert str(recent_months(Period.parse("2024-05..2025-04"), 3)) == "2025-02..2025-04"


# Partly lost. The base year is July 2023 to June 2024 at 100 a month, the recent months are April to June.


def revenues(
    owner: str, early: float, recent: float, *, before: float = 100, orders: int = 1
) -> list[tuple[object, ...]]:
    """100 a month (or `before`) in the base year, then `early` for nine months and `recent` for three."""
    return [
        *((owner, str(month), before, 0.8 * before, orders) for month in Period.parse("2023-07..2024-06")),
        *((owner, str(month), early, 0.8 * early, orders) for month in Period.parse("2024-07..2025-03")),
        *((owner, str(month), recent, 0.8 * recent, orders) for month in Period.parse("2025-04..2025-06")),
    ]


def judged(
    rows: list[tuple[object, ...]],
    *,
    lost: frozenset[str] = frozenset(),
    threshold: float = 0.0,
    rules: Rules = RULES,
    **columns: object,
) -> PartialDefection:
    ledger = ledger_frame(rows)
    owners = owners_frame(*sorted(ledger["owner_id"].unique()), **columns)
    return partial_defection(ledger, owners, window=WINDOW, lost=lost, threshold=threshold, rules=rules)


@pytest.mark.parametrize(
    ("early", "recent", "fell"),
    [
        (100, 70, False),  # 3 months -30 %, the year (900 + 210) / 1200 = -7.5 %
        (97, 70, False),  # the year (873 + 210) / 1200 = -9.75 %
        (290 / 3, 70, True),  # exactly -30 % and (870 + 210) / 1200 = -10 %
        (80, 71, False),  # the year -22 %, but the 3 months only -29 %
        (80, 70, True),
        (0, 70, True),
    ],
)
def test_an_owner_is_partly_lost_when_both_windows_fell(early: float, recent: float, *, fell: bool) -> None:
    assert judged(revenues("a", early, recent)).falls["owner_id"].tolist() == (["a"] if fell else [])


def test_what_was_lost_worked_by_hand() -> None:
    # 300 to 120 in three months; 1200 to 900 + 120 = 1020 in twelve; margin a fifth of the difference.
    row = judged(revenues("a", 100, 40), threshold=180).falls.iloc[0]
    assert (row["recent"], row["recent_before"], row["recent_change"]) == (120, 300, pytest.approx(-0.6))
    assert (row["year"], row["year_before"], row["year_change"]) == (1020, 1200, pytest.approx(-0.15))
    assert (row["drop"], row["lost_margin"], row["orders"]) == (180, pytest.approx(36), 12)


def test_below_the_threshold_nobody_is_named() -> None:
    assert judged(revenues("a", 100, 40), threshold=180.01).falls.empty


def test_the_mirror_count_is_of_those_that_rose_as_far() -> None:
    rows = [
        *revenues("fell", 80, 40),
        *revenues("rose", 120, 160),
        *revenues("short", 100, 160),  # the year (900 + 480) / 1200 = +15 %: by the rule it rose as well
        *revenues("long", 120, 110),  # three months +10 %: not
        *revenues("same", 100, 100),
    ]
    found = judged(rows)
    assert (found.falls["owner_id"].tolist(), found.rises, found.judged) == (["fell"], 2, 5)
    # Rises of 660 and 180 a year: the threshold holds for both sides.
    assert judged(rows, threshold=200).rises == 1


def test_a_rise_of_exactly_30_and_10_percent_counts_as_the_fall_does() -> None:
    assert judged(revenues("a", 310 / 3, 130)).rises == 1


@pytest.mark.parametrize(("orders", "named"), [(6, ["a"]), (5, [])])
def test_six_orders_are_needed_in_the_base_year(orders: int, named: list[str]) -> None:
    rows = [(owner, month, revenue, cost, 0) for owner, month, revenue, cost, _ in revenues("a", 80, 40)]
    rows[0] = (*rows[0][:4], orders)
    found = judged(rows)
    assert (found.falls["owner_id"].tolist(), found.judged) == (named, len(named))


def test_the_lost_are_not_partly_lost() -> None:
    found = judged(revenues("a", 80, 0), lost=frozenset({"a"}))
    assert (len(found.falls), found.judged) == (0, 1)


@pytest.mark.parametrize(
    "columns", [{"type": "pool"}, {"moved_in": True}, {"moved_out": True}, {"is_home": False}], ids=str
)
def test_pools_the_moved_and_those_at_home_elsewhere_are_not_judged(columns: dict[str, object]) -> None:
    found = judged(revenues("a", 80, 40), **columns)
    assert (len(found.falls), found.judged) == (0, 0)


@pytest.mark.parametrize("before", [0.0, -100.0])
def test_without_revenue_a_year_ago_nothing_can_have_fallen(before: float) -> None:
    found = judged(revenues("a", 50, -40, before=before))
    assert (len(found.falls), found.rises, found.judged) == (0, 0, 0)


def test_the_largest_loss_comes_first() -> None:
    rows = [*revenues("b", 80, 40), *revenues("a", 80, 40), *revenues("c", 80, 20)]
    assert judged(rows).falls["owner_id"].tolist() == ["c", "a", "b"]


def test_with_the_spring_festival_rule_four_months_are_compared_in_april() -> None:
    # Nothing was bought in January. February to April alone are 29 % down, with January (0 + 3 x 71) / 400 - 1 = -47 %.
    window = Period.parse("2024-05..2025-04")
    rows = [*monthly("a", "2023-05..2024-12", 100), *monthly("a", "2025-02..2025-04", 71)]
    rows = [(*row, 1) for row in rows]
    ledger, owners = ledger_frame(rows), owners_frame("a")
    apart = partial_defection(ledger, owners, window=window, lost=frozenset(), threshold=0)
    joint = partial_defection(
        ledger, owners, window=window, lost=frozenset(), threshold=0, rules=Rules(spring_festival=True)
    )
    assert apart.falls.empty
    assert str(apart.recent) == "2025-02..2025-04"
    assert joint.falls["recent_change"].tolist() == [pytest.approx(213 / 400 - 1)]


def test_unknown_costs_are_no_margin() -> None:
    rows = [(*row[:3], None, 1) for row in revenues("a", 80, 40)]
    assert judged(rows).falls["lost_margin"].tolist() == [0]


def test_nobody_can_be_judged() -> None:
    found = judged([])
    assert (len(found.falls), found.rises, found.judged) == (0, 0, 0)


# Stopped families. As of 1 July 2025; F was bought every 30 days, G is still bought.


def family_orders(f: list[object], g: list[object]) -> pd.DataFrame:
    return pd.concat([orders_frame({"a": f}, family="F"), orders_frame({"a": g}, family="G")], ignore_index=True)


def family_ledger(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    frame = ledger_frame([("a", month, revenue, 0.75 * revenue) for _, month, revenue in rows])
    return frame.assign(family=pd.Series([family for family, *_ in rows], dtype="str"))


def stopped(
    f: list[object],
    g: list[object],
    ledger: pd.DataFrame,
    *,
    gone: frozenset[str] = frozenset(),
    rules: Rules = RULES,
    **columns: object,
) -> pd.DataFrame:
    return stopped_families(
        family_orders(f, g), ledger, owners_frame("a", **columns), as_of=AS_OF, gone=gone, rules=rules
    )


MONTHS = [f"2024-{month:02d}-01" for month in range(1, 13)]
HALF = family_ledger([*(("F", month, 100.0) for month in MONTHS), *(("G", month, 300.0) for month in MONTHS)])
# Last bought on 27 December 2024, 185 days before the last day known.
F_DAYS: list[object] = list(every(30, first="2024-01-02", times=13))
G_DAYS: list[object] = list(every(30, first="2024-01-05", times=18))


def test_a_stopped_family_worked_by_hand() -> None:
    found = stopped(F_DAYS, G_DAYS, HALF)
    assert len(found) == 1
    row = found.iloc[0]
    assert f"{row['last_order']:%Y-%m-%d}" == "2024-12-27"
    # 28 December to 30 June are 185 days; 12 x 100 of 12 x 400 in the year up to December.
    assert (row["family"], row["silence_days"], row["median_gap"]) == ("F", 185, 30)
    assert (row["revenue"], row["margin"], row["share"]) == (1200, 300, 0.25)


@pytest.mark.parametrize(("gap", "found"), [(61, 1), (62, 0)])
def test_the_silence_must_pass_three_gaps(gap: int, found: int) -> None:
    # 185 days of silence: more than 3 x 61 = 183, not more than 3 x 62 = 186.
    days: list[object] = sorted(pd.Timestamp("2024-12-27") - pd.Timedelta(days=gap * number) for number in range(6))
    assert len(stopped(days, G_DAYS, HALF)) == found


@pytest.mark.parametrize(("last", "found"), [("2025-04-01", 0), ("2025-03-31", 1)])
def test_the_silence_must_pass_90_days_whatever_the_gap(last: str, found: int) -> None:
    # To 30 June: 90 days since 1 April, 91 since 31 March. The gap is 10 days; other things are bought to the end.
    days: list[object] = sorted(pd.Timestamp(last) - pd.Timedelta(days=10 * number) for number in range(8))
    ledger = family_ledger([(family, f"2025-{month:02d}-01", 100.0) for family in "FG" for month in range(1, 7)])
    assert len(stopped(days, [*G_DAYS, "2025-06-30"], ledger)) == found


@pytest.mark.parametrize(("share", "found"), [(1000.0, 1), (990.0, 0)])
def test_the_family_must_have_made_a_tenth_of_what_the_owner_bought(share: float, found: int) -> None:
    ledger = family_ledger([("F", "2024-12-01", share), ("G", "2024-11-01", 9000.0), ("G", "2025-03-01", 99_000.0)])
    assert len(stopped(F_DAYS, G_DAYS, ledger)) == found


@pytest.mark.parametrize(("times", "found"), [(4, 1), (3, 0)])
def test_four_orders_in_the_year_are_enough(times: int, found: int) -> None:
    assert len(stopped(F_DAYS[-times:], G_DAYS, HALF)) == found


def test_orders_of_earlier_years_do_not_make_the_four() -> None:
    early: list[object] = list(every(30, first="2023-01-02", times=8))
    assert len(stopped([*early, *F_DAYS[-3:]], G_DAYS, HALF)) == 0
    assert len(stopped([*early, *F_DAYS[-4:]], G_DAYS, HALF)) == 1


def test_an_owner_that_buys_nothing_else_has_not_dropped_a_family() -> None:
    # The last order of G is 89 (90) days after that of F, and none since: the owner is silent, not choosy.
    last = pd.Timestamp("2024-12-27")
    assert len(stopped(F_DAYS, [*G_DAYS[:12], last + pd.Timedelta(days=89)], HALF)) == 0
    assert len(stopped(F_DAYS, [*G_DAYS[:12], last + pd.Timedelta(days=90)], HALF)) == 1
    assert len(stopped(F_DAYS, [], HALF)) == 0


def test_a_family_of_the_season_is_not_dropped_out_of_season() -> None:
    # Bought from March to May, every year. On 1 January 2026 only 6 days of May and the 30 of June count as silence.
    # With the orders of two years the season cannot be known, and all 220 days count.
    season: list[object] = [
        f"{year}-{month:02d}-{day}" for year in (2022, 2023, 2024, 2025) for month in (3, 4, 5) for day in (10, 25)
    ]
    rest: list[object] = list(every(15, first="2022-01-05", times=96))
    ledger = family_ledger([(family, f"2025-{month:02d}-01", 100.0) for family in "FG" for month in range(1, 6)])
    orders = pd.concat([orders_frame({"a": season}, family="F"), orders_frame({"a": rest}, family="G")])
    january = pd.Timestamp("2026-01-01").date()
    owners = owners_frame("a")
    assert stopped_families(orders, ledger, owners, as_of=january, gone=frozenset()).empty
    short = orders[orders["order_date"] >= "2024-01-01"]
    assert len(stopped_families(short, ledger, owners, as_of=january, gone=frozenset())) == 1


def test_a_family_without_a_name_is_not_judged() -> None:
    orders = family_orders(F_DAYS, G_DAYS).replace({"family": {"F": ""}})
    assert stopped_families(orders, HALF, owners_frame("a"), as_of=AS_OF, gone=frozenset()).empty


@pytest.mark.parametrize("columns", [{"type": "pool"}, {"is_home": False}], ids=str)
def test_pools_and_those_at_home_elsewhere_drop_nothing(columns: dict[str, object]) -> None:
    assert stopped(F_DAYS, G_DAYS, HALF, **columns).empty


def test_the_lost_have_dropped_everything_and_are_not_listed() -> None:
    assert stopped(F_DAYS, G_DAYS, HALF, gone=frozenset({"a"})).empty


def test_an_order_booked_later_does_not_bring_the_family_back() -> None:
    orders = family_orders(F_DAYS, G_DAYS)
    late = orders_frame({"a": ["2025-06-20"]}, family="F").assign(date=pd.Timestamp("2025-07-02"))
    found = stopped_families(pd.concat([orders, late]), HALF, owners_frame("a"), as_of=AS_OF, gone=frozenset())
    assert found["silence_days"].tolist() == [185]


def test_the_most_valuable_family_comes_first() -> None:
    orders = pd.concat([family_orders(F_DAYS, G_DAYS).assign(owner_id=name) for name in ("a", "b")])
    ledger = pd.concat([HALF, HALF.assign(owner_id="b", revenue=2 * HALF["revenue"])])
    found = stopped_families(orders, ledger, owners_frame("a", "b"), as_of=AS_OF, gone=frozenset())
    assert found[["owner_id", "revenue", "manager_name"]].values.tolist() == [["b", 2400, "Wang"], ["a", 1200, "Wang"]]


def test_nobody_dropped_anything() -> None:
    found = stopped([], [], family_ledger([]))
    assert len(found) == 0
    assert list(found.columns) == [
        "owner_id", "family", "last_order", "silence_days", "median_gap", "revenue", "margin", "share", "name",
        "manager_id", "manager_name",
    ]  # fmt: skip
