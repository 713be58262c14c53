"""Music for a caller whom everybody in his room has put on hold, or left while another rings.

The dialplan ends it by itself, so that nothing of it needs to be known after a restart; who pressed
hold before that is not known then either, and the room is silent until he is back.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog

from router.ami import AmiError, Originate
from siaga.names import LISTENER_EXTEN, MUSIC_EXTEN, SEPARATOR, START, Context, Var

if TYPE_CHECKING:
    from router.ami import AmiLink
    from router.calls.record import CallRecord
    from router.calls.state import CallState
    from router.calls.tracker import CallTracker

log = structlog.get_logger(__name__)

REMEMBERED: Final = 200
"""Channels on hold that are remembered; the oldest goes first."""
BEGUN_MS: Final = 5_000
"""How long the music may take to begin."""
_CHANNEL: Final = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_.@+-]{1,80}")


def holders(state: CallState, held: frozenset[str]) -> tuple[str, ...]:
    """The channels of all who left a caller with nobody, on hold, or of what rings for them.

    Empty: somebody is there, or he is in no room.

    Args:
        state: a call.
        held: channels that are on hold.
    """
    if not state.in_room or state.hung_up is not None or state.record.ended is not None:
        return ()
    talking = tuple(leg.channel for leg in state.record.legs if leg.talks)
    ringing = tuple(seat.channel for seat in state.seats if not seat.handset)
    return (*talking, *ringing) if all(channel in held for channel in talking) else ()


def music(record: CallRecord, channels: tuple[str, ...]) -> Originate:
    """Play music into the room of a call for as long as ``channels`` are on hold."""
    return Originate(
        f"Local/{MUSIC_EXTEN}@{Context.COMFORT}/n",
        Context.COMFORT,
        LISTENER_EXTEN,
        START,
        timeout_ms=BEGUN_MS,
        variables={
            f"__{Var.ROOM}": record.id,
            f"__{Var.LANGUAGE}": "en" if record.language == "en" else "id",
            f"__{Var.HOLDERS}": SEPARATOR.join(channels),
        },
    )


def _has(record: CallRecord, channel: str) -> bool:
    return any(leg.channel == channel and leg.left is None for leg in record.legs)


class Comfort:
    """Begins the music. :meth:`run` owns the work.

    Args:
        link: the AMI connection that acts.
        tracker: the calls.
    """

    def __init__(self, link: AmiLink, tracker: CallTracker) -> None:
        self._link = link
        self._tracker = tracker
        self._held: OrderedDict[str, None] = OrderedDict()
        self._playing: dict[str, tuple[str, ...]] = {}
        self._due: asyncio.Queue[Originate] = asyncio.Queue()

    def holds(self, channel: str, is_held: bool) -> None:  # noqa: FBT001 (as it is told)
        """Take the channel of whoever puts the others on hold, or is back; returns at once."""
        states = [state for state in self._tracker.open() if _has(state.record, channel)]
        if is_held and states and _CHANNEL.fullmatch(channel):
            self._held[channel] = None
            if len(self._held) > REMEMBERED:
                self._held.popitem(last=False)
        else:
            self._held.pop(channel, None)
        for state in states:
            self.changed(state.record)

    def changed(self, record: CallRecord) -> None:
        """Take a call whose record may have changed; returns at once."""
        state = self._tracker.find(record.id)
        channels = holders(state, frozenset(self._held)) if state is not None else ()
        if not channels:
            self._playing.pop(record.id, None)
        elif self._playing.get(record.id) != channels:
            self._playing[record.id] = channels
            self._due.put_nowait(music(record, channels))

    async def run(self) -> None:
        """Do it until cancelled."""
        while True:
            begun = await self._due.get()
            try:
                await self._link.act(begun)
            except AmiError as error:
                log.info("music_not_begun", reason=str(error)[:200])
