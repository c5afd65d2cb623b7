"""What the basis page doubts: signs of a faulty export that change money, and records that contradict one another."""

from typing import Any

import pandas as pd

from kamreport.language import Money, Number, Text, text, texts
from kamreport.period import Period
from kamreport.present.section import Column, Section, Table, cells, finite, line, word
from kamreport.results import each

__all__ = ["CONTRADICTIONS", "REMEDIES", "SUSPICIONS", "contradictions_section", "suspicions_section"]

CONTRADICTIONS: dict[str, Text] = {
    "ageing_sum": text("parts by age do not add up to the balance"),
    "closed_but_bought": text("closed, but has bought since"),
    "key_without_revenue": text("on the list of key accounts, without revenue for two years"),
    "opened_after_order": text("opened after its first order"),
    "seller_had_left": text("sold by someone who had left"),
    "other_manager": text("another manager than in assignments"),
    "delivered_before": text("delivered or shipped before it was ordered or shipped"),
    "resolved_before": text("answered or resolved before it was opened"),
    "closed_before": text("closed before it was created"),
    "ends_before": text("ends before it starts"),
    "done_before": text("done before it was created"),
    "wallet_too_small": text("buys less in all than it bought from us"),
    "wallet_shares_sum": text("shares of one account do not add up to 100%"),
    "defected_but_bought": text("registered as lost, but went on buying"),
    "targets_overlap": text("overlaps other targets of the same scope"),
    "other_list_price": text("list amount above or below the price list"),
    "signs_differ": text("quantity and revenue have different signs"),
    "cost_sign": text("cost and revenue have different signs"),
    "list_below_revenue": text("revenue more than half above the list amount"),
}
SUSPICIONS: dict[str, Text] = {
    "total_kept": text("{place}: counted though they read as totals, or are sums of the lines before: {n}."),
    "file_in_file": text("{place}: counted twice, because they stand in {other} as well: {n}."),
    "tax_mixed": text("{place}: its prices stand at {factor} times the others', as with and without tax."),
    "scale_mixed": text("{place}: its amounts stand at {factor} times the others', as 元 and 万元 (or 千元)."),
    "month_missing": text("{place}: no line at all, between full months."),
    "month_short": text("{place}: far fewer lines than in the months before: {n}."),
}
REMEDIES: dict[str, Text] = {
    "total_kept": text("Name the text of total rows under drop, or delete them."),
    "file_in_file": text("Take one of the two out of path."),
    "tax_mixed": text("Set tax_included for the one that holds tax; export prices of one kind."),
    "scale_mixed": text("Set scale for the one in 万元; give it a source of its own."),
    "month_missing": text("Export the month and add its file."),
    "month_short": text("Export the month again when it is closed."),
}


def suspicions_section(suspicions: pd.DataFrame) -> Section:
    """What would change money if it is what it looks like: one line each, with the amount and what to do.

    Parameters
    ----------
    suspicions
        `rule`, `file`, `sheet`, `line`, `month`, `other`, `factor`, `rows`, `amount`.
    """
    if not len(suspicions):
        return line("suspicions", text("Nothing in the transactions looks like a faulty export."))
    frame = suspicions.assign(
        what=cells(_suspicion(row) for row in each(suspicions)),
        remedy=cells(REMEDIES.get(row.rule, text("{rule}", rule=row.rule)) for row in each(suspicions)),
    )
    return Section(
        key="suspicions",
        title=texts(
            "Do not rely on these figures yet: {n} thing in the transactions looks wrong and changes money.",
            "Do not rely on these figures yet: {n} things in the transactions look wrong and change money.",
            len(frame),
        ),
        evidence=[
            Table(
                frame,
                [
                    Column("what", text("Suspicion"), "wide"),
                    Column("amount", text("Amount"), "money"),
                    Column("remedy", text("What to do"), "wide"),
                ],
                most=12,
            )
        ],
        basis=[text("How each is recognised, and what it cannot know: docs/data.md.")],
        alarm=True,
    )


def _suspicion(row: Any) -> Text:
    """One sentence; its place is a file, a sheet and a line, or a month."""
    if row.rule not in SUSPICIONS:
        return text("{rule}", rule=row.rule)
    factor = Number(finite(row.factor) or 0.0, 2 if row.rule == "tax_mixed" else None)
    values = {"place": _place(row), "n": int(row.rows), "other": word(row.other), "factor": factor}
    return Text(SUSPICIONS[row.rule].message, values)


def _place(row: Any) -> Text:
    if not pd.isna(row.month):
        month = Period(pd.Timestamp(row.month).date())
        if word(row.other) and row.rule in ("tax_mixed", "scale_mixed"):
            return text("{month} to {last}", month=month, last=Period.parse(word(row.other)))
        return text("{month}", month=month)
    file = ", ".join(filter(None, (word(row.file), word(row.sheet))))
    return (
        text("{file}, line {n}", file=file, n=str(row.line)) if row.rule == "total_kept" else text("{file}", file=file)
    )


def contradictions_section(contradictions: pd.DataFrame) -> Section:
    """What was supplied and cannot be true beside what else was supplied.

    Parameters
    ----------
    contradictions
        `rule`, `table_name`, `rows`, `amount`, `examples`, and, if known, `file`, `sheet`, `line`.
    """
    if not len(contradictions):
        return line("contradictions", text("No record contradicts another."))
    frame = contradictions.assign(
        what=cells(CONTRADICTIONS.get(rule, text("{rule}", rule=rule)) for rule in contradictions["rule"]),
        place=[_record(row) for row in each(contradictions)],
    )
    worth = frame["amount"].abs().sum()
    rows = int(frame["rows"].sum())
    title = (
        texts(
            "{n} record contradicts another, with {amount} in doubt.",
            "{n} records contradict others, with {amount} in doubt.",
            rows,
            amount=Money(float(worth)),
        )
        if worth
        else texts("{n} record contradicts another.", "{n} records contradict others.", rows)
    )
    return Section(
        key="contradictions",
        title=title,
        evidence=[
            Table(
                frame,
                [
                    Column("table_name", text("Table"), "text"),
                    Column("what", text("Contradiction"), "text"),
                    Column("rows", text("Records"), "count"),
                    Column("amount", text("Amount"), "money"),
                    Column("examples", text("For example"), "text"),
                    Column("place", text("First at"), "text"),
                ],
                most=12,
            )
        ],
        basis=[text("The records are used as they are; nothing was mended.")],
    )


def _record(row: Any) -> str:
    """Where the first record stands, if that is told."""
    if not hasattr(row, "line"):
        return ""
    return f"{', '.join(filter(None, (row.file, word(row.sheet))))}:{row.line}"
