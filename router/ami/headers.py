"""The headers of one AMI frame: a mapping that keeps repeated names and ignores case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, overload

T = TypeVar("T")


class Headers(Mapping[str, str]):
    """Values by name.

    A name is looked up in any case (Asterisk writes ``Uniqueid`` here and ``UniqueID`` there) and
    iterated over in lower case. Of a repeated name, ``headers[name]`` is the first value and
    :meth:`all` has every one.
    """

    __slots__ = ("_first", "_repeated")

    def __init__(self, first: dict[str, str], repeated: dict[str, tuple[str, ...]]) -> None:
        self._first = first
        self._repeated = repeated

    @property
    def repeated(self) -> frozenset[str]:
        """Names that came more than once, in lower case.

        Where Asterisk never repeats a name, a repetition says that somebody forged a header.
        """
        return frozenset(self._repeated)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a name, in the order received; empty when there is none."""
        name = name.lower()
        if name in self._repeated:
            return self._repeated[name]
        return (self._first[name],) if name in self._first else ()

    def __getitem__(self, name: str) -> str:
        return self._first[name.lower()]

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str | T) -> str | T: ...
    def get(self, name: str, /, default: str | T | None = None) -> str | T | None:
        """The first value of a name, or the default."""
        # Inherited, it would raise and catch an exception for each name that is not there.
        return self._first.get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._first

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self._first == other._first and self._repeated == other._repeated

    def __hash__(self) -> int:
        return hash(frozenset(self._first.items()))

    def __repr__(self) -> str:
        return f"Headers({self._first!r}, {self._repeated!r})"
