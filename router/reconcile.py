"""What is up according to Asterisk itself: asked after each connection, held against what we know.

What a list says may be a caller's own words: a number with line ends forges headers, or cuts off
what comes after it. The channel's name comes before the number, so that it is always true.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from router.ami import AmiError, CoreShowChannels, CoreStatus, GetVar, QueueStatus
from router.calls.bridges import QUEUE
from router.calls.events import CelEvent
from router.calls.record import CallRecord, Recording, Source, Step, StepResult
from siaga.names import Context, Var

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from router.ami import AmiLink, Headers
    from router.calls.state import CallState

POST: Final = "post"
RECORDING: Final = "recording"
"""Variable of the dialplan: where the call is recorded."""

_VERSIONED: Final = re.compile(r"([0-9a-f]{12})-.+")
_ID: Final = re.compile(r"[A-Za-z0-9-]+-([0-9]{1,11})\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Listed:
    """What Asterisk listed.

    Attributes:
        channels: headers of each channel.
        queued: headers of each caller who waits in a queue.
        started: when this Asterisk was started, at the latest (it tells whole seconds); None when
            it does not say.
    """

    channels: tuple[Headers, ...]
    queued: tuple[Headers, ...]
    started: datetime | None

    @property
    def up(self) -> set[str]:
        """Ids of the calls that channels say they belong to."""
        return {headers.get("Linkedid", "") for headers in self.channels}

    @property
    def is_forged(self) -> bool:
        """Whether some caller's words broke out of their header."""
        return any(channel.repeated or not channel.get("Linkedid") for channel in self.channels)

    def doubtful(self, find: Callable[[str], CallState | None]) -> set[str]:
        """Names of the channels that are not those of the callers whose calls they name.

        A restarted Asterisk uses the names again, for calls that we know as well.
        """
        return {
            headers.get("Channel", "")
            for headers in self.channels
            if (known := find(headers.get("Linkedid", ""))) is None
            or known.channel != headers.get("Channel", "")
        }


async def ask(link: AmiLink) -> Listed:
    """Have Asterisk list what is up.

    Raises:
        AmiError: it does not.
    """
    channels = await link.collect(CoreShowChannels())
    queued = await link.collect(QueueStatus())
    status = (await link.act(CoreStatus())).headers
    return Listed(
        tuple(event.headers for event in channels if event.name == "CoreShowChannel"),
        tuple(event.headers for event in queued if event.name == "QueueEntry"),
        _started(status.get("CoreStartupDate", ""), status.get("CoreStartupTime", "")),
    )


def _started(date: str, time: str) -> datetime | None:
    """Asterisk tells its own local time, which is that of this machine."""
    try:
        return datetime.fromisoformat(f"{date}T{time}").astimezone(UTC) + timedelta(seconds=1)
    except ValueError:
        return None


def unknown(listed: Listed, known: Collection[str]) -> list[Headers]:
    """Callers' channels of calls to 112 of which nothing is known."""
    return [
        headers
        for headers in listed.channels
        if not headers.repeated
        and headers.get("Uniqueid", "") == headers.get("Linkedid", "")
        and headers.get("Linkedid", "") not in known
        and _ID.fullmatch(headers.get("Linkedid", ""))
        and _is_emergency(headers.get("Context", ""))
    ]


def _is_emergency(context: str) -> bool:
    return context in {Context.TRUNK, Context.ROOM} or _VERSIONED.fullmatch(context) is not None


def record_of(caller: Headers, listed: Listed, node: str, now: datetime) -> CallRecord:
    """What the lists tell of a call that nothing else tells of.

    When it was answered is not in them: it is taken to be now, so that it counts as answered.
    """
    call = caller.get("Linkedid", "")
    began = _ID.fullmatch(call)
    version = _VERSIONED.fullmatch(caller.get("Context", ""))
    step, handset = _step(caller, listed, now)
    talks = step is not None and step.left is not None
    return CallRecord(
        id=call,
        node=node,
        caller=caller.get("CallerIDNum", ""),
        began=datetime.fromtimestamp(int(began[1]), UTC) if began else now,
        plan_version=version[1] if version else None,
        steps=(step,) if step is not None else (),
        answered=now if talks else None,
        answered_by=step.agency if step is not None and talks else None,
        handset=handset if talks else None,
        source=Source.BACKFILL,
    )


def _step(caller: Headers, listed: Listed, now: datetime) -> tuple[Step | None, str | None]:
    for entry in listed.queued:
        if entry.get("Uniqueid", "") == caller.get("Uniqueid", "") and not entry.repeated:
            wait = entry.get("Wait", "")
            waited = timedelta(seconds=int(wait) if wait.isascii() and wait.isdigit() else 0)
            return Step(*_agency(entry.get("Queue", "")), entered=now - waited), None
    bridge = caller.get("BridgeId", "")
    if not bridge or caller.get("Application", "") != "Queue":
        return None, None
    agency, kind = _agency(caller.get("ApplicationData", "").partition(",")[0])
    peers = _peers(caller, listed, bridge)
    return Step(agency, kind, now, now, StepResult.ANSWERED), next(peers, None)


def _peers(caller: Headers, listed: Listed, bridge: str) -> Iterator[str]:
    for other in listed.channels:
        name = other.get("Channel", "")
        if other.get("BridgeId", "") == bridge and name != caller.get("Channel", ""):
            yield name.partition("/")[2].rpartition("-")[0]


def _agency(queue: str) -> tuple[str, str]:
    """Agency and kind of step of a queue: ``damkar``, or ``damkar-post``."""
    agency, dash, _ = queue.partition("-")
    return agency, POST if dash else QUEUE


def talks(listed: Listed) -> Iterator[tuple[Headers, str]]:
    """Callers in a talk that a queue gave them, each with the channel of the only other there."""
    for caller in unknown(listed, ()):
        bridge = caller.get("BridgeId", "")
        if not bridge or caller.get("Application", "") != "Queue":
            continue
        name = caller.get("Channel", "")
        inside = (each for each in listed.channels if each.get("BridgeId", "") == bridge)
        others = [other for each in inside if (other := each.get("Channel", "")) != name]
        if len(others) == 1:
            yield caller, others[0]


def entered(caller: Headers, other: str, now: datetime) -> CelEvent:
    """What would have told that a caller's channel came together with another."""
    call = caller.get("Linkedid", "")
    return CelEvent(
        kind="BRIDGE_ENTER",
        at=round(now.timestamp() * 1_000_000),
        number=caller.get("CallerIDNum", ""),
        context=caller.get("Context", ""),
        channel=caller.get("Channel", ""),
        application="Queue",
        data=caller.get("ApplicationData", ""),
        unique=call,
        linked=call,
        peer=other,
        extra=json.dumps({"bridge_id": caller.get("BridgeId", "")}),
    )


async def with_variables(link: AmiLink, record: CallRecord, channel: str) -> CallRecord:
    """The record with what the dialplan has noted on the caller's channel; as it is without."""
    path = await _variable(link, channel, RECORDING)
    record = replace(record, recording=Recording(path) if path else None)
    if not record.steps:  # In the menu the variables say what would be, not what was chosen.
        return record
    return replace(
        record,
        emergency=await _variable(link, channel, Var.EMERGENCY),
        language=await _variable(link, channel, Var.LANGUAGE),
    )


async def _variable(link: AmiLink, channel: str, name: str) -> str | None:
    try:
        return (await link.act(GetVar(name, channel))).headers.get("Value", "") or None
    except AmiError:
        return None
