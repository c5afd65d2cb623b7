"""Section on what one rank up would be worth where a key account ranks another supplier before us."""

import pandas as pd

from kamreport.language import Money, Names, Number, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, margin_weight
from kamreport.present.sections.rivals import rival_names
from kamreport.present.sections.suppliers import purchases_basis, said_supplier, supplier
from kamreport.results import WalletAllocation, each

__all__ = ["wallet_rule_section"]


def wallet_rule_section(found: WalletAllocation, competitors: pd.DataFrame, *, margin_rate: float) -> Section:
    """What one rank up would be worth where a key account ranks another supplier before us.

    Parameters
    ----------
    margin_rate
        Of the region over the window. NaN where the cost is unknown.
    """
    basis = _basis(found)
    if not found.judged:
        said = text("No key account has ranked us and another supplier.")
        return line("wallet_rule", said, *basis, cadence="year")
    steps = found.steps
    if not len(steps):
        said = texts(
            "The {n} key account that ranks us among its suppliers ranks none before us.",
            "None of {n} key accounts that rank us among their suppliers ranks another before us.",
            found.judged,
        )
        return line("wallet_rule", said, *basis, cadence="year")
    names = rival_names(competitors)
    worth = steps["worth"] * margin_weight(margin_rate)
    frame = steps.assign(
        place=cells(
            text("{rank} of {n}", rank=Number(float(row.rank), 1), n=int(row.suppliers)) for row in each(steps)
        ),
        rival=cells(supplier(one, names) for one in steps["above"]),
    )
    return Section(
        key="wallet_rule",
        title=_title(found, said_supplier(steps["above"].iloc[0], names)),
        nature="opportunity",
        amount=float(worth.sum()),
        unit="margin" if margin_rate == margin_rate else "revenue",
        who=named_in(steps.head(50), worth.head(50)),
        evidence=[_table(frame)],
        basis=[*basis, *purchases_basis(margin_rate)],
        cadence="year",
    )


def _title(found: WalletAllocation, rival: Text | Names) -> Text:
    steps = found.steps
    values: dict[str, object] = {
        "n": found.behind,
        "m": found.judged,
        "amount": Money(float(steps["worth"].sum())),
        "name": Names([str(steps["name"].iloc[0])]),
        "rival": rival,
    }
    if len(steps) == 1:
        return text(
            "At {n} of {m} key accounts that rank us among their suppliers we are not the first: by the rule one rank "
            "up is worth {amount} a year at {name}, where {rival} stands above us.",
            **values,
        )
    return text(
        "At {n} of {m} key accounts that rank us among their suppliers we are not the first: by the rule one rank up "
        "is worth {amount} a year there, most at {name}, where {rival} stands above us.",
        **values,
    )


def _table(frame: pd.DataFrame) -> Table:
    return Table(
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


def _basis(found: WalletAllocation) -> list[Text]:
    said = [
        text(
            "Wallet Allocation Rule (Keiningham et al. 2011): share = (1 - rank / (n + 1)) x 2 / n of n suppliers, "
            "ties averaged. No promise: it holds where accounts divide their purchases, not for sole suppliers."
        )
    ]
    if found.too_few:
        said.append(
            texts(
                "Left out: {n} account that ranks fewer than two suppliers.",
                "Left out: {n} accounts that rank fewer than two suppliers.",
                found.too_few,
            )
        )
    if found.without_us:
        said.append(
            texts(
                "Left out: {n} account that ranks others and not us.",
                "Left out: {n} accounts that rank others and not us.",
                found.without_us,
            )
        )
    if found.judged:
        said.append(
            texts(
                "Between rule and actual share lie {error} points on average over the suppliers of {n} key account.",
                "Between rule and actual share lie {error} points on average over the suppliers of {n} key accounts.",
                found.judged,
                error=Number(100 * found.error, 0),
            )
        )
    return said
