"""All that happened about an incident, in the order of time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from router.incidents.model import Event
from router.store.messages import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from router.calls.record import CallRecord, Leg
    from router.incidents.model import Entry
    from router.store.incident_search import File
    from router.store.messages import Message

CALLS = frozenset({Event.OPENED, Event.JOINED, Event.SPLIT})
UNITS = frozenset({Event.SENT, Event.ACCEPTED, Event.ARRIVED})


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened.

    Attributes:
        what: the key of its word. ``how``: the key of a word that tells more, or empty.
        who: at whose word. ``text``: that was said; both are others' words.
        call: id of the call that it is about.
        agency: of the plan. ``unit``: its car or handset.
        kind: an emergency of the plan.
        log: id of its line in the incident's log, 0: it is not from there.
    """

    at: datetime
    what: str
    how: str = ""
    who: str = ""
    text: str = ""
    call: str = ""
    agency: str = ""
    unit: str = ""
    kind: str = ""
    log: int = 0


def story(file: File) -> tuple[Moment, ...]:
    """Everything, the earliest first."""
    return tuple(sorted(_moments(file), key=lambda moment: moment.at))


def _moments(file: File) -> Iterator[Moment]:
    calls = {call.id for call in file.calls}
    words = {(word.agency, word.at) for word in file.words}
    for line in file.log:
        # The agency's own word is told with how it was given.
        if line.what is not Event.ACCEPTED or (line.text, line.at) not in words:
            yield noted(line, calls)
    for word in file.words:
        yield Moment(
            word.at, "accepted", f"by_{word.how}", word.who, call=word.call, agency=word.agency
        )
    for call in file.calls:
        yield from _of_call(call)
    for message in file.messages:
        yield _told(message)
    for note in file.notes:
        yield Moment(note.at, "call_note", who=note.who, text=note.text, call=note.call)
    for link in file.links:
        yield Moment(link.at, "link_sent", who=link.who, call=link.call)
        if link.used is not None:
            yield Moment(link.used, "link_used", call=link.call)


def noted(line: Entry, calls: set[str]) -> Moment:
    """A line of the log; ``calls`` are the ids of the incident's calls."""
    who = "" if line.who in calls else line.who
    text, call, agency, unit, kind = line.text, "", "", "", ""
    if line.what in CALLS and not text.startswith("#"):
        text, call = "", text
    elif line.what in UNITS:
        agency, _, unit = text.partition(" ")
        text = ""
    elif line.what is Event.KIND:
        text, kind = "", text
    what = f"log_{line.what}" if line.what not in UNITS else str(line.what)
    return Moment(line.at, what, "", who, text, call, agency, unit, kind, line.id)


def _of_call(call: CallRecord) -> Iterator[Moment]:
    yield Moment(call.began, "call_came", text=call.caller, call=call.id, kind=call.emergency or "")
    for leg in call.legs:
        yield from _of_leg(call.id, leg)
    if not call.legs and call.answered is not None:
        yield Moment(
            call.answered,
            "leg_joined",
            call=call.id,
            agency=call.answered_by or "",
            unit=call.handset or "",
        )
    if call.ended is not None:
        how = "" if call.outcome is None else f"outcome_{call.outcome}"
        yield Moment(call.ended, "call_ended", how, call=call.id)


def _of_leg(call: str, leg: Leg) -> Iterator[Moment]:
    unit, agency = leg.handset or "", leg.agency
    kind = f"leg_{leg.kind}"
    if leg.joined is None:
        how = kind if leg.end is None else f"end_{leg.end}"
        yield Moment(leg.rung, "leg_rung", how, call=call, agency=agency, unit=unit)
        return
    yield Moment(leg.joined, "leg_joined", kind, call=call, agency=agency, unit=unit)
    if leg.left is not None:
        how = "" if leg.end is None else f"end_{leg.end}"
        yield Moment(leg.left, "leg_left", how, call=call, agency=agency, unit=unit)


def _told(message: Message) -> Moment:
    at = message.sent if message.state is State.SENT and message.sent else message.due
    return Moment(
        at,
        "message",
        f"message_{message.state}",
        text=" ".join(filter(None, (message.channel, message.target))),
        call=message.call,
        agency="" if message.agency == "-" else message.agency,
    )
