"""The rules on the basis page, with the values that the report applied."""

import pandas as pd

from kamreport.language import Money, Number, Share, Text, text
from kamreport.present.section import Column, Section, Table
from kamreport.settings import Rules

__all__ = ["rules_section"]


def rules_section(rules: Rules, *, threshold: float) -> Section:
    """The rules with the values that this report applied."""
    rows = [*_value_rules(rules), *_churn_rules(rules), *_report_rules(rules, threshold)]
    frame = pd.DataFrame(rows, columns=["rule", "meaning"])
    return Section(
        key="rules",
        title=text("These rules were applied; they stand under [rules] in kamreport.toml."),
        evidence=[
            Table(frame, [Column("rule", text("Rule"), "text"), Column("meaning", text("Meaning"), "wide")], most=20)
        ],
    )


def _value_rules(rules: Rules) -> list[tuple[Text, Text]]:
    return [
        (
            text("Window"),
            text("12 complete months; retention compares them with the 12 before."),
        ),
        (text("Account"), text("Accounts under the same control (parent_id) count as one.")),
        (
            text("Order"),
            text(
                "Distinct order number with at least one sale line of positive revenue; else one account and order "
                "date."
            ),
        ),
        (
            text("Key account"),
            text(
                "The firm's list; without it enters within {enter} of the company's margin, leaves outside {leave}, "
                "by quarter.",
                enter=Share(rules.key_account_enter, None),
                leave=Share(rules.key_account_leave, None),
            ),
        ),
        (
            text("Fake big account"),
            text(
                "Within the first {share} of revenue, with no margin or {gap} points below the median rate.",
                share=Share(rules.fake_revenue_share, None),
                gap=Number(rules.fake_margin_gap * 100, None),
            ),
        ),
        (
            text("Key-account score"),
            text(
                "Percentiles, weighed: profit {profit}, goals {goals}, loss {loss}, stability {stability}, potential "
                "{potential}; criteria known for less than {least} are left out, those with rank correlation above "
                "{limit} weigh as one.",
                **{name: Share(weight, None) for name, weight in _score_weights(rules).items()},
                least=Share(rules.score_min_known, None),
                limit=Number(rules.score_repeat, None),
            ),
        ),
        (
            text("Threshold"),
            text(
                "Revenue of {limit} in 12 months; close: within {near} below.",
                limit=Money(rules.vip_revenue),
                near=Share(rules.vip_near, None),
            ),
        ),
    ]


def _score_weights(rules: Rules) -> dict[str, float]:
    return dict.fromkeys(("profit", "goals", "loss", "stability", "potential"), 0.0) | dict(rules.score_weights.items())


def _churn_rules(rules: Rules) -> list[tuple[Text, Text]]:
    limits = ", ".join(f"{limit:g} (k {k})" for k, limit in sorted(rules.overdue_limits.items()))
    return [
        (
            text("Lost"),
            text(
                "Silent in season for {factor} own median gaps (of its segment with fewer than {gaps}), {low} "
                "to {high} days.",
                gaps=rules.gap_min_own,
                factor=Number(rules.lost_gap_factor, None),
                low=rules.lost_min_days,
                high=rules.lost_max_days,
            ),
        ),
        (
            text("Off season"),
            text("No order in that month or beside it in any of the last {n} years.", n=rules.off_season_years),
        ),
        (text("Overdue"), text("Silence over own median gap above {limits}.", limits=limits)),
        (
            text("Partly lost"),
            text(
                "{n} months {recent} below last year's and 12 months {year} below the 12 before.",
                n=rules.partial_recent_months,
                recent=Share(rules.partial_recent_drop, None),
                year=Share(rules.partial_year_drop, None),
            ),
        ),
    ]


def _report_rules(rules: Rules, threshold: float) -> list[tuple[Text, Text]]:
    return [
        (
            text("Price in force"),
            text(
                "Newest per competitor, product and region, {n} days old at most, like with like.",
                n=rules.price_max_age_days,
            ),
        ),
        (
            text("Material"),
            text(
                "{share} of the region's 12-month revenue, at least {least}: here {amount}. Below it a finding is "
                "one line.",
                share=Share(rules.material_share, None),
                least=Money(rules.material_minimum),
                amount=Money(threshold),
            ),
        ),
        (
            text("Money at stake"),
            text(
                "Effect on 12 months of margin: realised (lost in the last 12), at risk (weighed with its chance), "
                "to gain."
            ),
        ),
    ]
