"""Sections that weigh our figures: beside the year before, beside the trade, and against gaps in the data."""

from collections.abc import Callable

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line
from kamreport.present.sections.columns import NAME
from kamreport.results import BeforeAfter, Benchmarked, KeyGaps, each

__all__ = ["before_after_section", "benchmarks_section", "key_gaps_section"]

_MEASURES: dict[str, tuple[Text, Callable[[float], object]]] = {
    "margin": (text("Margin"), Money),
    "margin_rate": (text("Margin rate"), lambda value: Share(value, 1)),
    "revenue_per_manager": (text("Revenue per manager"), Money),
    "service_cost_ratio": (text("Cost of sales and service, share of revenue"), lambda value: Share(value, 1)),
    "win_rate": (text("Deals won"), Share),
    "cycle_days": (text("Days to decision of a deal, median"), lambda value: Number(value, 0)),
    "satisfied": (text("Satisfied answers (4 or 5 of 5)"), Share),
}
_UNITS = {
    "margin": text("accounts"),
    "margin_rate": text("accounts"),
    "revenue_per_manager": text("managers"),
    "service_cost_ratio": text("months"),
    "win_rate": text("deals"),
    "cycle_days": text("deals"),
    "satisfied": text("answers"),
}


def before_after_section(found: BeforeAfter) -> Section:
    """The same figures over the last twelve months and the twelve before, with what each rests on."""
    both = found.frame.dropna(subset=["now", "before"])
    if not len(both):
        return line("before_after", text("No figure is known for both of the last two years."), cadence="year")
    first = both.iloc[0]
    name, said = _MEASURES[str(first["measure"])]
    frame = found.frame.assign(
        said=cells(_MEASURES[measure][0] for measure in found.frame["measure"]),
        latest=cells(_measured(row.measure, row.now, row.low, row.high) for row in each(found.frame)),
        earlier=cells(_measured(row.measure, row.before, row.low_before, row.high_before) for row in each(found.frame)),
        rests=cells(_rests(row.measure, row.n) for row in each(found.frame)),
        rested=cells(_rests(row.measure, row.n_before) for row in each(found.frame)),
    )
    return Section(
        key="before_after",
        title=texts(
            "{name}: {now} in the last 12 months, {before} in the 12 before; {n} figure side by side.",
            "{name}: {now} in the last 12 months, {before} in the 12 before; {n} figures side by side.",
            len(both),
            name=name,
            now=said(float(first["now"])),
            before=said(float(first["before"])),
        ),
        evidence=[
            Table(
                frame,
                [
                    Column("said", text("Figure")),
                    Column("latest", text("Last 12 months")),
                    Column("rests", text("From")),
                    Column("earlier", text("The 12 before")),
                    Column("rested", text("From then")),
                ],
            )
        ],
        basis=[
            text(
                "Two years side by side; why they differ is not said. Intervals: Wilson 95%, where the cases are a "
                "sample. Managers count for the part of the year they were here; fixed cost is left out of the cost."
            )
        ],
        cadence="year",
    )


def _measured(measure: str, value: float, low: float, high: float) -> Text | None:
    if value != value:
        return None
    said = _MEASURES[measure][1]
    if low != low:
        return text("{value}", value=said(value))
    return text("{value} ({low} to {high})", value=said(value), low=said(low), high=said(high))


def _rests(measure: str, n: float) -> Text | None:
    return text("{n} {unit}", n=Number(n, 0 if n == int(n) else 1), unit=_UNITS[measure]) if n else None


_METRICS: dict[str, tuple[Text, int]] = {  # what it is called, and whether more (1) or less (-1) of it is better
    "gross_margin_rate": (text("Margin rate"), 1),
    "retention": (text("Revenue retained (GRR)"), 1),
    "overdue_share": (text("Overdue share of receivables"), -1),
    "on_time_in_full": (text("Delivered on time and in full"), 1),
    "win_rate": (text("Deals won"), 1),
    "accounts_per_manager": (text("Accounts per manager"), 0),
}


