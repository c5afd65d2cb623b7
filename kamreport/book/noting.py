"""How a book notes what a notebook reads of it: each part by its name, with a digest of what it holds."""

import hashlib
import inspect
from functools import cached_property
from typing import Any, ClassVar, Literal, NoReturn, Protocol, Self, TypeVar, overload

import pandas as pd

from kamreport import inputs
from kamreport.period import Period

__all__ = ["digest", "digest_of", "note", "of_company", "of_region"]

_T = TypeVar("_T", covariant=True)
_Scope = Literal["company", "region"]


class _BookLike(Protocol):
    @property
    def region(self) -> str: ...
    @property
    def period(self) -> Period: ...
    def has(self, table: str, *columns: str) -> bool: ...


def digest(value: object) -> str:
    """SHA-256 of a frame's columns, types and rows in their order, or of how a plain value is written.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 2]})
    >>> digest(frame) == digest(frame.copy()), digest(frame) == digest(frame[::-1])
    (True, False)
    """
    if not isinstance(value, pd.DataFrame):
        return hashlib.sha256(repr(value).encode()).hexdigest()
    heads = [(name, str(kind)) for name, kind in value.dtypes.items()]
    whole = hashlib.sha256(repr(heads).encode())
    whole.update(pd.util.hash_pandas_object(value, index=False).to_numpy().tobytes())
    return whole.hexdigest()


def note(book: _BookLike, scope: _Scope, name: str, value: object) -> None:
    """Note that a part of a book was read; its digest is made the first time, before anybody can change the value."""
    digests = _digests(book)
    if name not in digests:
        digests[name] = digest(value)
    inputs.note(str(inputs.Input(scope, name, str(book.period), book.region)), digests[name])


def _digests(book: _BookLike) -> dict[str, str]:
    """What has been noted of a book, by part."""
    found: dict[str, str] = vars(book).setdefault("_digests", {})
    return found


class _Part(cached_property[_T]):
    """A part of a book: made once, and noted each time it is asked for."""

    scope: ClassVar[_Scope]

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> _T: ...
    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        value = super().__get__(instance, owner)
        if instance is not None:
            note(instance, self.scope, str(self.attrname), value)
        return value

    def __set__(self, instance: object, value: object) -> NoReturn:
        # With a setter Python asks the part at every access, not only at the first.
        raise AttributeError("a book is read and not written to")


class of_region(_Part[_T]):  # noqa: N801 - a decorator
    """Mark a part of a book that is of its region alone."""

    scope = "region"


class of_company(_Part[_T]):  # noqa: N801 - a decorator
    """Mark a part of a book in which other regions have a share."""

    scope = "company"


def digest_of(book: _BookLike, name: str) -> str:
    """Digest of what a book holds under the name of an input; empty if it has no such part."""
    if name.startswith("has "):
        return digest(book.has(*name.removeprefix("has ").split(".")))
    if not isinstance(inspect.getattr_static(type(book), name, None), _Part):
        return ""
    getattr(book, name)
    return _digests(book)[name]  # noted as it was read
