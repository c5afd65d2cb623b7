"""Sections on what key accounts buy of whom: what rivals have taken, and what they hold."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kamreport.language import Money, Names, Number, Share, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, assigned, margin_weight
from kamreport.present.sections.rivals import RIVAL, rival_names
from kamreport.present.sections.suppliers import purchases_basis, said_supplier, supplier
from kamreport.results import RivalShares, each

__all__ = ["rival_shares_section", "switching_section"]

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
        basis=[*basis, *purchases_basis(margin_rate)],
        actions=[_win_back(row, names) for row in each(fell.head(2))],
    )


def _switching_title(found: RivalShares, names: Mapping[str, str]) -> Text:
    fell, takers = found.fell, found.takers
    values: dict[str, object] = {"m": found.compared}
    if not len(takers):
        return texts(
            "{n} of {m} key accounts with two estimates gives us a smaller part of what it buys, {amount} less than "
            "a year ago, most {name} ({now}, {before} a year ago); no competitor took it beyond doubt.",
            "{n} of {m} key accounts with two estimates give us a smaller part of what they buy, {amount} less than "
            "a year ago, most {name} ({now}, {before} a year ago); no competitor took it beyond doubt.",
            fell["owner_id"].nunique(),
            amount=Money(float(fell["lost"].sum())),
            **values,
            **_largest(fell),
        )
    first, others = takers.iloc[0], takers.iloc[1:]
    taken = fell[fell["rival"] == first["competitor_id"]].sort_values("moved", ascending=False, kind="stable")
    values |= {
        "rival": said_supplier(first["competitor_id"], names),
        "amount": Money(float(first["amount"])),
        "n": int(first["accounts"]),
        **_largest(taken if len(taken) else fell),
    }
    if len(others):
        said = text(
            "{rival} took purchases of {amount} a year from us at {n} of {m} key accounts with two estimates, and "
            "{others} {more}; {name} buys {now} from us, {before} a year ago.",
            others=Names([names.get(one, one) for one in others["competitor_id"]]),
            more=Money(float(others["amount"].sum())),
            **values,
        )
        return _and_gained(said, found, names)
    if values["n"] == len(taken) == 1:
        said = text(
            "{rival} took purchases of {amount} a year from us at {n} of {m} key accounts with two estimates: {name} "
            "buys {now} from us, {before} a year ago.",
            **values,
        )
    else:
        said = text(
            "{rival} took purchases of {amount} a year from us at {n} of {m} key accounts with two estimates, most at "
            "{name}, which buys {now} from us, {before} a year ago.",
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
        found.compared,
        **values,
    )
    return _and_gained(said, found, names)


def _and_gained(said: Text, found: RivalShares, names: Mapping[str, str]) -> Text:
    """Add what we took, and from whom."""
    if not len(found.givers):
        return said
    giver = found.givers.iloc[0]
    return text(
        "{taken} We took purchases of {gain} a year from {giver}.",
        taken=said,
        gain=Money(float(giver["amount"])),
        giver=said_supplier(giver["competitor_id"], names),
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
        rival=said_supplier(rival, names),
    )


def _accounts_table(frame: pd.DataFrame, names: Mapping[str, str]) -> Table:
    is_sure = frame["verdict"] == "fell"  # of who gave us more than before the flows tell
    frame = frame.assign(
        taken_by=cells(
            text("{rival}, {share} of it", rival=said_supplier(row.rival, names), share=Share(row.moved / row.lost))
            if sure and row.rival
            else None
            for row, sure in zip(each(frame), is_sure, strict=True)
        ),
        said=cells(_VERDICTS.get(one) for one in frame["verdict"]),
        is_sure=is_sure,
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
            Column("taken_by", text("Taken by"), "name"),
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
            rose=texts("{n} key account", "{n} key accounts", found.count("rose")),
        )
    ]
    if len(found.accounts):
        said.append(
            text(
                "Less from us: share points times what the account buys. Taken by: an account's falls are spread over "
                "its rises in proportion; who took from whom is not observed."
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
            "Shares weigh with what each account buys. Changes: accounts with two estimates of one source only. "
            "Purchases gained: share points times what the accounts buy; of it from us: what it took from us less what "
            "we took from it."
        ),
        *purchases_basis(),
    ]
    if not found.known:
        said = texts(
            "The {n} key account has no recent estimate of how it divides its purchases.",
            "None of {n} key accounts has a recent estimate of how it divides its purchases.",
            found.keys,
        )
        return line("rival_shares", said, *_left_out(found), cadence="quarter")
    names = rival_names(competitors)
    frame = found.suppliers.assign(rival=cells(supplier(one, names) for one in found.suppliers["competitor_id"]))
    flows = found.flows.rename_axis("lost_by").reset_index()
    flows = flows.melt(id_vars="lost_by", var_name="won_by", value_name="amount")
    flows = flows[flows["amount"] > 0].sort_values(
        ["amount", "lost_by", "won_by"], ascending=[False, True, True], ignore_index=True
    )
    flows = flows.assign(
        from_name=cells(supplier(one, names) for one in flows["lost_by"]),
        to_name=cells(supplier(one, names) for one in flows["won_by"]),
    )
    everyone = _accounts_table(found.accounts, names)
    moved = Table(
        flows,
        [
            Column("from_name", text("From"), "name"),
            Column("to_name", text("To"), "name"),
            Column("amount", text("Purchases"), "money"),
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
    rows = found.suppliers.set_index("competitor_id")
    values: dict[str, object] = {
        "keys": found.keys,
        "own": Share(float(rows["share"]["own"])),
        "before": Share(float(rows["share_before"]["own"])),
        "rest": _rest(rows["share"], names),
    }
    # The year before says something of these purchases only if the same estimates are compared.
    if found.compared == found.known and (rows["share"] - rows["share_after"]).abs().max() < 1e-9:
        return texts(
            "We hold {own} of what {n} of {keys} key accounts buys, {before} a year ago; {rest}.",
            "We hold {own} of what {n} of {keys} key accounts buy, {before} a year ago; {rest}.",
            found.known,
            **values,
        )
    said = texts(
        "We hold {own} of what {n} of {keys} key accounts buys; {rest}.",
        "We hold {own} of what {n} of {keys} key accounts buy; {rest}.",
        found.known,
        **values,
    )
    if not found.compared:
        return said
    return texts(
        "{said} Of what the {n} with two estimates buys we hold {now}, {before} a year ago.",
        "{said} Of what the {n} with two estimates buy we hold {now}, {before} a year ago.",
        found.compared,
        said=said,
        now=Share(float(rows["share_after"]["own"])),
        before=values["before"],
    )


def _rest(share: "pd.Series[float]", names: Mapping[str, str]) -> Text:
    """Say who holds most of what we do not."""
    rivals = share.drop(["own", "unknown"], errors="ignore")
    unknown = float(share.get("unknown", 0.0))
    if not len(rivals) or not rivals.iloc[0] > 0:
        return text("who supplies the rest is not known") if unknown > 0 else text("no other supplier is known")
    values: dict[str, object] = {"rival": said_supplier(rivals.index[0], names), "share": Share(float(rivals.iloc[0]))}
    if unknown > 0:
        return text("{rival} holds {share}, and who supplies {unknown} is not known", unknown=Share(unknown), **values)
    return text("{rival} holds {share}", **values)


def _holdings_table(frame: pd.DataFrame) -> Table:
    return Table(
        frame,
        [
            RIVAL,
            Column("accounts", text("Accounts"), "count"),
            Column("share", text("Share"), "share"),
            Column("share_before", text("A year ago"), "share"),
            Column("change", text("Points"), "points", 1, signed=True),
            Column("taken", text("Purchases gained"), "money", signed=True),
            Column("from_us", text("Of it from us"), "money", signed=True),
        ],
        most=8,
    )
