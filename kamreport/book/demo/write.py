"""Writes the demo book as the files a firm would export, and what was planted beside them."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from kamreport.book.demo import changes, launches, losses, market, money, people, plans, service, trade
from kamreport.book.demo.firm import CHANNELS, LAST, REGIONS, RIVAL_CHANNELS, RIVALS, Firm, make_firm
from kamreport.book.demo.mapping import ACCOUNT_HEADERS, HEADERS, OTHERS
from kamreport.book.demo.world import World

__all__ = ["make_tables", "write_demo", "write_planted"]


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
    tables, world = make_tables(seed)
    _csv(_with_faults(tables["transactions"]).rename(columns=HEADERS), folder / "transactions.csv")
    _excel(tables["accounts"].rename(columns=ACCOUNT_HEADERS), folder / "accounts.xlsx")
    tables["receivables"].to_parquet(folder / "receivables.parquet", index=False)
    for name in OTHERS:
        _csv(tables[name], folder / f"{name}.csv")
    write_planted(world, folder)


def write_planted(world: World, folder: Path) -> None:
    """Write what is planted beside the data."""
    planted = {"truths": [asdict(one) for one in world.truths], "innocents": [asdict(one) for one in world.innocents]}
    (folder / "planted.json").write_text(json.dumps(planted, ensure_ascii=False, indent=1), "utf-8")


def make_tables(seed: int) -> tuple[dict[str, pd.DataFrame], World]:
    """Make every table of the contract in its columns, without an export's faults, and the list of what is planted."""
    rng = np.random.default_rng(seed)
    firm = make_firm(rng)
    sales = trade.transactions(firm, rng)
    lines = pd.concat([sales, trade.returns(sales, rng)]).sort_values(["date", "doc_id"], ignore_index=True)
    owed = trade.receivables(sales, firm, rng)
    tables = {
        "products": trade.product_list(),
        "regions": pd.DataFrame([(en, en, zh) for en, zh in REGIONS.items()], columns=["region", "name_en", "name_zh"]),
        "targets": trade.targets(sales, firm),
        "aliases": _aliases(firm),
        "fx_rates": trade.fx_rates(),
        "opportunities": trade.opportunities(firm, rng),
        "competitors": pd.DataFrame(
            [(id_, name, RIVAL_CHANNELS[id_]) for id_, name in RIVALS.items()],
            columns=["competitor_id", "name", "channels"],
        ),
        "competitor_prices": trade.competitor_prices(rng, seed),
        "competitor_scores": trade.competitor_scores(firm, rng),
    }
    # All that follows draws from generators of its own, and changes nothing of what was drawn before.
    world = World(firm, lines[[name for name in HEADERS if name != "channel"]], seed)
    launches.launch(world)
    changes.change(world)
    people.set_tiers(world)
    tables["receivables"] = _owed_by_sister(owed, world)
    tables["actions"] = _actions(world)
    tables |= _of_people(world)
    tables["complaints"] = service.complaints(world)
    tables["opportunities"] = market.stuck_deals(world, tables["opportunities"])
    trade.lost_to_rival(world, tables["opportunities"])
    tables["steps"] = service.steps(world, tables["opportunities"], tables["complaints"])
    tables["opportunities"] = _by_name(tables["opportunities"], firm)
    tables["deliveries"] = service.deliveries(world)
    tables["survey_sample"] = service.survey_sample(world, tables["contacts"])
    tables["survey"] = service.survey(world, tables["survey_sample"])
    tables |= _of_market(world, tables["accounts"])
    market.catching_up(world, tables["competitor_scores"])
    tables |= {
        "product_costs": money.product_costs(world),
        "price_list": money.price_list(),
        "rebates": money.rebates(world),
        "cost_to_serve": money.cost_to_serve(world),
        "spend": money.spend(world),
        "contracts": money.contracts(world),
        "benefits": money.benefits(world),
        "benchmarks": money.benchmarks(),
    }
    tables["targets"] = pd.concat([tables["targets"], plans.account_targets(world)], ignore_index=True)
    _prove(world)
    tables["transactions"] = world.lines.assign(
        date=np.datetime_as_string(world.lines["date"].to_numpy(), unit="D"),
        order_date=world.lines["order_date"].dt.date.where(world.lines["order_date"].notna(), None),
        channel=world.lines["account_id"].map({one.id: CHANNELS[one.segment] for one in firm.accounts}),
    )
    return tables, world


