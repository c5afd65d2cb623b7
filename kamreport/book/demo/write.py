"""Writes the demo book as the files a firm would export, and what was planted beside them."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from kamreport.book.demo import trade
from kamreport.book.demo.firm import LAST, REGIONS, RIVALS, Firm, make_firm

__all__ = ["SETTINGS", "write_demo"]

_HEADERS = {
    "date": "开票日期",
    "order_date": "订单日期",
    "order_id": "订单号",
    "doc_id": "发票号",
    "line_no": "行号",
    "account_id": "客户编码",
    "kind": "业务类型",
    "product_id": "存货编码",
    "quantity": "数量",
    "unit": "计量单位",
    "list_amount": "标准金额",
    "revenue": "无税金额",
    "cost": "销售成本",
    "currency": "币种",
    "salesperson_id": "业务员",
}


def write_demo(folder: Path, *, seed: int = 20250630) -> None:
    """Write the demo book's files.

    Parameters
    ----------
    folder
        Made if it is missing.
    seed
        The same seed makes the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    firm = make_firm(rng)
    sales = trade.transactions(firm, rng)
    lines = pd.concat([sales, trade.returns(sales, rng)]).sort_values(["date", "doc_id"], ignore_index=True)
    _csv(_with_faults(lines[list(_HEADERS)]).rename(columns=_HEADERS), folder / "transactions.csv")
    _excel(_accounts(firm), folder / "accounts.xlsx")
    trade.receivables(sales, firm, rng).to_parquet(folder / "receivables.parquet", index=False)
    tables = {
        "products": trade.product_list().drop(columns="list_price"),
        "regions": pd.DataFrame([(en, en, zh) for en, zh in REGIONS.items()], columns=["region", "name_en", "name_zh"]),
        "people": _people(firm),
        "assignments": _assignments(firm),
        "targets": trade.targets(sales, firm),
        "actions": _actions(firm),
        "aliases": _aliases(firm),
        "fx_rates": trade.fx_rates(),
        "opportunities": trade.opportunities(firm, rng),
        "competitors": pd.DataFrame(list(RIVALS.items()), columns=["competitor_id", "name"]),
        "competitor_prices": trade.competitor_prices(rng),
        "competitor_scores": trade.competitor_scores(firm, rng),
    }
    tables["opportunities"] = _by_name(tables["opportunities"], firm)
    for name, frame in tables.items():
        _csv(frame, folder / f"{name}.csv")
    planted = {"truths": [asdict(one) for one in firm.truths], "innocents": [asdict(one) for one in firm.innocents]}
    (folder / "planted.json").write_text(json.dumps(planted, ensure_ascii=False, indent=1), "utf-8")


def _csv(frame: pd.DataFrame, file: Path) -> None:
    frame.to_csv(file, index=False, lineterminator="\n")


def _excel(frame: pd.DataFrame, file: Path) -> None:
    """Write a sheet with a title row above the headers, as ERP exports have it."""
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": pd.Timestamp("2025-07-01")})
        sheet = book.add_worksheet("客户档案")
        sheet.write_string(0, 0, "客户档案 2025-06-30")
        sheet.write_row(1, 0, list(frame.columns))
        for number, row in enumerate(frame.itertuples(index=False), start=2):
            sheet.write_row(number, 0, ["" if value is None else value for value in row])


def _with_faults(lines: pd.DataFrame) -> pd.DataFrame:
    """Spoil five copies of lines, as happens in any export: they are to be rejected and counted."""
    text = lines.astype(object).where(lines.notna(), None)
    spoilt = text.iloc[[1000, 2000, 3000, 4000, 5000]].copy()
    spoilt["doc_id"] = [f"BAD{number}" for number in range(5)]
    spoilt.iloc[0, list(lines).index("date")] = "2025-06-31"
    spoilt.iloc[1, list(lines).index("revenue")] = "1.2.3"
    spoilt.iloc[2, list(lines).index("account_id")] = None
    spoilt.iloc[3, list(lines).index("kind")] = "gift"
    spoilt.iloc[4, list(lines).index("date")] = "2035-01-05"
    twin = text.iloc[[7000]]
    return pd.concat([text.iloc[:9000], spoilt, twin, text.iloc[9000:]], ignore_index=True)


def _accounts(firm: Firm) -> pd.DataFrame:
    rows = [
        {
            "客户编码": account.id,
            "客户名称": account.name,
            "上级客户": account.parent,
            "大区": account.region,
            "客户分类": account.segment,
            "客户性质": account.type,
            "信用额度": round(account.yearly / 6, -3),
            "账期": 45,
            "客户经理": account.manager,
        }
        for account in firm.accounts
    ]
    return pd.DataFrame(rows)


