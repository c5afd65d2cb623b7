"""What can go wrong by a user's hand, each said in one line with the next step."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "DataError",
    "KamreportError",
    "LockedError",
    "PrintError",
    "SettingsError",
    "UsageError",
    "unknown",
]


class KamreportError(Exception):
    """A mistake that its reader can mend: one line, no traceback.

    Attributes
    ----------
    exit_status
        What the command line returns: 1 for data and printing, 2 for wrong usage, 75 when another run
        holds the output (EX_TEMPFAIL of sysexits.h: try again later).

    Examples
    --------
    >>> LockedError("output/ is in use").exit_status
    75
    """

    exit_status = 1


class UsageError(KamreportError):
    """A parameter, period, region, report or option that does not exist or does not fit."""

    exit_status = 2


class SettingsError(UsageError):
    """Something in kamreport.toml is missing, misspelt or contradictory."""


class DataError(KamreportError):
    """A source cannot be read, or nothing can be printed from it."""


class PrintError(KamreportError):
    """A report was run but what came out is not fit to publish."""


class LockedError(KamreportError):
    """Another run is writing to the same place."""

    exit_status = 75


def unknown(kind: str, value: str, known: Iterable[str], *, source: str = "") -> str:
    """Sentence for a name that is not among the known ones, with the nearest of them.

    Parameters
    ----------
    kind
        What the name should have been: ``"region"``, ``"report"``, ``"column"``.
    value
        The name as it was given.
    known
        The names that exist. At most twelve are listed.
    source
        Where the known names come from, for the reader to look them up.

    Returns
    -------
    str
        One line without a full stop.

    Examples
    --------
    >>> unknown("region", "Nort", ["East", "North"], source="the regions table")
    "region 'Nort' is not in the regions table; did you mean 'North'? Known: East, North"
    """
    names = sorted(set(known))
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(value.casefold(), list(folded), n=1, cutoff=0.6)
    where = f"is not in {source}" if source else "does not exist"
    hint = f"; did you mean '{folded[near[0]]}'?" if near else "."
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    return f"{kind} '{value}' {where}{hint} Known: {shown or 'none'}"
