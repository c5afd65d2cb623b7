"""How the demo firm served its accounts and what they said of it: deliveries, cases, surveys."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from kamreport.book.demo.firm import LAST, REGIONS, Account
from kamreport.book.demo.world import World
from kamreport.results import each

__all__ = ["complaints", "deliveries", "steps", "survey", "survey_sample"]

_DELIVERIES_FROM = date(2024, 1, 1)
_LATE_FROM, _LATE_UNTIL = date(2024, 9, 1), date(2025, 1, 1)
_WAVES = {
    "2023H2": date(2023, 11, 6),
    "2024H1": date(2024, 5, 6),
    "2024H2": date(2024, 11, 4),
    "2025H1": date(2025, 5, 6),
}
_ATTRIBUTES = ("price", "delivery", "quality", "service", "advice", "range", "brand")
_ANSWERS = {"dealer": 0.75, "cooperative": 0.65, "farm": 0.2}
_HAPPY = {"dealer": 4.1, "cooperative": 3.9, "farm": 2.3}
"""Farms are the least content, and answer least: who answers is no picture of who was asked."""


def deliveries(world: World) -> pd.DataFrame:
    """One row per ordered line of 18 months; to two accounts of the partly lost they came late before they left."""
    rng = world.draw("deliveries")
    lines = world.lines[(world.lines["kind"] == "sale") & (world.lines["order_date"] >= pd.Timestamp(_DELIVERIES_FROM))]
    lines = lines.drop_duplicates(["order_id", "line_no"])
    n = len(lines)
    late_to = [one.account_id for one in world.planted("partial_defection") if one.region != "North"]
    days = rng.integers(2, 6, n)
    promised = lines["order_date"].to_numpy() + np.timedelta64(5, "D")
    taken = np.where(rng.random(n) < 0.09, days + rng.integers(3, 9, n), days)
    ordered = lines["order_date"]
    hit = lines["account_id"].isin(late_to) & ordered.between(pd.Timestamp(_LATE_FROM), pd.Timestamp(_LATE_UNTIL))
    taken = np.where(hit & (rng.random(n) < 0.75), days + rng.integers(8, 16, n), taken)
    arrived = ordered.to_numpy() + taken * np.timedelta64(1, "D")
    shipped = arrived - np.timedelta64(1, "D")
    end = np.datetime64(LAST)
    whole = rng.random(n) < 0.96
    quantity = lines["quantity"].to_numpy()
    frame = pd.DataFrame(
        {
            "order_id": lines["order_id"].to_numpy(),
            "line_no": lines["line_no"].to_numpy(),
            "account_id": lines["account_id"].to_numpy(),
            "ordered_on": _text(ordered.to_numpy()),
            "promised_on": _text(promised),
            "ordered_qty": quantity,
            "shipped_on": np.where(shipped <= end, _text(shipped), ""),
            "delivered_on": np.where(arrived <= end, _text(arrived), ""),
            "delivered_qty": np.where(arrived <= end, np.where(whole, quantity, np.round(quantity * 0.8, 1)), np.nan),
        }
    )
    for id_ in late_to:
        account = world.account(id_)
        own = (frame["account_id"] == id_) & frame["ordered_on"].between(_LATE_FROM.isoformat(), "2024-12-31")
        on_time = frame["delivered_on"] <= frame["promised_on"]
        world.truth(
            "late_deliveries",
            account,
            "was served late from September to December 2024 and buys 60 % less since January",
            figures={
                "on_time": round(float(on_time[own].mean()), 4),
                "on_time_of_all": round(float(on_time[frame["delivered_on"] != ""].mean()), 4),
                "lines": int(own.sum()),
            },
        )
    return frame


def _text(days: Any) -> Any:
    return np.datetime_as_string(days, unit="D")


def _case(account: Account, opened: date, category: str, severity: int, rng: np.random.Generator) -> dict[str, object]:
    """A case that is answered and resolved as usual."""
    answered = opened + timedelta(days=int(rng.integers(0, 5)))
    resolved = answered + timedelta(days=int(rng.integers(1, 30)))
    done = resolved <= LAST
    kind = str(rng.choice(["complaint", "suggestion", "incident"], p=[0.8, 0.15, 0.05]))
    return {
        "account_id": account.id,
        "opened_on": opened,
        "kind": kind,
        "channel": str(rng.choice(["phone", "wechat", "visit", "email"])),
        "category": category,
        "severity": severity,
        "unit": {"quality": "质量部", "delivery": "物流部", "price": "销售部"}.get(category, "客服部"),
        "first_response_on": answered if answered <= LAST else None,
        "resolved_on": resolved if done else None,
        "accepted": str(rng.choice(["yes", "partly", "no"], p=[0.7, 0.2, 0.1])) if done else None,
        "reopened_on": None,
        "adopted": ("是" if rng.random() < 0.4 else "否") if done and kind == "suggestion" else None,
        "amount": round(float(rng.uniform(200, 8000)), 0) if done and rng.random() < 0.3 else None,
        "text": "Short of what was agreed 与约定不符",
    }


def complaints(world: World) -> pd.DataFrame:
    """Cases of two years, as likely in one region as in another; some of two accounts were never resolved."""
    rng = world.draw("cases")
    sellers = [one for one in world.firm.accounts if one.type != "pool"]
    first = date(2023, 7, 1)
    rows = []
    for number in rng.integers(0, len(sellers), 420):
        account = sellers[int(number)]
        opened = first + timedelta(days=int(rng.integers(0, 730)))
        if opened <= account.last:
            category = str(
                rng.choice(["quality", "delivery", "service", "price", "other"], p=[0.3, 0.3, 0.2, 0.1, 0.1])
            )
            rows.append(_case(account, opened, category, int(rng.choice([1, 2, 3, 4], p=[0.35, 0.4, 0.2, 0.05])), rng))
    _chance(world, rows)
    for account in (world.pick("North"), world.pick("South", rank=2)):
        since = [date(2025, 1, 14), date(2025, 2, 20), date(2025, 3, 27)]
        rows += [
            _case(account, day, "quality", 4, rng)
            | {"kind": "complaint", "resolved_on": None, "accepted": None, "adopted": None, "amount": None}
            for day in since
        ]
        figures = {"open": 3, "oldest_days": (LAST - since[0]).days + 1}
        world.truth("unresolved_complaints", account, "waits for an answer to three complaints", figures=figures)
    slow = world.pick("East", rank=6)
    rows.append(
        _case(slow, date(2025, 3, 3), "delivery", 3, rng)
        | {"kind": "complaint", "resolved_on": date(2025, 6, 18), "accepted": "yes", "adopted": None}
    )
    again = world.pick("Central", rank=5)
    rows.append(
        _case(again, date(2025, 2, 3), "service", 3, rng)
        | {
            "kind": "complaint",
            "resolved_on": date(2025, 2, 12),
            "accepted": "no",
            "adopted": None,
            "reopened_on": date(2025, 3, 4),
        }
    )
    frame = pd.DataFrame(rows).sort_values(["opened_on", "account_id"], kind="stable", ignore_index=True)
    frame.insert(0, "case_id", [f"KS{number:04d}" for number in range(1, len(frame) + 1)])
    own = frame.loc[(frame["account_id"] == slow.id) & (frame["opened_on"] == date(2025, 3, 3)), "case_id"].iloc[0]
    world.innocent(
        "resolved_since", slow, "had an open complaint in May, which is resolved in June's book and open in May's",
        object_id=str(own), period="2025-06", figures={"opened_on": "2025-03-03", "resolved_on": "2025-06-18"},
    )  # fmt: skip
    own = frame.loc[(frame["account_id"] == again.id) & (frame["opened_on"] == date(2025, 2, 3)), "case_id"].iloc[0]
    world.truth(
        "reopened_complaint", again, "did not accept the answer and opened its complaint again", object_id=str(own),
        figures={"resolved_on": "2025-02-12", "reopened_on": "2025-03-04"},
    )  # fmt: skip
    return frame


def _chance(world: World, rows: list[dict[str, object]]) -> None:
    """Note which region is worst although nothing sets it apart."""
    count = pd.Series([world.account(str(row["account_id"])).region for row in rows]).value_counts()
    world.innocent(
        "worst_by_chance", str(count.index[0]), "has the most complaints, as one of six must have",
        figures={"complaints": int(count.iloc[0]), "mean": round(float(count.mean()), 2)},
    )  # fmt: skip


def steps(world: World, deals: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Stages of deals and of complaints; two deals have been stuck in one for most of a year."""
    rng = world.draw("steps")
    rows: list[tuple[object, ...]] = []
    stuck = {one.object_id: one for one in world.planted("stuck_opportunity")}
    for deal in each(deals):
        created = date.fromisoformat(str(deal.created_on))
        over = date.fromisoformat(str(deal.closed_on)) if isinstance(deal.closed_on, date) else None
        names = ["lead 线索", "need 需求", "offer 报价", "contract 签约"]
        day = created
        reached = (
            3
            if deal.opportunity_id in stuck
            else 4
            if getattr(deal, "outcome", None) == "won"
            else int(rng.integers(2, 4))
        )
        for place, name in enumerate(names[:reached]):
            if place:
                day = day + timedelta(days=int(rng.integers(3, 18)))
            if day > (over or LAST):
                break
            rows.append(("opportunity", deal.opportunity_id, name, day, deal.owner_id, "是", (7, 14, 30, 21)[place]))
    for case in each(cases):
        service = f"P{list(REGIONS).index(world.account(str(case.account_id)).region)}10"
        rows.append(("complaint", case.case_id, "received 受理", case.opened_on, service, "是", 1))
        if isinstance(case.first_response_on, date):
            rows.append(("complaint", case.case_id, "answered 响应", case.first_response_on, service, "是", 2))
        # One case in eight is closed without the step in which the cause is looked for.
        if isinstance(case.resolved_on, date):
            if rng.random() > 0.125:
                rows.append(("complaint", case.case_id, "cause found 查明原因", case.resolved_on, service, "是", 7))
            rows.append(("complaint", case.case_id, "closed 结案", case.resolved_on, service, "是", 14))
    names = ["object", "object_id", "step", "entered_on", "person_id", "required", "standard_days"]
    return pd.DataFrame(rows, columns=names)


