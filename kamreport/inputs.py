"""What a notebook has read of its book: names with digests, which the press asks for when the notebook has ended."""

__all__ = ["forget", "note", "noted"]

_NOTED: dict[str, str] = {}


def note(name: str, digest: str) -> None:
    """Note that something was read."""
    _NOTED[name] = digest


def noted() -> dict[str, str]:
    """Give what was read so far."""
    return dict(_NOTED)


def forget() -> None:
    """Begin anew."""
    _NOTED.clear()
