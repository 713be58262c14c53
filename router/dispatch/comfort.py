"""Music for a caller whom everybody in his room has put on hold.

Each piece of it ends by itself, so that nobody is left with music over a talk when the router dies;
who pressed hold before a router began is not known to it, and the room is silent until he is back.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog

from router.ami import AmiError, Hangup, Originate
from siaga.names import COMFORT_S, LISTENER_EXTEN, MUSIC_EXTEN, START, Context, Var

if TYPE_CHECKING:
    from router.ami import AmiLink
    from router.ami.actions import Action
    from router.calls.record import CallRecord
    from router.calls.state import CallState
    from router.calls.tracker import CallTracker

log = structlog.get_logger(__name__)

REMEMBERED: Final = 200
"""Channels on hold that are remembered; the oldest goes first."""
BEGUN_MS: Final = 5_000
"""How long the music may take to begin."""
_CHANNEL: Final = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_.@+-]{1,80}")


def is_alone(state: CallState, held: frozenset[str]) -> bool:
    """Whether a caller in a room has nobody to talk with: all who are there are on hold.

    Args:
        state: a call.
        held: channels that are on hold.
    """
    if not state.in_room or state.hung_up is not None or state.record.ended is not None:
        return False
    talking = [leg.channel for leg in state.record.legs if leg.talks]
    ringing = any(not seat.handset for seat in state.seats)
    return bool(talking or ringing) and all(channel in held for channel in talking)


def music(record: CallRecord, name: str) -> Originate:
    """Play music into the room of a call; ``name`` is the unique id of its channel."""
    return Originate(
        f"Local/{MUSIC_EXTEN}@{Context.COMFORT}/n",
        Context.COMFORT,
        LISTENER_EXTEN,
        START,
        timeout_ms=BEGUN_MS,
        variables={
            f"__{Var.ROOM}": record.id,
            f"__{Var.LANGUAGE}": "en" if record.language == "en" else "id",
        },
        channel_id=name,
    )


class Comfort:
    """Has it played. :meth:`run` owns the work.

    Args:
        link: the AMI connection that acts.
        tracker: the calls.
    """

    def __init__(self, link: AmiLink, tracker: CallTracker) -> None:
        self._link = link
        self._tracker = tracker
        self._held: OrderedDict[str, None] = OrderedDict()
        self._over: dict[str, asyncio.Event] = {}
        self._due: asyncio.Queue[tuple[CallRecord, asyncio.Event]] = asyncio.Queue()

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
        alone = state is not None and is_alone(state, frozenset(self._held))
        if not alone and record.id in self._over:
            self._over.pop(record.id).set()
        elif alone and record.id not in self._over:
            over = self._over[record.id] = asyncio.Event()
            self._due.put_nowait((record, over))

    async def run(self) -> None:
        """Do it until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._play(*await self._due.get()))

    async def _play(self, record: CallRecord, over: asyncio.Event) -> None:
        while not over.is_set():
            name = f"comfort-{uuid.uuid4().hex}"
            await self._act(music(record, name))
            try:
                async with asyncio.timeout(COMFORT_S):
                    await over.wait()
            except TimeoutError:
                continue
            await self._act(Hangup(name))

    async def _act(self, action: Action) -> None:
        try:
            await self._link.act(action)
        except AmiError as error:
            log.info("music_not_begun_or_ended", reason=str(error)[:200])


def _has(record: CallRecord, channel: str) -> bool:
    return any(leg.channel == channel and leg.left is None for leg in record.legs)