def _prove(world: World) -> None:
    """Write the figures of what was planted before anything was sold."""
    revenue, margin = world.sums(), world.sums() - world.sums("cost")
    recent = world.sums(since=date(2025, 4, 1)), world.sums(since=date(2024, 4, 1), until=date(2024, 7, 1))
    pesticide = tuple(one.product_id for one in trade.products() if one.family == "Pesticide 农药")
    world.prove(
        "fake_big_account",
        lambda one: {
            "revenue_12m": round(float(revenue[one.account_id]), 2),
            "margin_12m": round(float(margin[one.account_id]), 2),
        },
    )
    world.prove("lost_account", lambda one: {"last_order": world.last_order(one.account_id)})
    world.prove("overdue_account", lambda one: {"last_order": world.last_order(one.account_id)})
    world.prove("stopped_family", lambda one: {"last_order": world.last_order(one.account_id, pesticide)})
    world.prove(
        "partial_defection",
        lambda one: {"recent": round(float(recent[0][one.account_id] / recent[1][one.account_id]) - 1, 4)},
    )
    world.prove("price_attack", lambda _: {"change": -0.12, "since": "2025-04-01"})


def _of_people(world: World) -> dict[str, pd.DataFrame]:
    known = people.contacts(world)
    return {
        "people": people.people(world),
        "assignments": people.assignments(world),
        "contacts": known,
        "activities": people.activities(world, known),
        "service_plans": people.service_plans(),
        "links": people.links(world),
        "needs": people.needs(world),
        "ratings": people.ratings(world),
        "accounts": people.accounts(world),
    }


def _of_market(world: World, accounts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    wallet, register = market.wallet(world), losses.defections(world)
    return {
        "wallet": wallet,
        "wallet_shares": market.wallet_shares(world, wallet, register),
        "competitor_events": market.competitor_events(world),
        "defections": register,
        "interviews": losses.interviews(world, register),
        "channel_stock": market.channel_stock(world, accounts),
        "campaigns": market.campaigns(),
    }


def _owed_by_sister(owed: pd.DataFrame, world: World) -> pd.DataFrame:
    """What an account would owe that buys under its parent's number now is owed by the parent."""
    moved = next(one for one in world.innocents if one.kind == "moved_to_sister_firm")
    later = (owed["account_id"] == moved.account_id) & (owed["month"] >= f"{changes.SISTER_SINCE:%Y-%m}")
    if not later.any():
        return owed
    owed = owed.assign(account_id=owed["account_id"].mask(later, moved.others[0]))
    return owed.groupby(["month", "account_id"], sort=False, as_index=False).sum().round(2)


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


def _aliases(firm: Firm) -> pd.DataFrame:
    """The opportunities name some accounts by their names."""
    rows = [("account", "opportunities", account.name, account.id) for account in firm.accounts[::9]]
    return pd.DataFrame(rows, columns=["kind", "source", "alias", "id"])


def _by_name(deals: pd.DataFrame, firm: Firm) -> pd.DataFrame:
    names = {account.id: account.name for account in firm.accounts[::9]}
    return deals.assign(account_id=deals["account_id"].map(lambda id_: names.get(id_, id_)))


def _actions(world: World) -> pd.DataFrame:
    """What was decided in the last months: some done, some open, some late."""
    rows = []
    for number, truth in enumerate(world.firm.truths):
        account = next((one for one in world.firm.accounts if one.id == truth.account_id), None)
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
                "owner_id": world.manager_of(account, created) if account else "P200",
                "due_on": created + timedelta(days=20 + 10 * (number % 4)),
                "account_id": account.id if account else None,
                "region": truth.region,
                "done_on": done if done is None or done <= LAST else None,
                "result": "agreed 已达成" if done else None,
                "kind": "quick_win",
            }
        )
    return pd.DataFrame(rows)
