"""File names for subjects whose names come from data."""

import hashlib
import re
import unicodedata

__all__ = ["slug"]

_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    "all",
    "unassigned",
    "preview",
    *(f"com{n}" for n in range(10)),
    *(f"lpt{n}" for n in range(10)),
}
_PLAIN = {"all": "all", "(unassigned)": "unassigned"}
_DIGEST = re.compile(r"-[0-9a-f]{8}$", re.IGNORECASE)
_MOST = 40
_MOST_BYTES = 120


def slug(name: str) -> str:
    """Give a name that is safe on every file system, unique for its subject.

    Letters, digits and single inner spaces (as ``-``) are kept; whatever else is lost is made up for by a short
    digest of the whole name.

    Examples
    --------
    >>> slug("华东"), slug("United Kingdom"), slug("all")
    ('华东', 'United-Kingdom', 'all')
    >>> slug("../etc")
    'etc-f7f9121f'
    """
    if name in _PLAIN:
        return _PLAIN[name]
    plain = unicodedata.normalize("NFC", name)
    kept = re.sub(r"[^\w]+|_", "-", plain).strip("-")[:_MOST].strip("-")
    if kept.replace("-", " ") == name and _stands_alone(kept):
        return kept
    while len(kept.encode()) > _MOST_BYTES:
        kept = kept[:-1]
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{kept or 'region'}-{digest}"


def _stands_alone(kept: str) -> bool:
    """Whether a name needs no digest: short, no device of Windows (COM¹ is one), not like a name with a digest."""
    folded = unicodedata.normalize("NFKC", kept).casefold()
    return 0 < len(kept.encode()) <= _MOST_BYTES and folded not in _RESERVED and not _DIGEST.search(kept)
