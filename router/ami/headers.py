"""The headers of one AMI frame: a mapping that keeps repeated names and ignores case.

Of an event that comes all the time the names are known beforehand (:class:`Form`): its values are
then cut out in one go, and no mapping is made unless somebody wants one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar, overload

T = TypeVar("T")

_NEVER: dict[str, tuple[str, ...]] = {}
"""No header of a form comes more than once; shared, and never written to."""


class Form:
    """An event whose headers are these, in this order, each once and none of more than one line.

    Attributes:
        names: as Asterisk spells them, without that of the event itself.
        places: of each value, by its name in lower case; the event's own is the first.
    """

    __slots__ = ("_begin", "_event", "_match", "names", "places")

    def __init__(self, event: str, names: tuple[str, ...]) -> None:
        self.names = names
        self.places = {name.lower(): at for at, name in enumerate(("Event", *names))}
        self._event = event
        self._begin = f"Event: {event}\r\n"
        lines = (f"{re.escape(name)}: ([^\r\n]*)" for name in names)
        self._match = re.compile(re.escape(self._begin) + "\r\n".join(lines)).fullmatch

    def read(self, text: str) -> Headers | None:
        """The headers of a frame of this form; None: it is of another."""
        if not text.startswith(self._begin) or (found := self._match(text)) is None:
            return None
        return FormedHeaders(self, (self._event, *found.groups()))


class Headers(Mapping[str, str]):
    """Values by name.

    A name is looked up in any case (Asterisk writes ``Uniqueid`` here and ``UniqueID`` there) and
    iterated over in lower case. Of a repeated name, ``headers[name]`` is the first value and
    :meth:`all` has every one.
    """

    __slots__ = ("_known", "_repeated", "form", "values_of_form")

    def __init__(self, first: dict[str, str], repeated: dict[str, tuple[str, ...]]) -> None:
        self.form: Form | None = None
        """The form that the frame is of, if of one that was asked for."""
        self.values_of_form: tuple[str, ...] = ()
        """Its values, by the form's places."""
        self._known: dict[str, str] | None = first
        self._repeated = repeated

    @property
    def _first(self) -> dict[str, str]:
        if self._known is None:
            names = () if self.form is None else self.form.places
            self._known = dict(zip(names, self.values_of_form, strict=True))
        return self._known

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
        if self.form is None:
            return self._first.get(name.lower(), default)
        place = self.form.places.get(name.lower())
        return default if place is None else self.values_of_form[place]

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


class FormedHeaders(Headers):
    """Those of a frame of a form."""

    __slots__ = ()

    def __init__(self, form: Form, values: tuple[str, ...]) -> None:
        self.form = form
        self.values_of_form = values
        self._known = None
        self._repeated = _NEVER
