"""The headline figures of the cover, and the actions of last period."""

from dataclasses import replace
from typing import cast

import pandas as pd
import pytest

from kamreport.language import Language, Money, Number, Share
from kamreport.present.section import Headline
from kamreport.present.sections.cover import (
    actions_section,
    attainment_headline,
    key_accounts_headline,
    overdue_headline,
    total_headline,
)

from . import frames as f
from .saying import headline, said, section
from .variants import LOSERS, own, reviewed, totals

MONTHLY = pd.DataFrame({"revenue": [1e5] * 13, "margin": [2e4] * 13})

# What each variant of `variants.py` says.
TITLES = {
    "attainment_headline: no target": ("No target for this report.", "本报告没有目标。"),
    "overdue_headline: none": ("No receivables are open.", "没有应收账款。"),
    "retained_headline: nobody": (
        "No account bought in the 12 months before: nothing to retain.",
        "之前12个月没有客户购买，无可留存。",
    ),
    "key_accounts_headline: none": ("No account here is a key account by the rule.", "按规则，这里没有大客户。"),
    "actions_section": (
        "2 actions are late, the longest by 60 days (Li Na); open 1, done 0.",
        "2项行动逾期，最长60天（Li Na）；进行中1项，已完成0项。",
    ),
    "actions_section: one late": (
        "1 action is late, by 1 day (P1); open 0, done 0.",
        "1项行动逾期，最长1天（P1）；进行中0项，已完成0项。",
    ),
    "actions_section: none late": ("No action is late; open 1, done 0.", "没有逾期的行动；进行中1项，已完成0项。"),
    "actions_section: none": (
        "No action is open and none was done in the period.",
        "没有进行中的行动，本期也没有完成的。",
    ),
}


@pytest.mark.parametrize("variant", TITLES)
def test_the_title_says_the_finding_in_both_languages(variant: str) -> None:
    assert (said(variant).title, said(variant, "zh").title) == TITLES[variant]


def _note(made: Headline, code: str = "en") -> str:
    return Language(code).say(made.note) if made.note else ""


def _total(frame: pd.DataFrame, **more: object) -> Headline:
    return total_headline(own(frame), frame, MONTHLY, **{"measure": "revenue", "complete": True, **more})  # type: ignore[arg-type]


# Revenue and margin


def test_a_total_stands_against_the_previous_period_last_year_and_the_target() -> None:
    made = _total(totals(1.2e6, 1e6), target=1.1e6)
    assert (made.key, made.value, made.previous, made.year_ago, made.plan) == (
        "revenue",
        Money(1.2e6),
        Money(1e6),
        Money(1e6),
        Money(1.1e6),
    )
    assert (len(made.trend), made.better, made.note) == (13, "up", None)


def test_margin_has_its_own_figures() -> None:
    made = _total(totals(1.2e6, 1e6), measure="margin")
    assert (made.key, made.value, made.previous, list(made.trend)) == ("margin", Money(2.4e5), Money(2e5), [2e4] * 13)


def test_months_that_are_compared_as_one_sum_scale_last_year() -> None:
    """January and February together rose from 200 to 300, so February's 60 stands against 40."""
    frame = totals(60.0, 50.0)
    frame.loc["year_ago", ["revenue", "past_revenue"]] = [300.0, 200.0]
    assert _total(frame).year_ago == Money(pytest.approx(40.0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "plan", "note", "chinese"),
    [
        ({"target": 1e6, "complete": True}, Money(1e6), "", ""),
        (
            {"target": 1e6, "complete": False},
            None,
            "incomplete: as many working days compared",
            "数据不完整：按相同工作日比较",
        ),
        ({"complete": True}, None, "", ""),
    ],
)
def test_an_incomplete_period_has_no_target_and_says_so(
    more: dict[str, object], plan: Money | None, note: str, chinese: str
) -> None:
    made = _total(totals(), **more)
    assert (made.plan, _note(made), _note(made, "zh")) == (plan, note, chinese)


