"""In which encoding a text is read: its mark, then its being UTF-8, then what is declared; never a guess."""

import codecs
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kamreport.book import encoding
from kamreport.book.encoding import decoded_as, is_declared, not_decoded
from tests.book.test_delimited import as_csv_says, as_we_read

IDEOGRAPHS = {"min_codepoint": 0x4E00, "max_codepoint": 0x9FFF}


def texts(codec: str) -> st.SearchStrategy[list[str]]:
    """Cells of random ideographs, all that an encoding has: twelve and more, for chance makes UTF-8 of a few."""
    return st.lists(st.text(st.characters(codec=codec, **IDEOGRAPHS), min_size=4, max_size=9), min_size=3, max_size=9)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("gb18030", "gb18030"),
        ("gb18030", "gbk"),
        ("big5", "big5"),
        ("utf-8", "gb18030"),
        ("utf-8", "big5"),
        ("utf-8", "latin-1"),
        ("utf-8-sig", "gb18030"),
    ],
)
@pytest.mark.parametrize("block", [5, 1 << 23])
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read_again(
    tmp_path: Path, block: int, written: str, declared: str, data: st.DataObject
) -> None:
    codec = declared if written == "gb18030" else written.removesuffix("-sig")
    cells = data.draw(texts(codec))
    text = "h,i\n" + "".join(f"{cell},x\n" for cell in cells)
    (tmp_path / "t.csv").write_bytes(text.encode(written))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "_BLOCK", block)  # a character may begin in one block and end in another
        assert as_we_read(tmp_path / "t.csv", ",", declared) == as_csv_says(text, ",")


@given(cells=st.lists(st.text(st.characters(codec="gb2312", min_codepoint=0x4E00), min_size=1, max_size=3), min_size=1))
@example(cells=["陆"])  # C2 BD, which is "½" in UTF-8
@example(cells=["一一"])
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_few_usual_characters_are_not_taken_for_utf8(tmp_path: Path, cells: list[str]) -> None:
    usual = [char for cell in cells for char in cell if char.encode("gb2312")[0] < 0xD8]  # the 3,755 of level one
    text = "h\n" + "".join(f"{char}\n" for char in usual)
    (tmp_path / "t.csv").write_bytes(text.encode("gb18030"))
    assert decoded_as(tmp_path / "t.csv", "gb18030") == "gb18030"


@pytest.mark.parametrize(
    ("content", "declared", "read"),
    [
        (b"a,b\n", "gb18030", "gb18030"),
        ("客户,1\n".encode(), "gb18030", "utf-8"),
        # To its very end: what is cut off within a character, or goes on otherwise, is not UTF-8.
        ("客户".encode()[:-1], "gb18030", "gb18030"),
        ("客户\n".encode() + "客户".encode("gb18030"), "gb18030", "gb18030"),
        ("客户".encode(), "utf-8", "utf-8"),
        ("客户".encode("gb18030"), "utf-8", "utf-8"),  # and then stops: it is never taken for something else
        ("客户".encode("gb18030"), "latin-1", "latin-1"),
        (codecs.BOM_UTF8 + b"a", "gb18030", "utf-8-sig"),
        (codecs.BOM_UTF16_LE + "客".encode("utf-16-le"), "gb18030", "utf-16"),
    ],
)
def test_the_order_is_mark_utf8_declared(tmp_path: Path, content: bytes, declared: str, read: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    assert decoded_as(tmp_path / "t.csv", declared) == read


@pytest.mark.parametrize(
    ("read", "declared", "same"),
    [
        ("utf-8-sig", "utf-8", True),
        ("utf-8", "UTF8", True),
        ("gb18030", "GB18030", True),
        ("utf-8", "gb18030", False),
        ("utf-16", "utf-8", False),
    ],
)
def test_an_encoding_is_the_declared_one_by_any_name(read: str, declared: str, same: bool) -> None:
    assert is_declared(read, declared) is same


SAID = "; set encoding to the one that reads right"
LOST = ", nor another encoding in use for Chinese; export it again, as UTF-8"


@pytest.mark.parametrize(
    ("content", "declared", "said"),
    [
        (
            "region\n华北\n".encode("gb18030"),
            "utf-8",
            f"t.csv, line 2: not utf-8; as gb18030 it reads '华北', as big5 it reads '貌控'{SAID}",
        ),
        (
            "客户\n".encode() + "1,2,客户编号与名称及地址电话传真联系人职位\n".encode("gb18030"),
            "utf-8",
            "t.csv, line 2: not utf-8; as gb18030 it reads '客户编号与名称及地址电话传真联系人职位'" + SAID,
        ),
        (
            b"North\n" + f"{'编' * 21}\n".encode("gb18030"),
            "utf-8",
            f"t.csv, line 2: not utf-8; as gb18030 it reads '{'编' * 20}...', as big5 it reads '{'晤' * 20}...'{SAID}",
        ),
        # What is no sign is blank, and what neither is has no reading.
        ("张\x1b\u202e三".encode("gb18030"), "utf-8", f"t.csv, line 1: not utf-8; as gb18030 it reads '张  三'{SAID}"),
        ("客戶\n".encode("big5") + b"\x80\xff\n", "big5", f"t.csv, line 2: not big5{LOST}"),
        ("客户\n".encode() + b"\xff\xff", "utf-8", f"t.csv, line 2: not utf-8{LOST}"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "utf-16", "t.csv is not utf-16 to its end; export it again, as UTF-8"),
    ],
)
def test_what_cannot_be_decoded_is_one_line_with_both_readings(
    tmp_path: Path, content: bytes, declared: str, said: str
) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    assert str(not_decoded(tmp_path / "t.csv", declared)) == said


def test_a_file_stops_at_the_line_that_is_not_in_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"region\n" + b"North\n" * 20_000 + "华北\n".encode("gb18030"))
    assert as_we_read(tmp_path / "t.csv", ",") == (
        f"line 20002: not utf-8; as gb18030 it reads '华北', as big5 it reads '貌控'{SAID}"
    )
