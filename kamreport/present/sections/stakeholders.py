"""Section on whose voice counts at the key accounts; accounts are named, people never."""

from collections.abc import Sequence

from kamreport.language import Money, Names, Text, text, texts
from kamreport.present.section import Column, Section, Table, cells, line, named_in
from kamreport.present.sections.columns import MANAGER, NAME, worth_of
from kamreport.results import Stakeholders, each

__all__ = ["stakeholders_section"]

_LEVELS = {
    "executive": text("management"),
    "decision": text("decides on purchases"),
    "user": text("uses the goods"),
    "external": text("from outside"),
}


def stakeholders_section(found: Stakeholders, *, by_margin: bool) -> Section:
    """At which key accounts the voices that count are against us."""
    basis = _basis(found)
    if not found.judged:
        said = text("Of no key account are two contacts rated by influence and stance.")
        return line("stakeholders", said, *basis, cadence="year")
    against = found.against
    if not len(against):
        said = texts(
            "At the {n} key account with two rated contacts the voices that count are not against us.",
            "At none of {n} key accounts with two rated contacts are the voices that count against us.",
            found.judged,
        )
        return line("stakeholders", said, *basis, cadence="year")
    worth = worth_of(against, by_margin=by_margin)
    amount = float(worth.sum())
    values = {"m": found.judged, "names": Names(list(against["name"]), total=len(against)), "amount": Money(amount)}
    return Section(
        key="stakeholders",
        title=text(
            "At {n} of {m} key accounts with two rated contacts the voices that count are against us, {amount} a "
            "year: {names}.",
            n=len(against),
            **values,
        ),
        nature="at_risk",
        amount=amount,
        unit="margin" if by_margin else "revenue",
        stake=text("{amount} a year", amount=Money(amount)),
        who=named_in(against.head(50), worth.head(50)),
        evidence=_tables(found, by_margin=by_margin),
        basis=basis,
        actions=[
            text("Agree with {managers} who speaks for us there, and with whom.", managers=Names(managers))
            for managers in [sorted({str(one) for one in against["manager_name"].dropna() if one})]
            if managers
        ],
        cadence="year",
    )


def _tables(found: Stakeholders, *, by_margin: bool) -> list[Table]:
    order = ["is_against", "support", "owner_id"]
    frame = found.frame.sort_values(order, ascending=[False, True, True], ignore_index=True)
    frame = frame.assign(
        voice=cells(_stance(row.heaviest) for row in each(frame)),
        ratings=cells(text("{n} of {m}", n=int(row.rated), m=int(row.contacts)) for row in each(frame)),
    )
    levels = found.levels.assign(level_name=cells(_LEVELS.get(str(one)) for one in found.levels["level"]))
    support = Column("support", text("Support"), "number", 2, signed=True)
    worth = (
        Column("margin", text("12 months' margin"), "money")
        if by_margin
        else Column("revenue", text("12 months' revenue"), "money")
    )
    return [
        Table(
            frame,
            [NAME, MANAGER, Column("ratings", text("Contacts rated"), "text"), support,
             Column("voice", text("Who counts most is"), "text"), worth],
            accent="is_against",
            most=10,
        ),
        Table(
            levels,
            [Column("level_name", text("Level"), "text"), Column("contacts", text("Contacts"), "count"),
             Column("rated", text("Rated"), "count"), support],
        ),
    ]  # fmt: skip


def _stance(heaviest: float) -> Text:
    if heaviest < 0:
        return text("against us")
    return text("for us") if heaviest > 0 else text("undecided")


def _basis(found: Stakeholders) -> Sequence[Text]:
    said = [
        text(
            "Support: the stances (-2 to 2) of an account's contacts weighted by their influence, from -1 to 1, as we "
            "rate them ourselves. Against us: below 0, or who counts most is. Judged from two rated contacts on: {n} "
            "of {keys} key accounts.",
            n=found.judged,
            keys=found.keys,
        )
    ]
    if found.without:
        said.append(
            texts(
                "Of {n} key account no contact is on file.",
                "Of {n} key accounts no contact is on file.",
                found.without,
            )
        )
    return said
