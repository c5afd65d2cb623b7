"""How the columns of a sheet are written: days, numbers, codes; and whether the loader can read them."""

import re

from kamreport.book.guessing.forms import Form, Reader, empty_marks
from kamreport.book.guessing.guess import Asked, Confidence
from kamreport.book.guessing.matching import Match
from kamreport.book.guessing.vocabulary import codes_of, plain, words
from kamreport.book.guessing.working import Work, mask
from kamreport.language import shorten
from kamreport.settings import Source

__all__ = ["guess_codes", "guess_columns", "guess_forms"]

_FITS, _MOSTLY = 0.98, 0.9
_SHOWN = 8


def guess_forms(work: Work, reader: Reader) -> None:
    """Empty marks, the date format, the signs in numbers."""
    by_name = work.table.by_name
    # Columns in doubt are written like the others, and are read once the doubt is gone.
    doubtful = {one.value: one.entry[1] for one in work.guess.guesses if one.entry[0] == "columns"}
    named = {name: one for one, name in doubtful.items() if work.headers.count(one) == 1}
    named |= {name: match.header for name, match in work.columns.items()}
    columns = {by_name[name]: work.cells(header) for name, header in named.items()}
    marks, either = empty_marks(columns)
    if marks:
        work.add(("empty",), ["", *marks], "likely", "they stand among numbers or days")
    for mark in either:
        work.ask(Asked.CODES, f"'{mark}' stands among numbers or days, and among ids too. If it means nothing, add it "
                              "to empty; it would then be no id either.")  # fmt: skip
    empty = ["", *marks, *either]
    _guess_numbers(work, reader.number_form(columns, empty))
    _guess_dates(work, reader.date_format(columns, empty))


def _guess_numbers(work: Work, form: Form) -> None:
    decimal, thousands = form.value
    if form.rivals:
        said = " or ".join(
            f"decimal '{one}' and thousands '{two or 'none'}'" for one, two in (form.value, *form.rivals)
        )
        work.ask(Asked.NUMBERS, f"how are numbers written, with {said}? The sample reads as well by each.")
        work.add(("decimal",), decimal, "unsure", "the sample reads otherwise too")
        work.add(("thousands",), thousands, "unsure", "the sample reads otherwise too")
        for name, match in list(work.columns.items()):
            if work.table.by_name[name].type in ("money", "price", "qty"):
                work.add(("columns", name), match.header, "unsure", "its numbers can be read in two ways", match.header)
                del work.columns[name]
    elif form.read:
        for entry, value, usual in (("decimal", decimal, "."), ("thousands", thousands, "")):
            if value != usual:
                work.add((entry,), value, _by_share(form), f"reads {form.read} of {form.said} numbers")


def _guess_dates(work: Work, form: Form) -> None:
    if form.rivals:
        said = " or ".join((form.value, *form.rivals))
        work.add(("date_format",), form.value, "unsure", f"the sample reads as well by {', '.join(form.rivals)}")
        work.ask(Asked.DATE_FORMAT, f"are days written as {said}? No day of the sample tells them apart.")
    elif form.read and form.value != "%Y-%m-%d":
        work.add(("date_format",), form.value, _by_share(form), f"reads {form.read} of {form.said} days, and no other")


def _by_share(form: Form) -> Confidence:
    return "sure" if form.read == form.said else "likely" if form.read >= _MOSTLY * form.said else "unsure"


