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
        One row per rival, the one to answer first at the top: `competitor_id`; `attack` (what matching his largest
        price cut would cost in a year) with its `family`, `region`, `change`; `won`, `n` (deals) and `deals` (margin
        of those lost, where chance does not explain them); `taken` (margin of the share of wallet he took from us) at
        `accounts`; `squeeze` (margin of our accounts where he is ahead on price, speed and service); `lost` (margin
        of the business that went to him) by `gone` owners; `unanswered` (his moves without an answer); `tier`;
        `signals`, how many of the five there are; `stake`, the largest of them.
        NaN, or "" for a tier, where the book cannot say.
    """

    frame: pd.DataFrame

    @property
    def first(self) -> "pd.Series | None":
        """The rival to answer first; None where no signal is beyond chance."""
        return self.frame.iloc[0] if len(self.frame) and self.frame["signals"].iloc[0] else None
