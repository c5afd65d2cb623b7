"""How long contracts are renewed: the shifted-beta-geometric model, and the renewals of the contracts at hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from kamreport.analysis.intervals import wilson_interval
from kamreport.analysis.likelihood import Floats
from kamreport.results import Renewals, each
from kamreport.settings import Rules

__all__ = ["RenewalModel", "contract_renewals", "contract_terms", "fit_renewals"]

_BOUND = 9.0  # of the logarithm of a parameter: what ends there is not estimated
_DEFAULTS = Rules()


@dataclass(frozen=True)
class RenewalModel:
    """A fitted shifted-beta-geometric: each contract has its own chance to end, Beta(alpha, beta) over contracts.

    Attributes
    ----------
    alpha, beta
        Its parameters.
    log_likelihood
        At the maximum.
    sound
        The fit converged and no parameter ran to its bound.
    """

    alpha: float
    beta: float
    log_likelihood: float = float("nan")
    sound: bool = True

    def retained(self, term: npt.ArrayLike) -> Floats:
        """Share of the contracts in a term (1 is the first) that is renewed for the next.

        Examples
        --------
        >>> RenewalModel(0.668, 3.806).retained([1, 2, 7]).round(3).tolist()
        [0.851, 0.878, 0.936]
        """
        kept = self.beta + np.asarray(term, float) - 1
        return kept / (self.alpha + kept)

    def survival(self, terms: npt.ArrayLike) -> Floats:
        """Share of the contracts that is renewed so many times.

        Examples
        --------
        >>> RenewalModel(0.668, 3.806).survival(12).round(3)
        np.float64(0.378)
        """
        from scipy.special import betaln

        found: Floats = np.exp(betaln(self.alpha, self.beta + np.asarray(terms, float)) - betaln(self.alpha, self.beta))
        return found

    def residual_terms(self, term: npt.ArrayLike, *, discount: float) -> Floats:
        """Discounted terms still to come of a contract that is about to be renewed for the `term`-th time.

        DERL = (beta+n-1) / (alpha+beta+n-1) 2F1(1, beta+n; alpha+beta+n; 1/(1+d)): the renewal itself is in it and
        is not discounted.

        References
        ----------
        Fader, P. S., Hardie, B. G. S. (2010). Customer-base valuation in a contractual setting: the perils of
        ignoring heterogeneity. Marketing Science 29(1), 85-93.

        Examples
        --------
        >>> RenewalModel(1.0, 1.0).residual_terms(1, discount=0.5).round(4)
        np.float64(0.9719)
        """
        from scipy.special import hyp2f1

        n = np.asarray(term, float)
        tail = hyp2f1(1.0, self.beta + n, self.alpha + self.beta + n, 1 / (1 + discount))
        found: Floats = self.retained(n) * tail
        return found


def fit_renewals(ended: Sequence[float], running: Sequence[float]) -> RenewalModel:
    """Fit a shifted-beta-geometric by maximum likelihood.

    P(T = t) = B(alpha+1, beta+t-1) / B(alpha, beta) for a contract that ended with its t-th term, and
    S(t) = B(alpha, beta+t) / B(alpha, beta) for one that was renewed t times and runs.

    Parameters
    ----------
    ended
        How many contracts ended with their first, second, ... term.
    running
        How many of those that run were renewed once, twice, ... .

    References
    ----------
    Fader, P. S., Hardie, B. G. S. (2007). How to project customer retention. Journal of Interactive Marketing
    21(1), 76-90.

    Examples
    --------
    >>> model = fit_renewals([369, 163, 86, 56, 37, 27, 21], [0, 0, 0, 0, 0, 0, 241])
    >>> round(model.alpha, 3), round(model.beta, 3)
    (0.704, 1.182)
    """
    from scipy.optimize import minimize
    from scipy.special import betaln

    lost, kept = np.asarray(ended, float), np.asarray(running, float)
    n = float(lost.sum() + kept.sum())
    if not n:
        return RenewalModel(float("nan"), float("nan"), sound=False)
    at, after = np.arange(1, len(lost) + 1), np.arange(1, len(kept) + 1)

    def downhill(logs: Floats) -> float:
        alpha, beta = np.exp(logs)
        value = lost @ betaln(alpha + 1, beta + at - 1) + kept @ betaln(alpha, beta + after) - n * betaln(alpha, beta)
        return float(-value / n)

    options = {"ftol": 1e-14, "gtol": 1e-9}
    found = minimize(downhill, np.zeros(2), method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 2, options=options)
    alpha, beta = (float(one) for one in np.exp(found.x))
    inside = bool((np.abs(found.x) < _BOUND - 1e-3).all())
    return RenewalModel(alpha, beta, float(-found.fun * n), bool(found.success) and inside)


def contract_terms(contracts: pd.DataFrame, *, as_of: date, rules: Rules = _DEFAULTS) -> pd.DataFrame:
    """Say of each contract which term of its account it is and whether another followed.

    A contract is followed by the one that names it in `renews`, or else by the next one of the same account and
    product family that begins up to `renewal_wait_days` after it has ended. Until so many days have passed without
    one it is undecided.

    Parameters
    ----------
    contracts
        `contract_id`, `account_id`, `family`, `starts_on`, `ends_on`, `terminated_on`, `renews`.
    as_of
        First day that is not known.

    Returns
    -------
    DataFrame
        `contract_id`, `account_id`, `term` (1 is the first that the data hold), `ends_on` (or the day of its
        termination), `state`: ``renewed``, ``ended`` or ``open``.

    Examples
    --------
    >>> contracts = pd.DataFrame({"contract_id": ["1", "2"], "account_id": "a", "family": None, "renews": [None, "1"],
    ...     "starts_on": pd.to_datetime(["2023-01-01", "2024-02-01"]), "terminated_on": pd.NaT,
    ...     "ends_on": pd.to_datetime(["2023-12-31", "2025-01-31"])})
    >>> contract_terms(contracts, as_of=date(2025, 7, 1))[["term", "state"]].values.tolist()
    [[1, 'renewed'], [2, 'ended']]
    """
    frame = contracts[["contract_id", "account_id", "family", "starts_on", "ends_on", "renews"]].copy()
    frame["family"], frame["renews"] = frame["family"].fillna(""), frame["renews"].fillna("")
    ends = contracts[["ends_on", "terminated_on"]].min(axis=1)
    frame["ends_on"] = pd.to_datetime(ends)
    frame = frame.sort_values(["account_id", "family", "starts_on", "contract_id"], ignore_index=True)
    same = frame.groupby(["account_id", "family"])
    wait = pd.Timedelta(days=rules.renewal_wait_days)
    named = frame["contract_id"].isin(set(frame["renews"]) - {""})
    named_before = frame["renews"].isin(set(frame["contract_id"]))
    follows = same["starts_on"].shift(-1) <= frame["ends_on"] + wait
    renewed = named | follows
    # A term counts on from the one before it; the first that the data hold begins at one.
    goes_on = named_before | (frame["starts_on"] <= same["ends_on"].shift(1) + wait)
    chain = (~goes_on).groupby([frame["account_id"], frame["family"]]).cumsum()
    frame["term"] = frame.groupby([frame["account_id"], frame["family"], chain]).cumcount() + 1
    over = frame["ends_on"] + wait < pd.Timestamp(as_of)
    frame["state"] = np.select([renewed, over], ["renewed", "ended"], "open")
    return frame[["contract_id", "account_id", "term", "ends_on", "state"]]


def contract_renewals(
    contracts: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    as_of: date,
    lost: frozenset[str] = frozenset(),
    rules: Rules = _DEFAULTS,
) -> Renewals:
    """Count the renewals of the contracts, and fit the model where enough have ended.

    Parameters
    ----------
    contracts
        See `contract_terms`.
    accounts
        `account_id`, `owner_id`, `name`, `manager_id`, `manager_name`.
    lost
        Owners that are lost: their contracts ended with the business.

    Examples
    --------
    >>> contracts = pd.DataFrame({"contract_id": ["1", "2"], "account_id": "a", "family": None, "renews": [None, "1"],
    ...     "starts_on": pd.to_datetime(["2023-01-01", "2024-02-01"]), "terminated_on": pd.NaT,
    ...     "ends_on": pd.to_datetime(["2023-12-31", "2025-01-31"])})
    >>> accounts = pd.DataFrame({"account_id": ["a"], "owner_id": ["a"], "name": ["A"], "manager_id": ["m"],
    ...     "manager_name": ["M"]})
    >>> found = contract_renewals(contracts, accounts, as_of=date(2025, 7, 1))
    >>> found.renewed, found.decided, found.ended["name"].tolist()
    (1, 2, ['A'])
    """
    terms = contract_terms(contracts, as_of=as_of, rules=rules)
    decided = terms[terms["state"] != "open"]
    by_term = decided.groupby("term").agg(
        n=("state", "size"), renewed=("state", lambda state: (state == "renewed").sum())
    )
    by_term = by_term.reset_index().astype({"renewed": int})
    by_term["rate"] = by_term["renewed"] / by_term["n"]
    bounds = [wilson_interval(int(row.renewed), int(row.n)) for row in each(by_term)]
    by_term["low"], by_term["high"] = [low for low, _ in bounds], [high for _, high in bounds]
    ended = terms[terms["state"] == "ended"].merge(
        accounts[["account_id", "owner_id", "name", "manager_id", "manager_name"]], on="account_id", how="left"
    )
    model = _model(terms) if len(ended) >= rules.retention_min_losses else None
    by_term["model"] = model.retained(by_term["term"]) if model else float("nan")
    ended = ended.assign(buys_on=~ended["owner_id"].isin(lost))
    renewed = len(decided) - len(ended)
    return Renewals(
        by_term=by_term,
        ended=ended.sort_values(["ends_on", "account_id"], ascending=[False, True], ignore_index=True),
        renewed=renewed,
        decided=len(decided),
        open=len(terms) - len(decided),
        interval=wilson_interval(renewed, len(decided)),
        fitted=None if model is None else (model.alpha, model.beta),
        rules=rules,
    )


def _model(terms: pd.DataFrame) -> RenewalModel | None:
    """The model of the chains of contracts; None if it cannot be found."""
    last = int(terms["term"].max())
    ended = terms.loc[terms["state"] == "ended", "term"].value_counts().reindex(range(1, last + 1), fill_value=0)
    # A chain that runs in its t-th term was renewed t - 1 times.
    running = terms.loc[terms["state"] == "open", "term"].value_counts().reindex(range(2, last + 2), fill_value=0)
    model = fit_renewals(ended.tolist(), running.tolist())
    return model if model.sound else None