def test_without_transactions_it_says_so_and_without_margin_it_does_not() -> None:
    assert _note(_total(totals(0.0, 1e6))) == "no transactions in the period"
    even = totals(1e6, 1e6).assign(margin=0.0)
    assert _note(_total(even, measure="margin")) == ""


def test_what_cannot_be_compared_is_left_out() -> None:
    first = _total(totals(year_ago=False))
    assert (first.previous, first.year_ago) == (Money(1e6), None)
    alone = _total(totals().assign(past_revenue=0.0))
    assert alone.year_ago is None
    oldest = total_headline(own(totals()), totals().head(0), MONTHLY, measure="revenue", complete=True)
    assert (oldest.value, oldest.previous, oldest.year_ago) == (Money(1.2e6), None, None)


# Target


def test_attainment_is_a_share_of_the_target_to_date_with_the_landing() -> None:
    made = headline("attainment_headline")
    assert (made.value, made.plan, _note(made)) == (Share(0.9, 1), Share(1.0), "landing 90% of the year's target")
    assert _note(headline("attainment_headline: margin, no landing")) == ""


@pytest.mark.parametrize("target", [f.NAN, 0.0, -5.0])
def test_without_a_target_a_line_says_so(target: float) -> None:
    made = attainment_headline(f.plan(target=target))
    assert not isinstance(made, Headline)
    assert said(made).title == "No target for this report."


# Cash, retention, key accounts


def test_overdue_money_is_better_lower_and_stands_against_a_month_ago() -> None:
    made = headline("overdue_headline")
    assert (made.value, made.previous, made.year_ago, made.better) == (Money(5e5), Money(4e5), None, "down")
    assert _note(made) == "16.7% of the balance, end of Jun 2025"


def test_a_share_of_a_credit_balance_is_not_said() -> None:
    made = headline("overdue_headline: credit balance")
    assert (_note(made), _note(made, "zh")) == ("the balance is −¥1M", "应收余额−¥100万")


def test_a_balance_of_nothing_is_a_line() -> None:
    made = overdue_headline(f.receivables([("Acme", 0.0, 0.0, 0.0)]))
    assert not isinstance(made, Headline)


def test_retained_revenue_is_net_with_gross_beside_it() -> None:
    made = headline("retained_headline")
    assert (made.value, _note(made)) == (Share(0.928, 1), "without growth 86.1%")


def test_key_accounts_at_risk_are_counted_with_what_they_bring() -> None:
    # 恒泰农资 brings a loss, which is not at risk; X is no key account.
    made = headline("key_accounts_headline")
    assert (made.value, made.better) == (Number(2, 0), "down")
    assert (_note(made), _note(made, "zh")) == ("of 4; ¥900K a year", "共4家；涉及每年¥90万")
    stopped = f.keys(LOSERS)
    stopped.frame.loc[stopped.frame["owner_id"] == "A001", "before"] = 2e6
    assert _note(cast(Headline, key_accounts_headline(stopped, ["A001"]))) == "of 4; ¥2M a year"
    none = key_accounts_headline(f.keys(LOSERS), [])
    assert isinstance(none, Headline)
    assert (none.value, _note(none)) == (Number(0, 0), "of 4")


# Actions


def test_late_actions_come_first_with_their_owner() -> None:
    rows = said("actions_section").tables[0]
    assert rows[:2] == [["Action", "Owner", "Due", "State"], ["约谈0", "Li Na", "1 May 2025", "late"]]
    assert [row[3] for row in said("actions_section", "zh").tables[0][1:]] == ["逾期", "逾期", "进行中"]


def test_results_have_a_column_where_something_came_of_an_action() -> None:
    review = reviewed("2025-08-01", done="2025-06-03")
    done = replace(review, frame=review.frame.assign(result=["价格已谈妥", None]))
    rows = said(actions_section(done)).tables[0]
    assert rows[0][-1] == "Result"
    assert {row[-1] for row in rows[1:]} == {"价格已谈妥", "–"}
    assert section("actions_section").basis
