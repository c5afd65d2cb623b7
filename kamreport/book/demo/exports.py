"""The same demo book as a Chinese ERP system would export it: every mess that kamreport.toml can say."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from kamreport.book.contract import TABLES
from kamreport.book.demo.firm import REGIONS
from kamreport.book.demo.mapping import ACCOUNT_HEADERS, FOOT, HEAD, HEADERS
from kamreport.book.demo.write import make_tables, write_planted

__all__ = ["SETTINGS", "write_exports"]

_ENCODING = "gb18030"
_TAX = 0.09
_TITLED = {**HEADERS, "revenue": "价税合计"}
_KINDS = {"销售": "sale", "退货": "return", "红字": "rebate"}
_TYPES = {"一般客户": "customer", "经销商": "distributor", "散客": "pool"}
_TIERS = {"重点": "key", "一般": "major", "零散": "standard"}
_MEASURES = {"销售额": "revenue", "毛利": "margin"}
_CASES = {"投诉": "complaint", "建议": "suggestion", "事故": "incident"}
_AGES = ["应收余额", "未到期", "逾期/1-30天", "逾期/31-60天", "逾期/61-90天", "逾期/90天以上", "本月回款"]
_BY_NAME = ("opportunities", "complaints", "needs")
"""Tables that name accounts as the people who keep them write them."""


def write_exports(folder: Path, *, seed: int = 20250630) -> None:
    """Write the demo book as exports, and what is planted beside them.

    Parameters
    ----------
    folder
        Made if it is missing.
    seed
        The same seed makes the same book as `write_demo`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables, world = make_tables(seed)
    spellings = _spellings(tables["accounts"])
    for number, name in enumerate(_BY_NAME):
        tables[name] = _spelt(tables[name], spellings[number], tables["aliases"])
    tables["aliases"] = _aliases(spellings)
    _transactions(tables.pop("transactions"), folder)
    _accounts(tables.pop("accounts"), folder)
    _receivables(tables.pop("receivables"), folder)
    _targets(tables.pop("targets"), folder)
    _tabbed(tables.pop("products"), folder)
    _page(tables.pop("complaints"), folder)
    for name, frame in tables.items():
        headers = _headers(name)
        whole = frame.reindex(columns=list(headers)).rename(columns=headers)
        whole.to_csv(folder / f"{TABLES[name].zh}.csv", index=False, lineterminator="\n", encoding=_ENCODING)
    write_planted(world, folder)


def _headers(name: str) -> dict[str, str]:
    """The Chinese header of every column of a table; an export has the columns that nobody fills as well."""
    return {column.name: column.zh for column in TABLES[name].columns if column.name != "recorded_on"}


def _spellings(accounts: pd.DataFrame) -> list[dict[str, str]]:
    """Ways to write an account, by its id: as on file, with its town before it, as the salespeople call it."""
    known = accounts.drop_duplicates("account_id")
    named = list(zip(known["account_id"], known["city"], known["name"], strict=True))
    return [
        {id_: name for id_, _, name in named},
        {id_: f"{city}{name}" for id_, city, name in named},
        {id_: f"{name}（老客户）" for id_, _, name in named},
    ]


def _spelt(frame: pd.DataFrame, spelling: dict[str, str], aliases: pd.DataFrame) -> pd.DataFrame:
    """Write each third account by its name; what is named already is brought back first."""
    ids = dict(zip(aliases["alias"], aliases["id"], strict=True))
    known = frame["account_id"].map(lambda one: ids.get(one, one))
    return frame.assign(account_id=known.map(lambda one: spelling[one] if int(one[1:]) % 3 == 0 else one))


def _aliases(spellings: list[dict[str, str]]) -> pd.DataFrame:
    rows = [
        ("account", table, alias, id_)
        for table, spelling in zip(_BY_NAME, spellings, strict=True)
        for id_, alias in spelling.items()
        if int(id_[1:]) % 3 == 0
    ]
    return pd.DataFrame(rows, columns=["kind", "source", "alias", "id"])


