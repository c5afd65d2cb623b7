"""Which rival to answer first."""

from dataclasses import dataclass

import pandas as pd

__all__ = ["CompetitiveResponse"]


@dataclass(frozen=True)
class CompetitiveResponse:
    """What each rival does to us, side by side.

    Attributes
    ----------
    frame
        One row per rival, the one to answer first at the top: `competitor_id`; the signs `attacks`, `wins`, `takes`,
        `squeezes`, each with its money: `attack` (what matching its largest price cut would cost in a year, with
        `family`, `region` and `change`), `deals` (margin of the deals lost beyond what the rate against others
        explains, with `won`, `n` and `place` of those deals), `taken` (margin of the share of wallet it took from us,
        at `accounts`), `squeeze` (margin of our accounts where it is known to be); `record_won` and `record_n`, all
        deals decided against it; `lost` (margin of the business that went to it by the register of losses);
        `unanswered` (its moves without an answer); `tier`; `signals`, how many of the four signs there are; `stake`,
        the largest of their amounts. NaN, or "", where the book cannot say.
    """

    frame: pd.DataFrame

    @property
    def first(self) -> "pd.Series | None":
        """The rival to answer first; None where nothing is beyond chance."""
        return self.frame.iloc[0] if len(self.frame) and self.frame["signals"].iloc[0] else None
