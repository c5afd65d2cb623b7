"""Sections on what key accounts buy of whom: what rivals have taken, what they hold, what one rank up is worth."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned, margin_weight
from kamreport.present.sections.rivals import RESERVED, RIVAL, rival_names
from kamreport.results import RivalShares, WalletAllocation, each

__all__ = ["rival_shares_section", "switching_section", "wallet_rule_section"]

_SUPPLIERS = {**RESERVED, "own": text("we"), "new": text("change of all purchases")}
_VERDICTS = {
    "fell": text("smaller"),
    "may have fallen": text("may be smaller"),
    "rose": text("larger"),
    "may have risen": text("may be larger"),
}


def switching_section(found: RivalShares, competitors: pd.DataFrame, *, margin_rate: float) -> Section:
    """Which key accounts give us a smaller part of what they buy, and who has taken it.

    Parameters
    ----------
    margin_rate
        Of the region over the window; what was taken is weighed with it. NaN where the cost is unknown.
    """
    pairs = len(found.accounts)
    basis = [*_switching_basis(found), *_left_out(found)]
    if not pairs:
        said = text("Of no key account do two estimates, a year apart, say how it divides its purchases.")
        return line("switching", said, *basis)
    names = rival_names(competitors)
    fell = found.fell
    if not len(fell):
        return line("switching", _nobody_fell(found, names), *basis)
    worth = fell["lost"] * margin_weight(margin_rate)
    shown = found.accounts["verdict"].isin(["fell", "may have fallen"])
    return Section(
        key="switching",
        title=_switching_title(found, names),
        nature="realised",
        amount=float(worth.sum()),
        unit="margin" if margin_rate == margin_rate else "revenue",
        who=named_in(fell.head(50), worth.head(50)),
        evidence=[_accounts_table(found.accounts[shown].reset_index(drop=True), names)],
        basis=basis,
        actions=[_win_back(row, names) for row in each(fell.head(2))],
    )


def _switching_title(found: RivalShares, names: Mapping[str, str]) -> Text:
    fell, takers = found.fell, found.takers
    values: dict[str, object] = {"m": len(found.accounts)}
    if not len(takers):
        return texts(
            "{n} of {m} key accounts with two estimates gives us a smaller part of what it buys, {amount} less than "
            "a year ago, most {name} ({now}, {before} a year ago); no competitor took it beyond doubt.",
            "{n} of {m} key accounts with two estimates give us a smaller part of what they buy, {amount} less than "
            "a year ago, most {name} ({now}, {before} a year ago); no competitor took it beyond doubt.",
            len(fell),
            amount=Money(float(fell["lost"].sum())),
            **values,
            **_largest(fell),
        )
    first, others = takers.iloc[0], takers.iloc[1:]
    taken = fell[fell["rival"] == first["competitor_id"]]
    values |= {
        "rival": _said(first["competitor_id"], names),
        "amount": Money(float(first["amount"])),
        **_largest(taken if len(taken) else fell),
    }
    n = int(first["accounts"])
    if len(others):
        said = text(
            "{rival} took {amount} from us within a year at {n} of {m} key accounts with two estimates, and {others} "
            "{more}; {name} buys {now} from us, {before} a year ago.",
            n=n,
            others=Names([names.get(one, one) for one in others["competitor_id"]]),
            more=Money(float(others["amount"].sum())),
            **values,
        )
        return _and_gained(said, found, names)
    said = texts(
        "{rival} took {amount} from us within a year at {n} of {m} key accounts with two estimates: {name} buys {now} "
        "from us, {before} a year ago.",
        "{rival} took {amount} from us within a year at {n} of {m} key accounts with two estimates, most at {name}, "
        "which buys {now} from us, {before} a year ago.",
        n,
        **values,
    )
    return _and_gained(said, found, names)


def _largest(fell: pd.DataFrame) -> dict[str, object]:
    row = fell.iloc[0]
    return {
        "name": Names([str(row["name"])]),
        "now": Share(float(row["own"])),
        "before": Share(float(row["own_before"])),
    }


def _nobody_fell(found: RivalShares, names: Mapping[str, str]) -> Text:
    values: dict[str, object] = {
        "may": found.count("may have fallen"),
        "rose": found.count("rose"),
    }
    said = texts(
        "The {n} key account with two estimates does not give us a smaller part of what it buys beyond doubt "
        "({may} may, {rose} a larger one).",
        "None of {n} key accounts with two estimates gives us a smaller part of what it buys beyond doubt "
        "({may} may, {rose} a larger one).",
        len(found.accounts),
        **values,
    )
    return _and_gained(said, found, names)


def _and_gained(said: Text, found: RivalShares, names: Mapping[str, str]) -> Text:
    """Add what we took, and from whom."""
    if not len(found.givers):
        return said
    giver = found.givers.iloc[0]
    return text(
        "{taken} We took {gain} from {giver}.",
        taken=said,
        gain=Money(float(giver["amount"])),
        giver=_said(giver["competitor_id"], names),
    )


def _win_back(row: Any, names: Mapping[str, str]) -> Text:
    rival = str(row.rival)
    if not rival:
        return assigned(
            row,
            text("{manager} asks {name} who supplies what it no longer buys from us, and why."),
            text("Ask {name} who supplies what it no longer buys from us, and why."),
        )
    return assigned(
        row,
        text("{manager} asks {name} what {rival} does better, and what would bring its purchases back."),
        text("Ask {name} what {rival} does better, and what would bring its purchases back."),
        rival=_said(rival, names),
    )


def _accounts_table(frame: pd.DataFrame, names: Mapping[str, str]) -> Table:
    frame = frame.assign(
        rival_name=cells(_name(one, names) if one else None for one in frame["rival"]),
        said=cells(_VERDICTS.get(one) for one in frame["verdict"]),
        is_sure=frame["verdict"] == "fell",
    )
    return Table(
        frame,
        [
            NAME,
            MANAGER,
            Column("own_before", text("Our share a year ago"), "share"),
            Column("own", text("Now"), "share"),
            Column("said", text("Our share is"), "text"),
            Column("lost", text("Less from us"), "money"),
            Column("rival_name", text("Taken by"), "name"),
        ],
        accent="is_sure",
        most=6,
    )


def _switching_basis(found: RivalShares) -> list[Text]:
    rules = found.rules
    said = [
        text(
            "Our share fell or rose beyond doubt: {own} points or more (a competitor's {rival}) between two estimates "
            "of one source and the same months a year apart, ranges that do not overlap; else it may have. {points} "
            "points at least, and more where the accounts' changes scatter. By the same rule {rose} rose.",
            own=Number(100 * found.least[0], 1),
            rival=Number(100 * found.least[1], 1),
            points=Number(100 * rules.wallet_share_change, None),
            rose=texts("{n} account", "{n} accounts", found.count("rose")),
        )
    ]
    if len(found.accounts):
        said.append(
            text(
                "Amounts: share points times what the account bought in the months of the estimate. At an account the "
                "falls are spread over the rises in proportion; who took from whom is not observed."
            )
        )
    return said


def _left_out(found: RivalShares) -> list[Text]:
    said = []
    if found.known:
        said.append(
            text(
                "{n} of {keys} key accounts have a recent estimate; they bring {cover} of the revenue of all of them.",
                n=found.known,
                keys=found.keys,
                cover=Share(found.cover),
            )
        )
    if found.contradicted or found.unweighed:
        said.append(
            text(
                "Left out: {wrong} estimates with shares above 100%, {unweighed} without what the account buys in all.",
                wrong=found.contradicted,
                unweighed=found.unweighed,
            )
        )
    return said


def rival_shares_section(found: RivalShares, competitors: pd.DataFrame) -> Section:
    """Which part of the key accounts' purchases each rival holds, and how that moved."""
    basis = [
        *_left_out(found),
        text(
            "Shares weigh with what each account buys. Changes: accounts with two estimates of one source only. From "
            "us: what he took from us less what we took from him."
        ),
    ]
    if not found.known:
        said = texts(
            "The {n} key account has no recent estimate of how it divides its purchases.",
            "None of {n} key accounts has a recent estimate of how it divides its purchases.",
            found.keys,
        )
        return line("rival_shares", said, *_left_out(found), cadence="quarter")
    names = rival_names(competitors)
    frame = found.suppliers.assign(rival=cells(_name(one, names) for one in found.suppliers["competitor_id"]))
    flows = found.flows.rename_axis("lost_by").reset_index()
    flows = flows.melt(id_vars="lost_by", var_name="won_by", value_name="amount")
    flows = flows[flows["amount"] > 0].sort_values(
        ["amount", "lost_by", "won_by"], ascending=[False, True, True], ignore_index=True
    )
    flows = flows.assign(
        from_name=cells(_name(one, names) for one in flows["lost_by"]),
        to_name=cells(_name(one, names) for one in flows["won_by"]),
    )
    everyone = _accounts_table(found.accounts, names)
    moved = Table(
        flows,
        [
            Column("from_name", text("From"), "name"),
            Column("to_name", text("To"), "name"),
            Column("amount", text("Amount"), "money"),
        ],
    )
    return Section(
        key="rival_shares",
        title=_holdings_title(found, names),
        evidence=[_holdings_table(frame), *([everyone, moved] if len(found.accounts) else [])],
        basis=basis,
        cadence="quarter",
    )


