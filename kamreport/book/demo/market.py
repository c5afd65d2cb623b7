"""What the accounts buy elsewhere, what rivals do, what distributors have in store."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from kamreport.book.demo.changes import CAMPAIGN
from kamreport.book.demo.firm import FAMILIES, LAST, REGIONS, RIVALS, Account
from kamreport.book.demo.world import MONTHS, World, days_between
from kamreport.results import each

__all__ = [
    "campaigns",
    "catching_up",
    "channel_stock",
    "competitor_events",
    "stuck_deals",
    "wallet",
    "wallet_shares",
]

_WALLET_YEARS = (date(2023, 1, 1), date(2024, 1, 1))
_HALF = date(2025, 1, 1)
# Who sells to the accounts with hidden churn what they buy more.
_TAKERS = ("ruifeng", "landtech")


def wallet(world: World) -> pd.DataFrame:
    """What the larger accounts buy of everybody, as they say themselves: two years, and the first halves beside them.

    Of the accounts with hidden churn it grows faster than what they buy of us.
    """
    rng = world.draw("wallet")
    hidden = [world.pick("East"), world.pick("Southwest")]
    falling = [world.account(one.account_id) for one in world.planted("partial_defection")]
    larger = [one for region in REGIONS for one in world.steady(region)[:10]]
    sums = {span: world.sums("revenue", *span) for span in _spans()}
    rows: list[tuple[object, ...]] = []
    for account in (*larger, *hidden, *falling):
        usual = rng.uniform(0.35, 0.75)
        for span, share in zip(_spans(), _shares(account.id, usual, hidden, falling), strict=True):
            spend = round(float(sums[span][account.id]) / share, -2)
            collected = min(span[1] + timedelta(days=int(rng.integers(5, 29))), LAST)
            if spend > 0:
                told = (spend, "customer", collected, round(spend * 0.96, -2), round(spend * 1.04, -2))
                rows.append((account.id, *span, *told))
    names = ["account_id", "period_start", "period_end", "total_spend", "source", "collected_on", "low", "high"]
    frame = pd.DataFrame(rows, columns=names)
    for kind, group, about in (
        ("hidden_churn", hidden, "buys more of us and gives us a smaller part of what it buys"),
        ("share_of_wallet_loss", falling[:1], "buys as much as ever and less of us"),
    ):
        for account in group:
            spends = frame[frame["account_id"] == account.id].set_index("period_end")["total_spend"]
            before, now = (float(sums[span][account.id]) for span in _spans()[-2:])
            all_before, all_now = (float(spends.to_dict()[end]) for _, end in _spans()[-2:])
            world.truth(
                kind, account, about,
                figures={
                    "revenue_before": round(before, 2), "revenue_now": round(now, 2),
                    "share_before": round(before / all_before, 4), "share_now": round(now / all_now, 4),
                },
            )  # fmt: skip
    return frame


def _spans() -> list[tuple[date, date]]:
    """Two calendar years, then the first half of the last year and of this one, up to the end of May."""
    years = [(start, date(start.year + 1, 1, 1)) for start in _WALLET_YEARS]
    return [*years, (date(2024, 1, 1), date(2024, 6, 1)), (_HALF, date(2025, 6, 1))]


def _shares(id_: str, usual: float, hidden: list[Account], falling: list[Account]) -> list[float]:
    if id_ in {one.id for one in hidden}:
        return [0.62, 0.60, 0.60, 0.44]
    if id_ in {one.id for one in falling}:
        return [0.70, 0.69, 0.69, 0.28]
    return [usual, usual, usual, min(usual * 1.01, 0.9)]


def wallet_shares(world: World, spends: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """How each of these wallets is divided; the parts sum to one.

    Among the rivals an account divides the rest alike from year to year. What we lose since 2025 goes to one of them:
    to the one that the register of losses names, where the account stands in it.
    """
    rng = world.draw("wallet_shares")
    sums = {span: world.sums("revenue", *span) for span in _spans()}
    named = dict(zip(register["account_id"], register["competitor_id"], strict=True))
    takers = {one.account_id: named[one.account_id] for one in world.planted("partial_defection")}
    takers |= {one.account_id: rival for one, rival in zip(world.planted("hidden_churn"), _TAKERS, strict=True)}
    usual = {id_: rng.dirichlet([4, 3, 2, 2]) for id_ in spends["account_id"].unique()}
    rows: list[tuple[object, ...]] = []
    past: dict[str, float] = {}
    for one in each(spends):
        own = round(float(sums[one.period_start, one.period_end][one.account_id]) / float(one.total_spend), 4)
        is_taken = one.account_id in takers and one.period_start == _HALF
        parts = usual[one.account_id] * (1 - (past[one.account_id] if is_taken else own))
        parts = parts + rng.normal(0, 0.004, len(RIVALS))
        if is_taken:
            parts[list(RIVALS).index(takers[one.account_id])] += past[one.account_id] - own
        past[one.account_id] = own
        parts = np.floor(parts.clip(min=0.001) * 1e4) / 1e4
        parts[0] = round(1 - own - parts[1:].sum(), 4)
        shares = {"own": own, **dict(zip(RIVALS, parts, strict=True))}
        ranks = pd.Series(shares).rank(ascending=False, method="min").astype(int)
        span, told = (one.account_id, one.period_start, one.period_end), (one.collected_on, one.source)
        rows += [
            (*span, rival, round(float(part), 4), told[0], int(ranks[rival]), told[1]) for rival, part in shares.items()
        ]
    names = ["account_id", "period_start", "period_end", "competitor_id", "share", "collected_on", "rank", "source"]
    frame = pd.DataFrame(rows, columns=names)
    spend = spends[spends["period_start"] == _HALF].set_index("account_id")["total_spend"].to_dict()
    halves = frame[frame["period_end"].isin([span[1] for span in _spans()[-2:]])]
    parts_of = halves.set_index(["account_id", "competitor_id", "period_start"])["share"].to_dict()
    for id_, rival in takers.items():
        before, now = (float(parts_of[id_, rival, span[0]]) for span in _spans()[-2:])
        world.truth(
            "share_taken", world.account(id_), "a rival has taken the part of its purchases that we have lost",
            object_id=rival,
            figures={
                "share_before": before, "share_now": now, "taken": round((now - before) * float(spend[id_]), 2),
            },
        )  # fmt: skip
    return frame


def competitor_events(world: World) -> pd.DataFrame:
    """What rivals did in two years, and whom it concerned; the price cut in the South was noticed six weeks late."""
    rng = world.draw("competitor_events")
    rows = []
    for number, happened in enumerate(days_between(rng, date(2023, 7, 1), date(2025, 5, 20), 60), start=1):
        region = str(rng.choice(list(REGIONS)))
        noticed = happened + timedelta(days=int(rng.integers(2, 35)))
        answered = noticed + timedelta(days=int(rng.integers(3, 40))) if rng.random() < 0.6 else None
        kind = str(rng.choice(["price", "promotion", "product", "channel", "service", "hiring", "bid"]))
        event = (
            f"CE{number:03d}",
            str(rng.choice(list(RIVALS))),
            happened,
            noticed,
            kind,
            "dealer visit",
            region,
            str(rng.choice(list(FAMILIES))),
            round(float(rng.uniform(0.02, 0.08)), 2) if kind == "price" else None,
            answered if answered and answered <= LAST else None,
        )
        touched = [one.id for one in world.steady(region)[8 : 8 + int(rng.integers(1, 4))]]
        rows += [(*event, id_) for id_ in touched]
    attack = (
        "CE900",
        "ruifeng",
        date(2025, 4, 1),
        date(2025, 5, 14),
        "price",
        "dealer visit",
        "South",
        "Fertiliser 化肥",
        0.12,
        None,
    )
    rows += [(*attack, one.id) for one in world.steady("South")[:5]]
    world.truth(
        "rival_move_unanswered", "South", "Ruifeng's price cut was noticed six weeks late and is not answered",
        object_id="CE900", figures={"days_to_notice": 43, "depth": 0.12},
    )  # fmt: skip
    names = [
        "event_id",
        "competitor_id",
        "happened_on",
        "noticed_on",
        "kind",
        "source",
        "region",
        "family",
        "depth",
        "answered_on",
        "account_id",
    ]
    return pd.DataFrame(rows, columns=names)


def catching_up(world: World, scores: pd.DataFrame) -> None:
    """Note the rival whose scores rise from round to round."""
    mean = scores.groupby(["competitor_id", "rated_on"])["score"].mean().unstack().astype(float).T
    world.truth(
        "rival_catching_up", "all", "Ruifeng has gained most of a point in three rounds, we nothing",
        object_id="ruifeng",
        figures={
            f"{who}_{moment}": round(float(mean[rival].to_numpy()[place]), 4)
            for who, rival in (("rival", "ruifeng"), ("own", "own")) for moment, place in (("first", 0), ("last", -1))
        },
    )  # fmt: skip


def channel_stock(world: World, master: pd.DataFrame) -> pd.DataFrame:
    """What distributors sold on and hold, 18 months: one piles up, one stocks up for spring."""
    rng = world.draw("channel_stock")
    ids = master.loc[master["type"] == "distributor", "account_id"].unique()
    homes = {id_: world.account(str(id_)).region for id_ in ids}
    piling = next(id_ for id_ in ids if homes[id_] == "Central")
    early = next(id_ for id_ in ids if homes[id_] == "North")
    lines = world.lines.assign(month=world.lines["date"].dt.to_period("M"))
    rows = []
    for id_ in ids:
        own = lines[(lines["account_id"] == id_) & lines["product_id"].notna()]
        product = own.groupby("product_id")["revenue"].sum().idxmax()
        own = own[own["product_id"] == product]
        bought = own.groupby("month")["quantity"].sum().reindex(MONTHS[-18:], fill_value=0.0)
        stock = float(bought.mean()) * 0.8
        held = []
        for month, quantity in bought.items():
            share = 0.72 if id_ == piling else rng.uniform(0.93, 1.05)
            if id_ == early:
                share = 0.3 if month.month in (1, 2) else share
                share += 0.6 * stock / quantity if month.month in (3, 4, 5, 6) and quantity > 0 else 0.0
            sold = round(min(max(quantity * share, 0.0), stock + quantity), 1)
            stock = round(stock + quantity - sold, 1)
            held.append(stock)
            rows.append((str(month), id_, product, sold, stock, own["unit"].iloc[0], round(quantity, 1)))
        account = world.account(str(id_))
        months = round(held[-1] / float(bought.iloc[-6:].mean()), 4)
        if id_ == piling:
            world.truth(
                "distributor_piling_up",
                account,
                "sells on three quarters of what it buys",
                object_id=str(product),
                figures={"stock_first": held[0], "stock_last": held[-1], "months_of_purchases": months},
            )
        if id_ == early:
            world.innocent(
                "stocks_up_for_the_season",
                account,
                "stocks up in January and February and has sold it by June",
                object_id=str(product),
                figures={"stock_peak": max(held), "stock_last": held[-1]},
            )
    names = ["month", "account_id", "product_id", "sell_out", "stock_end", "unit", "sell_in"]
    return pd.DataFrame(rows, columns=names)


def campaigns() -> pd.DataFrame:
    """The promotions of two years."""
    rows = [
        ("CP01", date(2023, 8, 14), date(2023, 9, 15), 42000, "North", "", "Fertiliser 化肥"),
        ("CP02", date(2024, 2, 19), date(2024, 3, 20), 65000, "", "dealer", "Seed 种子"),
        ("CP03", date(2024, 4, 8), date(2024, 5, 10), 38000, "South", "", "Pesticide 农药"),
        ("CP04", date(2024, 8, 12), date(2024, 9, 13), 45000, "East", "", "Fertiliser 化肥"),
        ("CP06", date(2025, 2, 17), date(2025, 3, 21), 70000, "", "dealer", "Seed 种子"),
    ]
    names = ["campaign_id", "starts_on", "ends_on", "cost", "region", "segment", "family"]
    frame = pd.DataFrame(
        [*rows, (*(CAMPAIGN[name] for name in names[:3]), 36000, CAMPAIGN["region"], "", CAMPAIGN["family"])],
        columns=names,
    )
    return frame.sort_values("campaign_id", ignore_index=True)


def stuck_deals(world: World, deals: pd.DataFrame) -> pd.DataFrame:
    """Two deals that have waited for an answer to the offer since last autumn, added to the others."""
    rows = []
    for number, region in enumerate(("South", "Central")):
        account = world.pick(region, rank=3)
        rows.append(
            {
                "opportunity_id": f"OP{720 + number:05d}", "created_on": date(2024, 9, 10 + number),
                "account_id": account.id,
                "region": region, "owner_id": account.manager, "amount": round(account.yearly * 0.4, 0),
                "family": next(iter(account.families)), "kind": "existing", "expected_close": date(2024, 12, 31),
            }
        )  # fmt: skip
        world.truth(
            "stuck_opportunity", account, "its deal has been at the offer since autumn",
            object_id=f"OP{720 + number:05d}",
            figures={"created_on": f"2024-09-{10 + number}", "expected_close": "2024-12-31"},
        )  # fmt: skip
    frame = pd.concat([deals, pd.DataFrame(rows)], ignore_index=True)
    frame["owner_id"] = [
        world.in_charge(one, day) for one, day in zip(frame["owner_id"], frame["created_on"], strict=True)
    ]
    return frame
