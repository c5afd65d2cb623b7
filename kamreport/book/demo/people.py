"""The demo firm's own people and the accounts' people: who is who, who looks after whom, who knows whom."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd

from kamreport.book.demo.changes import MOVED_ON, moved_account
from kamreport.book.demo.firm import LAST, REGIONS, Account
from kamreport.book.demo.world import LEFT_ON, World
from kamreport.results import each

__all__ = [
    "accounts",
    "activities",
    "assignments",
    "contacts",
    "links",
    "needs",
    "people",
    "ratings",
    "service_plans",
    "set_tiers",
]

# Day, channel, purpose, and the item of the service plan if there is one.
_Contact = tuple[date, str, str, str]

MIGRATED_ON = date(2021, 1, 1)
"""The day on which an older system was taken over, and half of the accounts with it."""
_CITIES = {
    "North": ("石家庄", "保定", "太原"),
    "East": ("济南", "徐州", "合肥"),
    "South": ("南宁", "湛江", "惠州"),
    "Central": ("郑州", "襄阳", "岳阳"),
    "Southwest": ("成都", "绵阳", "昆明"),
    "Northeast": ("沈阳", "长春", "哈尔滨"),
}
_OFFICE = (("P900", "沈国栋", "sponsor"), ("P901", "韩晓梅", "finance"), ("P902", "吕志强", "logistics"))
_FIELD = (("service", "10"), ("technical", "11"))
_NAMES = ("陈刚", "李梅", "王军", "赵燕", "孙鹏", "周慧", "吴斌", "郑洁", "冯凯", "何欣", "高峰", "林静")
_LEVELS = ("decision", "executive", "user", "external")
_TITLES = {"decision": "采购经理", "executive": "总经理", "user": "仓库主管", "external": "植保站技术员"}
ITEM = "Agronomist visit 农技上门"


def _by_value(world: World) -> dict[str, str]:
    """The tiers that the expected margin would give: key accounts bring two thirds of it."""
    ranked = sorted(world.firm.accounts, key=lambda one: (-one.yearly * max(one.margin, 0.1), one.id))
    ranked = [account for account in ranked if account.type != "pool"]
    total = sum(account.yearly * account.margin for account in ranked)
    listed, sofar = {}, 0.0
    for account in ranked:
        listed[account.id] = "key" if sofar < 0.65 * total else "major" if sofar < 0.88 * total else "standard"
        sofar += account.yearly * account.margin
    return listed


def set_tiers(world: World) -> None:
    """Make the firm's own list: by value, but for one account too high, one too low and the rising one.

    The key accounts that will lack something are put on it here, so that all tables agree on the list.
    """
    listed = _by_value(world)
    high, low = world.pick("East", rank=40), world.pick("Northeast")
    listed |= {high.id: "key", low.id: "standard", world.planted("rising_account")[0].account_id: "standard"}
    margin = world.sums("revenue") - world.sums("cost")
    for account in (high, low):
        rank = int((margin > margin[account.id]).sum()) + 1
        figures = {"tier": listed[account.id], "margin_12m": round(float(margin[account.id]), 2), "rank": rank}
        about = f"is {listed[account.id]} in the file and number {rank} by its margin"
        world.truth("mis_tiered_account", account, about, figures=figures)
    for name, region in (("no_sponsor", "East"), ("no_contact", "Southwest"), ("neglected", "South")):
        world.chosen[name] = world.pick(region)
        listed[world.chosen[name].id] = "key"
    for region in REGIONS:
        for number in (1, 2):
            world.chosen[f"distributor {region} {number}"] = world.pick(region, rank=1)
    world.tiers = listed


def accounts(world: World) -> pd.DataFrame:
    """One row per account and change: half of the files were opened on the day of the migration."""
    rng = world.draw("accounts")
    distributors = {one.id for name, one in world.chosen.items() if name.startswith("distributor")}
    moved = moved_account(world)
    rows = []
    for account in world.firm.accounts:
        migrated = account.first < date(2024, 1, 1) and rng.random() < 0.5
        opened = MIGRATED_ON if migrated else account.first - timedelta(days=int(rng.integers(20, 1500)))
        row = {
            "account_id": account.id,
            "name": account.name,
            "parent_id": account.parent,
            "region": account.region,
            "city": str(rng.choice(_CITIES[account.region])),
            "segment": account.segment,
            "type": "distributor" if account.id in distributors else account.type,
            "tier": world.tiers.get(account.id, ""),
            "opened_on": opened.isoformat(),
            "credit_limit": round(account.yearly / 6, -3),
            "payment_days": 45,
            "manager_id": account.manager,
            "valid_from": "2022-07-01",
        }
        rows.append(row)
        if account.id == moved:
            east = next(one for one in world.innocents if one.account_id == moved)
            rows.append(
                row
                | {"region": "East", "city": "济南", "manager_id": east.object_id, "valid_from": MOVED_ON.isoformat()}
            )
        if account.manager == world.left:
            rows.append(row | {"manager_id": world.successor, "valid_from": LEFT_ON.isoformat()})
    frame = pd.DataFrame(rows)
    world.innocent(
        "migration_date",
        "all",
        "half of the accounts were taken over from an older system on one day, and are not all as old as each other",
        figures={
            "opened_on": MIGRATED_ON.isoformat(),
            "share": round(float((frame["opened_on"] == MIGRATED_ON.isoformat()).mean()), 4),
        },
    )
    return frame


def people(world: World) -> pd.DataFrame:
    """Everybody: managers report to their director, directors to the sponsor."""
    rng = world.draw("people")
    rows: list[dict[str, object]] = []

    def add(id_: str, name: str, role: str, region: str, chief: str) -> None:
        rows.append(
            {
                "person_id": id_,
                "name": name,
                "role": role,
                "region": region,
                "reports_to": chief,
                "joined_on": date(2014, 3, 1) + timedelta(days=int(rng.integers(0, 2800))),
                "left_on": LEFT_ON - timedelta(days=1) if id_ == world.left else None,
                "hours_per_month": 120 if role == "manager" else 60,
                "training_hours": int(rng.integers(4, 40)),
            }
        )

    for id_, (name, role, region) in world.firm.people.items():
        add(id_, name, role, region, "P900" if role == "director" else world.director_of(region))
    for place, region in enumerate(REGIONS):
        for number, (role, suffix) in enumerate(_FIELD):
            add(f"P{place}{suffix}", _NAMES[2 * place + number], role, region, world.director_of(region))
    for id_, name, role in _OFFICE:
        add(id_, name, role, "", "P900" if role != "sponsor" else "")
    return pd.DataFrame(rows)


def assignments(world: World) -> pd.DataFrame:
    """Managers of all accounts, and for key accounts a sponsor and a team; one key account has no sponsor."""
    start = date(2022, 7, 1)
    lonely = world.chosen["no_sponsor"]
    world.truth("no_sponsor", lonely, "is a key account without a sponsor", figures={"sponsors": 0})
    moved = next(one for one in world.innocents if one.kind == "moved_to_another_region")
    rows: list[tuple[object, ...]] = []
    for account in world.firm.accounts:
        change = {moved.account_id: (MOVED_ON, moved.object_id)}.get(account.id)
        if account.manager == world.left:
            change = (LEFT_ON, world.successor)
        rows.append((account.id, account.manager, "manager", start, change[0] if change else None, None))
        if change:
            rows.append((account.id, change[1], "manager", change[0], None, None))
        if world.tiers.get(account.id) == "key":
            place = list(REGIONS).index(account.region)
            if account.id != lonely.id:
                rows.append((account.id, world.director_of(account.region), "sponsor", start, None, None))
            rows += [(account.id, f"P{place}{suffix}", role, start, None, None) for role, suffix in _FIELD]
    frame = pd.DataFrame(rows, columns=["account_id", "person_id", "role", "valid_from", "valid_to", "share"])
    load = frame[(frame["role"] == "manager") & frame["valid_to"].isna()].groupby("person_id").size()
    world.truth(
        "overloaded_manager",
        "Northeast",
        f"looks after {load.max()} accounts since a colleague left",
        object_id=world.successor,
        figures={"accounts": int(load[world.successor]), "median": float(load.median())},
    )
    return frame.drop(columns="share")


def contacts(world: World) -> pd.DataFrame:
    """One to four people an account; one key account without any."""
    rng = world.draw("contacts")
    rows: list[dict[str, object]] = []
    unknown = world.chosen["no_contact"]
    world.truth("no_contact", unknown, "is a key account of which no contact is on file", figures={"contacts": 0})
    for account in world.firm.accounts:
        if account.id == unknown.id or account.type == "pool":
            continue
        size = {"key": 4, "major": 2}.get(world.tiers.get(account.id, ""), 1)
        for level in _LEVELS[:size]:
            number = len(rows) + 1
            left = rng.random() < 0.03
            rows.append(
                {
                    "contact_id": f"CT{number:04d}",
                    "account_id": account.id,
                    "name": "赵钱孙李周吴郑王冯陈"[number % 10] + "建文志明晓红丽华国强"[number // 10 % 10] + "平",
                    "title": _TITLES[level],
                    "level": level,
                    "influence": int(rng.integers(20, 100)),
                    "stance": int(rng.choice([-1, 0, 1, 2], p=[0.1, 0.35, 0.4, 0.15])),
                    "birthday": date(1965, 1, 1) + timedelta(days=int(rng.integers(0, 11000))),
                    "lunar": "是" if rng.random() < 0.2 else "否",
                    "left_on": days_before(rng, 400) if left else None,
                }
            )
    return _with_voices(world, pd.DataFrame(rows))


def _with_voices(world: World, known: pd.DataFrame) -> pd.DataFrame:
    """At one key account the voices that count are against us; at the other key accounts nobody is."""
    keys = {id_ for id_, tier in world.tiers.items() if tier == "key"}
    stayed = known[known["left_on"].isna()].groupby("account_id").size()
    # Not taken: what is planted on an account's people is in no other table.
    against = next(one for one in world.steady("Northeast")[2:] if one.id in keys and stayed.get(one.id, 0) >= 3)
    stance = known["stance"].where(~known["account_id"].isin(keys), known["stance"].clip(lower=0))
    here = known.index[known["account_id"] == against.id]
    ranked = known.loc[here, "influence"].sort_values(ascending=False, kind="stable").index
    stance[ranked] = [-2, -1, *[1] * (len(ranked) - 2)]
    frame = known.assign(stance=stance)
    rated = frame[(frame["account_id"] == against.id) & frame["left_on"].isna()]
    score = float((rated["influence"] * rated["stance"]).sum()) / (2 * float(rated["influence"].sum()))
    world.truth(
        "voices_against", against, "the two who decide most there are against us",
        figures={"rated": len(rated), "support": round(score, 4)},
    )  # fmt: skip
    return frame


def days_before(rng: np.random.Generator, most: int) -> date:
    """A day at most so long before the end."""
    return LAST - timedelta(days=int(rng.integers(1, most)))


def service_plans() -> pd.DataFrame:
    """What the tiers were promised, by year."""
    rows = [
        (ITEM, 4, "key", 900),
        (ITEM, 2, "major", 900),
        ("Soil test 测土", 2, "key", 400),
        ("Soil test 测土", 1, "major", 400),
    ]
    frame = pd.DataFrame(rows, columns=["item", "promised", "tier", "unit_cost"])
    return frame.assign(valid_from="2023-01-01")


def activities(world: World, known: pd.DataFrame) -> pd.DataFrame:
    """Visits, calls and services of two years; services as promised, but for one account that got one of four."""
    rng = world.draw("activities")
    by_account: dict[str, list[tuple[str, str]]] = {}
    for one in each(known):
        by_account.setdefault(one.account_id, []).append((one.contact_id, one.level))
    rows: list[dict[str, object]] = []
    for account in world.firm.accounts:
        # What is drawn for one of them comes between the days of the next two: the order is part of the book.
        who = by_account.get(account.id)
        rows.extend(_activity(world, account, who, rng, about) for about in _contacts_with(world, account, rng))
    frame = pd.DataFrame(rows).sort_values(["date", "account_id"], kind="stable", ignore_index=True)
    frame.insert(0, "activity_id", [f"AC{number:05d}" for number in range(1, len(frame) + 1)])
    planned = frame.iloc[::40].assign(
        date=None, planned_for=LAST + timedelta(days=9), hours=None, cost=None, service_item=""
    )
    planned["activity_id"] = planned["activity_id"].str.replace("AC", "PL")
    world.truth(
        "service_not_delivered",
        world.chosen["neglected"],
        "got one of four promised visits of the agronomist",
        object_id=ITEM,
        figures={"promised": 4, "delivered": 1},
    )
    return pd.concat([frame, planned], ignore_index=True)


def _contacts_with(world: World, account: Account, rng: np.random.Generator) -> Iterator[_Contact]:
    """When an account was called on, how and what for: by chance, and as its service plan has it."""
    if account.type == "pool":
        return
    first = date(2023, 7, 1)
    tier = world.tiers.get(account.id, "standard")
    for _ in range(rng.poisson({"key": 24, "major": 12, "standard": 5}[tier])):
        day = first + timedelta(days=int(rng.integers(0, (LAST - first).days + 1)))
        if day <= max(account.last, account.first):
            channel = str(rng.choice(["visit", "phone", "wechat", "email"], p=[0.4, 0.3, 0.25, 0.05]))
            yield day, channel, str(rng.choice(["retain", "serve", "care", "acquire"], p=[0.35, 0.4, 0.15, 0.1])), ""
    promised = {ITEM: {"key": 4, "major": 2}, "Soil test 测土": {"key": 2, "major": 1}}
    for item, by_tier in promised.items():
        yearly = by_tier.get(tier, 0)
        for year in (first, date(2024, 7, 1)):
            missed = (account.id, item, year.year) == (world.chosen["neglected"].id, ITEM, 2024)
            for number in range(1 if missed else yearly):
                day = year + timedelta(days=int(365 / yearly * (number + rng.uniform(0.2, 0.8))))
                if day <= min(account.last, LAST):
                    yield day, "visit", "serve", item


def _activity(
    world: World, account: Account, who: list[tuple[str, str]] | None, rng: np.random.Generator, about: _Contact
) -> dict[str, object]:
    """One row, but for its number."""
    day, channel, purpose, item = about
    contact, level = who[int(rng.integers(0, len(who)))] if who else (None, None)
    technical = f"P{list(REGIONS).index(account.region)}11"
    return {
        "account_id": account.id,
        "date": day,
        "planned_for": day - timedelta(days=int(rng.integers(0, 6))),
        "person_id": technical if item else world.manager_of(account, day),
        "channel": channel,
        "purpose": purpose,
        "contact_id": contact,
        "level": level if level != "external" else None,
        "service_item": item,
        "hours": round(float(rng.uniform(0.3, 1) if channel != "visit" else rng.uniform(2, 6)), 1),
        "cost": round(float(rng.uniform(100, 500)), 0) if channel == "visit" else 0,
    }


def links(world: World) -> pd.DataFrame:
    """Who listens to whom: an account that left the North, and two that followed."""
    rng = world.draw("links")
    north = {
        kind: next(one for one in world.planted(kind) if one.region == "North")
        for kind in ("lost_account", "partial_defection", "overdue_account")
    }
    first, second, third = north.values()
    rows = [
        (first.account_id, second.account_id, "referral", date(2022, 9, 1), 3),
        (first.account_id, third.account_id, "association", date(2023, 2, 1), 2),
    ]
    for region in REGIONS:
        for left, right in zip(world.steady(region)[10:24:2], world.steady(region)[11:24:2], strict=True):
            kind = str(rng.choice(["referral", "supplier", "association", "neighbour"]))
            rows.append((left.id, right.id, kind, date(2022, 7, 1) + timedelta(days=int(rng.integers(0, 700))), 1))
    follower = world.pick("North", rank=5)
    rows.append((first.account_id, follower.id, "neighbour", date(2022, 9, 1), 1))
    world.innocent(
        "linked_and_loyal", follower, "is a neighbour of the account that left, and buys on",
        others=(first.account_id,), figures={"revenue_12m": round(float(world.sums()[follower.id]), 2)},
    )  # fmt: skip
    world.truth(
        "chain", world.account(first.account_id), "left, then the two that listen to it bought less and stopped",
        others=(second.account_id, third.account_id),
        figures={
            "last_order": world.last_order(first.account_id),
            "last_order_of_the_third": world.last_order(third.account_id),
        },
    )  # fmt: skip
    return pd.DataFrame(rows, columns=["account_id", "linked_id", "kind", "valid_from", "weight"])


def needs(world: World) -> pd.DataFrame:
    """What accounts need that they did not need before; one was never answered."""
    rng = world.draw("needs")
    texts = (
        "Smaller packs 小包装",
        "Delivery on Saturdays 周六送货",
        "Organic line 有机产品",
        "Monthly invoice 月结开票",
        "Field advice 田间指导",
    )
    rows = []
    for number in range(48):
        account = world.steady(list(REGIONS)[number % 6])[number // 6 + 6]
        noticed = days_before(rng, 600)
        answered = noticed + timedelta(days=int(rng.integers(3, 40)))
        rows.append(
            (
                account.id,
                noticed,
                texts[number % 5],
                noticed - timedelta(days=int(rng.integers(0, 60))),
                answered if answered <= LAST else None,
            )
        )
    waiting = world.pick("East", rank=2)
    rows.append((waiting.id, date(2024, 11, 18), "Liquid fertiliser in tanks 罐装液体肥", date(2024, 9, 1), None))
    frame = pd.DataFrame(rows, columns=["account_id", "noticed_on", "text", "happened_on", "answered_on"])
    frame.insert(0, "need_id", [f"ND{number:03d}" for number in range(1, len(frame) + 1)])
    world.truth(
        "unanswered_need", waiting, "asked for tanks in November 2024 and got no answer",
        object_id=str(frame["need_id"].iloc[-1]), figures={"days": (LAST - date(2024, 11, 18)).days + 1},
    )  # fmt: skip
    return frame


def ratings(world: World) -> pd.DataFrame:
    """What managers and directors think of the key accounts, once a year."""
    rng = world.draw("ratings")
    rows: list[tuple[object, ...]] = []
    for account in world.firm.accounts:
        if world.tiers.get(account.id) != "key":
            continue
        for year in (2023, 2024):
            for criterion, method in (
                ("potential", "research"),
                ("strategic", "management"),
                ("influence", "interview"),
                ("intent", "interview"),
                ("partnership", "management"),
            ):
                day = date(year, 11, 1) + timedelta(days=int(rng.integers(0, 28)))
                rater = world.manager_of(account, day) if method == "interview" else world.director_of(account.region)
                rows.append((account.id, criterion, method, int(np.clip(rng.normal(60, 18), 5, 100)), day, rater))
    return pd.DataFrame(rows, columns=["account_id", "criterion", "method", "score", "rated_on", "rater_id"])
