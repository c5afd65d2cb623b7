"""Sentences, figures, money, dates and names in both languages, and the catalogue that holds the Chinese ones."""

import ast
import importlib.util
import math
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import kamreport
from kamreport.errors import UsageError
from kamreport.language import (
    LANGUAGES,
    Language,
    Money,
    Names,
    Number,
    Share,
    Text,
    clean,
    shorten,
    text,
    texts,
)
from kamreport.period import Period
from kamreport.settings import Bilingual

PACKAGE = Path(kamreport.__file__).parent
CATALOGUE = PACKAGE / "locales/zh/LC_MESSAGES/kamreport.po"
NAN, INF = float("nan"), float("inf")
EN, ZH = Language("en", "CNY"), Language("zh", "CNY")

# Sentences that a Chinese reader reads as they are.
WITHOUT_CHINESE = {
    "Jevons", "{won}/{n}", "{promoted}, {demoted}", "{lacking}; {excess}.", "{what}.", "{n} {unit}", "{part} {amount}",
    "{kind}, {family}", "{kind}, {family}, {place}", "{kind} ({n})", "{n} ({key})", "{n}/{all}",
    "{first}, {second}", "{first}; {second}", "{level} {score}", "{gap} ({span})",
    "{needed} / {most}", "{level} ({n}; {share})", "{answer} ({rival}, {family}, {where})",
}  # fmt: skip


