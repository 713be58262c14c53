"""Follows the calls of one Asterisk node: live over AMI, and behind it in the CEL file.

What AMI gives goes straight into the tracker. The file is read on in steps, ``LAG_S`` behind, so
that an event is told by AMI first; whatever the file has that AMI did not give is then known to
have been missed. While the listener is away the file is read to its end. After each connection
what is known is held against what Asterisk lists; until that is done, the gap lasts.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from router import reconcile
from router.ami import AmiError, Connected, DeviceStateList, Disconnected, Down, Event, Policy
from router.calls.events import MalformedEventError, from_ami
from router.calls.gaps import GapLedger, Why
from router.calls.record import Reason
from router.reconciler import Reconciler

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.ami import AmiLink, Item
    from router.calls.celfile import CelFile, End
    from router.calls.events import CelEvent
    from router.calls.record import CallRecord
    from router.calls.tracker import CallTracker
    from router.contacts import Contacts
    from router.handsets import Devices

log = structlog.get_logger(__name__)

LAG_S: Final = 3.0
"""How long a line stands in the file before it is read while the listener is connected."""
TAIL_S: Final = 1.0
KEEP_S: Final = 120.0
"""How long a call that is over stays in memory when its recording or the file does not come."""
SWEEP_S: Final = 60.0
"""How often it is seen whether a call that is up still has a channel."""
SILENCE: Final = timedelta(seconds=Policy().silence_s)
"""How long a dead connection may be believed in."""
_BREATH: Final = 16
"""Events of the file taken before others have their turn: 2 ms or so of them."""
_PACE_S: Final = 0.003
"""How long others have it then while the listener is connected: what the file tells is known."""


class CallFollower:
    """Feeds the tracker from both deliveries and hands on each record that may have changed.

    Attributes:
        reconciler: holds what is known against what Asterisk lists.

    Args:
        link: the AMI connection of the account that hears events.
        file: the node's CEL file.
        tracker: the calls.
        board: told what handsets and trunks do.
        emit: told each record that may have changed.
        gaps: the ledger of when nothing was heard.
        heard: told every event of either delivery, and whether it came over AMI.
        talks: told the channel of a caller of whom the first sound is heard.
        missed: told when events were missed.
        holds: told the channel of whoever puts others on hold, or is back (False).
        contacts: told where handsets have registered.
        now: wall clock in seconds, for what is written down.
        clock: a clock that is never set, for waiting.
    """

    def __init__(  # noqa: PLR0913 (each is a part of its own)
        self,
        link: AmiLink,
        file: CelFile,
        tracker: CallTracker,
        board: Devices,
        emit: Callable[[CallRecord], None],
        *,
        gaps: GapLedger | None = None,
        heard: Callable[[CelEvent, bool], None] | None = None,
        talks: Callable[[str], None] | None = None,
        missed: Callable[[], None] | None = None,
        holds: Callable[[str, bool], None] | None = None,
        contacts: Contacts | None = None,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._file = file
        self._tracker = tracker
        self._board = board
        self._emit = emit
        self._gaps = gaps or GapLedger(tracker.node)
        self._told = heard or _nobody
        self._talks = talks or _nobody
        self._missed = missed or _nobody
        self._holds = holds or _nobody
        self._contacts = contacts
        self._now = now
        self._clock = clock
        self.reconciler = Reconciler(link, file, tracker, self._gaps, emit, self._time)
        self._reading = asyncio.Lock()
        self._reconciling = asyncio.Lock()
        self._due = True
        self._heard: datetime | None = None
        self._ends: deque[tuple[float, End]] = deque()
        self._swept = clock()
        self._suspects: set[str] = set()
        self._over_since: dict[str, float] = {}
        self._changed: dict[str, CallRecord] = {}

    @property
    def hears(self) -> bool:
        """Whether everything that happens is heard, and all that happened before is known."""
        return self._link.connected and not self._due and not self._gaps.is_open

    async def listen(self) -> None:
        """Take what AMI gives until cancelled."""
        while True:
            item = await self._link.next_event()
            await self._take(item)
            for waiting in self._link.waiting():
                await self._take(waiting)
            self._hand_on_changed()

    async def _take(self, item: Item) -> None:
        if isinstance(item, Event):
            self._event(item)
            return
        self._hand_on_changed()
        self._missed()
        if self._contacts is not None and not isinstance(item, Disconnected):
            self._contacts.heard()
        if isinstance(item, Connected):
            if not item.first:
                self._gaps.begin(Why.AMI_LOST, self._heard or self._time())
            self._due = True
            await self._reconcile()
        elif isinstance(item, Disconnected):
            self._lost(item)
        else:  # events were dropped
            self._gaps.begin(Why.OVERFLOW, self._heard or self._time())
            await self.catch_up()
            self._gaps.end(self._time(), self._up())

    def _lost(self, item: Disconnected) -> None:
        self._board.unknown()
        if self._contacts is not None:
            self._contacts.unknown()
        if item.reason is Down.STOPPED:
            return
        now = self._time()
        began = now if item.reason is not Down.SILENT else now - SILENCE
        # What was heard since is proof that it was not dead by then.
        self._gaps.begin(Why.AMI_LOST, max(began, min(self._heard or began, now)))

    async def tail(self) -> None:
        """Read the file behind AMI until cancelled."""
        while True:
            await asyncio.sleep(TAIL_S)
            if not self._link.connected:
                await self.catch_up()
            elif self._due:
                await self._reconcile()
            else:
                await self._read_behind()
                await self._sweep()
            self._tidy()

    async def catch_up(self, until: End | None = None, pace_s: float = 0.0) -> None:
        """Take what the file has, to its end or up to ``until``.

        Args:
            until: where to stop.
            pace_s: rest after some events, so that more urgent work goes on meanwhile.
        """
        async with self._reading:
            for number, event in enumerate(self._file.read(until), 1):
                self._told(event, False)  # noqa: FBT003 (the other delivery)
                self._hand_on(self._tracker.filed(event))
                if number % _BREATH == 0:
                    await asyncio.sleep(pace_s)

    async def _read_behind(self) -> None:
        """Take what has stood in the file for long enough that AMI has told it by now."""
        now = self._clock()
        self._ends.append((now, self._file.end()))
        until = None
        while self._ends and now - self._ends[0][0] >= LAG_S:
            until = self._ends.popleft()[1]
        if until is not None:
            await self.catch_up(until, _PACE_S)

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)

    def _up(self) -> list[str]:
        return [state.record.id for state in self._tracker.open()]

    def _event(self, event: Event) -> None:
        self._heard = event.received_at
        if event.name == "CEL":
            try:
                cel = from_ami(event.headers)
            except MalformedEventError as error:
                log.warning("cel_event_skipped", reason=str(error))
                return
            if cel is None:
                # Somebody's words broke out of their header. The file, quoted, has the truth.
                log.warning("cel_event_forged", received=event.received_at.isoformat())
                return
            self._told(cel, True)  # noqa: FBT003 (live)
            record = self._tracker.live(cel)
            if record is not None:
                # Several events of a call in one go are one change of its record.
                self._changed[record.id] = record
        elif event.name == "ChannelTalkingStart":
            # The channel stands before the caller's words; whatever he forges, somebody is there.
            self._talks(event.headers.get("Channel", ""))
        elif event.name in {"Hold", "Unhold"}:
            # As above: the channel stands before any words, and music in a room ends by itself.
            self._holds(event.headers.get("Channel", ""), event.name == "Hold")
        elif event.name == "DeviceStateChange" and not event.headers.repeated:
            self._board.changed(event.headers.get("Device", ""), event.headers.get("State", ""))
        elif event.name == "ContactStatus" and not event.headers.repeated and self._contacts:
            told = ("EndpointName", "URI", "ContactStatus")
            self._contacts.changed(*(event.headers.get(name, "") for name in told))

    def _hand_on_changed(self) -> None:
        changed, self._changed = self._changed, {}
        for record in changed.values():
            self._emit(record)

    def _hand_on(self, record: CallRecord | None) -> None:
        if record is not None:
            self._emit(record)

    async def _reconcile(self) -> None:
        """After each connection: what was missed, what is over, what is up, who is on the air."""
        async with self._reconciling:
            if not self._due:
                return
            # What is written from here on is told over AMI as well: the file must not be quicker.
            await self.catch_up(self._file.end())
            # One that begins from here on may be in the file and not in the list.
            asked = self.reconciler.known_up()
            try:
                listed = await reconcile.ask(self._link)
                devices = await self._link.collect(DeviceStateList())
            except AmiError as error:
                log.warning("reconciliation_failed", reason=str(error))
                return
            unknown = {call for call in listed.up if self._tracker.find(call) is None}
            if unknown or asked - listed.up or self.reconciler.unheard(listed):
                await self.catch_up()  # what began or ended while we asked
            self.reconciler.end_vanished(asked - listed.up, listed)
            self.reconciler.tell_restart(listed.started)
            await self.reconciler.adopt(listed)
            self.reconciler.join(listed)
            self._board.listed(
                [
                    (each.headers.get("Device", ""), each.headers.get("State", ""))
                    for each in devices
                ]
            )
            self._due = False
            self._gaps.end(self._time(), self._up())

    async def _sweep(self) -> None:
        """Find calls whose channels are gone without a word, twice in a row."""
        if self._clock() - self._swept < SWEEP_S:
            return
        self._swept = self._clock()
        asked = self.reconciler.known_up()
        if not asked:
            self._suspects.clear()
            return
        try:
            listed = await reconcile.ask(self._link)
        except AmiError:
            return  # The next one, or the next connection, will find them.
        gone = asked - listed.up
        self.reconciler.end_vanished(gone & self._suspects, listed)
        self._suspects = gone

    def _is_doubted(self, call: str) -> bool:
        state = self._tracker.find(call)
        return state is not None and state.record.reason is Reason.SYSTEM

    def _tidy(self) -> None:
        """Drop calls of which nothing more will come."""
        now = self._clock()
        over = self._tracker.over()
        finished = set(self._tracker.finished())
        # Why the system ended a call may be known only when Asterisk is back.
        doubted = {call for call in over if self._is_doubted(call)}
        for call in over:
            since = self._over_since.setdefault(call, now)
            waiting = self._tracker.awaits_recording(call)
            if (call in finished and not waiting and call not in doubted) or now - since > KEEP_S:
                self._tracker.forget(call)
                self._over_since.pop(call, None)
        for call in finished - set(over):  # calls between handsets
            self._tracker.forget(call)


def _nobody(*_told: object) -> None:
    """Nobody wants to hear of it."""
