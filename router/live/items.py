"""One override as it is kept in Asterisk's database, and all of them at one moment.

What is found there may have been written by anybody's hand: what cannot be ours is left out, and
texts lose whatever could move a terminal's cursor.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from siaga.names import SEPARATOR
from siaga.plan.arrival import FLAG_FORM
from siaga.plan.forms import EXTENSION_FORM, NAME_FORM
from siaga.plan.live import Live, Override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

MAX_TEXT: Final = 200
"""Characters of a reason; of a foreign one, what is shown."""

_KINDS: Final = {str(override): override for override in Override}
_NAME: Final = re.compile(NAME_FORM.rstrip("$") + r"\Z")
_EXTENSION: Final = re.compile(EXTENSION_FORM.rstrip("$") + r"\Z")
_NUMBER: Final = re.compile(FLAG_FORM.rstrip("$") + r"\Z")
_SECOND: Final = re.compile(r"[0-9]{1,11}")
_FORMS: Final = {Override.PAUSE: _EXTENSION, Override.FLAG: _NUMBER}
"""Of those whose names are not the plan's."""


@dataclass(frozen=True, slots=True)
class Item:
    """One override.

    Attributes:
        name: of the agency or announcement, the handset's extension, or a number's digits as
            :func:`siaga.plan.arrival.flag_of` has them.
        until: when it ends, to the second; aware.
        target: agency that is rung instead; for a diversion only.
        reason: why. ``by``: who set it. ``since``: when, None when it is not known.
    """

    override: Override
    name: str
    until: datetime
    target: str | None = None
    reason: str = ""
    by: str = ""
    since: datetime | None = None

    @property
    def key(self) -> str:
        """Its key in both families of Asterisk's database."""
        return f"{self.override}/{self.name}"

    @property
    def value(self) -> str:
        """What the dialplan reads."""
        end = str(int(self.until.timestamp()))
        return end if self.target is None else f"{end}{SEPARATOR}{self.target}"

    @property
    def note(self) -> str:
        """What people read, as JSON; in UTF-8 as it is, since Asterisk takes a line of 1 KB."""
        since = None if self.since is None else round(self.since.timestamp(), 3)
        note = {"reason": self.reason, "by": self.by, "since": since}
        return json.dumps(note, ensure_ascii=False)


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """The text with U+FFFD for control characters and the like, cut to ``limit`` characters."""
    return "".join("\ufffd" if unsayable(char) else char for char in text[:limit])


def unsayable(char: str) -> bool:
    """Whether a character could end a line, move a cursor, hide or turn round what follows."""
    return unicodedata.category(char)[0] == "C" or char in "\u2028\u2029"


def parse(values: Mapping[str, str], notes: Mapping[str, str]) -> tuple[Item, ...]:
    """The overrides among entries of Asterisk's database, both by key.

    What is not ours is left out. Those that have ended are included.
    """
    found = (_item(key, value, notes.get(key, "")) for key, value in values.items())
    return tuple(sorted(filter(None, found), key=lambda item: item.key))


def _item(key: str, value: str, note: str) -> Item | None:
    kind, _, name = key.partition("/")
    end, _, target = value.partition(SEPARATOR)
    override = _KINDS.get(kind)
    if override is None or not _SECOND.fullmatch(end):
        return None
    if not _FORMS.get(override, _NAME).match(name) or (
        override is Override.DIVERT and not _NAME.match(target)
    ):
        return None
    said = _note(note)
    return Item(
        override,
        name,
        datetime.fromtimestamp(int(end), UTC),
        target if override is Override.DIVERT else None,
        reason=_text(said.get("reason")),
        by=_text(said.get("by")),
        since=_moment(said.get("since")),
    )


def set_at(note: str) -> datetime | None:
    """When a note was written; None: it does not say."""
    return _moment(_note(note).get("since"))


def _note(text: str) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _text(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    if isinstance(value, int | float) and value is not True and 0 <= value < 10**11:
        return datetime.fromtimestamp(value, UTC)
    return None


def in_force(items: Iterable[Item], now: datetime) -> tuple[Item, ...]:
    """Those that have not ended."""
    return tuple(item for item in items if now < item.until)


def live_at(items: Iterable[Item], now: datetime) -> Live:
    """What the plan's functions take, at a moment."""
    names: defaultdict[Override, set[str]] = defaultdict(set)
    diverted = {}
    for item in in_force(items, now):
        names[item.override].add(item.name)
        if item.override is Override.DIVERT and item.target is not None:
            diverted[item.name] = item.target
    return Live(
        closed=frozenset(names[Override.CLOSED]),
        opened=frozenset(names[Override.OPEN]),
        diverted=diverted,
        paused=frozenset(names[Override.PAUSE]),
        announced=frozenset(names[Override.ANNOUNCE]),
        silenced=frozenset(names[Override.SILENCE]),
    )


OPPOSITES: Final = {
    Override.CLOSED: Override.OPEN,
    Override.OPEN: Override.CLOSED,
    Override.ANNOUNCE: Override.SILENCE,
    Override.SILENCE: Override.ANNOUNCE,
}
"""What is ended by setting the other, so that the last word of a person counts."""


def with_item(items: Iterable[Item], new: Item) -> Iterator[Item]:
    """What is kept when ``new`` is set: without its opposite and what it replaces."""
    gone = {new.key, f"{OPPOSITES.get(new.override)}/{new.name}"}
    yield from (item for item in items if item.key not in gone)
    yield new


def as_row(item: Item, zone: tzinfo) -> dict[str, str | None]:
    """An override for machines: names and texts, moments in ISO 8601 in ``zone``."""
    since = item.since
    return {
        "override": str(item.override),
        "name": item.name,
        "target": item.target,
        "until": item.until.astimezone(zone).isoformat(),
        "since": None if since is None else since.astimezone(zone).isoformat(),
        "reason": item.reason,
        "by": item.by,
    }
