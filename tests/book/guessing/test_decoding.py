"""Encodings and delimiters."""

import pytest

from kamreport.book.guessing.decoding import find_delimiter, guess_encoding

CHINESE = "开票日期,客户编码,客户名称,无税金额\n2025-06-13,C001,恒泰农资有限公司,1234.50\n"
BOTH = "客户,数量,地区\n农资,12,华北\n"
TRADITIONAL = "開票日期,客戶編號,客戶名稱,未稅金額\n2025-06-13,C001,台北國際貿易股份有限公司,1234.50\n"


@pytest.mark.parametrize(
    ("content", "encoding", "confidence"),
    [
        (CHINESE.encode("utf-8"), "utf-8", "sure"),
        (CHINESE.encode("utf-8-sig"), "utf-8-sig", "sure"),
        (CHINESE.encode("utf-16"), "utf-16", "sure"),
        (CHINESE.encode("gb18030"), "gb18030", "sure"),
        (BOTH.encode("gb18030"), "gb18030", "likely"),
        (TRADITIONAL.encode("big5"), "big5", "likely"),
        (b"date,account_id\n", "utf-8", "sure"),
        ("Kunde,Größe\nMüller,3\nJäger,4\n".encode("cp1252"), "cp1252", "unsure"),
    ],
)
def test_the_encoding_of_a_file(content: bytes, encoding: str, confidence: str) -> None:
    found = guess_encoding(content, whole=True)
    assert (found.encoding, found.confidence) == (encoding, confidence)


def test_a_file_that_decodes_in_several_says_so() -> None:
    assert "decodes also as big5" in guess_encoding(BOTH.encode("gb18030"), whole=True).why


def test_a_character_that_is_cut_off_is_no_fault() -> None:
    cut = "客户".encode()[:-1]
    assert guess_encoding(cut, whole=False).encoding == "utf-8"
    assert guess_encoding(cut, whole=True).encoding != "utf-8"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3\n4,5,6\n", ","),
        ("a;b;c\n1,5;2,5;3\n4,0;5,0;6\n", ";"),
        ("a\tb\n1,000\tx, y\n2,000\tz\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        (" id  date\n 01  19970101\n 02  19970112\n", " "),
        ('销售明细\n\na,b,c\n"1,5",2,3\n4,5,6\n7,8,9\n', ","),
        ("one two three\n", " "),
        ("alone\nin\nits\ncolumn\n", ""),
    ],
)
def test_what_parts_the_columns(text: str, delimiter: str) -> None:
    assert find_delimiter(text, whole=True) == delimiter
