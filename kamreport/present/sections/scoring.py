"""Sections of the customer-value chapter on what makes a key account: score, tests, threshold, potential."""

import pandas as pd

from kamreport.language import Money, Number, Share, Text, text, texts
from kamreport.present.charts.scoring import portfolio_chart
from kamreport.present.section import Chart, Column, Section, Table, cells, line
from kamreport.present.sections.columns import MANAGER, MEASURES, NAME, REVENUE, assigned
from kamreport.results import FourPartTest, KeyScore, Portfolio, VipRule, each

__all__ = [
    "four_part_section",
    "key_score_section",
    "portfolio_section",
    "vip_rule_section",
]

_ALWAYS = 0.95
_CRITERIA = {
    "profit": text("Profit"),
    "goals": text("Goals"),
    "loss": text("Loss if it leaves"),
    "stability": text("Stability"),
    "potential": text("Potential"),
}
_POTENTIAL = {"headroom": text("Unserved spend"), "deals": text("Open deals"), "growth": text("Growth")}
_PARTS = {
    "star": text("Star"),
    "harvest": text("Harvest"),
    "develop": text("Develop"),
    "minor": text("Minor"),
}
_NOBODY = text("No account has bought in the last 12 months.")


def key_score_section(found: KeyScore) -> Section:
    """Rank the accounts by what makes a key account, and say how far the ranking hangs on the weights."""
    frame, weights = found.frame, found.weights
    if not len(frame) or not (weights["used"] > 0).any():
        return line("key_score", _NOBODY, cadence="quarter")
    first = frame["rank"] <= found.listed
    firm = first & (frame["in_list"] >= _ALWAYS)
    has_list = bool(frame["is_listed"].any())
    values = {"firm": int(firm.sum()), "always": Share(_ALWAYS, None)}
    if has_list:
        title = texts(
            "The best account by score: {firm} of {n} stays first under {always} of weightings, {off} is not on the "
            "list of key accounts.",
            "Of the {n} best accounts by score, {firm} stay among them under {always} of weightings and {off} are not "
            "on the list of key accounts.",
            found.listed,
            **values,
            off=int((first & ~frame["is_listed"]).sum()),
        )
    else:
        title = texts(
            "The best account by score: {firm} of {n} stays first under {always} of weightings.",
            "Of the {n} best accounts by score, {firm} stay among them under {always} of weightings.",
            found.listed,
            **values,
        )
    listed = frame.assign(listed=cells(frame["is_listed"]), accent=firm)
    return Section(
        key="key_score",
        title=title,
        evidence=[_score_table(listed), _criteria_table(frame), _weights_table(found)],
        basis=_score_basis(found),
        cadence="quarter",
    )


def _score_table(frame: pd.DataFrame) -> Table:
    columns = [
        NAME,
        Column("listed", text("On the list")),
        Column("score", text("Score"), "number"),
        Column("in_list", text("Weightings"), "share"),
    ]
    beside = {"interview": text("Interview"), "research": text("Research"), "effort": text("Effort")}
    columns += [Column(name, head, "number") for name, head in beside.items() if frame[name].notna().any()]
    return Table(frame, columns, most=12)


def _criteria_table(frame: pd.DataFrame) -> Table:
    columns = [Column(name, said, "number") for name, said in _CRITERIA.items() if frame[name].notna().any()]
    return Table(frame, [NAME, *columns, Column("followers", text("Followers"), "count")], most=5)


def _weights_table(found: KeyScore) -> Table:
    frame, known = found.weights, found.correlations
    closest = {name: known[name].drop(name).dropna() for name in known.columns}
    frame = frame.assign(
        criterion=cells(_CRITERIA[name] for name in frame["criterion"]),
        closest=cells(_closest(closest.get(name)) for name in frame["criterion"]),
        rho=[_largest(closest.get(name)) for name in frame["criterion"]],
    )
    columns = [
        Column("criterion", text("Criterion")),
        Column("weight", text("Weight set"), "share"),
        Column("used", text("Weight used"), "share"),
        Column("known", text("Accounts known"), "count"),
        Column("closest", text("Closest to")),
        Column("rho", text("Rank correlation"), "number", digits=2),
    ]
    return Table(frame, columns)


def _closest(others: "pd.Series[float] | None") -> Text | None:
    return _CRITERIA[str(others.idxmax())] if others is not None and len(others) else None


