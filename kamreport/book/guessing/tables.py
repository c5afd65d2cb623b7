"""A shape of sheets as a table of the contract: every guess with its confidence, every doubt as a question."""

import re
from collections.abc import Sequence

from kamreport.book.contract import Column
from kamreport.book.guessing.columns import guess_codes, guess_columns, guess_forms
from kamreport.book.guessing.forms import Reader
from kamreport.book.guessing.guess import Asked, Question, TableGuess
from kamreport.book.guessing.layout import Months, filled_down, find_merged, find_months, find_totals, year_said
from kamreport.book.guessing.matching import Choice, Match, choose_table, match_columns
from kamreport.book.guessing.money import guess_money
from kamreport.book.guessing.vocabulary import codes_of, plain, words
from kamreport.book.guessing.working import Shape, Work
from kamreport.language import shorten

__all__ = ["guess_table"]


def guess_table(shape: Shape, reader: Reader) -> TableGuess | Question:
    """Guess what a shape holds; a question where no table fits."""
    headers = shape.heading.headers
    months = find_months(headers, year_said(shape.names))
    choice = choose_table(_with_months(headers, months), shape.names)
    if choice.table is None or choice.confidence == "unsure":
        return _unknown(shape, choice)
    paths = list(dict.fromkeys(sample.path for sample in shape.samples))
    guess = TableGuess(choice.table.name, paths, choice.confidence, choice.why, choice.score)
    work = Work(shape, choice.table, guess, list(headers), shape.heading.body + shape.heading.tail)
    _guess_place(work)
    _guess_rows(work)
    if months and "month" in choice.table.by_name:
        _guess_months(work, months)
    work.columns = _matched(work)
    guess_forms(work, reader)
    guess_codes(work)
    guess_columns(work, reader)
    guess_money(work)
    _note_the_rest(work)
    return guess


def _with_months(headers: Sequence[str], months: Months | None) -> list[str]:
    """The headers as they are once months have become rows; a column a month is mostly a list of targets."""
    if not months:
        return list(headers)
    return [*(header for header in headers if header not in months.headers), "月份", "目标值"]


def _unknown(shape: Shape, choice: Choice) -> Question:
    heading = shape.heading
    shown = ", ".join(shorten(header) for header in heading.headers[:12] if header.strip())
    if heading.header == 0:
        shown = f"none found; it has {len(heading.headers)} columns"
    near = ", ".join([*([choice.table.name] if choice.table else []), *choice.close])
    about = f"probably {near}; {choice.why}" if near else choice.why
    return Question(
        Asked.TABLE, f"{shape.name}: which table is it ({about})? It is not in the draft. Headers: {shown}."
    )


def _guess_place(work: Work) -> None:
    """Sheet, header, encoding and delimiter."""
    sample, heading = work.shape.samples[0], work.shape.heading
    if work.shape.sheet:
        work.add(
            ("sheet",),
            work.shape.sheet,
            "sure",
            "the only one with something in it" if sample.sheets == 1 else f"of {sample.sheets}",
        )
    work.guess.guesses += sample.guesses
    work.guess.questions += sample.questions
    if heading.header is not None:
        work.add(("header",), heading.header, heading.confidence, heading.why)


def _guess_rows(work: Work) -> None:
    """Total rows and merged cells; the rows that are left are records."""
    headers = work.headers
    totals = find_totals(headers, work.rows)
    for header, texts in totals.drop.items():
        if headers.count(header) > 1:
            work.ask(Asked.ROWS, f"rows with {', '.join(texts)} are totals, but the header '{header}' stands twice. "
                                 "Rename one and list them under drop.")  # fmt: skip
        else:
            work.add(("drop", header), texts, "sure", "these rows add others up, or repeat the headers")
    for header, count in totals.others.items():
        work.ask(
            Asked.ROWS,
            f"{count} rows of the sample end in '{header}' like a total of a group. Are they? Then list their texts "
            "under drop, or export without subtotals; as they are, they would count twice or be rejected.",
        )
    body = len(work.shape.heading.body)
    records = [row for place, row in enumerate(work.rows[:body]) if place not in totals.places]
    work.rows = [row for place, row in enumerate(work.rows) if place not in totals.places]
    if merged := find_merged(headers, records):
        work.add(("fill_down",), merged, "likely", "filled at the top of each group and blank below: merged cells")
        work.rows = filled_down(work.rows, [headers.index(header) for header in merged])


