"""Why accounts left: the register of losses, the interviews about them."""

from datetime import date, timedelta

import pandas as pd

from kamreport.book.demo.firm import LAST
from kamreport.book.demo.world import World
from kamreport.results import each

__all__ = ["defections", "interviews"]

# Of the accounts that left or bought less, in the order in which they are planted: to whom, why as the salesperson
# says, why as the account says. All six reasons are among them.
_REASONS = (
    ("landtech", "price", "service"),
    ("landtech", "technology", "technology"),
    ("none", "market", "market"),
    ("ruifeng", "price", "price"),
    ("jinsui", "promotion", "promotion"),
    ("huanong", "price", "service"),
    ("ruifeng", "price", "price"),
    ("landtech", "product", "product"),
    ("jinsui", "product", "product"),
)


def defections(world: World) -> pd.DataFrame:
    """The register: the losses of the ledger with their reasons, and one that never was."""
    rng = world.draw("defections")
    losses = [*world.planted("lost_account"), *world.planted("partial_defection"), *world.planted("stopped_family")]
    noticed = {"lost_account": 100, "partial_defection": 70, "stopped_family": 60}
    rows = []
    for loss, (rival, said, own) in zip(losses, _REASONS, strict=True):
        account = world.account(loss.account_id)
        since = account.last if loss.kind == "lost_account" else account.drops[0][0]
        day = since + timedelta(days=noticed[loss.kind] + int(rng.integers(0, 25)))
        rows.append(
            {
                "account_id": account.id, "noticed_on": day,
                "kind": "full" if loss.kind == "lost_account" else "partial",
                "family": account.drops[0][1] if account.drops else "", "competitor_id": rival, "reason_rep": said,
                "reason_on": day + timedelta(days=6), "reason_customer": own, "customer_on": day + timedelta(days=25),
                "substitute": "Drone spraying 无人机飞防" if own == "technology" else "",
                "win_back_cost": round(account.yearly * 0.02, -2),
            }
        )  # fmt: skip
    mistaken = world.pick("Central", rank=4)
    rows.append(
        {
            "account_id": mistaken.id,
            "noticed_on": date(2025, 2, 24),
            "kind": "full",
            "competitor_id": "unknown",
            "reason_rep": "price",
            "reason_on": date(2025, 2, 26),
        }
    )
    frame = pd.DataFrame(rows)
    frame.insert(0, "defection_id", [f"DF{number:03d}" for number in range(1, len(frame) + 1)])
    frame[["reason_customer", "customer_on"]] = frame[["reason_customer", "customer_on"]].where(
        pd.to_datetime(frame["customer_on"]) <= pd.Timestamp(LAST), None
    )
    world.innocent(
        "registered_and_buying", mistaken, "stands in the register of losses and has ordered ever since",
        object_id=str(frame["defection_id"].iloc[-1]),
        figures={
            "noticed_on": "2025-02-24",
            "revenue_since": round(float(world.sums(since=date(2025, 3, 1))[mistaken.id]), 2),
        },
    )  # fmt: skip
    told = frame["reason_customer"].value_counts()
    world.truth(
        "reasons_of_losses",
        "all",
        "six reasons stand in the register, service and price most often",
        figures={str(one): int(n) for one, n in told.items()},
    )
    for row in each(frame[frame["reason_customer"].notna() & (frame["reason_rep"] != frame["reason_customer"])]):
        world.truth(
            "reasons_differ", world.account(row.account_id),
            "left for the service, and the salesperson says for the price",
            object_id=str(row.defection_id), figures={"rep": str(row.reason_rep), "customer": str(row.reason_customer)},
        )  # fmt: skip
    return frame


def interviews(world: World, register: pd.DataFrame) -> pd.DataFrame:
    """Interviews with those that left: most held, one refused, one still planned."""
    rows = []
    for number, loss in enumerate(each(register.iloc[:-1])):
        planned = loss.noticed_on + timedelta(days=20)
        held = planned + timedelta(days=5)
        outcome = "refused" if number == 2 else "unreachable" if number == 5 else "held"
        over = held <= LAST and number != 7
        region = world.account(str(loss.account_id)).region
        rows.append(
            {
                "interview_id": f"IV{number + 1:03d}", "account_id": loss.account_id, "planned_on": planned,
                "defection_id": loss.defection_id,
                "held_on": held if over else None, "outcome": outcome if over else None,
                "interviewer_id": world.director_of(region), "interviewer_role": "director",
                "reason": loss.reason_customer if over and outcome == "held" else None,
                "lesson": "Answer complaints within two days 两天内答复客诉" if over and outcome == "held" else None,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