def _transactions(lines: pd.DataFrame, folder: Path) -> None:
    """One file a month with taxed amounts, two title rows, a total; the last month was downloaded twice."""
    words = {ours: theirs for theirs, ours in _KINDS.items()}
    taxed = lines.assign(kind=lines["kind"].map(words), revenue=(lines["revenue"] * (1 + _TAX)).round(4))
    for month, own in taxed.groupby(taxed["date"].str[:7]):
        own = own.rename(columns=_TITLED)
        for column in ("开票日期", "订单日期"):
            own[column] = own[column].astype(str).str.replace("-", "/").where(own[column].notna(), "")
        total = dict.fromkeys(own.columns, "") | {
            "客户编码": "合计",
            "价税合计": round(float(own["价税合计"].sum()), 4),
        }
        body = pd.concat([own, pd.DataFrame([total])]).to_csv(index=False, lineterminator="\r\n")
        text = f"销售出库明细表\r\n期间：{month}　单位：元（含税）\r\n{body}"
        names = ["", " (1)"] if month == "2025-06" else [""]
        for again in names:
            (folder / f"销售出库明细_{month.replace('-', '')}{again}.csv").write_bytes(text.encode(_ENCODING))


def _accounts(accounts: pd.DataFrame, folder: Path) -> None:
    """A sheet by region, whose name is merged over its accounts, with a subtotal below each."""
    words = {
        "type": {ours: theirs for theirs, ours in _TYPES.items()},
        "tier": {ours: theirs for theirs, ours in _TIERS.items()},
    }
    frame = accounts.assign(credit_limit=accounts["credit_limit"] / 1e4).rename(columns=ACCOUNT_HEADERS)
    for ours, theirs in words.items():
        frame[ACCOUNT_HEADERS[ours]] = frame[ACCOUNT_HEADERS[ours]].map(theirs)
    columns = ["大区", *(str(name) for name in frame if name != "大区")]
    rows: list[list[object]] = []
    merged: list[tuple[int, int]] = []
    for region in REGIONS:
        own = frame.loc[frame["大区"] == region, columns].fillna("").to_numpy().tolist()
        merged.append((len(rows), len(rows) + len(own) - 1))
        rows += own
        rows.append(["", "小计", *[""] * (len(columns) - 2)])
    _workbook(folder / "客户档案.xlsx", "客户档案　信用额度：万元", [columns], rows, merged)


def _receivables(owed: pd.DataFrame, folder: Path) -> None:
    """Ageing in 万元 under a header of two rows."""
    amounts = (owed.iloc[:, 2:] / 1e4).round(8)
    rows = [list(row) for row in pd.concat([owed[["month", "account_id"]], amounts], axis=1).itertuples(index=False)]
    upper = ["月份", "客户编码", "应收余额", "未到期", "逾期", "", "", "", "本月回款"]
    lower = ["", "", "", "", "1-30天", "31-60天", "61-90天", "90天以上", ""]
    _workbook(folder / "应收账龄.xlsx", "应收账龄表　单位：万元", [upper, lower], rows, [])


def _targets(targets: pd.DataFrame, folder: Path) -> None:
    """A column for each month, in 万元: the regions first, then the accounts with a plan."""
    words = {ours: theirs for theirs, ours in _MEASURES.items()}
    wide = targets.assign(value=targets["value"] / 1e4, measure=targets["measure"].map(words))
    scopes = ["account_id", "region", "measure", "issued_on"]
    wide = wide.fillna({"account_id": "", "region": ""})
    wide = wide.pivot_table(index=scopes, columns="month", values="value").reset_index()
    headers = ["客户编码", "大区", "指标", "下达日期", *(_month(str(name)) for name in wide.columns[4:])]
    rows = [["" if value != value else value for value in row] for row in wide.to_numpy().tolist()]
    _workbook(folder / "销售目标.xlsx", "销售目标　单位：万元", [headers], rows, [])


def _month(month: str) -> str:
    return f"{month[:4]}年{int(month[5:])}月"


def _tabbed(products: pd.DataFrame, folder: Path) -> None:
    """Text with tabs that calls itself a workbook."""
    text = products.rename(columns=_headers("products")).to_csv(index=False, sep="\t", lineterminator="\r\n")
    (folder / "存货档案.xls").write_bytes(text.encode(_ENCODING))