def _holdings_title(found: RivalShares, names: Mapping[str, str]) -> Text:
    share = found.suppliers.set_index("competitor_id")["share"]
    rivals = share.drop(["own", "unknown"], errors="ignore")
    unknown = float(share.get("unknown", 0.0))
    values: dict[str, object] = {"keys": found.keys, "own": Share(float(share["own"])), "unknown": Share(unknown)}
    if not len(rivals) or not rivals.iloc[0] > 0:
        return texts(
            "We hold {own} of what {n} of {keys} key accounts buys; of whom it buys the rest is not known.",
            "We hold {own} of what {n} of {keys} key accounts buy; of whom they buy the rest is not known.",
            found.known,
            **values,
        )
    values |= {"rival": _said(rivals.index[0], names), "share": Share(float(rivals.iloc[0]))}
    if unknown > 0:
        return texts(
            "{rival} holds {share} of what {n} of {keys} key accounts buys, we {own}; of {unknown} it is not known.",
            "{rival} holds {share} of what {n} of {keys} key accounts buy, we {own}; of {unknown} it is not known.",
            found.known,
            **values,
        )
    return texts(
        "{rival} holds {share} of what {n} of {keys} key accounts buys, we hold {own}.",
        "{rival} holds {share} of what {n} of {keys} key accounts buy, we hold {own}.",
        found.known,
        **values,
    )


