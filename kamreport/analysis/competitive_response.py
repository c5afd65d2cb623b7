"""Which rival to answer first: what the chapter finds of each, side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kamreport.results import (
    NOBODY,
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

_SIGNS = {"attacks": "attack", "wins": "deals", "takes": "taken", "squeezes": "squeeze"}
_TEXTS = ["family", "region", "place", "tier"]


def competitive_response(
    rivals: Sequence[str],
    *,
    attacks: PriceAttacks | None = None,
    deals: WinRates | None = None,
    where: Sequence[WinRates] = (),
    shares: RivalShares | None = None,
    squeeze: Squeeze | None = None,
    destinations: Destinations | None = None,
    moves: RivalMoves | None = None,
    profile: Profile | None = None,
    margin_rate: float = float("nan"),
) -> CompetitiveResponse:
    """Lay what is known of each rival side by side and say whom to answer first.

    Four signs count, each only where its own analysis holds it for beyond chance: a price attack, deals lost more
    often than to others, share of wallet taken, a squeeze on price, speed and service. Their amounts overlap (a lost
    deal may be the lost share), so they are not added: a rival stands where the largest of them puts it, behind all
    others if none of its signs has an amount. Business that by the register went to it, moves without an answer and
    its tier stand beside and rank nobody.

    Parameters
    ----------
    rivals
        Ids of the rivals; those that only a result names join them.
    attacks, deals, where, shares, squeeze, destinations, moves, profile
        What the chapter's analyses found (`where`: of `where_lost`); None where the data do not allow them.
    margin_rate
        Of the region: revenue of deals and shares is weighed with it; NaN where the cost is not known, and then they
        weigh as revenue.

    References
    ----------
    Porter, M. E. (1980). Competitive Strategy, ch. 3 and 5.

    Examples
    --------
    >>> from kamreport.settings import Rules
    >>> cuts = pd.DataFrame({"competitor_id": ["x"], "family": "F", "region": "South", "change": [-0.1],
    ...     "exposure": [500.0]})
    >>> attacks = PriceAttacks(cuts, cuts.head(0), cuts.head(0), Rules())
    >>> found = competitive_response(["x", "y"], attacks=attacks)
    >>> found.first["competitor_id"], found.frame[["attack", "signals", "stake"]].values.tolist()
    ('x', [[500.0, 1.0, 500.0], [0.0, 0.0, 0.0]])
    """
    rate = 1.0 if np.isnan(margin_rate) else max(margin_rate, 0.0)
    parts = [
        _attacking(attacks),
        _winning(deals, where, rate),
        _taking(shares, rate),
        _squeezing(squeeze),
        _gone(destinations),
        _unanswered(moves),
        _seen_as(profile),
    ]
    named = pd.Index(rivals).append([part.index for part in parts]).drop_duplicates()
    frame = pd.DataFrame(index=named.drop([*NOBODY, "own"], errors="ignore"))
    for part in parts:
        frame = frame.join(part)
    # Where an analysis ran, a rival that it does not name has done nothing of the kind.
    for (sign, amount), ran in zip(_SIGNS.items(), (attacks, deals, shares, squeeze), strict=True):
        frame[sign] = frame[sign].fillna(0.0).astype(bool)
        if ran is not None:
            frame.loc[~frame[sign], amount] = 0.0
    for names, beside in ((["record_won", "record_n"], deals), (["lost"], destinations), (["unanswered"], moves)):
        if beside is not None:
            frame[names] = frame[names].fillna(0.0)
    frame[_TEXTS] = frame[_TEXTS].fillna("")
    signs = frame[list(_SIGNS)]
    amounts = frame[list(_SIGNS.values())].where(signs.to_numpy())
    stake = amounts.max(axis=1).mask(~signs.any(axis=1), 0.0)
    frame = frame.assign(signals=signs.sum(axis=1), stake=stake, is_named=signs.any(axis=1))
    frame = frame.rename_axis("competitor_id").reset_index().sort_values(
        ["is_named", "stake", "signals", "competitor_id"], ascending=[False, False, False, True], ignore_index=True
    )  # fmt: skip
    return CompetitiveResponse(frame.drop(columns="is_named"))


def _attacking(found: PriceAttacks | None) -> pd.DataFrame:
    """Each rival's largest attack."""
    names = {"exposure": "attack", "family": "family", "region": "region", "change": "change"}
    if found is None:
        return _nothing("attacks", *names.values())
    largest = found.frame.sort_values("exposure", ascending=False).drop_duplicates("competitor_id")
    return largest.set_index("competitor_id")[list(names)].rename(columns=names).assign(attacks=1.0)


def _winning(found: WinRates | None, where: Sequence[WinRates], rate: float) -> pd.DataFrame:
    """Who wins more of the deals than others do; where that is so in one region only, the deals there."""
    if found is None:
        return _nothing("wins", "deals", "won", "n", "place", "record_won", "record_n")
    frame = found.frame.set_index("competitor_id")
    frame = frame.assign(record_won=frame["won"], record_n=frame["n"], place="")
    worst, region = found.worst, next((one.worst for one in where if one.by == "region"), None)
    if worst is not None and region is not None:
        rival = worst["competitor_id"]
        frame.loc[rival, ["won", "n", "excess", "place"]] = [*region[["won", "n", "excess"]], region["region"]]
    wins = frame["verdict"].eq("worse").astype(float)
    frame = frame.assign(wins=wins, deals=frame["excess"].astype(float) * rate)
    return frame[["wins", "deals", "won", "n", "place", "record_won", "record_n"]]


def _taking(found: RivalShares | None, rate: float) -> pd.DataFrame:
    if found is None:
        return _nothing("takes", "taken", "accounts")
    frame = found.takers.set_index("competitor_id")
    return frame.assign(takes=1.0, taken=frame["amount"] * rate)[["takes", "taken", "accounts"]]


def _squeezing(found: Squeeze | None) -> pd.DataFrame:
    if found is None:
        return _nothing("squeezes", "squeeze")
    frame = found.frame[found.frame["is_squeeze"].astype(bool)].set_index("competitor_id")
    return frame.assign(squeezes=1.0, squeeze=frame["stake"])[["squeezes", "squeeze"]]


def _gone(found: Destinations | None) -> pd.DataFrame:
    if found is None:
        return _nothing("lost")
    measure = "margin" if found.by_margin else "revenue"
    return found.frame.set_index("competitor_id")[[measure]].rename(columns={measure: "lost"})


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
