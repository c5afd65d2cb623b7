"""kamreport.toml of the demo book, and the headers of its files."""

from kamreport.book.contract import TABLES

__all__ = ["ACCOUNT_HEADERS", "FOOT", "HEAD", "HEADERS", "OTHERS", "SETTINGS"]

HEADERS = {
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
    "channel": "销售渠道",
}
ACCOUNT_HEADERS = {
    "account_id": "客户编码",
    "name": "客户名称",
    "parent_id": "上级客户",
    "region": "大区",
    "city": "城市",
    "segment": "客户分类",
    "type": "客户性质",
    "tier": "客户级别",
    "opened_on": "建档日期",
    "credit_limit": "信用额度",
    "payment_days": "账期",
    "manager_id": "客户经理",
    "valid_from": "生效日期",
}
OTHERS = [name for name in TABLES if name not in ("transactions", "accounts", "receivables")]
"""The tables whose files have the contract's own headers."""
HEAD = """\
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

"""
FOOT = """\
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


def _columns(headers: dict[str, str]) -> str:
    return ", ".join(f'{ours} = "{theirs}"' for ours, theirs in headers.items())


SETTINGS = f"""\
{HEAD}[tables.transactions]
path = "data/transactions.csv"
columns = {{ {_columns(HEADERS)} }}

[tables.accounts]
path = "data/accounts.xlsx"
sheet = "客户档案"
header = 2
columns = {{ {_columns(ACCOUNT_HEADERS)} }}

[tables.receivables]
path = "data/receivables.parquet"

{"".join(f'[tables.{name}]{chr(10)}path = "data/{name}.csv"{chr(10)}{chr(10)}' for name in OTHERS)}{FOOT}"""
