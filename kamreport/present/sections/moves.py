"""Sections on what rivals do: their moves that wait for an answer, and how fast we notice and answer."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.period import Period
from kamreport.present.section import Column, Section, Table, cells, finite, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned
from kamreport.present.sections.rivals import RIVAL, place, rival_names
from kamreport.results import MoveReview, RivalMoves, each
from kamreport.settings import Bilingual

__all__ = ["move_review_section", "rival_moves_section"]

_KINDS = {
    "price": text("price"),
    "promotion": text("promotion"),
    "product": text("new product"),
    "channel": text("channel"),
    "service": text("service"),
    "hiring": text("hiring"),
    "bid": text("bid"),
    "other": text("other move"),
}
_MOST = 6


def rival_moves_section(
    found: RivalMoves, competitors: pd.DataFrame, regions: Mapping[str, Bilingual], *, period: Period, threshold: float
) -> Section:
    """Which moves of rivals nobody has answered, and which of our accounts they touch.

    Parameters
    ----------
    period
        Of the report: what was noticed in it is shown too.
    threshold
        Money from which a move is named in the title.
    """
    frame = found.frame
    basis = [
        text(
            "Moves of the last {n} months; at stake: what the accounts that a move touches earned us in 12 months, in "
            "its family where it names one; not known where nobody here buys that family. A move is answered when it "
            "is for all of its accounts.",
            n=12,
        )
    ]
    if not len(frame):
        return line("rival_moves", text("No competitor's move of the last 12 months is recorded."), *basis)
    unanswered = frame[frame["is_open"]]
    if not (unanswered["stake"] >= threshold).any():
        return line("rival_moves", _quiet_title(unanswered, len(frame)), *basis)
    names = rival_names(competitors)
    touched = found.touched[found.touched["event_id"].isin(unanswered["event_id"])]
    worth = touched.drop_duplicates("owner_id")
    at_stake = found.cells[found.cells["event_id"].isin(unanswered["event_id"])].drop_duplicates(["owner_id", "family"])
    by_owner = worth["owner_id"].map(at_stake.groupby("owner_id")["stake"].sum()).fillna(0.0)
    fresh = (frame["noticed_on"] >= pd.Timestamp(period.start)) & ~frame["is_open"]
    first = unanswered.iloc[0]
    return Section(
        key="rival_moves",
        title=_open_title(unanswered, len(frame), names, regions),
        nature="at_risk",
        amount=float(at_stake["stake"].sum()),
        unit="margin" if found.by_margin else "revenue",
        who=named_in(worth, by_owner),
        evidence=[
            _log(frame.assign(is_fresh=fresh), names, regions),
            _touched(touched[touched["stake"] > 0], unanswered, names, by_margin=found.by_margin),
        ],
        basis=basis,
        actions=_actions(found, first, names),
    )


def _quiet_title(unanswered: pd.DataFrame, m: int) -> Text:
    """Nothing unanswered is worth the page: what the largest is."""
    if not len(unanswered):
        return text("All {m} recorded moves of competitors are answered.", m=m)
    largest = finite(float(unanswered["stake"].max()))
    if largest is None:
        return texts(
            "{n} of {m} recorded moves of competitors is not answered; what is at stake is not known.",
            "{n} of {m} recorded moves of competitors are not answered; what is at stake is not known.",
            len(unanswered),
            m=m,
        )
    return texts(
        "{n} of {m} recorded moves of competitors is not answered; at stake is {amount}.",
        "{n} of {m} recorded moves of competitors are not answered; at the largest {amount} is at stake.",
        len(unanswered),
        m=m,
        amount=Money(largest),
    )


def _open_title(unanswered: pd.DataFrame, m: int, names: Mapping[str, str], regions: Mapping[str, Bilingual]) -> Text:
    first = unanswered.iloc[0]
    return texts(
        "{n} of {m} moves of competitors is not answered; most at stake: {rival}, {what}, {ago} days ago, {noticed}.",
        "{n} of {m} moves of competitors are not answered; most at stake: {rival}, {what}, {ago} days ago, {noticed}.",
        len(unanswered),
        m=m,
        rival=Names([names.get(str(first["competitor_id"]), str(first["competitor_id"]))]),
        what=_what(first, regions),
        ago=max(int(first["waited"]) + (first["noticed_on"] - first["happened_on"]).days, 0),
        noticed=(
            text("noticed before it happened")
            if first["noticed_on"] < first["happened_on"]
            else texts("noticed after {n} day", "noticed after {n} days", int(first["to_notice"]))
        ),
    )


def _what(move: Any, regions: Mapping[str, Bilingual]) -> Text:
    """Say a move in short: its kind, depth, family and place."""
    depth = float(move["depth"])
    kind = _KINDS[str(move["kind"])]
    if move["kind"] == "price" and depth > 0:
        kind = text("prices cut by {depth}", depth=Share(depth))
    family, region = str(move["family"]), str(move["region"])
    if family and region:
        return text("{kind}, {family}, {place}", kind=kind, family=Names([family]), place=place(region, regions))
    if family:
        return text("{kind}, {family}", kind=kind, family=Names([family]))
    if region:
        return text("{kind}, {family}", kind=kind, family=place(region, regions))
    return kind


def _log(frame: pd.DataFrame, names: Mapping[str, str], regions: Mapping[str, Bilingual]) -> Table:
    """The log, what is open first; the workbook has all of it."""
    shown = int((frame["is_open"] | frame["is_fresh"]).sum())
    frame = frame.sort_values(["is_open", "is_fresh"], ascending=False, kind="stable")
    rows = [row for _, row in frame.iterrows()]
    said = frame.assign(
        rival=cells(names.get(rival, rival) for rival in frame["competitor_id"]),
        what=cells(_what(row, regions) for row in rows),
        answer=cells(
            texts("open, {n} day", "open, {n} days", int(row.waited))
            if row.is_open
            else texts("after {n} day", "after {n} days", int(row.waited))
            for row in each(frame)
        ),
        reach=cells(
            text("{n} ({key})", n=int(row.accounts), key=int(row.key_accounts)) if row.accounts else None
            for row in each(frame)
        ),
    )
    return Table(
        said,
        [
            RIVAL,
            Column("what", text("What they did")),
            Column("happened_on", text("On"), "date"),
            Column("to_notice", text("Noticed after, days"), "number"),
            Column("answer", text("Answer")),
            Column("reach", text("Accounts (key)")),
            Column("stake", text("At stake"), "money"),
        ],
        accent="is_open",
        most=min(max(shown, 3), _MOST),
    )


def _touched(
    touched: pd.DataFrame,
    unanswered: pd.DataFrame,
    names: Mapping[str, str],
    *,
    by_margin: bool,
) -> Table:
    """The accounts that unanswered moves touch, and who looks after them."""
    rival = dict(zip(unanswered["event_id"], unanswered["competitor_id"], strict=True))
    frame = touched.assign(rival=cells(names.get(rival[one], rival[one]) for one in touched["event_id"]))
    return Table(
        frame,
        [
            NAME,
            MANAGER,
            RIVAL,
            Column("stake", text("Margin, 12 months") if by_margin else text("Revenue, 12 months"), "money"),
        ],
        accent="is_key",
        most=_MOST,
    )


def _actions(found: RivalMoves, first: Any, names: Mapping[str, str]) -> list[Text]:
    """Ask the accounts at which most is at stake in the first move."""
    rows = found.touched[found.touched["event_id"] == first["event_id"]].head(3)
    rival = Names([names.get(str(first["competitor_id"]), str(first["competitor_id"]))])
    return [
        assigned(
            row,
            text("{manager} asks {name} what {rival} has offered, and answers or says that we do not."),
            text("Ask {name} what {rival} has offered, and answer or say that we do not."),
            rival=rival,
        )
        for row in each(rows)
    ]


def move_review_section(found: MoveReview, competitors: pd.DataFrame) -> Section:
    """How fast moves are noticed and answered, and what each rival does at which of our accounts."""
    rules, frame = found.rules, found.frame
    basis = [
        text(
            "Moves of 12 months. Median days from the move to our record and from there to the answer, open ones "
            "counted as long as they have been (product-limit); answered in {days} days of those noticed earlier, "
            "Wilson 95%. Fewer than {n} moves: too few to say.",
            days=rules.move_answer_days,
            n=found.least,
        )
    ]
    everything = frame[frame["part"] == ""]
    if not len(everything) or int(everything["moves"].iloc[0]) < found.least:
        n = int(everything["moves"].sum())
        said = texts(
            "{n} recorded move of competitors is too few to say how fast we answer.",
            "{n} recorded moves of competitors are too few to say how fast we answer.",
            n,
        )
        none = text("How fast competitors' moves are answered is not known: none is recorded.")
        return line("move_review", said if n else none, *basis, cadence="year")
    names = rival_names(competitors)
    return Section(
        key="move_review",
        title=_review_title(everything.iloc[0], rules.move_answer_days),
        evidence=[
            _review_table(frame[frame["part"] == "competitor"], found, names),
            _review_table(frame[frame["part"] == "kind"], found, None),
        ],
        basis=basis,
        cadence="year",
    )


def _review_title(row: Any, days: int) -> Text:
    values = {
        "notice": Number(float(row["notice_median"]), 0),
        "answered": int(row["answered"]),
        "days": days,
        "low": Share(float(row["low"])),
        "high": Share(float(row["high"])),
    }
    due, median = int(row["due"]), float(row["answer_median"])
    if not due:
        return text("Half of the competitors' moves are noticed within {notice} days; none is old enough to be judged.",
                    notice=values["notice"])  # fmt: skip
    if median == float("inf"):
        return texts(
            "Half of the competitors' moves are noticed within {notice} days, and fewer than half are answered; within "
            "{days} days {answered} of {n} was ({low} to {high}).",
            "Half of the competitors' moves are noticed within {notice} days, and fewer than half are answered; within "
            "{days} days {answered} of {n} were ({low} to {high}).",
            due,
            **values,
        )
    return texts(
        "Half of the competitors' moves are noticed within {notice} days and answered within {median} more; within "
        "{days} days {answered} of {n} was ({low} to {high}).",
        "Half of the competitors' moves are noticed within {notice} days and answered within {median} more; within "
        "{days} days {answered} of {n} were ({low} to {high}).",
        due,
        median=Number(median, 0),
        **values,
    )


def _days(value: float, moves: int, least: int) -> Text:
    if moves < least:
        return text("too few to say")
    if value == float("inf"):
        return text("fewer than half")
    return text("{days}", days=Number(value, 0))


def _review_table(part: pd.DataFrame, found: MoveReview, names: Mapping[str, str] | None) -> Table:
    """One row per rival, or per kind of move where no names are given."""
    rows = each(part)
    frame = part.assign(
        rival=cells((_KINDS[row.name] if names is None else names.get(row.name, row.name)) for row in rows),
        often=cells(text("{kind} ({n})", kind=_KINDS[row.usual], n=int(row.usual_moves)) for row in each(part)),
        keys=cells(text("{n}/{all}", n=int(row.key_accounts), all=found.keys) for row in each(part)),
        notice=cells(_days(row.notice_median, row.moves, found.least) for row in each(part)),
        answer=cells(_days(row.answer_median, row.moves, found.least) for row in each(part)),
        in_time=cells(text("{n}/{all}", n=int(row.answered), all=int(row.due)) for row in each(part)),
    )
    first = RIVAL if names is not None else Column("rival", text("What they did"))
    return Table(
        frame,
        [
            first,
            Column("moves", text("Moves"), "count"),
            *([Column("often", text("Most often"))] if names is not None else []),
            Column("keys", text("Key accounts touched")),
            Column("notice", text("Days to notice")),
            Column("answer", text("Days to answer")),
            Column("in_time", text("Answered in time")),
        ],
        most=8,
    )
