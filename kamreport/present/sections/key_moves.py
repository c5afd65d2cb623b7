"""Sections of the customer-value chapter on the list of key accounts: who is missing on it, who came and went."""

from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned
from kamreport.present.sections.key_accounts import came_and_went
from kamreport.results import KeyList, KeyMoves, each

__all__ = ["key_list_section", "key_moves_section"]

_STATES = {"key": text("Key account"), "other": text("Other"), "none": text("No purchases")}


def key_list_section(found: KeyList) -> Section:
    """Say who is missing on the firm's own list of key accounts, and who stands there without earning it."""
    if not found.has_list:
        return line("key_list", text("There is no own list of key accounts; the rule by value takes its place."))
    missing, undue, rules = found.missing, found.undue, found.rules
    basis = [
        text(
            "Missing: not on the list, worth the company's entry, and either among the {n} largest of {all} accounts "
            "(as many as are on the list) in both years or grown by {rise}. Undue: on the list and below {leave} in "
            "both years.",
            n=found.listed,
            all=found.accounts,
            rise=Share(rules.key_rise, None),
            leave=Money(found.leave),
        ),
        _worth_basis(by_margin=found.by_margin),
    ]
    if not len(missing) and not len(undue):
        said = texts(
            "The list of {n} key account agrees with what the accounts bring.",
            "The list of {n} key accounts agrees with what the accounts bring.",
            found.listed,
        )
        return line("key_list", said, *basis)
    worth = float(missing["now"].sum())
    frame = pd.concat([missing.assign(what="missing"), undue.assign(what="undue")], ignore_index=True)
    return Section(
        key="key_list",
        title=_list_title(found, worth),
        nature="opportunity" if len(missing) else "fact",
        amount=worth if len(missing) else None,
        unit="margin" if found.by_margin else "revenue",
        stake=text("{amount} a year off the list", amount=Money(worth)),
        # Without amounts: what an account earns off the list is not lost, and must not stand for what it may lose.
        who=named_in(frame, frame["now"] * float("nan")),
        evidence=[_list_table(frame, by_margin=found.by_margin)],
        basis=basis,
        actions=_list_actions(missing, undue),
    )


def _list_table(frame: pd.DataFrame, *, by_margin: bool) -> Table:
    verdicts = {"missing": text("not on the list"), "undue": text("should not be on it")}
    said = cells(
        text("not on the list, rising") if row.what == "missing" and row.is_rising else verdicts[row.what]
        for row in each(frame)
    )
    return Table(
        frame.assign(verdict=said),
        [
            NAME,
            MANAGER,
            Column("rank", text("Rank"), "count"),
            Column("now", text("Margin, 12 months") if by_margin else text("Revenue, 12 months"), "money"),
            Column("before", text("Year before"), "money"),
            Column("growth", text("Growth"), "share", signed=True),
            Column("verdict", text("Verdict")),
        ],
        most=8,
    )


def _list_title(found: KeyList, worth: float) -> Text:
    missing, undue = found.missing, found.undue
    lacking = texts(
        "{n} account that earns {amount} a year is not on the list of key accounts: {names}",
        "{n} accounts that earn {amount} a year are not on the list of key accounts: {names}",
        len(missing),
        amount=Money(worth),
        names=Names(list(missing["name"]), most=2),
    )
    if not found.by_margin:
        lacking = texts(
            "{n} account that buys {amount} a year is not on the list of key accounts: {names}",
            "{n} accounts that buy {amount} a year are not on the list of key accounts: {names}",
            len(missing),
            amount=Money(worth),
            names=Names(list(missing["name"]), most=2),
        )
    excess = texts(
        "{n} account on the list brings too little for it: {names}",
        "{n} accounts on the list bring too little for it: {names}",
        len(undue),
        names=Names(list(undue["name"]), most=2),
    )
    if not len(undue):
        return text("{what}.", what=lacking)
    if not len(missing):
        return text("{what}.", what=excess)
    return text("{lacking}; {excess}.", lacking=lacking, excess=excess)


