"""What is said to a reader, in English and Chinese: sentences, figures, money, dates, names.

Code says *what* with `text` and `texts`; a `Language` says *how*. English sentences are the keys of the
catalogue, so that the code reads as prose; the Chinese ones stand in `locales/zh/LC_MESSAGES/kamreport.po`.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from numbers import Integral
from pathlib import Path
from typing import Any

from kamreport.errors import UsageError, unknown
from kamreport.period import Period
from kamreport.settings import Bilingual

__all__ = [
    "LANGUAGES",
    "Language",
    "Money",
    "Names",
    "Number",
    "Share",
    "Text",
    "clean",
    "shorten",
    "text",
    "texts",
]

LANGUAGES = {"en": "English", "zh": "中文"}
_LOCALES = Path(__file__).with_name("locales")
_MINUS = "\N{MINUS SIGN}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_BILINGUAL_WIDTH = 60  # of the name of a region, a firm, a report


@dataclass(frozen=True)
class Text:
    """A sentence that is still to be put into a language.

    Parameters
    ----------
    message
        The English sentence with named places: ``"{n} accounts give back {share}"``.
    values
        What stands in the places: str, int, date, `Period`, `Money`, `Share`, `Number`, `Names`,
        `Bilingual` or `Text`.
    plural, count
        The English plural form and the number that chooses between the two.
    """

    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str = ""
    count: int = 1


def text(message: str, **values: object) -> Text:
    """Mark a sentence for the catalogue and fill its places.

    Examples
    --------
    >>> Language("en").say(text("{share} of revenue", share=Share(0.413)))
    '41% of revenue'
    """
    return Text(message, values)


def texts(one: str, many: str, n: int, **values: object) -> Text:
    """Mark a sentence with a singular and a plural; `n` chooses and stands in the place ``{n}``.

    Examples
    --------
    >>> Language("en").say(texts("{n} account", "{n} accounts", 1200))
    '1,200 accounts'
    """
    return Text(one, {"n": n, **values}, many, n)


@dataclass(frozen=True)
class Money:
    """An amount in the report's currency; compact in sentences (¥1.2M, ¥120万)."""

    amount: float
    signed: bool = False


@dataclass(frozen=True)
class Share:
    """A part of one, printed as a percentage; with the decimals it has where `digits` is None, as rules are."""

    value: float
    digits: int | None = 0
    signed: bool = False


@dataclass(frozen=True)
class Number:
    """A plain number with a fixed count of decimals; with those it has where `digits` is None, as rules are."""

    value: float
    digits: int | None = 1
    signed: bool = False


@dataclass(frozen=True)
class Names:
    """Names from the data, the first few of `total`; the rest are counted."""

    names: Sequence[str]
    total: int = 0
    most: int = 3


def clean(name: object) -> str:
    r"""Make a text from the data safe to stand in a line: no control, bidi or surrogate characters.

    Examples
    --------
    >>> clean("Acme\u202e gpj.exe\n")
    'Acme gpj.exe'
    """
    kept = str(name)
    if not kept.isprintable():  # most are: none of their characters is dropped or replaced
        kept = "".join(
            " " if unicodedata.category(char) in {"Zl", "Zp"} or char in "\t\n\r" else char
            for char in kept
            if unicodedata.category(char) not in {"Cc", "Cf", "Cs"} or char in "\t\n\r\u200d"
        )
    # Composed after, because an invisible character may have kept a letter and its accent apart.
    kept = unicodedata.normalize("NFC", kept).strip()
    return re.sub(r" +", " ", kept) if "  " in kept else kept


def shorten(name: object, width: int = 24) -> str:
    """Cut a name from the data to a number of characters, the last an ellipsis.

    Examples
    --------
    >>> shorten("Hengtai Agricultural Supplies", 12)
    'Hengtai Agr…'
    """
    whole = clean(name)
    return whole if len(whole) <= width else whole[: width - 1].rstrip() + _ELLIPSIS


