"""Money: its unit, its currency, and whether VAT is in it."""

import re
from collections.abc import Sequence

from kamreport.book.guessing.guess import Asked, Confidence
from kamreport.book.guessing.matching import Match
from kamreport.book.guessing.vocabulary import currency_of, plain, unit_of, unit_word
from kamreport.book.guessing.working import Work

__all__ = ["guess_money"]

_UNIT = re.compile(r"单位\s*[:：]\s*(\S+)|\b(in (?:thousands|millions))\b|\bunit\s*:\s*(\S+)", re.IGNORECASE)


def guess_money(work: Work) -> None:
    """Units, currency and VAT of what is money."""
    title = next(
        (next(filter(None, found.groups())) for text in work.shape.heading.titles if (found := _UNIT.search(text))), ""
    )
    said = unit_word(f"({title})") if title else ""
    money = {n: m.header for n, m in work.columns.items() if work.table.by_name[n].type in ("money", "price")}
    doubtful = {g.value for g in work.guess.guesses if g.entry[0] == "columns" and g.confidence == "unsure"
                and work.table.by_name[g.entry[1]].type in ("money", "price")}  # fmt: skip
    for header in dict.fromkeys([*money.values(), *sorted(doubtful)]):
        word = unit_word(header) or _said_of(header, work.shape.heading.titles) or said
        work.guess.currency = work.guess.currency or currency_of(word)
        if (factor := unit_of(word)) != 1:
            own = bool(unit_word(header))
            confidence: Confidence = "unsure" if header in doubtful else "sure" if own else "likely"
            place = "header" if own else "title"
            work.add(("scale", header), int(factor), confidence, f"the {place} says {word}")
    if work.table.name == "transactions":
        _ask_tax_and_unit(work, said)


def _said_of(header: str, titles: Sequence[str]) -> str:
    """The unit that a title gives for one header: ``信用额度：万元``."""
    found = (re.search(rf"{re.escape(header)}\s*[:：]\s*(\S+)", title) for title in titles)
    return next((unit_word(f"({match[1]})") for match in found if match), "")


def _ask_tax_and_unit(work: Work, title: str) -> None:
    names = work.columns
    if "revenue" not in names and "revenue_incl_tax" in names and "tax_rate" not in names:
        header = names["revenue_incl_tax"].header
        _withdraw(work, "revenue_incl_tax")
        work.add(("columns", "revenue"), header, "unsure", "it includes VAT at a rate that is not in the file", header)
        work.add(("tax_included", header), 0.13, "unsure", "at this rate")
        work.ask(Asked.TAX, f"at what rate does '{header}' include VAT? Say it under tax_included and take the # from "
                            "both lines.")  # fmt: skip
    main = next((names[one] for one in ("revenue", "revenue_incl_tax") if one in names), None)
    told = any(g.entry[:1] == ("columns",) and g.entry[1] == "revenue" for g in work.guess.guesses)
    if main is None and told:
        main = next(Match(g.value, "unsure", "") for g in work.guess.guesses if g.entry == ("columns", "revenue"))
    if (
        main
        and not title
        and not unit_word(main.header)
        and plain(main.header) not in ("revenue", "无税金额", "价税合计")
    ):
        work.ask(Asked.UNIT, f"is '{main.header}' in single units of the currency? If in thousands, add scale.")


def _withdraw(work: Work, name: str) -> None:
    work.guess.guesses = [one for one in work.guess.guesses if one.entry != ("columns", name)]
    del work.columns[name]
