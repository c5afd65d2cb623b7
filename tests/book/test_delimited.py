"""A text file is what the csv module says of it, whichever block was split by Arrow."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kamreport.book import delimited
from kamreport.errors import DataError
from kamreport.settings import Source

Cells = list[tuple[int, tuple[str, ...]]]


def as_csv_says(text: str, delimiter: str) -> tuple[Cells, list[tuple[int, str]]] | str:
    """The records below the header with their lines, the broken ones, or what is wrong with the whole file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, broken, width = [], [], 0
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            return f"line {line}: {error}"
        if record is None:
            return rows, broken
        if not width:
            width = len(record)
        elif record and len(record) != width:
            broken.append((line, "fields"))
        elif any("\x00" in cell for cell in record):
            broken.append((line, "nul"))
        elif record:
            rows.append((line, tuple(record)))


def as_we_read(file: Path, delimiter: str, encoding: str = "utf-8") -> tuple[Cells, list[tuple[int, str]]] | str:
    rows = []
    try:
        sheet = delimited.read_delimited(file, Source(path="t.csv", encoding=encoding), delimiter)
        for batch in sheet.batches:
            rows += [(row.pop("row"), tuple(row.values())) for row in batch.to_pylist()]
    except DataError as error:
        return (
            str(error).removeprefix("t.csv, ").removesuffix("; a quotation mark opened there is probably never closed")
        )
    return rows, [(one.line, one.reason) for one in sheet.broken]


_ODD = st.text(st.sampled_from('ab,;"\n\r \x00\ufeff华'), max_size=12)
_LINE = st.sampled_from(
    ["1,2", '"1","2"', '"1,""x""",2', ",", '"",', '华北,"é"', '"a\nb",2', "1", "1,2,3", "", '"a"b,2', 'a"b,2']
)


@pytest.mark.parametrize("block", [1, 7, 40])
@given(
    parts=st.lists(_LINE | _ODD, max_size=9),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    last=st.booleans(),
    delimiter=st.sampled_from(",;a"),
)
@example(parts=["1,2", "\ufeff3,4"], ending="\n", last=True, delimiter=",")
@example(parts=['"1",2', '"1"\n,2'], ending="\n", last=True, delimiter=",")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_is_split_as_the_csv_module_splits_it(
    tmp_path: Path, block: int, parts: list[str], ending: str, last: bool, delimiter: str
) -> None:
    text = ending.join([f"h{delimiter}i", *parts]) + (ending if last else "")
    (tmp_path / "t.csv").write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_BLOCK", block)
        assert as_we_read(tmp_path / "t.csv", delimiter) == as_csv_says(text, delimiter)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "utf-16"])
@pytest.mark.parametrize("block", [1, 5, 1 << 23])
def test_blocks_end_between_lines_in_every_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, block: int
) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", block)
    text = "客戶,額\r\n" + "".join(f"華北{n},{n}\r\n" for n in range(30)) + '"華\r\n北",1\r\n最後,2'
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    assert as_we_read(tmp_path / "t.csv", ",", encoding) == as_csv_says(text, ",")


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("1,2\n3,4", True),
        ("1,2\r\n3,4\r\n", True),
        ('"1","2"\n3,"4,""5"""\r\n', True),
        ("1,2\n\n3,4\n", False),
        ("1,2\r3,4\n", False),
        ("1,2\n3\n", False),
        ("1,2\n3,\x004\n", False),
        ("\ufeff1,2\n", False),
        ('1,"2\n3",4\n', False),
        ('"1"x,2\n', False),
        ('1,2"\n', False),
        (f"1,{'x' * 1_000_001}\n", False),
    ],
)
def test_only_what_is_certain_is_split_by_arrow(text: str, certain: bool) -> None:
    assert (delimited._certain(text, ",", 2) is not None) is certain
