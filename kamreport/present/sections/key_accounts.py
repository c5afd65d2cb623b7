"""Section on the key accounts: who they are by which rule, what they bring, who came and went."""

from collections.abc import Sequence

import pandas as pd

from kamreport.language import Money, Names, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line
from kamreport.present.sections.columns import MANAGER, NAME, REVENUE
from kamreport.results import KeyAccounts

__all__ = ["came_and_went", "key_accounts_section"]

_MEASURES_WITHIN = {"revenue": text("revenue"), "margin": text("margin")}


def key_accounts_section(found: KeyAccounts, trends: pd.DataFrame, *, compared: bool) -> Section:
    """Who the key accounts are by the stated rule, what they bring, and who came and went.

    Parameters
    ----------
    trends
        Of `owner_trends`.
    compared
        The data reach back far enough for a change against the year before.
    """
    rule = _key_rule(found)
    if not len(found.frame):
        return line("key_accounts", text("No account here is a key account by the rule."), rule)
    flat: Sequence[float] = [0.0] * trends.shape[1]
    owners = found.frame["owner_id"]
    frame = found.frame.assign(
        trend=cells(list(trends.loc[owner]) if owner in trends.index else list(flat) for owner in owners)
    )
    columns = [NAME, MANAGER, REVENUE]
    if found.by_margin:
        columns += [Column("margin", text("Margin"), "money"), Column("rate", text("Rate"), "share", 1)]
    if compared:
        columns.append(Column("change", text("Against year ago"), "money", signed=True))
    columns.append(Column("trend", text("13 months"), "trend"))
    return Section(key="key_accounts", title=_key_title(found), evidence=[Table(frame, columns, most=12)], basis=[rule])


def _key_title(found: KeyAccounts) -> Text:
    measure = "margin" if found.by_margin else "revenue"
    n = len(found.frame)
    values: dict[str, object] = {"share": Share(found.share), "what": _MEASURES_WITHIN[measure]}
    if found.share != found.share:
        return texts(
            "{n} key account earns {value}; all accounts together earn {total}.",
            "{n} key accounts earn {value}; all accounts together earn {total}.",
            n,
            value=Money(found.value),
            total=Money(found.total),
        )
    if found.promoted is None or found.demoted is None:
        return texts(
            "{n} key account brings {share} of {what}.", "{n} key accounts bring {share} of {what}.", n, **values
        )
    if not found.promoted and not found.demoted:
        return texts(
            "{n} key account brings {share} of {what}; none came or went.",
            "{n} key accounts bring {share} of {what}; none came or went.",
            n,
            **values,
        )
    return texts(
        "{n} key account brings {share} of {what}; {moved}.",
        "{n} key accounts bring {share} of {what}; {moved}.",
        n,
        **values,
        moved=came_and_went(found.promoted, found.demoted),
    )


def came_and_went(promoted: Sequence[str], demoted: Sequence[str]) -> Text:
    """Say how many became key accounts and how many ceased to be, with names; one of the two is not empty."""
    ups, downs = Names(promoted, most=2), Names(demoted, most=2)
    came = texts("{n} promoted ({names})", "{n} promoted ({names})", len(promoted), names=ups)
    went = texts("{n} demoted ({names})", "{n} demoted ({names})", len(demoted), names=downs)
    if promoted and demoted:
        return text("{promoted}, {demoted}", promoted=came, demoted=went)
    return came if promoted else went


def _key_rule(found: KeyAccounts) -> Text:
    if found.rule == "tier":
        return text("Key accounts: the firm's own list (accounts.tier = key).")
    if found.quarter is None:
        return text("Key accounts: no quarter is complete yet.")
    values = {
        "enter": Share(found.rules.key_account_enter, None),
        "leave": Share(found.rules.key_account_leave, None),
        "day": found.quarter.date(),
    }
    if found.by_margin:
        return text(
            "Key account: enters with the accounts that make {enter} of the company's 12-month margin, leaves outside "
            "{leave}; last review before {day}.",
            **values,
        )
    return text(
        "Key account: enters with the accounts that make {enter} of the company's 12-month revenue (the cost is not "
        "known), leaves outside {leave}; last review before {day}.",
        **values,
    )
