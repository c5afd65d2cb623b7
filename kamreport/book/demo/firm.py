"""Who is in the demo book: regions, products, people, rivals, accounts, and what is planted among them.

A *truth* is something a good report must find. An *innocent* looks guilty to a careless rule and must not be
accused. Both are listed in `planted.json` beside the data.
"""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

__all__ = [
    "CHANNELS",
    "FAMILIES",
    "FIRST",
    "LAST",
    "LAUNCHES",
    "PRODUCTS",
    "REGIONS",
    "RIVALS",
    "RIVAL_CHANNELS",
    "Account",
    "Firm",
    "Planted",
    "make_firm",
]

FIRST, LAST = date(2022, 7, 1), date(2025, 6, 30)
REGIONS = {
    "North": "华北",
    "East": "华东",
    "South": "华南",
    "Central": "华中",
    "Southwest": "西南",
    "Northeast": "东北",
}
# Demand by month, January to December.
FAMILIES = {
    "Fertiliser 化肥": (0.6, 0.9, 1.7, 1.6, 1.2, 0.9, 0.8, 0.8, 1.2, 1.0, 0.7, 0.6),
    "Pesticide 农药": (0.4, 0.5, 0.8, 1.1, 1.5, 1.7, 1.6, 1.4, 1.0, 0.8, 0.6, 0.6),
    "Seed 种子": (1.3, 1.4, 1.6, 1.1, 0.8, 0.7, 0.7, 0.9, 1.1, 0.9, 0.7, 0.8),
    "Film 农膜": (0.9, 1.4, 1.6, 1.2, 0.8, 0.7, 0.7, 0.8, 1.0, 1.1, 1.0, 0.8),
    "Feed 饲料": (1.0, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.1, 1.1),
    "Parts 配件": (0.8, 0.7, 1.2, 1.2, 1.1, 1.0, 0.9, 1.0, 1.2, 1.1, 0.9, 0.9),
}
# Name, list price without VAT.
PRODUCTS = {
    "Fertiliser 化肥": (
        ("Urea 尿素", 2150),
        ("DAP 磷酸二铵", 3680),
        ("Potash 氯化钾", 2890),
        ("NPK 复合肥", 2980),
        ("Humic blend 腐植酸肥", 4150),
        ("Slow release 缓释肥", 4460),
    ),
    "Pesticide 农药": (("Glyphosate 草甘膦", 265), ("Imidacloprid 吡虫啉", 118), ("Mancozeb 代森锰锌", 74)),
    "Seed 种子": (("Maize 玉米种", 46), ("Rice 水稻种", 58), ("Rapeseed 油菜种", 92)),
    "Film 农膜": (("Mulch film 地膜", 108), ("Greenhouse film 棚膜", 156)),
    "Feed 饲料": (("Pig feed 猪料", 3420), ("Poultry feed 禽料", 3180)),
    "Parts 配件": (("Sprayer parts 喷雾器件", 64), ("Drip kit 滴灌件", 210)),
}
# What was launched later: name, the product that it follows at the same list price, its first day.
LAUNCHES = (
    ("Coated urea 包膜尿素", "Urea 尿素", date(2023, 9, 1)),
    ("Hybrid maize 杂交玉米种", "Maize 玉米种", date(2024, 1, 15)),
    ("Pig feed plus 高效猪料", "Pig feed 猪料", date(2024, 3, 1)),
    ("Biodegradable film 可降解地膜", "Mulch film 地膜", date(2024, 9, 1)),
    ("Glyphosate granules 草甘膦颗粒剂", "Glyphosate 草甘膦", date(2025, 5, 6)),
)
RIVALS = {"ruifeng": "Ruifeng 瑞丰", "landtech": "Landtech 兰德", "huanong": "Huanong 华农", "jinsui": "Jinsui 金穗"}
# By which channel an account of a segment is sold to; and by which the rivals sell.
CHANNELS = {"dealer": "Dealers 经销", "cooperative": "Cooperatives 合作社", "farm": "Direct 直销"}
RIVAL_CHANNELS = {
    "ruifeng": "Dealers 经销; Online 电商; Direct 直销",
    "landtech": "Dealers 经销；Direct 直销",
    "huanong": "Dealers 经销、Cooperatives 合作社",
    "jinsui": "Online 电商, Dealers 经销",
}
_ZH = [
    "青山",
    "金土地",
    "丰收",
    "绿源",
    "禾盛",
    "华茂",
    "惠农",
    "天泽",
    "嘉禾",
    "永丰",
    "大地",
    "兴农",
    "润田",
    "东盛",
    "宏远",
    "春雨",
    "万家",
    "恒昌",
    "瑞康",
    "盛世",
]
_ZH_KIND = ("农资有限公司", "农业科技公司", "种植合作社", "农业服务部", "农场")
_EN = [
    "Greenfield",
    "Riverside",
    "Harvest",
    "Golden",
    "Sunrise",
    "Evergreen",
    "Pioneer",
    "Summit",
    "Meadow",
    "Prairie",
    "Willow",
    "Cedar",
    "Delta",
    "Orchard",
    "Highland",
    "Lakeside",
    "Fortune",
    "Unity",
    "Jade",
    "Phoenix",
]
_EN_KIND = ("Agro", "Farm Supplies", "Trading", "Growers", "Cooperative")
_PEOPLE = [
    "陈伟",
    "李娜",
    "王芳",
    "张强",
    "刘洋",
    "杨静",
    "赵磊",
    "黄敏",
    "周杰",
    "吴霞",
    "徐明",
    "孙丽",
    "马超",
    "朱琳",
    "胡军",
    "郭艳",
    "何涛",
    "林峰",
    "罗勇",
    "梁雪",
]
_SURNAMES = "宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶"