class Language:
    """Puts sentences, figures, money and dates into one language.

    Parameters
    ----------
    code
        ``"en"`` or ``"zh"``.
    currency
        ISO code of the report's currency.

    Raises
    ------
    UsageError
        If the language is not one of `LANGUAGES`.

    Examples
    --------
    >>> Language("zh", "CNY").money(1_234_567)
    '¥123万'
    >>> Language("en", "GBP").money(-1_234_567)
    '−£1.23M'
    """

    def __init__(self, code: str, currency: str = "CNY") -> None:
        if code not in LANGUAGES:
            raise UsageError(unknown("language", code, LANGUAGES))
        self.code = code
        self.currency = currency
        self._catalogue = _catalogue(code)

    @property
    def symbol(self) -> str:
        """The shortest symbol of the currency: ¥, £, $."""
        from babel.numbers import get_currency_symbol

        return min((get_currency_symbol(self.currency, code) for code in LANGUAGES), key=len)

    @property
    def sentences(self) -> list[str]:
        """All sentences of the catalogue in this language."""
        return list(self._catalogue.values()) or ["abc"]

    def say(self, said: "Text | str") -> str:
        """Say a sentence; a plain str is looked up as a sentence without places.

        Raises
        ------
        KeyError
            If the catalogue has no such sentence: a fault of ours that the tests look for.
        """
        if isinstance(said, str):
            said = Text(said)
        pattern = self._pattern(said)
        return pattern.format_map({key: self.value(value) for key, value in said.values.items()})

    def _pattern(self, said: Text) -> str:
        if re.fullmatch(r"\{\w+\}", said.message):
            return said.message
        if self.code == "en":
            return said.plural if said.plural and said.count != 1 else said.message
        return self._catalogue[said.message]

    def value(self, value: object) -> str:
        """Say one value by its type.

        Raises
        ------
        TypeError
            For a bare float: it has no unit, so nobody can say how to print it.
        """
        match value:
            case Text():
                return self.say(value)
            case str():
                return clean(value)
            case bool():
                return self.say(text("yes") if value else text("no"))
            case Integral():
                return self.number(int(value), 0)
            case Money():
                return self.money(value.amount, signed=value.signed)
            case Share():
                return self.share(value.value, value.digits, signed=value.signed)
            case Number():
                return self.number(value.value, value.digits, signed=value.signed)
            case Period():
                return self.period(value)
            case date():
                return self.day(value)
            case Names():
                return self.names(value)
            case Bilingual():
                return shorten(value.zh if self.code == "zh" else value.en, _BILINGUAL_WIDTH)
        raise TypeError(f"a {type(value).__name__} has no unit; wrap it in Money, Share or Number")

    def number(self, value: float, digits: int | None = 0, *, signed: bool = False) -> str:
        """Say a number with grouped thousands, rounded half to even as Babel does."""
        from babel.numbers import format_decimal

        if not math.isfinite(value):
            return self.say(text("n/a"))
        digits = _decimals(value) if digits is None else digits
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return _signed(format_decimal(abs(_round(value, digits)), pattern, self.code), value, digits, signed)

    def share(self, value: float, digits: int | None = 0, *, signed: bool = False) -> str:
        """Say a part of one as a percentage."""
        if not math.isfinite(value):
            return self.say(text("n/a"))
        return self.number(value * 100, digits, signed=signed) + "%"

    def money(self, amount: float, *, signed: bool = False) -> str:
        """Say an amount in a sentence: the currency's symbol and about three figures."""
        if not math.isfinite(amount):
            return self.say(text("n/a"))
        size = abs(_round(amount, 0))
        body = self._compact(size) if size >= 10_000 else self.number(size, 0)
        return _signed(self.symbol + body, amount, 0, signed)

    def _compact(self, size: float) -> str:
        """Three figures and a scale word: 1.23M, 123万; what rounds up to the next word takes that: 1M, not 1000K."""
        from babel.numbers import format_compact_decimal

        step = 1000.0 if self.code == "en" else 10_000.0
        power = int(math.log(size) / math.log(step) + 1e-9)
        scaled = size / step**power
        digits = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
        if round(scaled, digits) >= step:
            power += 1
        size = max(size, step**power)
        return format_compact_decimal(size, locale=self.code, fraction_digits=digits)

    def day(self, day: date) -> str:
        """Say a date: 30 Jun 2025, 2025年6月30日."""
        from babel.dates import format_date

        return format_date(day, "d MMM y" if self.code == "en" else "y年M月d日", self.code)

    def month(self, day: date, *, short: bool = False) -> str:
        """Say the month of a date: Jun 2025, 2025年6月; short: Jun 25, 25/6."""
        from babel.dates import format_date

        patterns = {"en": ("MMM y", "MMM yy"), "zh": ("y年M月", "yy/M")}
        return format_date(day, patterns[self.code][short], self.code)

    def period(self, period: Period) -> str:
        """Say a period: Jun 2025, Q2 2025, 2025, Jul 2024 to Jun 2025."""
        if period.kind == "month":
            return self.month(period.start)
        if period.kind == "quarter":
            return self.say(text("Q{q} {year}", q=period.quarter, year=str(period.fiscal_year)))
        if period.kind == "year":
            return f"{period.fiscal_year}" if self.code == "en" else f"{period.fiscal_year}年"
        first, last = self.month(period.start), self.month(period.last_day)
        return self.say(text("{first} to {last}", first=first, last=last))

    def names(self, names: Names) -> str:
        """Say a few names and how many more there are."""
        shown = [shorten(name, 32) for name in names.names[: names.most]]
        more = max(names.total, len(names.names)) - len(shown)
        comma = ", " if self.code == "en" else "、"
        listed = comma.join(shown)
        if more <= 0:
            return listed
        return self.say(texts("{names} and {n} more", "{names} and {n} more", more, names=listed))


def _decimals(value: float) -> int:
    """Decimals that a number has, six at most: 2 for 0.25, none for 3.0."""
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])


def _round(value: float, digits: int) -> float:
    return round(value, digits) + 0.0


def _signed(body: str, value: float, digits: int, signed: bool) -> str:
    rounded = _round(value, digits)
    if rounded < 0:
        return _MINUS + body
    return ("+" if signed and rounded > 0 else "") + body


@cache
def _catalogue(code: str) -> Mapping[str, str]:
    """Sentences of a language by their English ones; English needs none."""
    if code == "en":
        return {}
    from babel.messages.pofile import read_po

    with (_LOCALES / code / "LC_MESSAGES" / "kamreport.po").open("rb") as file:
        messages: Any = read_po(file, locale=code)
    return {_first(message.id): _first(message.string) for message in messages if message.id}


def _first(forms: Any) -> str:
    return str(forms[0] if isinstance(forms, list | tuple) else forms)
