"""Follows the calls of one Asterisk node: live over AMI, and behind it in the CEL file.

What AMI gives goes straight into the tracker. The file is read on in steps, ``LAG_US`` behind, so
that an event is told by AMI first; whatever the file has that AMI did not give is then known to
have been missed. While the listener is away the file is read to its end.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import structlog

from router.ami import AmiError, Connected, CoreShowChannels, DeviceStateList, Disconnected, Event
from router.calls.events import AMI_HEADERS, CelEvent, MalformedEventError, from_ami

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.ami import AmiLink, Headers, Item
    from router.calls.celfile import CelFile
    from router.calls.record import CallRecord
    from router.calls.tracker import CallTracker
    from router.handsets import Devices

log = structlog.get_logger(__name__)

LAG_US: Final = 3_000_000
"""How far the file is read behind the clock while the listener is connected."""
TAIL_S: Final = 1.0
KEEP_S: Final = 120.0
"""How long a call that is over stays in memory when its recording or the file does not come."""
_BREATH: Final = 500
"""Events of the file taken before others have their turn."""


class CallFollower:
    """Feeds the tracker from both deliveries and hands on each record that may have changed.

    Args:
        link: the AMI connection of the account that hears events.
        file: the node's CEL file.
        tracker: the calls.
        board: told what handsets and trunks do.
        emit: told each record that may have changed.
        now: wall clock in seconds.
    """

    def __init__(  # noqa: PLR0913 (each is a part of its own)
        self,
        link: AmiLink,
        file: CelFile,
        tracker: CallTracker,
        board: Devices,
        emit: Callable[[CallRecord], None],
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._link = link
        self._file = file
        self._tracker = tracker
        self._board = board
        self._emit = emit
        self._now = now
        self._reading = asyncio.Lock()
        self._over_since: dict[str, float] = {}
        self._changed: dict[str, CallRecord] = {}

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
        if isinstance(item, Connected):
            await self._connected()
        elif isinstance(item, Disconnected):
            self._board.unknown()
        else:  # events were dropped
            await self.catch_up()

    async def tail(self) -> None:
        """Read the file behind AMI until cancelled."""
        while True:
            await asyncio.sleep(TAIL_S)
            await self.catch_up(lag_us=LAG_US if self._link.connected else 0)
            self._tidy()

    async def catch_up(self, lag_us: int = 0) -> None:
        """Take what the file has, up to ``lag_us`` microseconds ago (0: all of it)."""
        until = round(self._now() * 1_000_000) - lag_us if lag_us else None
        async with self._reading:
            for number, event in enumerate(self._file.read(until), 1):
                self._hand_on(self._tracker.filed(event))
                if number % _BREATH == 0:
                    await asyncio.sleep(0)

    def _event(self, event: Event) -> None:
        if event.name == "CEL":
            if event.headers.repeated or set(event.headers) != AMI_HEADERS:
                # Somebody's words broke out of their header. The file, quoted, has the truth.
                log.warning("cel_event_forged", received=event.received_at.isoformat())
                return
            try:
                cel: CelEvent = from_ami(event.headers)
            except MalformedEventError as error:
                log.warning("cel_event_skipped", reason=str(error))
                return
            record = self._tracker.live(cel)
            if record is not None:
                # Several events of a call in one go are one change of its record.
                self._changed[record.id] = record
        elif event.name == "DeviceStateChange" and not event.headers.repeated:
            self._board.changed(event.headers.get("Device", ""), event.headers.get("State", ""))

    def _hand_on_changed(self) -> None:
        changed, self._changed = self._changed, {}
        for record in changed.values():
            self._emit(record)

    def _hand_on(self, record: CallRecord | None) -> None:
        if record is not None:
            self._emit(record)

    async def _connected(self) -> None:
        """After each connection: what was missed, what is over, who is on the air."""
        await self.catch_up()
        # One that begins from here on may be in the file and not in the list.
        asked = {state.record.id for state in self._tracker.open()} | set(self._file.open_calls())
        try:
            channels = await self._link.collect(CoreShowChannels())
            devices = await self._link.collect(DeviceStateList())
        except AmiError as error:
            log.warning("reconciliation_failed", reason=str(error))
            return
        await self.catch_up()  # calls that ended while we asked
        self._end_vanished(asked, [channel.headers for channel in channels])
        self._board.listed(
            [(found.headers.get("Device", ""), found.headers.get("State", "")) for found in devices]
        )

    def _end_vanished(self, asked: set[str], channels: list[Headers]) -> None:
        """End those of the calls asked for of which Asterisk knows no channel."""
        up = {headers.get("Linkedid", "") for headers in channels}
        # Line ends in a caller's number cut off or forge what comes after it; the channel's name
        # comes before. A restarted Asterisk uses the names again, for calls that we know as well.
        doubtful = {
            headers.get("Channel", "") for headers in channels if not self._is_callers(headers)
        }
        gone = asked - up
        for state in list(self._tracker.open()):
            if state.record.id in gone and state.channel not in doubtful:
                log.warning("call_vanished", call=state.record.id)
                self._hand_on(self._tracker.vanished(state.record.id))
        for call in self._file.open_calls():
            known = self._tracker.find(call)
            if call in gone and (known is None or known.channel not in doubtful):
                self._file.release(call)

    def _is_callers(self, headers: Headers) -> bool:
        """Whether a channel is that of the caller whose call it says it belongs to."""
        known = self._tracker.find(headers.get("Linkedid", ""))
        return known is not None and known.channel == headers.get("Channel", "")

    def _tidy(self) -> None:
        """Drop calls of which nothing more will come."""
        now = self._now()
        over = self._tracker.over()
        finished = set(self._tracker.finished())
        for call in over:
            since = self._over_since.setdefault(call, now)
            waiting = self._tracker.awaits_recording(call)
            if (call in finished and not waiting) or now - since > KEEP_S:
                self._tracker.forget(call)
                self._over_since.pop(call, None)
        for call in finished - set(over):  # calls between handsets
            self._tracker.forget(call)
