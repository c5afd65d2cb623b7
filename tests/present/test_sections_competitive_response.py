"""The lead of the competitors chapter: whom to answer first, in words and in the table."""

import pandas as pd
import pytest

from kamreport.analysis.competitive_response import competitive_response
from kamreport.present.sections.competitive_response import competitive_response_section

from .of_competitive_response import answered
from .saying import said

TITLES = {
    "competitive_response_section": (
        "Answer Ruifeng first: only 3 of 30 deals won, 化肥 prices cut by 12% in South.",
        "首先应对Ruifeng：与其竞争的30个商机仅赢3个、在华南将化肥降价12%。",
    ),
    "competitive_response_section: everywhere": (
        "Answer unlisted first: 化肥 prices cut by 12% in all regions.",
        "首先应对unlisted：在所有大区将化肥降价12%。",
    ),
    "competitive_response_section: purchases taken": (
        "Answer Zhongnong first: purchases taken at 1 account.",
        "首先应对Zhongnong：在1家客户夺走采购份额。",
    ),
    "competitive_response_section: squeezed, unknown cost": (
        "Answer Ruifeng first: ahead on price, speed and service, purchases taken at 3 accounts.",
        "首先应对Ruifeng：价格、速度、服务均领先、在3家客户夺走采购份额。",
    ),
    "competitive_response_section: no amounts": (
        "Answer Ruifeng first: only 3 of 30 deals won.",
        "首先应对Ruifeng：与其竞争的30个商机仅赢3个。",
    ),
    "competitive_response_section: nobody": (
        "No competitor does more to us than chance explains.",
        "目前没有需要重点应对的对手。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_whom_where_and_with_what(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


def test_at_stake_is_the_largest_signal_and_not_their_sum() -> None:
    made = answered(attacks=(("ruifeng", "South", 4e5),), deals=(("ruifeng", 3, 30, 3e6, "worse"),))
    assert (made.amount, made.unit, made.leads) == (6e5, "margin", True)
    by_revenue = answered(deals=(("ruifeng", 3, 30, 3e6, "worse"),), margin_rate=float("nan"))
    assert (by_revenue.amount, by_revenue.unit) == (3e6, "revenue")


def test_the_table_has_a_column_for_what_was_analysed_and_no_other() -> None:
    heads = [head for head, *_ in [said("competitive_response_section").tables[0]]]
    assert heads == [["Competitor", "Price attack, ¥k", "Won/decided", "Deals lost, ¥k", "Seen as"]]
    rows = said("competitive_response_section").tables[0][1:]
    assert [row[0] for row in rows] == ["Ruifeng", "Zhongnong"]
    assert rows[0][2:] == ["3/30", "600", "catching up"]
    # What a rival does not do is a dash and no amount.
    assert rows[1][1:4] == ["–", "9/12", "–"]


def test_without_an_amount_it_is_a_fact_and_where_no_table_names_anybody_it_says_so() -> None:
    made = answered(deals=(("ruifeng", 3, 30, float("nan"), "worse"),))
    assert (made.nature, made.amount, made.stake, made.quiet) == ("fact", None, None, False)
    none = pd.DataFrame({"competitor_id": [], "name": []}, dtype="str")
    quiet = competitive_response_section(competitive_response([]), none, {}, by_margin=True)
    assert said(quiet).title == "No table names a competitor."
    assert quiet.quiet