def _tool() -> object:
    spec = importlib.util.spec_from_file_location("messages", PACKAGE.parent / "tools/messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SENTENCES = sorted(set(_tool().sentences(PACKAGE)))  # type: ignore[attr-defined]


def _first(forms: object) -> str:
    return str(forms[0] if isinstance(forms, list | tuple) else forms)


def _translations() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {_first(one.id): _first(one.string) for one in read_po(file, locale="zh") if one.id}


ZH_SENTENCES = _translations()


def _places(sentence: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", sentence))


# The catalogue


def test_there_are_sentences_to_look_at() -> None:
    assert len(SENTENCES) > 250


@pytest.mark.parametrize("forms", SENTENCES, ids=lambda forms: forms[0][:40])
def test_every_sentence_has_a_chinese_one_with_the_same_places(forms: tuple[str, ...]) -> None:
    assert ZH_SENTENCES.get(forms[0]), f"no Chinese for: {forms[0]}"
    assert set(_places(ZH_SENTENCES[forms[0]])) == set(_places(forms[0]))
    assert len(_places(ZH_SENTENCES[forms[0]])) == len(_places(forms[0])), "a place stands twice or not at all"


@pytest.mark.parametrize("forms", [forms for forms in SENTENCES if len(forms) == 2], ids=lambda forms: forms[0][:40])
def test_both_forms_of_a_plural_have_the_same_places_and_count_in_n(forms: tuple[str, ...]) -> None:
    assert _places(forms[0]) == _places(forms[1])
    assert "n" in _places(forms[0])


def test_the_catalogue_holds_no_sentence_that_nobody_says() -> None:
    assert set(ZH_SENTENCES) - {forms[0] for forms in SENTENCES} == set()


def test_a_chinese_sentence_is_chinese() -> None:
    foreign = {message for message, said in ZH_SENTENCES.items() if not re.search(r"[\u4e00-\u9fff]", said)}
    assert foreign == WITHOUT_CHINESE


def test_a_chinese_sentence_ends_as_the_english_one_does() -> None:
    unlike = [
        message for message, said in ZH_SENTENCES.items()
        if message.endswith((".", "?")) != said.endswith(("。", "？", "."))
    ]  # fmt: skip
    assert unlike == []


def test_a_chinese_sentence_uses_chinese_commas_between_chinese_characters() -> None:
    """A half-width comma, semicolon or colon right after a Chinese character is a slip of the keyboard."""
    slips = {message: said for message, said in ZH_SENTENCES.items() if re.search(r"[\u4e00-\u9fff][,;:?!]", said)}
    assert slips == {}


def test_no_two_forms_of_one_english_sentence_differ_by_a_full_stop_only() -> None:
    stems = [forms[0].rstrip(".").casefold() for forms in SENTENCES if len(forms[0]) > 25]
    assert len(stems) == len(set(stems))


def test_every_text_is_marked_with_a_literal_so_that_it_can_be_found() -> None:
    """`text(variable)` would be a sentence that no tool sees and no catalogue holds."""
    unmarked = [
        f"{file.relative_to(PACKAGE)}, line {node.lineno}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"text", "texts"}
        and not all(
            isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            for argument in node.args[: 1 if node.func.id == "text" else 2]
        )
    ]
    assert unmarked == []


def _said_texts() -> Iterator[tuple[str, set[str], set[str]]]:
    """Each call of text or texts without ``**``: where, the places of the sentence, and what is given for them."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"text", "texts"}:
                given_names = {keyword.arg for keyword in node.keywords}
                if None in given_names or not isinstance(node.args[0], ast.Constant):
                    continue
                counted = {"n"} if node.func.id == "texts" else set()
                where = f"{file.relative_to(PACKAGE)}, line {node.lineno}"
                yield where, set(_places(str(node.args[0].value))), {str(name) for name in given_names} | counted


def test_every_place_of_a_sentence_is_filled() -> None:
    """Sentences without any value are patterns, filled later by `Text(pattern.message, ...)`."""
    empty = [where for where, places, values in _said_texts() if places - values and values - {"n"}]
    assert empty == []


def test_an_unknown_sentence_is_an_error_in_chinese_and_itself_in_english() -> None:
    assert EN.say(Text("Nobody says this.")) == "Nobody says this."
    with pytest.raises(KeyError, match="Nobody says this"):
        ZH.say(Text("Nobody says this."))


def test_a_plain_str_is_looked_up_as_a_sentence() -> None:
    assert (EN.say("Account"), ZH.say("Account")) == ("Account", "客户")


def test_the_sentences_of_a_language_are_what_its_typeface_must_draw() -> None:
    assert EN.sentences == ["abc"]
    assert sorted(ZH.sentences) == sorted(ZH_SENTENCES.values())


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        Language("zn")
    assert str(error.value) == "language 'zn' does not exist. Known: en, zh"
    assert set(LANGUAGES) == {"en", "zh"}


# Money


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [
        (0, "¥0", "¥0"),
        (-0.4, "¥0", "¥0"),
        (0.5, "¥0", "¥0"),
        (1.5, "¥2", "¥2"),
        (-1, "−¥1", "−¥1"),
        (999, "¥999", "¥999"),
        (9_999, "¥9,999", "¥9,999"),
        (9_999.4, "¥9,999", "¥9,999"),
        (9_999.6, "¥10K", "¥1万"),
        (10_000, "¥10K", "¥1万"),
        (12_345, "¥12.3K", "¥1.23万"),
        (99_949, "¥99.9K", "¥9.99万"),
        (99_995, "¥100K", "¥10万"),
        (123_456, "¥123K", "¥12.3万"),
        (999_499, "¥999K", "¥99.9万"),
        (999_999, "¥1M", "¥100万"),
        (1e6, "¥1M", "¥100万"),
        (1_234_567, "¥1.23M", "¥123万"),
        (24_061_234, "¥24.1M", "¥2406万"),
        (99_994_999, "¥100M", "¥9999万"),
        (99_999_999, "¥100M", "¥1亿"),
        (1e8, "¥100M", "¥1亿"),
        (123_456_789, "¥123M", "¥1.23亿"),
        (999_499_999, "¥999M", "¥9.99亿"),
        (999_999_999, "¥1B", "¥10亿"),
        (1e9, "¥1B", "¥10亿"),
        (1e12, "¥1T", "¥1万亿"),
        (-1_234_567, "−¥1.23M", "−¥123万"),
        (NAN, "n/a", "不适用"),
        (INF, "n/a", "不适用"),
        (-INF, "n/a", "不适用"),
    ],
)
def test_money_has_a_symbol_and_about_three_figures(amount: float, english: str, chinese: str) -> None:
    assert (EN.money(amount), ZH.money(amount)) == (english, chinese)
    assert (EN.value(Money(amount)), ZH.value(Money(amount))) == (english, chinese)


@pytest.mark.parametrize(
    ("amount", "said"), [(5, "+¥5"), (0.4, "¥0"), (0, "¥0"), (-0.4, "¥0"), (-5, "−¥5"), (2e6, "+¥2M")]
)
def test_signed_money_has_a_plus_unless_it_is_nothing(amount: float, said: str) -> None:
    assert EN.money(amount, signed=True) == said
    assert EN.value(Money(amount, signed=True)) == said


@pytest.mark.parametrize(
    ("currency", "english", "chinese"),
    [
        ("CNY", "−¥1.23M", "−¥123万"),
        ("GBP", "−£1.23M", "−£123万"),
        ("USD", "−$1.23M", "−$123万"),
        ("EUR", "−€1.23M", "−€123万"),
        ("HKD", "−HK$1.23M", "−HK$123万"),
        ("CHF", "−CHF1.23M", "−CHF123万"),
    ],
)
def test_the_shortest_symbol_of_the_currency_stands_after_the_minus(currency: str, english: str, chinese: str) -> None:
    assert Language("en", currency).money(-1_234_567) == english
    assert Language("zh", currency).money(-1_234_567) == chinese


@given(st.floats(min_value=1, max_value=9e14))
def test_money_is_never_said_more_than_a_hundredth_off(amount: float) -> None:
    factors = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "万": 1e4, "亿": 1e8, "万亿": 1e12, "": 1.0}
    for language in (EN, ZH):
        match = re.fullmatch(r"¥([\d.,]+)(K|M|B|T|万亿|万|亿|)", language.money(amount))
        assert match is not None, language.money(amount)
        said = float(match[1].replace(",", "")) * factors[match[2]]
        assert math.isclose(said, amount, rel_tol=0.0051, abs_tol=0.5)


@given(st.floats(min_value=0, max_value=1e12), st.floats(min_value=1, max_value=2))
def test_more_money_never_looks_like_less(amount: float, factor: float) -> None:
    order = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "": 1.0}

    def size(said: str) -> float:
        digits, scale = re.fullmatch(r"¥([\d.,]+)([KMBT]?)", said).groups()  # type: ignore[union-attr]
        return float(digits.replace(",", "")) * order[scale]

    assert size(EN.money(amount)) <= size(EN.money(amount * factor))


# Numbers and shares


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (0, 0, "0"),
        (-0.4, 0, "0"),
        (0.5, 0, "0"),
        (1.5, 0, "2"),
        (999, 0, "999"),
        (9_999, 0, "9,999"),
        (10_000, 0, "10,000"),
        (99_995, 0, "99,995"),
        (999_999.5, 0, "1,000,000"),
        (1e9, 0, "1,000,000,000"),
        (-1_234.5, 1, "−1,234.5"),
        (-0.04, 1, "0.0"),
        (-0.06, 1, "−0.1"),
        (3, 2, "3.00"),
    ],
)
def test_numbers_are_grouped_and_rounded_half_to_even(value: float, digits: int, said: str) -> None:
    for language in (EN, ZH):
        assert language.number(value, digits) == said
        assert language.value(Number(value, digits)) == said


@pytest.mark.parametrize(("value", "said"), [(3, "+3"), (0, "0"), (0.4, "0"), (-0.4, "0"), (-3, "−3")])
def test_signed_numbers_have_a_plus_unless_they_are_nothing(value: float, said: str) -> None:
    assert EN.number(value, signed=True) == said
    assert EN.value(Number(value, 0, signed=True)) == said


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(0, 0, "0%"), (-0.004, 0, "0%"), (0.004, 1, "0.4%"), (0.413, 0, "41%"), (1, 0, "100%"), (12.5, 0, "1,250%"),
     (-0.128, 1, "−12.8%"), (0.9995, 1, "100.0%"), (99.995, 0, "10,000%")],
)  # fmt: skip
def test_shares_are_percentages(value: float, digits: int, said: str) -> None:
    for language in (EN, ZH):
        assert language.share(value, digits) == said
        assert language.value(Share(value, digits)) == said


def test_a_signed_share_has_a_plus() -> None:
    assert (EN.share(0.1234, 1, signed=True), EN.share(0.0001, 1, signed=True)) == ("+12.3%", "0.0%")


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_not_finite_is_said_to_have_no_value(value: float) -> None:
    assert (EN.number(value), ZH.number(value), EN.share(value), ZH.share(value)) == ("n/a", "不适用", "n/a", "不适用")


# Dates and periods


def test_days_and_months_are_said_as_each_language_writes_them() -> None:
    day = date(2025, 6, 3)
    assert (EN.day(day), ZH.day(day)) == ("3 Jun 2025", "2025年6月3日")
    assert (EN.month(day), ZH.month(day)) == ("Jun 2025", "2025年6月")
    assert (EN.month(day, short=True), ZH.month(day, short=True)) == ("Jun 25", "25/6")
    assert EN.value(pd.Timestamp("2025-06-03")) == "3 Jun 2025"


@pytest.mark.parametrize(
    ("name", "fiscal_year_start", "english", "chinese"),
    [
        ("2025-06", 1, "Jun 2025", "2025年6月"),
        ("2025-Q2", 1, "Q2 2025", "2025年第2季度"),
        ("2025", 1, "2025", "2025年"),
        ("2025", 4, "2025", "2025年"),
        ("2025-Q1", 7, "Q1 2025", "2025年第1季度"),
        ("2024-07..2025-06", 1, "Jul 2024 to Jun 2025", "2024年7月至2025年6月"),
        ("2025-02..2025-03", 1, "Feb 2025 to Mar 2025", "2025年2月至2025年3月"),
    ],
)
def test_periods_are_named(name: str, fiscal_year_start: int, english: str, chinese: str) -> None:
    period = Period.parse(name, fiscal_year_start=fiscal_year_start)
    assert (EN.period(period), ZH.period(period)) == (english, chinese)
    assert (EN.value(period), ZH.value(period)) == (english, chinese)


# Values


def test_a_value_without_a_unit_is_refused() -> None:
    for value in (1.0, np.float64(1.0), None, [1], b"x", object()):
        with pytest.raises(TypeError) as error:
            EN.value(value)
        kind = type(value).__name__
        assert str(error.value) == f"a {kind} has no unit; wrap it in Money, Share or Number"


def test_whole_numbers_truths_and_bilingual_names_say_themselves() -> None:
    assert (EN.value(1_200), ZH.value(np.int64(1_200))) == ("1,200", "1,200")
    assert [EN.value(True), ZH.value(True), EN.value(False), ZH.value(False)] == ["yes", "是", "no", "否"]
    both = Bilingual(en="North\n", zh="华北")
    assert (EN.value(both), ZH.value(both)) == ("North", "华北")


def test_a_text_may_stand_in_a_text() -> None:
    said = text("{measure} target attained", measure=text("Revenue"))
    assert (EN.say(said), ZH.say(said)) == ("Revenue target attained", "收入目标完成率")


def test_the_count_chooses_the_english_form() -> None:
    said = [EN.say(texts("{n} day", "{n} days", n)) for n in (0, 1, 2, 1_200)]
    assert said == ["0 days", "1 day", "2 days", "1,200 days"]
    assert [ZH.say(texts("{n} day", "{n} days", n)) for n in (0, 1)] == ["0天", "1天"]


# Names


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [
        (Names([]), "", ""),
        (Names(["A"]), "A", "A"),
        (Names(["A", "B", "C"]), "A, B, C", "A、B、C"),
        (Names(["A", "B", "C", "D"]), "A, B, C and 1 more", "A、B、C及另外1个"),
        (Names(["A", "B", "C"], most=1), "A and 2 more", "A及另外2个"),
        (Names(["A"], total=40), "A and 39 more", "A及另外39个"),
        (Names(["n" * 33]), "n" * 31 + "…", "n" * 31 + "…"),
    ],
)
def test_the_first_names_are_said_and_the_rest_counted(names: Names, english: str, chinese: str) -> None:
    assert (EN.names(names), ZH.names(names)) == (english, chinese)
    assert EN.value(names) == english


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{0}", "{0}"),
        ("{share}", "{share}"),
        ("%(a)s %s %", "%(a)s %s %"),
        ("{", "{"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe\N{POP DIRECTIONAL FORMATTING}", "gpj.exe"),
        ("\u2066A\u2069\u200b\ufeff", "A"),
        ("A\ud800B", "AB"),
        ("A\x00\x1b[31mB", "A[31mB"),
        ("A\r\n\tB\u2028C\u2029D", "A B C D"),
        ("A  B", "A B"),
        ("e\u0301", "é"),
        ("\N{FAMILY}\u200d\N{GIRL}", "\N{FAMILY}\u200d\N{GIRL}"),
    ],
)
def test_a_hostile_name_is_only_text(name: str, said: str) -> None:
    assert clean(name) == said
    assert EN.say(text("of {n}", n=name)) == f"of {said}"
    assert ZH.say(text("of {n}", n=name)) == f"共{said}家"
    assert EN.names(Names([name])) == said


def test_a_name_of_five_thousand_characters_is_cut_in_a_list_of_names() -> None:
    assert EN.names(Names(["长" * 5000, "x" * 5000])) == "长" * 31 + "…, " + "x" * 31 + "…"


@given(st.text())
def test_a_clean_text_holds_nothing_that_acts_and_stays_as_it_is(name: str) -> None:
    cleaned = clean(name)
    assert clean(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert {unicodedata.category(char) for char in cleaned if char != "\u200d"}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
    cleaned.encode("utf-8")


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"], codec="utf-8"), max_size=40))
def test_letters_digits_and_marks_of_a_name_are_kept(name: str) -> None:
    assert clean(name) == unicodedata.normalize("NFC", name)


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_a_shortened_name_fits_and_begins_as_the_name_does(name: str, width: int) -> None:
    cut, whole = shorten(name, width), clean(name)
    assert len(cut) <= width
    assert cut == whole or (cut.endswith("…") and whole.startswith(cut[:-1]) and len(whole) > width)


def test_a_name_of_just_the_width_is_not_cut() -> None:
    assert (shorten("a" * 24), shorten("a" * 25), shorten("Acme Ltd", 5)) == ("a" * 24, "a" * 23 + "…", "Acme…")


@given(st.text())
def test_a_name_cannot_change_the_sentence_around_it(name: str) -> None:
    said = EN.say(text("{manager} calls {name} this week.", manager=Names(["M"]), name=name))
    assert said == f"M calls {clean(name)} this week."