def _holdings_table(frame: pd.DataFrame) -> Table:
    return Table(
        frame,
        [
            RIVAL,
            Column("accounts", text("Accounts"), "count"),
            Column("share", text("Share"), "share"),
            Column("share_before", text("A year ago"), "share"),
            Column("change", text("Points"), "points", 1, signed=True),
            Column("taken", text("Taken in a year"), "money", signed=True),
            Column("from_us", text("From us"), "money", signed=True),
        ],
        most=8,
    )


def wallet_rule_section(found: WalletAllocation, competitors: pd.DataFrame, *, margin_rate: float) -> Section:
    """What one rank up would be worth where a key account ranks another supplier before us.

    Parameters
    ----------
    margin_rate
        Of the region over the window. NaN where the cost is unknown.
    """
    basis = [
        text(
            "Wallet Allocation Rule (Keiningham et al. 2011): share = (1 - rank / (n + 1)) x 2 / n of n suppliers, "
            "ties averaged. No promise: it holds where accounts divide their purchases, not for sole suppliers."
        )
    ]
    if found.too_few:
        basis.append(
            texts(
                "Left out: {n} account that ranks fewer than two suppliers.",
                "Left out: {n} accounts that rank fewer than two suppliers.",
                found.too_few,
            )
        )
    if not found.judged:
        return line("wallet_rule", text("No key account has ranked two suppliers or more."), *basis, cadence="year")
    basis.append(
        text(
            "Between rule and actual share lie {error} points on average over the suppliers of {n} accounts.",
            error=Number(100 * found.error, 0),
            n=found.judged,
        )
    )
    steps = found.steps
    if not len(steps):
        said = texts(
            "The {n} key account that ranks its suppliers ranks none before us.",
            "None of {n} key accounts that rank their suppliers ranks another before us.",
            found.judged,
        )
        return line("wallet_rule", said, *basis, cadence="year")
    names = rival_names(competitors)
    worth = steps["worth"] * margin_weight(margin_rate)
    first = steps.iloc[0]
    frame = steps.assign(
        place=cells(
            text("{rank} of {n}", rank=Number(float(row.rank), 1), n=int(row.suppliers)) for row in each(steps)
        ),
        rival=cells(_name(one, names) for one in steps["above"]),
    )
    return Section(
        key="wallet_rule",
        title=texts(
            "At {n} of {m} key accounts that rank their suppliers we are not the first: by the rule one rank up is "
            "worth {amount} at {name}, where {rival} stands above us.",
            "At {n} of {m} key accounts that rank their suppliers we are not the first: by the rule one rank up is "
            "worth {amount} there, most at {name}, where {rival} stands above us.",
            len(steps),
            m=found.judged,
            amount=Money(float(steps["worth"].sum())),
            name=Names([str(first["name"])]),
            rival=_said(first["above"], names),
        ),
        nature="opportunity",
        amount=float(worth.sum()),
        unit="margin" if margin_rate == margin_rate else "revenue",
        who=named_in(steps.head(50), worth.head(50)),
        evidence=[
            Table(
                frame,
                [
                    NAME,
                    MANAGER,
                    Column("place", text("Our rank"), "text"),
                    Column("rival", text("Above us"), "name"),
                    Column("share", text("Our share"), "share"),
                    Column("predicted", text("By our rank"), "share"),
                    Column("worth", text("One rank up"), "money"),
                ],
                most=10,
            )
        ],
        basis=basis,
        cadence="year",
    )


def _name(supplier: object, names: Mapping[str, str]) -> Text | str:
    """Say who a supplier is."""
    return _SUPPLIERS.get(str(supplier)) or names.get(str(supplier), str(supplier))


def _said(supplier: object, names: Mapping[str, str]) -> Text | Names:
    """Say in a sentence who a supplier is."""
    name = _name(supplier, names)
    return Names([name]) if isinstance(name, str) else name
