"""The demo's files, clean and messed up as exports are: with its questions answered the draft gives the same book."""

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from kamreport.book.guessing import draft_mapping
from kamreport.book.store import Load, load_store
from kamreport.settings import Settings, load_settings

from .exports import asked, settled

TODAY = date(2025, 7, 9)
MESSED = 600  # lines of the transactions, the faulty ones among them


def answered(text: str, *answers: tuple[str, str]) -> str:
    """Replace what a question asks for; an answer that finds nothing to answer is a mistake of the test."""
    for written, said in answers:
        assert text.count(written) == 1, written
        text = text.replace(written, said)
    return text


def loaded(root: Path, text: str) -> Load:
    (root / "kamreport.toml").write_text(text, "utf-8")
    return load_store(load_settings(root), today=TODAY)


def test_the_demo_is_mapped_without_a_doubt_and_gives_the_same_book(demo_settings: Settings, tmp_path: Path) -> None:
    data = demo_settings.root / "data"
    files = sorted(file for file in data.iterdir() if file.suffix != ".json")
    draft = draft_mapping(files, tmp_path)
    assert draft.faults == ()
    assert set(draft.tables) == set(demo_settings.tables)
    assert re.findall(r"# (?:likely|unsure): ", draft.text) == []
    assert len(asked(draft)) == 3  # currency, up_to and fiscal year, which no file says
    assert demo_settings.data.up_to is not None
    known = f"up_to = {demo_settings.data.up_to}"
    load = loaded(tmp_path, answered(draft.text, ("# up_to = 2025-06-30", known)))
    demo = load_store(demo_settings, today=TODAY)
    assert load.money == demo.money
    assert load.records == demo.records
    assert load.mapped == demo.mapped


@pytest.fixture
def clean(demo_root: Path) -> pd.DataFrame:
    """Lines of the demo as text, and the accounts they name."""
    lines = pd.read_csv(demo_root / "data" / "transactions.csv", dtype=str, keep_default_na=False)
    lines = lines.tail(MESSED).reset_index(drop=True)
    lines.loc[::7, "销售成本"] = ""
    return lines


def messed(lines: pd.DataFrame, folder: Path) -> list[Path]:
    """Two exports of a month's kind: titles, GB18030, other days, thousands, words, ambiguous amounts, totals."""
    words = {"sale": "普通销售", "return": "销售退货"}
    out = lines.rename(columns={"无税金额": "金额", "客户编码": "客户编号", "业务类型": "单据类型"})
    out["开票日期"] = [day.replace("-", "/") for day in out["开票日期"]]
    out["订单日期"] = [day.replace("-", "/") for day in out["订单日期"]]
    out["单据类型"] = [words.get(word, word) for word in out["单据类型"]]
    out["金额"] = [f"{float(text):,.2f}" if re.fullmatch(r"-?\d+(\.\d+)?", text) else text for text in out["金额"]]
    out["销售成本"] = [text or "-" for text in out["销售成本"]]
    files = []
    for number, part in enumerate((out.iloc[: MESSED // 2], out.iloc[MESSED // 2 :]), start=1):
        table = part.to_csv(index=False, sep=";", lineterminator="\n")
        total = "合计" + ";" * (part.shape[1] - 1)
        file = folder / f"销售明细{number:02}.csv"
        file.write_bytes(f"销售发票明细\n单位：元\n{table}{total}\n".encode("gb18030"))
        files.append(file)
    return files


def test_the_demo_messed_up_gives_the_same_revenue(clean: pd.DataFrame, demo_root: Path, tmp_path: Path) -> None:
    plain, mess = tmp_path / "plain", tmp_path / "mess"
    plain.mkdir()
    mess.mkdir()
    clean.to_csv(plain / "transactions.csv", index=False)
    expected = loaded(plain, answered(draft_mapping([plain / "transactions.csv"], plain).text))
    draft = draft_mapping(messed(clean, mess), mess)
    found = settled(draft)
    assert found["path"] == "销售明细*.csv"
    assert (found["encoding"], found["delimiter"], found["header"]) == ("gb18030", ";", 3)
    assert (found["date_format"], found["thousands"]) == ("%Y/%m/%d", ",")
    assert found["empty"] == ["", "-"]
    assert found["drop"] == {"开票日期": ["合计"]}
    assert found["values"]["kind"] == {"普通销售": "sale", "销售退货": "return"}
    first = "销售明细01.csv and 1 more"
    assert asked(draft)[0].startswith(f"{first}: is '金额' with or without VAT?")
    # The one answer that changes a figure: the amounts are without VAT. All else the draft has settled.
    load = loaded(mess, answered(draft.text, ('# revenue = "金额"', 'revenue = "金额"')))
    assert load.money == expected.money
    assert load.records["transactions"] == expected.records["transactions"] + 2  # the totals, counted as such