def _guess_months(work: Work, months: Months) -> None:
    """Make columns of months rows, here and in the draft."""
    headers = work.headers
    amounts = next(one for one in work.table.columns if one.required and one.type in ("money", "price", "qty"))
    names, values = "月份", amounts.zh
    entry = {"columns": months.headers, "names": names, "values": values}
    work.add(("unpivot",), entry, "likely", f"{len(months.headers)} headers are months")
    if any(not re.match(r"\d{4}[-/年.]?\d{1,2}月?$", header) for header in months.headers):
        if months.year:
            work.add(
                ("values", "month"), months.written, "likely", f"the year {months.year} is said by a name or title"
            )
        else:
            asked = {header: f"YYYY-{written.rpartition('-')[2]}" for header, written in months.written.items()}
            work.add(("values", "month"), asked, "unsure", "the year is said nowhere")
            work.ask(Asked.DATE, f"of which year are the columns {months.headers[0]} to {months.headers[-1]}?")
    places = [headers.index(header) for header in months.headers]
    kept = [place for place in range(len(headers)) if place not in places]
    work.rows = [
        (number, [*(cells[at] for at in kept), months.written[headers[place]], cells[place]])
        for number, cells in work.rows
        for place in places
        if cells[place].strip()
    ]
    work.headers = [*(headers[at] for at in kept), names, values]


def _matched(work: Work) -> dict[str, Match]:
    """Columns with a header; what is doubtful becomes a question and a comment."""
    found = match_columns(work.table, work.headers)
    work.guess.unmapped = [one for one in dict.fromkeys(work.headers) if one.strip() and one not in found.named]
    for header, names in found.doubtful.items():
        _ask_column(work, header, names)
    for name, headers in found.besides.items():
        if name in found.columns and name not in ("date", "revenue"):
            work.guess.unmapped += headers
    if work.table.name == "transactions":
        _ask_date(work, found.columns, [*found.besides.get("date", [])])
        work.guess.unmapped += [one for one in found.besides.get("revenue", []) if one not in found.doubtful]
    columns = found.columns
    if "revenue" in columns and columns["revenue"].confidence == "sure":
        for name in ("revenue_incl_tax", "tax_rate"):  # revenue says it all; a fault in either would cost the row
            if name in columns:
                work.guess.unmapped.append(columns.pop(name).header)
    return columns


def _ask_column(work: Work, header: str, names: list[str]) -> None:
    twice = work.headers.count(header) > 1
    why = "the header stands twice" if twice else f"may be {' or '.join(names)}, or shares its column with another"
    if set(names) >= {"revenue", "revenue_incl_tax"} and not twice:
        work.add(("columns", "revenue"), header, "unsure", "with or without VAT is not said", header)
        work.add(("tax_included", header), 0.13, "unsure", "only if it includes VAT, and at this rate")
        work.ask(
            Asked.TAX,
            f"is '{header}' with or without VAT? If without, take the # from its line under columns. If with, do so "
            "and take the # from tax_included too, with your rate.",
        )
        return
    for name in names:
        work.add(("columns", name), header, "unsure", why, header)
    about = Asked.DATE if "date" in names else Asked.COLUMN
    if twice:
        work.ask(about, f"the header '{header}' stands twice. Which of them is {' or '.join(names)}? Rename one.")
    elif len(names) > 1:
        both = ", or from both where a name is the id too" if "name" in names else ""
        work.ask(about, f"is '{header}' {' or '.join(names)}? Take the # from one line{both}.")
    else:
        work.ask(about, f"'{header}' may be {names[0]}, and so may another header. Take the # from one line.")


def _ask_date(work: Work, columns: dict[str, Match], others: list[str]) -> None:
    """Ask which date revenue follows, unless the contract's own word says it and no other is there."""
    own = columns.get("date")
    if own and others:
        said = ", ".join(f"'{one}'" for one in others)
        work.ask(Asked.DATE, f"which date does revenue follow? '{own.header}' is taken; there are also {said}.")
    elif own and own.confidence != "sure":
        work.ask(Asked.DATE, f"does revenue follow '{own.header}'? It is taken, for want of a better one.")


def _note_the_rest(work: Work) -> None:
    """Constants that a name gives, required columns without a header."""
    for column in work.table.columns:
        if not column.required or column.name in work.columns:
            continue
        if column.instead and all(name in work.columns for name in column.instead):
            continue
        doubtful = any(one.entry == ("columns", column.name) for one in work.guess.guesses)
        if column.type == "code" and not doubtful and (code := _code_said(work, column)):
            work.add(("constants", column.name), code, "likely", "said by the name of the file, sheet or title")
        elif not doubtful:
            work.guess.missing.append(column.name)
    called = {plain(header): header for header in work.guess.unmapped}
    price = next((called[word] for word in called if word in words("unit_price")), "")
    if "revenue" in work.guess.missing and "quantity" in work.columns and price:
        quantity = work.columns["quantity"].header
        work.ask(
            Asked.TAX,
            f"no header is an amount. If revenue is '{quantity}' times '{price}', read the file under "
            f"[sources.lines] and select {quantity} * {price} AS revenue in sql.",
        )


def _code_said(work: Work, column: Column) -> str:
    said = plain(" ".join(work.shape.names))
    known = codes_of(work.table.name, column.name)
    found = sorted((word for word in known if len(word) > 1 and word in said), key=len, reverse=True)
    codes = {known[word] for word in found}
    return codes.pop() if len(codes) == 1 else ""
