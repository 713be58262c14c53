"""Channel events (CEL): one type for both of their deliveries, over AMI and in the CEL file.

Over AMI a time is known by the AMI's own time stamp (``timestampevents``), some microseconds after
the event's true time, because ``cel_manager`` gives whole seconds only; the file has the true one.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from router.ami.headers import Form
from siaga.names import Milestone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.ami.headers import Headers

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_LAST: Final = {"HANGUP": 1, "CHAN_END": 2, "LINKEDID_END": 3}
"""Order of events that Asterisk gives one and the same time."""

_OF_CALLS: Final = frozenset(
    (
        *(Milestone.LEG, Milestone.LEG_ANSWERED, Milestone.LEG_JOINED, Milestone.LEG_OVER),
        Milestone.COMMAND,
    )
)
"""Milestones that name their call."""
_OF_SEATS: Final = frozenset(("BRIDGE_ENTER", "BRIDGE_EXIT", "ATTENDEDTRANSFER", "HANGUP"))
"""Events that tell whom a channel with a user field leads into a room."""

FIELDS: Final = (
    "EventType",
    "EventTime(double)",
    "UserDefType",
    "Num",
    "Exten",
    "Context",
    "ChanName",
    "AppName",
    "AppData",
    "UniqueID",
    "LinkedID",
    "Peer",
    "UserField",
    "EventExtra",
)
"""Fields of a line of the CEL file; ``cel_custom.conf`` is rendered from here."""


AMI_FORM: Final = Form(
    "CEL",
    (
        *("Privilege", "Timestamp", "SystemName", "EventName", "AccountCode"),
        *("CallerIDnum", "CallerIDname", "CallerIDani", "CallerIDrdnis", "CallerIDdnid"),
        *("Exten", "Context", "Channel", "Application", "AppData", "EventTime", "AMAFlags"),
        *("UniqueID", "LinkedID", "UserField", "Peer", "PeerAccount", "Extra"),
    ),
)
"""An AMI event ``CEL`` as Asterisk 22 writes it; in another order it is read more slowly."""

AMI_HEADERS: Final = frozenset(AMI_FORM.places)
"""Headers of an AMI event ``CEL``, in lower case: these and no others, each once.

A caller's number may hold line ends (``%0d%0a`` in the From header), which AMI does not escape:
what follows them are headers, or events, of the caller's making. He has 79 characters (measured),
far too few to write all of these, so that whatever he forges, or cuts off, is known by its headers.
"""


class MalformedEventError(ValueError):
    """A line or event is not CEL as our configuration writes it."""


class CelEvent(NamedTuple):
    """One channel event; a tuple, as it is made, compared and hashed more often than all else.

    Attributes:
        kind: its name, or the milestone's for those of the dialplan.
        at: microseconds since the epoch.
        number: caller id number of the channel; hostile text.
        context: dialplan context the channel is in.
        channel: its name, ``PJSIP/201-0000002a``.
        application: what the channel runs; ``data`` its arguments.
        unique: the channel's id.
        linked: id of the whole call: that of its oldest channel.
        peer: names of the channels it is bridged with, comma-separated.
        extra: JSON text that belongs to the kind.
    """

    kind: str
    at: int
    number: str
    context: str
    channel: str
    application: str
    data: str
    unique: str
    linked: str
    peer: str
    extra: str

    @property
    def order(self) -> tuple[int, int, str]:
        """Sorts the events of a call in the order in which they happened."""
        return self.at, _LAST.get(self.kind, 0), self.unique

    @property
    def time(self) -> datetime:
        """``at`` as an aware time in UTC."""
        return _EPOCH + timedelta(microseconds=self.at)

    def milestone(self) -> list[str]:
        """Fields of a milestone of the dialplan; empty texts when it is none."""
        text = self.detail("extra")
        return text.split("|")

    def detail(self, key: str) -> str:
        """A value of ``extra`` as text, empty when it is not there."""
        try:
            value = json.loads(self.extra).get(key, "") if self.extra else ""
        except (ValueError, AttributeError):
            return ""
        return value if isinstance(value, str) else str(value)


def _of_its_call(event: CelEvent, call: str) -> CelEvent:
    """What a leg's channels tell as of the call that they are for: they are a call of their own.

    Only our dialplan makes milestones, and what leads a handset into a room has the call's id as
    its user field; no caller's words can be in either.

    Args:
        event: of any channel.
        call: the channel's user field.
    """
    if event.kind in _OF_CALLS:
        call = event.milestone()[0]
    elif event.kind not in _OF_SEATS:
        return event
    return event._replace(linked=call) if call else event


def _micros(text: str) -> int:
    if len(text) == 17 and text[10] == ".":  # as Asterisk writes it until the year 2286
        digits = text[:10] + text[11:]
        if digits.isascii() and digits.isdigit():
            return int(digits)
    seconds, _, fraction = text.partition(".")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
        raise MalformedEventError(f"{text[:40]!r} is not a time")
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        raise MalformedEventError(f"{text[:40]!r} is not a time")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


def from_row(row: Sequence[str]) -> CelEvent:
    """The event in a line of the CEL file.

    Raises:
        MalformedEventError: not one of our lines, or cut off.
    """
    if len(row) != len(FIELDS):
        raise MalformedEventError(f"a line of {len(row)} fields instead of {len(FIELDS)}")
    return _of_its_call(
        CelEvent(
            kind=row[0],
            at=_micros(row[1]),
            number=row[3],
            context=row[5],
            channel=row[6],
            application=row[7],
            data=row[8],
            unique=row[9],
            linked=row[10],
            peer=row[11],
            extra=row[13],
        ),
        row[12],
    )


_WANTED: Final = (
    *("eventname", "calleridnum", "context", "channel", "application", "appdata"),
    *("uniqueid", "linkedid", "peer", "extra", "timestamp", "userfield"),
)
_pick = itemgetter(*(AMI_FORM.places[name] for name in _WANTED))


def from_ami(headers: Headers) -> CelEvent | None:
    """The event in an AMI event ``CEL``; None: somebody forged, or cut off, a header of it.

    Raises:
        MalformedEventError: it has no time.
    """
    if headers.form is AMI_FORM:
        kind, *texts, timestamp, field = _pick(headers.values_of_form)
    elif headers.repeated or set(headers) != AMI_HEADERS:
        return None
    else:
        kind, *texts, timestamp, field = (headers[name] for name in _WANTED)
    return _of_its_call(CelEvent(kind, _micros(timestamp), *texts), field)
