"""The basis page: what was read, what was left out and why, what the sums rest on."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from kamreport.language import Money, Text, text, texts
from kamreport.period import Period
from kamreport.present.section import Column, Section, Table, cells, line, word
from kamreport.present.sections.columns import REVENUE
from kamreport.results import each

__all__ = [
    "KINDS",
    "NOTES",
    "OUTCOMES",
    "REASONS",
    "kinds_section",
    "left_out_section",
    "noted_section",
    "reconciliation_section",
    "sources_section",
    "time_section",
]

REASONS: dict[str, Text] = {
    "fields": text("another number of cells than the header"),
    "nul": text("a NUL character"),
    "empty": text("empty but required"),
    "cell_error": text("an error in the cell"),
    "formula_without_value": text("a formula without a stored value"),
    "not_listed": text("not one of the listed codes"),
    "not_yes_or_no": text("neither yes nor no"),
    "not_a_date": text("not a date in the declared format"),
    "not_a_month": text("not a month"),
    "not_a_number": text("not a number in the declared format"),
    "not_a_whole_number": text("not a whole number"),
    "out_of_range": text("out of range"),
    "outside_dates": text("dated outside the data"),
    "same_key": text("another row claims the same key"),
    "copy": text("identical copy of another row"),
    "overlap": text("overlaps another row in time"),
    "below_broken": text("below a record that could not be read: what it takes from above is lost"),
    "total_row": text("row of totals"),
    "no_rate": text("currency without a rate for the month"),
    "internal_line": text("internal line"),
    "internal_account": text("internal account"),
}
NOTES: dict[str, Text] = {
    "spelling": text("other spelling of a known id, read as one"),
    "alias": text("alias, read as its id"),
    "unknown_id": text("not in its master table, kept"),
    "possible_duplicates": text("lines alike in everything, kept"),
    "unknown_region": text("region not in the regions table, under (unassigned)"),
    "file_twice": text("file that holds the same as another, read once"),
    "unit_cost": text("lines without a cost of their own, costed by quantity and the product's unit cost of the month"),
    "unassigned": text("lines without a region, under (unassigned)"),
}
KINDS: dict[str, Text] = {
    "sale": text("sale"),
    "return": text("return"),
    "credit": text("credit"),
    "rebate": text("rebate"),
    "service": text("service"),
    "freight": text("freight"),
    "sample": text("sample"),
    "adjustment": text("adjustment"),
}
_HARMLESS = ("spelling", "alias", "file_twice")
OUTCOMES = {"rejected": text("rejected"), "excluded": text("excluded")}


def sources_section(sources: pd.DataFrame) -> Section:
    """Every record read is used, excluded or rejected.

    The title speaks of the tables: what a query took from a file is counted with its table. Where records of such
    a file are lost, the title counts them too, and no total, which would count others twice. Tables that lost records
    stand first.
    """
    lossy = sources["used"] < sources["read"]
    is_file = sources["table_name"].str.startswith("sources.")
    tables, lost = sources[~is_file], int(sources.loc[is_file, "rejected"].sum())
    read = int(tables["read"].sum())
    out = read - int(tables["used"].sum())
    title = texts(
        "Of {read} records read, {n} is not used; the reason is given below.",
        "Of {read} records read, {n} are not used; each is counted by reason below.",
        out,
        read=read,
    )
    if not out:
        title = text("All {read} records read are used.", read=read)
    if lost:
        title = texts(
            "{n} record is not used; the reason is given below.",
            "{n} records are not used; each is counted by reason below.",
            out + lost,
        )
    basis = [
        text("Read = used + excluded + rejected, for the whole company."),
        text("A report counts a record from its date on, and one without a date always."),
    ]
    if is_file.any():
        basis.append(
            text(
                "sources.* are files of queries: used is what a query can select from; what it selects is counted "
                "again as a table."
            )
        )
    return Section(
        key="sources",
        title=title,
        evidence=[
            Table(
                pd.concat([sources[lossy], sources[~lossy]]).assign(
                    days=lambda frame: cells(_days(row) for row in each(frame))
                ),
                [
                    Column("table_name", text("Table"), "text"),
                    Column("read", text("Read"), "count"),
                    Column("used", text("Used"), "count"),
                    Column("excluded", text("Excluded"), "count"),
                    *([Column("copies", text("Of these copies"), "count")] if sources["copies"].any() else []),
                    Column("rejected", text("Rejected"), "count"),
                    Column("days", text("Covers"), "text"),
                ],
                most=min(max(3, int(lossy.sum())), 10),
            )
        ],
        basis=basis,
    )


def _days(row: Any) -> Text:
    """From which day to which the records of a table go."""
    if pd.isna(row.first):
        return text("{day}", day="")
    first, last = (pd.Timestamp(day).date() for day in (row.first, row.last))
    return text("{first} to {last}", first=first, last=last)


def left_out_section(left_out: pd.DataFrame) -> Section:
    """Why records are not used, with the first place of each reason."""
    if not len(left_out):
        return line("left_out", text("No record was left out."))
    frame = left_out.assign(
        why=cells(REASONS.get(reason, text("{reason}", reason=reason)) for reason in left_out["reason"]),
        outcome_name=cells(OUTCOMES[outcome] for outcome in left_out["outcome"]),
        place=[_place(row) for row in each(left_out)],
    )
    return Section(
        key="left_out",
        title=_left_out_title(frame),
        evidence=[
            Table(
                frame,
                [
                    Column("table_name", text("Table"), "text"),
                    Column("why", text("Reason"), "text"),
                    Column("column_name", text("Column"), "text"),
                    Column("outcome_name", text("Outcome"), "text"),
                    Column("rows", text("Records"), "count"),
                    REVENUE,
                    Column("place", text("First at"), "text"),
                ],
                most=14,
            )
        ],
    )


def _place(row: Any) -> str:
    """The first lines of a reason, up to three of one file and sheet, as `kamreport check --rows` writes them."""
    return f"{', '.join(filter(None, (row.file, word(row.sheet))))}:{row.lines}"


def _left_out_title(frame: pd.DataFrame) -> Text:
    first = frame.sort_values("rows", ascending=False).iloc[0]
    if len(frame) > 1 and (frame["rows"] == first["rows"]).sum() > 1:
        return text("{n} records are left out, for {k} reasons.", n=int(frame["rows"].sum()), k=len(frame))
    return texts(
        "The most frequent reason for leaving a record out: {why}, in {table} ({n} record).",
        "The most frequent reason for leaving records out: {why}, in {table} ({n} records).",
        int(first["rows"]),
        why=first["why"],
        table=str(first["table_name"]),
    )


def noted_section(noted: pd.DataFrame) -> Section:
    """What is used but worth knowing."""
    if not len(noted):
        return line("noted", text("Nothing in the data called for a note."))
    harmless = noted["what"].isin(_HARMLESS).all()
    frame = noted.assign(note=cells(NOTES.get(what, text("{what}", what=what)) for what in noted["what"]))
    return Section(
        key="noted",
        title=texts(
            "{n} kind of remark on data that are used.", "{n} kinds of remarks on data that are used.", len(frame)
        ),
        evidence=[
            Table(
                frame,
                [
                    Column("table_name", text("Table"), "text"),
                    Column("note", text("Remark"), "text"),
                    Column("column_name", text("Column"), "text"),
                    Column("examples", text("For example"), "text"),
                    Column("ids", text("Ids"), "count"),
                    Column("rows", text("Records"), "count"),
                    Column("revenue", text("Amount"), "money"),
                ],
                most=14,
            )
        ],
        cadence="quarter" if harmless else "month",
    )


def kinds_section(kinds: pd.DataFrame) -> Section:
    """What the used lines are."""
    frame = kinds.assign(kind_name=cells(KINDS.get(kind, text("{kind}", kind=kind)) for kind in kinds["kind"]))
    sales = kinds[kinds["kind"] == "sale"]
    pooled = bool((kinds["pool_lines"] > 0).any())
    return Section(
        key="kinds",
        title=text(
            "{sales} of {n} lines are sales; returns, credits and charges count in revenue, not in orders.",
            sales=int(sales["lines"].sum()),
            n=int(kinds["lines"].sum()),
        ),
        evidence=[
            Table(
                frame,
                [
                    Column("kind_name", text("Kind of line"), "text"),
                    Column("lines", text("Lines"), "count"),
                    *([Column("pool_lines", text("Of cash-sales pools"), "count")] if pooled else []),
                    REVENUE,
                ],
            )
        ],
        cadence="quarter",
    )


def reconciliation_section(parts: pd.DataFrame, *, region: str, money: Mapping[str, str]) -> Section:
    """Show that the regions add up to the company and the company to the lines that were read.

    Parameters
    ----------
    parts
        `region` ("" for the company, ``*`` for all other regions) and `revenue` as exact text.
    region
        The report's region.
    money
        Revenue of the lines ``used``, ``excluded`` and ``rejected``, as exact text.
    """
    amounts = {name: Decimal(amount) for name, amount in zip(parts["region"], parts["revenue"], strict=True)}
    company = amounts.pop("")
    named = {"*": text("all other regions"), region: text("this region")}
    total = sum(amounts.values(), Decimal(0))
    used, excluded, rejected = (Decimal(money[name]) for name in ("used", "excluded", "rejected"))
    parts_said = [(named.get(name, text("{region}", region=name)), amount) for name, amount in amounts.items()]
    parts_said += [
        (text("company"), company),
        (text("excluded lines"), excluded),
        (text("rejected lines, as far as readable"), rejected),
        (text("input"), used + excluded + rejected),
    ]
    places = 2 if all(amount == round(amount, 2) for _, amount in parts_said) else 4
    exact = f"{{:,.{places}f}}".format
    rows = [(said, exact(amount)) for said, amount in parts_said]
    reconciled = False
    if total != company:
        title = text("The regions do not sum to the company: {a} against {b}.", a=exact(total), b=exact(company))
    elif company != used:
        title = text("The company does not sum to the lines read: {a} against {b}.", a=exact(company), b=exact(used))
    else:
        title = text("The regions sum to the company and to the input, to the cent.")
        reconciled = True
    frame = pd.DataFrame(rows, columns=["part", "revenue"])
    return Section(
        key="reconciliation",
        title=title,
        evidence=[
            Table(
                frame,
                [
                    Column("part", text("Part"), "text"),
                    Column("revenue", text("Revenue, since the beginning"), "exact"),
                ],
                most=50,
            )
        ],
        basis=[text("Exact decimals of the store, from the beginning of the data on.")],
        cadence="quarter" if reconciled else "month",
    )


def time_section(
    *,
    period: Period,
    as_of: date,
    up_to: date,
    complete: bool,
    loaded_on: date,
    late: pd.DataFrame,
    snapshots: Sequence[str],
) -> Section:
    """How far the data reach, and what that means for this period.

    Parameters
    ----------
    late
        `lines` and `revenue` booked well after the period's end.
    snapshots
        Master tables without history.
    """
    basis = [
        text("Nothing later than {day} is known to this report.", day=_last_day(as_of)),
        texts(
            "{n} line ({amount}) was booked well after the period's end.",
            "{n} lines ({amount}) were booked well after the period's end.",
            int(late["lines"].iloc[0]),
            amount=Money(float(late["revenue"].iloc[0])),
        ),
    ]
    if snapshots:
        basis.append(text("As of the day of loading: {tables}.", tables=", ".join(snapshots)))
    title = (
        text("{period} is complete.", period=period)
        if complete
        else text("{period} is incomplete: it is compared with the same number of working days.", period=period)
    )
    frame = pd.DataFrame({"up_to": [up_to], "loaded_on": [loaded_on], "late": [int(late["lines"].iloc[0])]})
    return Section(
        key="time",
        title=title,
        evidence=[
            Table(
                frame,
                [
                    Column("up_to", text("Data up to"), "date"),
                    Column("loaded_on", text("Loaded on"), "date"),
                    Column("late", text("Booked well after the period's end"), "count"),
                ],
            )
        ],
        basis=basis,
    )


def _last_day(as_of: date) -> date:
    return date.fromordinal(as_of.toordinal() - 1)