def _largest(others: "pd.Series[float] | None") -> float:
    return float(others.max()) if others is not None and len(others) else float("nan")


def _score_basis(found: KeyScore) -> list[Text]:
    rules, weights = found.rules, found.weights
    basis = [
        text(
            "Score: weighted mean of each criterion's percentile among the accounts, 0 to 100; what is not known of an "
            "account is left out for it. Effort (percentile of hours) is no merit and not in the score."
        ),
        texts(
            "Weightings: share of {n} random weighting around the set weights under which the account is among the "
            "first {listed}.",
            "Weightings: share of {n} random weightings around the set weights under which the account is among the "
            "first {listed}.",
            found.draws,
            listed=found.listed,
        ),
    ]
    known = weights.set_index("criterion")["known"]
    basis += [
        text(
            "{criterion} is left out: known for {known} of {all} accounts, {least} are needed.",
            criterion=_CRITERIA[name],
            known=int(known[name]),
            all=len(found.frame),
            least=Share(rules.score_min_known, None),
        )
        for name in weights.loc[(weights["used"] == 0) & (weights["weight"] > 0), "criterion"]
    ]
    basis += [
        text(
            "{one} and {other} say the same (rank correlation above {limit}) and are weighed as one.",
            one=_CRITERIA[row.criterion],
            other=_CRITERIA[row.like],
            limit=Number(rules.score_repeat, None),
        )
        for row in each(weights[weights["like"] != ""])
    ]
    asked = int(found.frame[["interview", "research", "management"]].notna().any(axis=1).sum())
    basis.append(
        text(
            "Interview and research: mean rating of 0 to 100, beside the score and not in it; {asked} of {n} accounts "
            "have been rated.",
            asked=asked,
            n=len(found.frame),
        )
    )
    return basis


def four_part_section(found: FourPartTest) -> Section:
    """Say which accounts buy often, much, at a good margin, and matter."""
    frame = found.frame
    if not len(frame):
        return line("four_part_test", _NOBODY, cadence="year")
    knows_rate = bool(frame["well"].notna().any())
    parts = 4 if knows_rate else 3
    n = int((frame["passed"] == parts).sum())
    if knows_rate:
        title = texts(
            "{n} of {all} accounts passes all four parts: buys often, much, at a good margin, and matters.",
            "{n} of {all} accounts pass all four parts: buy often, much, at a good margin, and matter.",
            n,
            all=len(frame),
        )
    else:
        title = texts(
            "{n} of {all} accounts passes the three parts that can be tested: buys often, much, and matters.",
            "{n} of {all} accounts pass the three parts that can be tested: buy often, much, and matter.",
            n,
            all=len(frame),
        )
    marks = {name: cells(frame[name]) for name in ("often", "much", "well", "matters")}
    columns = [
        NAME,
        MANAGER,
        Column("often", text("Often")),
        Column("much", text("Much")),
        *([Column("well", text("Good margin"))] if knows_rate else []),
        Column("matters", text("Matters")),
        Column("passed", text("Passed"), "count"),
    ]
    worth = Money(found.worth)
    asks = text(
        "Often: {orders} orders or more (the region's median). Much: {revenue} or more, the accounts that make most "
        "of revenue.",
        orders=Number(found.orders, None),
        revenue=Money(found.revenue),
    )
    matters = (
        text("Matters: margin of {worth} or more (material for the region).", worth=worth)
        if found.by_margin
        else text("Matters: revenue of {worth} or more (material for the region).", worth=worth)
    )
    basis = [asks, matters]
    if knows_rate:
        basis.append(text("Good margin: rate of {rate} or more, the company's median.", rate=Share(found.rate, 1)))
    return Section(
        key="four_part_test",
        title=title,
        evidence=[Table(frame.assign(**marks), columns, most=12)],
        basis=basis,
        cadence="year",
    )