def survey_sample(world: World, known: pd.DataFrame) -> pd.DataFrame:
    """150 accounts a wave, drawn by lot; farms answer least."""
    rng = world.draw("survey_sample")
    people = known[known["level"] == "decision"].set_index("account_id")["contact_id"]
    rows = []
    for wave, day in _WAVES.items():
        asked = [one for one in world.firm.accounts if one.id in people.index and one.first < day <= one.last]
        for place in np.sort(rng.choice(len(asked), size=min(150, len(asked)), replace=False)):
            account = asked[place]
            answered = (
                day + timedelta(days=int(rng.integers(1, 25))) if rng.random() < _ANSWERS[account.segment] else None
            )
            mode = str(rng.choice(["visit", "phone", "online"]))
            rows.append((wave, account.id, day, people[account.id], account.segment, mode, answered))
    names = ["wave", "account_id", "invited_on", "contact_id", "stratum", "mode", "responded_on"]
    return pd.DataFrame(rows, columns=names)


def survey(world: World, sample: pd.DataFrame) -> pd.DataFrame:
    """The answers, one question a row."""
    rng = world.draw("survey")
    rows: list[tuple[object, ...]] = []
    for asked in each(sample[sample["responded_on"].notna()]):
        mood = _HAPPY[str(asked.stratum)] + rng.normal(0, 0.5)

        def score(shift: float = 0.0, mood: float = mood) -> int:
            return int(np.clip(round(mood + shift + rng.normal(0, 0.5)), 1, 5))

        told = (asked.wave, asked.account_id, asked.contact_id, asked.responded_on)
        rows.append((*told, "overall", "overall", score(), None, None))
        for name in _ATTRIBUTES:
            shift = {"price": -0.5, "delivery": -0.3, "service": 0.2}.get(name, 0.0)
            rows.append((*told, name, "attribute", score(shift), int(rng.integers(40, 100)), None))
        rows.append(
            (*told, "recommend", "recommend", int(np.clip(round(mood * 2.3 - 1 + rng.normal(0, 1)), 0, 10)), None, None)
        )
        rows.append((*told, "repurchase", "repurchase", score(0.1), None, None))
        rows.append((*told, "trust", "brand", score(0.2), None, None))
        if rng.random() < 0.15:
            rows.append((*told, "wish", "open", None, None, "Deliver when promised 按时送货"))
    names = ["wave", "account_id", "contact_id", "answered_on", "item", "kind", "score", "importance", "text"]
    frame = pd.DataFrame(rows, columns=names)
    last = sample[sample["wave"] == "2025H1"].merge(
        frame[frame["kind"] == "overall"][["wave", "account_id", "score"]], on=["wave", "account_id"], how="left"
    )
    strata = last.groupby("stratum")
    answered, means = strata["responded_on"].count() / strata.size(), strata["score"].mean()
    homes = pd.Series([one.segment for one in world.firm.accounts if one.type != "pool"]).value_counts()
    by_all = float((means * homes).sum() / homes.sum())
    world.truth(
        "non_response_bias", "all", "farms are least content and answer least, so that the plain mean is too good",
        object_id="2025H1",
        figures={
            "rate_farm": round(float(answered["farm"]), 4),
            "rate_dealer": round(float(answered["dealer"]), 4),
            "mean_of_answers": round(float(last["score"].mean()), 4), "mean_by_segment": round(by_all, 4),
        },
    )  # fmt: skip
    return frame