def _people(firm: Firm) -> pd.DataFrame:
    rows = [(id_, name, role, region) for id_, (name, role, region) in firm.people.items()]
    return pd.DataFrame(rows, columns=["person_id", "name", "role", "region"])


def _assignments(firm: Firm) -> pd.DataFrame:
    rows = [(account.id, account.manager, "manager", date(2022, 7, 1)) for account in firm.accounts]
    return pd.DataFrame(rows, columns=["account_id", "person_id", "role", "valid_from"])


def _aliases(firm: Firm) -> pd.DataFrame:
    """The opportunities name some accounts by their names."""
    rows = [("account", "opportunities", account.name, account.id) for account in firm.accounts[::9]]
    return pd.DataFrame(rows, columns=["kind", "source", "alias", "id"])


def _by_name(deals: pd.DataFrame, firm: Firm) -> pd.DataFrame:
    names = {account.id: account.name for account in firm.accounts[::9]}
    return deals.assign(account_id=deals["account_id"].map(lambda id_: names.get(id_, id_)))


def _actions(firm: Firm) -> pd.DataFrame:
    """What was decided in the last months: some done, some open, some late."""
    rows = []
    for number, truth in enumerate(firm.truths):
        account = next((one for one in firm.accounts if one.id == truth.account_id), None)
        created = LAST - timedelta(days=30 + 9 * number)
        done = created + timedelta(days=21) if number % 3 == 0 else None
        rows.append(
            {
                "action_id": f"A{number + 1:03d}",
                "created_on": created,
                "title": {
                    "fake_big_account": "Renegotiate the discount 重谈折扣",
                    "lost_account": "Win-back visit by the director 总监回访",
                    "price_attack": "Counter-offer for key accounts 大客户应对报价",
                }.get(truth.kind, "Call and find the reason 电话了解原因"),
                "owner_id": account.manager if account else "P200",
                "due_on": created + timedelta(days=20 + 10 * (number % 4)),
                "account_id": account.id if account else None,
                "region": truth.region,
                "done_on": done if done is None or done <= LAST else None,
                "result": "agreed 已达成" if done else None,
                "kind": "quick_win",
            }
        )
    return pd.DataFrame(rows)


SETTINGS = """\
# A demo book: an invented distributor of farm supplies, July 2022 to June 2025.
# What was planted in it, and what must not be accused, stands in data/planted.json.

[company]
name = { en = "Hengtai Farm Supplies", zh = "恒泰农资" }
currency = "CNY"
country = "CN"

[data]
up_to = 2025-06-30

[rules]
spring_festival = true

[tables.transactions]
path = "data/transactions.csv"
columns = { HEADERS }

[tables.accounts]
path = "data/accounts.xlsx"
sheet = "客户档案"
header = 2
columns = { ACCOUNTS }

[tables.receivables]
path = "data/receivables.parquet"

OTHERS
[attributes]
price = { name = { en = "Price", zh = "价格" }, weight = 0.20, level = "price" }
quality = { name = { en = "Product quality", zh = "产品质量" }, weight = 0.20 }
delivery = { name = { en = "Delivery", zh = "交货" }, weight = 0.18 }
service = { name = { en = "Service", zh = "服务" }, weight = 0.14 }
advice = { name = { en = "Advice", zh = "技术指导" }, weight = 0.12 }
range = { name = { en = "Range", zh = "品种齐全" }, weight = 0.08 }
brand = { name = { en = "Brand", zh = "品牌" }, weight = 0.08, level = "culture" }

[reports.monthly]
chapters = ["cover", "customer_value", "competitors", "churn", "basis"]
name = { en = "Key account report", zh = "大客户月报" }
"""
_ACCOUNT_HEADERS = {
    "account_id": "客户编码",
    "name": "客户名称",
    "parent_id": "上级客户",
    "region": "大区",
    "segment": "客户分类",
    "type": "客户性质",
    "credit_limit": "信用额度",
    "payment_days": "账期",
    "manager_id": "客户经理",
}
_OTHERS = [
    "products",
    "regions",
    "people",
    "assignments",
    "targets",
    "actions",
    "aliases",
    "fx_rates",
    "opportunities",
    "competitors",
    "competitor_prices",
    "competitor_scores",
]
for place, headers in (("HEADERS", _HEADERS), ("ACCOUNTS", _ACCOUNT_HEADERS)):
    SETTINGS = SETTINGS.replace(place, ", ".join(f'{ours} = "{theirs}"' for ours, theirs in headers.items()))
SETTINGS = SETTINGS.replace("OTHERS", "".join(f'[tables.{name}]\npath = "data/{name}.csv"\n\n' for name in _OTHERS))