def _page(cases: pd.DataFrame, folder: Path) -> None:
    """A web page that calls itself a workbook."""
    headers = _headers("complaints")
    words = {ours: theirs for theirs, ours in _CASES.items()}
    frame = cases.assign(kind=cases["kind"].map(words)).reindex(columns=list(headers)).rename(columns=headers)
    frame = frame.astype(object)
    rows = [list(frame.columns), *frame.where(frame.notna(), "").to_numpy().tolist()]
    cells = "\n".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    page = f'<html><head><meta charset="{_ENCODING}"></head><body><table>\n{cells}\n</table></body></html>\n'
    (folder / "客诉台账.xls").write_bytes(page.encode(_ENCODING))


def _workbook(
    file: Path, title: str, headers: Sequence[Sequence[str]], rows: list[list[object]], merged: list[tuple[int, int]]
) -> None:
    """Write a sheet with a title row, its headers, and cells of the first column merged over rows."""
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": pd.Timestamp("2025-07-01")})
        sheet = book.add_worksheet("Sheet1")
        for number, row in enumerate([[title], *headers, *rows]):
            sheet.write_row(number, 0, [value.item() if isinstance(value, np.generic) else value for value in row])
        first = 1 + len(headers)
        for top, bottom in merged:
            sheet.merge_range(first + top, 0, first + bottom, 0, rows[top][0])


def _inline(pairs: Mapping[str, object]) -> str:
    """A table of TOML in one line."""
    return "{ " + ", ".join(f"{_key(key)} = {_value(value)}" for key, value in pairs.items()) + " }"


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else f'"{key}"'


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return _inline(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _table(name: str, **entries: object) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in entries.items()]
    return "\n".join([f"[tables.{name}]", *lines, ""])


_MONTHS = [_month(str(month)) for month in pd.period_range("2023-07", "2025-12", freq="M")]
_AGE_COLUMNS = ["balance", "not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90", "collected"]
_OWN = {
    "transactions": _table(
        "transactions",
        path="data/销售出库明细_*.csv",
        encoding=_ENCODING,
        header=3,
        date_format="%Y/%m/%d",
        drop={"客户编码": ["合计"]},
        values={"kind": _KINDS},
        tax_included={"价税合计": _TAX},
        columns=_TITLED,
    ),
    "accounts": _table(
        "accounts",
        path="data/客户档案.xlsx",
        header=2,
        drop={"客户编码": ["小计"]},
        fill_down=["大区"],
        values={"type": _TYPES, "tier": _TIERS},
        scale={"信用额度": 10000},
        columns=ACCOUNT_HEADERS,
    ),
    "receivables": _table(
        "receivables",
        path="data/应收账龄.xlsx",
        header=[2, 3],
        scale=dict.fromkeys(_AGES, 10000),
        columns={"month": "月份", "account_id": "客户编码", **dict(zip(_AGE_COLUMNS, _AGES, strict=True))},
    ),
    "targets": _table(
        "targets",
        path="data/销售目标.xlsx",
        header=2,
        unpivot={"columns": _MONTHS, "names": "月份", "values": "目标值"},
        values={"measure": _MEASURES},
        scale={"目标值": 10000},
        columns={
            "account_id": "客户编码",
            "region": "大区",
            "measure": "指标",
            "issued_on": "下达日期",
            "month": "月份",
            "value": "目标值",
        },
    ),
    "products": _table(
        "products",
        path="data/存货档案.xls",
        encoding=_ENCODING,
        columns={
            "product_id": "存货编码",
            "family": "产品大类",
            "name": "存货名称",
            "unit": "主计量单位",
            "launched_on": "上市日期",
        },
    ),
    "complaints": _table(
        "complaints",
        path="data/客诉台账.xls",
        encoding=_ENCODING,
        values={"kind": _CASES},
        columns=_headers("complaints"),
    ),
}
_PLAIN = {
    name: _table(name, path=f"data/{table.zh}.csv", encoding=_ENCODING, columns=_headers(name))
    for name, table in TABLES.items()
    if name not in _OWN
}
_PRINT = '[print]\nlanguages = ["zh"]\n'
SETTINGS = "\n".join([HEAD + _PRINT, *_OWN.values(), *_PLAIN.values(), FOOT])