def _list_actions(missing: pd.DataFrame, undue: pd.DataFrame) -> list[Text]:
    wanted = [
        assigned(
            row,
            text("Make {name} a key account, or say why not ({manager})."),
            text("Make {name} a key account, or say why not."),
        )
        for row in each(missing.head(3))
    ]
    unwanted = [
        assigned(
            row,
            text("Take {name} off the list, or renegotiate so that it earns its place ({manager})."),
            text("Take {name} off the list, or renegotiate so that it earns its place."),
        )
        for row in each(undue.head(3))
    ]
    return [*wanted, *unwanted]


def _worth_basis(*, by_margin: bool) -> Text:
    if by_margin:
        return text("Value: margin of 12 months; accounts under the same control count as one.")
    return text("Value: revenue of 12 months (the cost is not known); accounts under the same control count as one.")


def key_moves_section(found: KeyMoves) -> Section:
    """Say who became and who ceased to be a key account by value, beside what chance alone would move."""
    if found.review is None or found.before is None:
        return line("key_moves", text("Key accounts by value have been reviewed once: nobody came or went yet."))
    rules = found.rules
    basis = [
        text(
            "By value: enters with the accounts that make {enter} of the company's total, leaves outside {leave}; "
            "reviews before {before} and {review}.",
            enter=Share(rules.key_account_enter, None),
            leave=Share(rules.key_account_leave, None),
            before=found.before.date(),
            review=found.review.date(),
        ),
        text(
            "By chance: had no account changed, its usual fluctuation from month to month would move {chance} of them "
            "over the line (19 times in 20 at most {most}).",
            chance=Number(found.by_chance, 1),
            most=found.at_most,
        ),
        _worth_basis(by_margin=found.by_margin),
    ]
    if not len(found.frame):
        said = texts(
            "The {n} key account by value is the same as at the review before.",
            "The {n} key accounts by value are the same as at the review before.",
            found.keys,
        )
        return line("key_moves", said, *basis)
    evidence = [_moves_table(found.frame)]
    if found.matrix is not None and found.year_ago is not None:
        evidence.append(_matrix_table(found.matrix))
        basis.append(
            text("Second table: accounts by what they were at the review before {day} and are now.",
                 day=found.year_ago.date())
        )  # fmt: skip
    return Section(
        key="key_moves",
        title=_moves_title(found),
        evidence=evidence,
        basis=basis,
        actions=[_move_action(row) for row in each(found.frame.head(4))],
    )


def _moves_table(frame: pd.DataFrame) -> Table:
    return Table(
        frame.assign(move=cells(text("promoted") if is_up else text("demoted") for is_up in frame["is_up"])),
        [
            NAME,
            MANAGER,
            Column("move", text("Move")),
            Column("then", text("Review before"), "money"),
            Column("now", text("Last review"), "money"),
            Column("change", text("Change"), "money", signed=True),
        ],
        most=8,
    )


def _matrix_table(matrix: pd.DataFrame) -> Table:
    frame = matrix.reset_index()
    frame["then"] = cells(text("A year ago: {what}", what=_STATES[state]) for state in frame["then"])
    columns = [Column(state, text("Now: {what}", what=said), "count") for state, said in _STATES.items()]
    return Table(frame, [Column("then", text("Accounts")), *columns])


def _moves_title(found: KeyMoves) -> Text:
    ups, downs = (list(found.frame.loc[found.frame["is_up"] == is_up, "name"]) for is_up in (True, False))
    return text(
        "Key accounts by value since the review before: {moved}; chance alone would move {chance}.",
        moved=came_and_went(ups, downs),
        chance=Number(found.by_chance, 1),
    )


def _move_action(row: Any) -> Text:
    if row.is_up:
        return assigned(
            row,
            text("Give {name} the service of a key account, if it has not got it ({manager})."),
            text("Give {name} the service of a key account, if it has not got it."),
        )
    return assigned(
        row,
        text("Ask {name} why it brings {amount} less ({manager})."),
        text("Ask {name} why it brings {amount} less."),
        amount=Money(abs(float(row.change))),
    )