@dataclass
class Account:
    """An account and how it buys.

    Attributes
    ----------
    yearly
        Revenue in a normal year, in yuan.
    gap_days, regularity
        Mean days between orders, and how even they are (Erlang shape).
    families
        Family and its part of the revenue.
    margin
        Pocket margin as a part of revenue.
    first, last
        Between which days it orders.
    months
        Calendar months in which it orders; empty for all.
    drops
        (day, family or "", factor): from that day on the family, or everything, shrinks to the factor.
    """

    id: str
    name: str
    region: str
    manager: str
    yearly: float
    gap_days: float
    regularity: float
    families: dict[str, float]
    margin: float
    segment: str = "dealer"
    type: str = "customer"
    parent: str = ""
    first: date = FIRST
    last: date = LAST
    months: tuple[int, ...] = ()
    drops: list[tuple[date, str, float]] = field(default_factory=list)
    growth: float = 0.04
    pays_late: bool = False
    currency: str = "CNY"


@dataclass(frozen=True)
class Planted:
    """Something put into the data on purpose.

    Attributes
    ----------
    region
        Where; ``all`` for the company.
    account_id
        Whose; empty where it is no account's, a rival's id where it is a rival's.
    finding
        Key of the finding that a report makes of it; empty as long as no chapter looks for it.
    object_id
        The person, contract, case, product, deal or campaign in which it shows.
    others
        Further accounts that it concerns.
    period
        The month whose report must find it, or, of an innocent, must not accuse it.
    figures
        What proves it; each follows from the rows of the tables.
    """

    kind: str
    region: str
    account_id: str = ""
    finding: str = ""
    about: str = ""
    object_id: str = ""
    others: tuple[str, ...] = ()
    period: str = "2025-06"
    figures: dict[str, float | str] = field(default_factory=dict)


@dataclass
class Firm:
    """The demo firm before it has sold anything."""

    accounts: list[Account]
    people: dict[str, tuple[str, str, str]]
    truths: list[Planted]
    innocents: list[Planted]


def make_firm(rng: np.random.Generator) -> Firm:
    """Invent the accounts and people of all regions, then plant."""
    firm = Firm([], {}, [], [])
    names = _account_names(rng)
    for place, region in enumerate(REGIONS):
        managers = _people(firm, region, place)
        for number in range(60):
            firm.accounts.append(_account(rng, region, f"{region[0]}{place}{number + 1:03d}", names.pop(), managers))
    _plant_truths(firm)
    _plant_innocents(firm)
    return firm


def _account_names(rng: np.random.Generator) -> list[str]:
    chinese = [f"{stem}{kind}" for stem in _ZH for kind in _ZH_KIND]
    english = [f"{stem} {kind}" for stem in _EN for kind in _EN_KIND]
    names = chinese + english + [f"{name}（{place}分）" for name in chinese for place in "一二三"]
    return [names[index] for index in rng.permutation(len(names))]


def _people(firm: Firm, region: str, place: int) -> list[str]:
    """One director and four managers."""
    director = f"P{place}00"
    firm.people[director] = (_SURNAMES[place] + "建国", "director", region)
    managers = [f"P{place}{number:02d}" for number in range(1, 5)]
    for number, manager in enumerate(managers):
        given = _PEOPLE[(place * 4 + number) % len(_PEOPLE)]
        firm.people[manager] = (_SURNAMES[6 + (place * 4 + number) % 14] + given[1:], "manager", region)
    return managers


