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
_MOST = 40


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
    words = re.sub(r"[^\w]+|_", "-", plain).strip("-")
    kept = words[:_MOST].strip("-")
    lossless = kept.replace("-", " ") == name and "-" not in name and kept.lower() not in _RESERVED
    if lossless and not kept.startswith("-") and len(kept.encode()) <= 120:
        return kept
    while len(kept.encode()) > 120:
        kept = kept[:-1]
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{kept or 'region'}-{digest}"