def benchmarks_section(found: Benchmarked) -> Section:
    """Our figures beside those of the trade, each with its source."""
    others = (
        [text("Benchmarks that nothing here is compared with: {names}.", names=Names(found.uncompared, most=6))]
        if found.uncompared
        else []
    )
    if not len(found.frame):
        return line(
            "benchmarks", text("No benchmark can be compared with a figure of ours."), *others, cadence="quarter"
        )
    frame = found.frame.assign(
        said=cells(_METRICS[metric][0] for metric in found.frame["metric"]),
        ours=cells(_benchmark(row.metric, row.own) for row in each(found.frame)),
        theirs=cells(_benchmark(row.metric, row.value) for row in each(found.frame)),
    )
    return Section(
        key="benchmarks",
        title=_benchmarks_title(found.frame),
        evidence=[
            Table(
                frame,
                [
                    Column("said", text("Figure")),
                    Column("ours", text("Ours")),
                    Column("n", text("From"), "count"),
                    Column("theirs", text("Benchmark")),
                    Column("year", text("Year"), "exact"),
                    Column("source", text("Source")),
                ],
            )
        ],
        basis=[
            text(
                "Ours over the last 12 months; receivables at the last month's end. A benchmark is what its source "
                "says; whether it is measured as ours is not known."
            ),
            *others,
        ],
        cadence="quarter",
    )


def _benchmark(metric: str, value: float) -> Text:
    said: object = Number(value, 1) if metric == "accounts_per_manager" else Share(value, 1)
    return text("{value}", value=said)


def _benchmarks_title(frame: pd.DataFrame) -> Text:
    direction = frame["metric"].map({metric: better for metric, (_, better) in _METRICS.items()})
    gap = (frame["own"] - frame["value"]) * direction / frame["value"].abs().where(frame["value"] != 0)
    judged = gap[direction != 0].dropna()
    if not len(judged):
        return texts("{n} figure stands beside a benchmark.", "{n} figures stand beside a benchmark.", len(frame))
    reached = int((judged >= 0).sum())
    if reached == len(judged):
        return texts(
            "The {n} figure that can be judged reaches its benchmark.",
            "All {n} figures that can be judged reach their benchmark.",
            reached,
        )
    worst = frame.loc[judged.sort_values().index].iloc[0]
    metric = str(worst["metric"])
    return texts(
        "{what} is {own} against a benchmark of {value}; {reached} of {n} figure reaches its benchmark.",
        "{what} is {own} against a benchmark of {value}; {reached} of {n} figures reach their benchmark.",
        len(judged),
        reached=reached,
        what=_METRICS[metric][0],
        own=_benchmark(metric, float(worst["own"])),
        value=_benchmark(metric, float(worst["value"])),
    )


def key_gaps_section(found: KeyGaps) -> Section:
    """Whether gaps in the data keep somebody off the list of key accounts."""
    if found.rule == "tier":
        return line(
            "key_gaps",
            text("The list of key accounts is the firm's own; missing costs do not change it."),
            cadence="quarter",
        )
    if not found.by_margin:
        return line(
            "key_gaps",
            text("Key accounts are ranked by revenue; missing costs do not change the list."),
            cadence="quarter",
        )
    basis = text(
        "Revenue whose cost is not known ({amount}) is taken to earn the region's margin rate.",
        amount=Money(found.without_cost),
    )
    if not len(found.hidden):
        if round(found.without_cost) == 0:
            return line(
                "key_gaps",
                text("No revenue is without cost; gaps do not change the list of key accounts."),
                cadence="quarter",
            )
        return line(
            "key_gaps", text("Missing costs keep nobody off the list of key accounts."), basis, cadence="quarter"
        )
    return Section(
        key="key_gaps",
        title=texts(
            "{n} account would be a key account if its revenue without cost earned as the rest: {names}.",
            "{n} accounts would be key accounts if their revenue without cost earned as the rest: {names}.",
            len(found.hidden),
            names=Names(list(found.hidden["name"])),
        ),
        evidence=[
            Table(
                found.hidden,
                [
                    NAME,
                    Column("margin", text("Margin"), "money"),
                    Column("without_cost", text("Revenue without cost"), "money"),
                    Column("would_be", text("Margin it would be"), "money"),
                ],
                most=6,
            )
        ],
        basis=[basis],
        cadence="quarter",
    )