def _account(rng: np.random.Generator, region: str, id_: str, name: str, managers: list[str]) -> Account:
    chosen = rng.choice(list(FAMILIES), size=rng.integers(2, 5), replace=False)
    parts = rng.dirichlet(np.full(len(chosen), 4.0))
    starts_late = rng.random() < 0.05
    return Account(
        id=id_,
        name=name,
        region=region,
        manager=str(rng.choice(managers)),
        yearly=float(np.clip(np.exp(rng.normal(12.7, 1.2)), 2e4, 9e6)),
        gap_days=float(rng.choice([10, 14, 21, 30], p=[0.30, 0.40, 0.22, 0.08])),
        regularity=float(rng.choice([5, 9, 14])),
        families={str(family): float(part) for family, part in zip(chosen, parts, strict=True)},
        margin=float(np.clip(rng.normal(0.19, 0.03), 0.12, 0.28)),
        segment=str(rng.choice(["dealer", "cooperative", "farm"], p=[0.5, 0.3, 0.2])),
        first=date(2024, int(rng.integers(1, 13)), 1) if starts_late else FIRST,
        growth=float(rng.normal(0.04, 0.03)),
        pays_late=bool(rng.random() < 0.08),
    )


def _of(firm: Firm, region: str, number: int) -> Account:
    return [account for account in firm.accounts if account.region == region][number]


def _regular(account: Account, *, yearly: float, gap_days: float = 14, regularity: float = 10) -> Account:
    """Make an account a steady buyer, so that what is planted on it is plain to see."""
    account.yearly, account.gap_days, account.regularity = yearly, gap_days, regularity
    account.first, account.growth, account.pays_late = FIRST, 0.03, False
    return account


def _plant_truths(firm: Firm) -> None:
    def truth(kind: str, account: Account, finding: str, about: str) -> None:
        firm.truths.append(Planted(kind, account.region, account.id, finding, about))

    for region, number, margin in (("East", 3, -0.05), ("East", 11, -0.03), ("East", 24, 0.02), ("Central", 8, -0.04)):
        account = _regular(_of(firm, region, number), yearly=5.2e6 + number * 4e4)
        account.margin = margin
        truth("fake_big_account", account, "customer_value/fake_big_accounts", f"earns {margin:.0%} on its revenue")
    for region, number, last in (
        ("North", 5, date(2024, 9, 20)),
        ("Southwest", 17, date(2024, 11, 25)),
        ("Northeast", 9, date(2024, 10, 8)),
        ("South", 30, date(2024, 8, 30)),
    ):
        account = _regular(_of(firm, region, number), yearly=2.4e6 + number * 2e4)
        account.last = last
        truth("lost_account", account, "churn/lost_accounts", f"has not ordered since {last}")
    for region, number in (("North", 12), ("Central", 21), ("Southwest", 33)):
        account = _regular(_of(firm, region, number), yearly=3.0e6)
        account.drops.append((date(2025, 1, 1), "", 0.4))
        truth("partial_defection", account, "churn/partial_defection", "buys 60 % less since January 2025")
    for region, number in (("East", 40), ("Northeast", 22)):
        account = _regular(_of(firm, region, number), yearly=7.0e6)
        account.families = {"Fertiliser 化肥": 0.4, "Pesticide 农药": 0.35, "Feed 饲料": 0.25}
        account.drops.append((date(2024, 12, 1), "Pesticide 农药", 0.0))
        truth("stopped_family", account, "churn/stopped_families", "has bought no pesticide since December 2024")
    for region, number, last in (("Central", 44, date(2025, 4, 10)), ("North", 50, date(2025, 4, 24))):
        account = _regular(_of(firm, region, number), yearly=2.8e6, gap_days=12, regularity=24)
        account.last = last
        truth("overdue_account", account, "churn/overdue_accounts", f"orders every 12 days and is silent since {last}")
    firm.truths.append(
        Planted(
            "price_attack",
            "South",
            "ruifeng",
            "competitors/price_attacks",
            "Ruifeng has cut its fertiliser prices in the South by 12 % since April 2025",
        )
    )


def _plant_innocents(firm: Firm) -> None:
    def innocent(kind: str, account: Account, about: str) -> None:
        firm.innocents.append(Planted(kind, account.region, account.id, "", about))

    seasonal = _regular(_of(firm, "North", 20), yearly=2.6e6, gap_days=9)
    seasonal.months = (9, 10, 11)
    innocent("seasonal_buyer", seasonal, "buys from September to November only, every year")
    half_yearly = _regular(_of(firm, "East", 31), yearly=1.9e6, gap_days=182, regularity=400)
    half_yearly.first = date(2022, 7, 12)
    innocent("half_yearly_buyer", half_yearly, "orders twice a year")
    pool = _regular(_of(firm, "Southwest", 2), yearly=2.2e7, gap_days=3, regularity=3)
    pool.name, pool.type, pool.margin = "Cash sales 散客零售", "pool", 0.16
    innocent("cash_sales_pool", pool, "is no account, though larger than any")
    sister = _of(firm, "Central", 51)
    sister.parent = _of(firm, "Central", 50).id
    abroad = _regular(_of(firm, "South", 40), yearly=1.6e6)
    abroad.name, abroad.currency = "Mekong Growers Import", "USD"