def vip_rule_section(found: VipRule) -> Section:
    """Say whom the yearly threshold catches, and who is close below it."""
    near, rules = found.near, found.rules
    limit = Money(rules.vip_revenue)
    if not found.accounts:
        return line("vip_rule", _NOBODY, cadence="year")
    if not len(found.reached) and not len(near):
        return line(
            "vip_rule", text("No account buys for {limit} a year or comes close to it.", limit=limit), cadence="year"
        )
    values = {"all": found.accounts, "limit": limit, "share": Share(found.share)}
    if len(near):
        title = texts(
            "{n} of {all} accounts buys for {limit} a year or more and brings {share} of revenue; {near} come close.",
            "{n} of {all} accounts buy for {limit} a year or more and bring {share} of revenue; {near} come close.",
            len(found.reached),
            **values,
            near=len(near),
        )
    else:
        title = texts(
            "{n} of {all} accounts buys for {limit} a year or more and brings {share} of revenue.",
            "{n} of {all} accounts buy for {limit} a year or more and bring {share} of revenue.",
            len(found.reached),
            **values,
        )
    columns = [NAME, MANAGER, REVENUE]
    tables = []
    if len(near):
        tables.append(Table(near, [*columns, Column("missing", text("Still to buy"), "money")], most=6))
    if len(found.reached):
        tables.append(Table(found.reached, columns, most=6))
    actions = [
        assigned(
            row,
            text("{name} is {missing} below the threshold: offer what takes it there ({manager})."),
            text("{name} is {missing} below the threshold: offer what takes it there."),
            missing=Money(float(row.missing)),
        )
        for row in each(near.head(3))
    ]
    return Section(
        key="vip_rule",
        title=title,
        evidence=tables,
        basis=[
            text(
                "Threshold: revenue of {limit} in 12 months; close: within {near} below.",
                limit=limit,
                near=Share(rules.vip_near, None),
            )
        ],
        actions=actions,
        cadence="year",
    )


def portfolio_section(found: Portfolio) -> Section:
    """Say what the accounts bring today against what they could bring."""
    if not len(found.frame):
        return line("portfolio", text("The potential of no account is known."), cadence="year")
    worth = MEASURES["margin" if found.by_margin else "revenue"]
    develop = found.frame[found.frame["part"] == "develop"].sort_values(
        ["potential", "owner_id"], ascending=[False, True]
    )
    tables = [_parts_table(found, worth)]
    if len(develop):
        columns = [NAME, MANAGER, Column("worth", worth, "money"), Column("potential", text("Potential"), "number")]
        tables.append(Table(develop, columns, most=6))
    return Section(
        key="portfolio",
        title=_portfolio_title(found),
        evidence=[
            Chart(
                lambda language: portfolio_chart(found, language),
                text("Value today against potential, one dot per account; those to develop are named."),
            ),
            *tables,
        ],
        basis=_portfolio_basis(found),
        cadence="year",
    )


def _portfolio_title(found: Portfolio) -> Text:
    accounts, shares = (
        dict(zip(found.parts["part"], found.parts[name], strict=True)) for name in ("accounts", "share")
    )
    n, develop = int(accounts["star"]), int(accounts["develop"])
    if shares["star"] != shares["star"]:
        return texts(
            "{n} account is strong today and in potential; {develop} more could be developed.",
            "{n} accounts are strong today and in potential; {develop} more could be developed.",
            n,
            develop=develop,
        )
    values = {
        "share": Share(float(shares["star"])),
        "develop": develop,
        "less": Share(float(shares["develop"])),
    }
    if found.by_margin:
        return texts(
            "{n} star brings {share} of margin; {develop} accounts with potential bring {less} so far.",
            "{n} stars bring {share} of margin; {develop} accounts with potential bring {less} so far.",
            n,
            **values,
        )
    return texts(
        "{n} star brings {share} of revenue; {develop} accounts with potential bring {less} so far.",
        "{n} stars bring {share} of revenue; {develop} accounts with potential bring {less} so far.",
        n,
        **values,
    )


def _parts_table(found: Portfolio, worth: Text) -> Table:
    return Table(
        found.parts.assign(part=cells(_PARTS[part] for part in found.parts["part"])),
        [
            Column("part", text("Part")),
            Column("accounts", text("Accounts"), "count"),
            Column("worth", worth, "money"),
            Column("share", text("Share"), "share"),
        ],
    )


def _portfolio_basis(found: Portfolio) -> list[Text]:
    rules = found.rules
    return [
        text(
            "Star: value today (above zero) and potential at or above the median account; harvest: value only; "
            "develop: potential only. Potential: mean percentile of unserved spend, open deals and growth."
        ),
        *(
            text(
                "{criterion} is left out: known for {known} of {all} accounts, {least} are needed.",
                criterion=_POTENTIAL[name],
                known=known,
                all=found.accounts,
                least=Share(rules.score_min_known, None),
            )
            for name, known in found.known.items()
            if known < rules.score_min_known * found.accounts
        ),
    ]