def guess_codes(work: Work) -> None:
    """What the words of code columns mean; a column with an unknown word is asked about and not mapped."""
    for name, match in list(work.columns.items()):
        column = work.table.by_name[name]
        if column.type != "code":
            continue
        known = codes_of(work.table.name, name)
        seen = [text for text in work.seen(match.header) if text not in words("empty")]
        meant = {text: known[plain(text)] for text in seen if plain(text) in known}
        written = {text: code for text, code in meant.items() if text.casefold() not in column.values}
        strange = [text for text in seen if plain(text) not in known]
        if strange:
            shown = ", ".join(f"'{shorten(text)}'" for text in strange[:_SHOWN])
            more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
            listed = ", ".join(column.values)
            work.ask(
                Asked.CODES,
                f"what do {shown}{more} in '{match.header}' mean? {name} is one of {listed}. Say it under "
                f"values.{name} and take the # from its line.",
            )
            why = "some of its words are not known"
            work.add(("columns", name), match.header, "unsure", why, match.header)
            if len(strange) <= _SHOWN:
                written |= dict.fromkeys(strange, "?")
            work.add(("values", name), written, "unsure", "? is to be replaced")
            del work.columns[name]
        elif written:
            work.add(("values", name), written, "likely", "usual words of these codes")


def guess_columns(work: Work, reader: Reader) -> None:
    """Let the loader read the sample of each column: what it cannot read is not that column."""
    settled = {entry: value for entry, value in work.guess.settled().items() if len(entry) == 1}
    empty = settled.get(("empty",), [""])
    entries = {name: settled[(name,)] for name in ("decimal", "thousands", "date_format") if (name,) in settled}
    values = {
        entry[1]: value for entry, value in work.guess.settled().items() if entry[0] == "values" and len(entry) == 2
    }
    source = Source.model_validate({"path": "sample", "empty": empty, "values": values, **entries})
    asked = any(one.entry == ("date_format",) and one.confidence == "unsure" for one in work.guess.guesses)
    for name, match in list(work.columns.items()):
        column = work.table.by_name[name]
        cells = work.cells(match.header)
        if column.type == "share" and _as_percent(work, match.header):
            continue
        reading = reader.read(cells, column, source)
        if reading.share < _MOSTLY and not (asked and column.type in ("date", "month")):
            _doubt(work, name, match, reading.said - reading.read, reading.said, reading.unread)
            continue
        confidence, why = match.confidence, match.why
        if reading.share < _FITS and reading.said:
            confidence, why = "likely", f"{why}; {reading.said - reading.read} of {reading.said} cannot be read"
        elif not reading.said:
            confidence, why = "likely", f"{why}; no value in the sample"
        work.add(("columns", name), match.header, confidence, why, match.header)
        if column.required and reading.said < 0.95 * len(cells):
            blank = f"{len(cells) - reading.said} of {len(cells)} rows of the sample"
            work.ask(
                Asked.ROWS, f"'{match.header}' is blank in {blank}. Without {name} they are rejected: is that right?"
            )


def _as_percent(work: Work, header: str) -> bool:
    """Whether shares are written as 13 for 13 %; they are then scaled."""
    texts = work.seen(header)
    if not texts or any("%" in text for text in texts):
        return False
    numbers = [float(text) for text in texts if re.fullmatch(r"\d+(\.\d+)?", text)]
    if len(numbers) < len(texts) or max(numbers) <= 1:
        return False
    name = next(name for name, match in work.columns.items() if match.header == header)
    work.add(("columns", name), header, "likely", "written in per cent", header)
    work.add(("scale", header), 0.01, "likely", "its numbers are per cent without the sign")
    return True


def _doubt(work: Work, name: str, match: Match, unread: int, said: int, texts: tuple[str, ...]) -> None:
    column = work.table.by_name[name]
    work.add(("columns", name), match.header, "unsure", f"{unread} of {said} values are no {column.type}", match.header)
    shown = ", ".join(f"'{mask(text, work.table, name, match.header)}'" for text in texts[:2])
    serial = column.type == "date" and all(re.fullmatch(r"[34]\d{4}(\.\d+)?", text) for text in texts)
    hint = " They look like a spreadsheet's numbers of days: format the column as a date and export again." if serial \
        else ""  # fmt: skip
    work.ask(
        Asked.COLUMN, f"is '{match.header}' {name}? {unread} of {said} values are no {column.type}: {shown}.{hint}"
    )
    del work.columns[name]
