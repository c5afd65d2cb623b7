"""Which rival to answer first: the signals of the chapter, side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kamreport.results import (
    CompetitiveResponse,
    Destinations,
    PriceAttacks,
    Profile,
    RivalMoves,
    RivalShares,
    Squeeze,
    WinRates,
)

__all__ = ["competitive_response"]

_SIGNALS = ["attack", "deals", "taken", "squeeze", "lost"]
_TEXTS = ["family", "region", "tier"]


def competitive_response(
    rivals: Sequence[str],
    *,
    attacks: PriceAttacks | None = None,
    deals: WinRates | None = None,
    shares: RivalShares | None = None,
    squeeze: Squeeze | None = None,
    destinations: Destinations | None = None,
    moves: RivalMoves | None = None,
    profile: Profile | None = None,
    margin_rate: float = float("nan"),
) -> CompetitiveResponse:
    """Lay what is known of each rival side by side and say whom to answer first.

    Four signals count only where their own analysis holds them for beyond chance: a price attack, deals lost more
    often than to others, share of wallet taken, a squeeze on price, speed and service; the fifth, business that the
    register of losses says went to him, has happened. They overlap (a lost deal may be the lost share), so they are
    not added: a rival stands where the largest of his signals puts him. Moves without an answer and his tier stand
    beside.

    Parameters
    ----------
    rivals
        Ids of the rivals; those that only a result names join them.
    attacks, deals, shares, squeeze, destinations, moves, profile
        What the chapter's analyses found; None where the data do not allow them.
    margin_rate
        Of the region: revenue of deals and shares is weighed with it; NaN where the cost is not known, and then they
        weigh as revenue.

    Examples
    --------
    >>> from kamreport.results import PriceAttacks
    >>> from kamreport.settings import Rules
    >>> cuts = pd.DataFrame({"competitor_id": ["x"], "family": "F", "region": "South", "change": [-0.1],
    ...     "exposure": [500.0]})
    >>> attacks = PriceAttacks(cuts, cuts.head(0), cuts.head(0), Rules())
    >>> found = competitive_response(["x", "y"], attacks=attacks)
    >>> found.first["competitor_id"], found.frame[["attack", "stake", "signals"]].values.tolist()
    ('x', [[500.0, 500.0, 1.0], [0.0, 0.0, 0.0]])
    """
    rate = 1.0 if np.isnan(margin_rate) else max(margin_rate, 0.0)
    parts = [
        _attacked(attacks),
        _fought(deals, rate),
        _took(shares, rate),
        _squeezed(squeeze),
        _won_over(destinations),
        _unanswered(moves),
        _seen_as(profile),
    ]
    named = pd.Index(rivals).append([part.index for part in parts]).drop_duplicates()
    frame = pd.DataFrame(index=named.drop(["unknown", "none", "own"], errors="ignore"))
    for part in parts:
        frame = frame.join(part)
    # Where an analysis ran, a rival that it does not name has done nothing of the kind.
    for ran, columns in (
        (attacks, ["attack"]),
        (deals, ["won", "n", "deals"]),
        (shares, ["taken", "accounts"]),
        (squeeze, ["squeeze"]),
        (destinations, ["lost", "gone"]),
        (moves, ["unanswered"]),
    ):
        if ran is not None:
            frame[columns] = frame[columns].fillna(0.0)
    frame[_TEXTS] = frame[_TEXTS].fillna("")
    signals = frame[_SIGNALS]
    frame = frame.assign(signals=(signals > 0).sum(axis=1), stake=signals.max(axis=1).fillna(0.0))
    frame = frame.rename_axis("competitor_id").reset_index()
    return CompetitiveResponse(
        frame.sort_values(["stake", "competitor_id"], ascending=[False, True], ignore_index=True)
    )


def _attacked(found: PriceAttacks | None) -> pd.DataFrame:
    """Each rival's largest attack."""
    columns = {"exposure": "attack", "family": "family", "region": "region", "change": "change"}
    if found is None:
        return _nothing(*columns.values())
    largest = found.frame.sort_values("exposure", ascending=False).drop_duplicates("competitor_id")
    return largest.set_index("competitor_id")[list(columns)].rename(columns=columns)


def _fought(found: WinRates | None, rate: float) -> pd.DataFrame:
    if found is None:
        return _nothing("won", "n", "deals")
    frame = found.frame.set_index("competitor_id")
    return frame.assign(deals=(frame["lost_amount"] * rate).where(frame["verdict"] == "worse", 0.0))[
        ["won", "n", "deals"]
    ]


def _took(found: RivalShares | None, rate: float) -> pd.DataFrame:
    if found is None:
        return _nothing("taken", "accounts")
    frame = found.takers.set_index("competitor_id")
    return frame.assign(taken=frame["amount"] * rate)[["taken", "accounts"]]


def _squeezed(found: Squeeze | None) -> pd.DataFrame:
    if found is None:
        return _nothing("squeeze")
    squeezing = found.frame[found.frame["is_squeeze"].astype(bool)].set_index("competitor_id")
    return squeezing[["stake"]].rename(columns={"stake": "squeeze"})


def _won_over(found: Destinations | None) -> pd.DataFrame:
    if found is None:
        return _nothing("lost", "gone")
    names = {"margin" if found.by_margin else "revenue": "lost", "n": "gone"}
    return found.frame.set_index("competitor_id")[list(names)].rename(columns=names)


def _unanswered(found: RivalMoves | None) -> pd.DataFrame:
    if found is None:
        return _nothing("unanswered")
    waiting = found.frame[found.frame["is_open"].astype(bool)]
    return waiting.groupby("competitor_id").size().astype(float).to_frame("unanswered")


def _seen_as(found: Profile | None) -> pd.DataFrame:
    return _nothing("tier") if found is None else found.rivals.set_index("competitor_id")[["tier"]]


def _nothing(*columns: str) -> pd.DataFrame:
    types = {name: "str" if name in _TEXTS else "float" for name in columns}
    return pd.DataFrame(columns=list(columns), index=pd.Index([], dtype="str")).astype(types)
