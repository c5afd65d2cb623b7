"""Sections of the customer-value chapter on how accounts buy: recency, frequency and amount; steadiness."""

from kamreport.language import Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line
from kamreport.present.sections.columns import MANAGER, NAME
from kamreport.results import Demand, Rfm, each
from kamreport.settings import Rules

__all__ = ["demand_section", "rfm_section"]

_SEGMENTS = {
    "champion": text("Champions"),
    "not_to_lose": text("Not to be lost"),
    "loyal": text("Loyal"),
    "promising": text("Promising"),
    "attention": text("Need attention"),
    "large_and_rare": text("Large and rare"),
    "sleeping": text("Sleeping"),
}
_PATTERNS = {
    "smooth": text("Steady"),
    "erratic": text("Uneven"),
    "intermittent": text("With gaps"),
    "lumpy": text("Gaps and uneven"),
}


def rfm_section(found: Rfm) -> Section:
    """Sort the accounts by when, how often and for how much they ordered."""
    frame, segments = found.frame, found.segments
    if not len(frame):
        return line("rfm", text("No account has bought in the last 12 months."), cadence="year")
    best = segments.iloc[0]
    if not best["accounts"]:
        nobody = texts(
            "The {n} account that has ordered does not stand out by how lately, how often and for how much.",
            "None of {n} accounts stands out by how lately, how often and for how much it has ordered.",
            len(frame),
        )
        return line("rfm", nobody, cadence="year")
    total = float(segments["amount"].sum())
    title = texts(
        "{n} of {all} accounts has ordered lately, often and much, and brings {share} of revenue.",
        "{n} of {all} accounts have ordered lately, often and much, and bring {share} of revenue.",
        int(best["accounts"]),
        all=len(frame),
        share=Share(float(best["amount"]) / total if total > 0 else 0.0),
    )
    said = segments.assign(segment=cells(_SEGMENTS[one] for one in segments["segment"]))
    accounts = frame.assign(segment=cells(_SEGMENTS[one] for one in frame["segment"]))
    return Section(
        key="rfm",
        title=title,
        evidence=[
            Table(
                said,
                [
                    Column("segment", text("Segment")),
                    Column("accounts", text("Accounts"), "count"),
                    Column("amount", text("Revenue"), "money"),
                    Column("came", text("Came within a year"), "count"),
                    Column("left", text("Left within a year"), "count"),
                ],
            ),
            Table(
                accounts,
                [
                    NAME,
                    MANAGER,
                    Column("recency", text("Days since last order"), "count"),
                    Column("frequency", text("Orders"), "count"),
                    Column("amount", text("Revenue"), "money"),
                    Column("score", text("RFM"), "count"),
                    Column("segment", text("Segment")),
                ],
                most=8,
            ),
        ],
        basis=[_binning(found), text("Orders of 12 months; came and left: of accounts that bought in both years.")],
        cadence="year",
    )


def _binning(found: Rfm) -> Text:
    if found.binning == "rank":
        return text("Fifths by rank, 5 is best; equal values have equal scores.")
    return text("Fifths as the R package rfm cuts them (quantiles of type 7, plus 1), 5 is best.")


def demand_section(found: Demand, rules: Rules) -> Section:
    """Say whether key accounts buy more steadily than the others."""
    if not len(found.frame):
        return line("demand", text("No account has bought in the last 12 months."), cadence="year")
    basis = [
        text(
            "Monthly sales of {window}, each account from its first month with sales; who bought in one month only is "
            "not counted.",
            window=found.window,
        ),
        text(
            "Steady: sales on average at least every 1.32 months, squared variation of their size below 0.49 "
            "(Syntetos, Boylan, Croston 2005)."
        ),
    ]
    if 0 < found.groups["accounts"].min() < rules.min_group:
        basis.append(text("A group has fewer than {least} accounts: too few to compare.", least=rules.min_group))
    steadiest = float(found.frame["cv"].median())
    basis.append(text("Median variation of all (CV): {cv}.", cv=Number(steadiest, 2)))
    return Section(
        key="demand",
        title=_demand_title(found),
        evidence=[_groups_table(found), _patterns_table(found)],
        basis=basis,
        cadence="year",
    )


def _demand_title(found: Demand) -> Text:
    counts, smooth = (
        {bool(is_key): int(count) for is_key, count in zip(found.groups["is_key"], found.groups[name], strict=True)}
        for name in ("accounts", "smooth")
    )
    if not counts[True]:
        return texts(
            "{steady} of {n} account buys steadily.",
            "{steady} of {n} accounts buy steadily.",
            counts[False],
            steady=smooth[False],
        )
    if not counts[False]:
        return texts(
            "{steady} of {n} key account buys steadily; there are no others.",
            "{steady} of {n} key accounts buy steadily; there are no others.",
            counts[True],
            steady=smooth[True],
        )
    return texts(
        "{steady} of {n} key account buys steadily, and {also} of {others} others.",
        "{steady} of {n} key accounts buy steadily, and {also} of {others} others.",
        counts[True],
        steady=smooth[True],
        also=smooth[False],
        others=counts[False],
    )


def _groups_table(found: Demand) -> Table:
    shown = found.groups[found.groups["accounts"] > 0]
    shown = shown.assign(
        group=cells(text("Key accounts") if is_key else text("Others") for is_key in shown["is_key"]),
        interval=cells(
            text("{low} to {high}", low=Share(float(row.low)), high=Share(float(row.high))) for row in each(shown)
        ),
    )
    return Table(
        shown,
        [
            Column("group", text("Group")),
            Column("accounts", text("Accounts"), "count"),
            Column("cv", text("Variation (CV)"), "number", digits=2),
            Column("smooth", _PATTERNS["smooth"], "count"),
            Column("smooth_share", text("Share"), "share"),
            Column("interval", text("95% interval")),
        ],
    )


def _patterns_table(found: Demand) -> Table:
    frame = found.frame.assign(pattern=cells(_PATTERNS[one] for one in found.frame["pattern"]))
    return Table(
        frame.sort_values(["cv", "owner_id"], ascending=[False, True]),
        [
            NAME,
            Column("pattern", text("Pattern")),
            Column("cv", text("Variation (CV)"), "number", digits=2),
            Column("interval", text("Months between"), "number", digits=2),
            Column("size_cv2", text("Squared variation of size"), "number", digits=2),
        ],
        most=6,
    )
