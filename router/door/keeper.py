"""Has Asterisk keep out whom the watch blocks: a list in a file, loaded anew when it changes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.ami import AmiError, Connected, Event, PJSIPShowContacts, Reload
from router.door.events import peer_of, seen
from siaga.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from router.ami import AmiLink
    from router.door.events import Peer, Seen
    from router.door.hep import Ear
    from router.door.watch import Block, Watch

log = structlog.get_logger(__name__)

LOADS_EVERY_S: Final = 1.0
"""Shortest time from one loading to the next; Asterisk reads all handsets' accounts each time."""
RETRY_S: Final = 2.0
FLOOD: Final = 2_000
"""Events in a second above which nobody is watched for :data:`REST_S`: whoever floods the centre
with requests must not keep the router from following calls, nor fill Asterisk's memory."""
REST_S: Final = 30.0
ACL: Final = "acl"
"""Asterisk's module of access lists."""

_CONTACT: Final = re.compile(r"sips?:[^@\s]*@(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::[0-9]+)?(?:;|$)")


class DoorKeeper:
    """Follows log-ins and keeps the list of who is blocked.

    Args:
        connect: gives a new link as the account ``door``, to be run here.
        admin: a link that may reload, run by somebody else.
        watch: decides.
        ear: opens the socket on which challenges are told, and tells them to what it is given.
        file: the list, which Asterisk's configuration includes.
        clock: seconds that never go back.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (each is a whole part of the door)
        self,
        connect: Callable[[], AmiLink],
        admin: AmiLink,
        watch: Watch,
        ear: Callable[[Callable[[Seen], None]], Ear],
        file: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.watch = watch
        self._connect = connect
        self._admin = admin
        self._ear = ear
        self._file = file
        self._clock = clock
        self._changed = asyncio.Event()
        # What Asterisk has is not known at the start: a list of an earlier router may be there.
        self._loaded: str | None = None
        self._is_watching = False
        self._told: dict[Peer, Block] = {}

    def rows(self) -> list[dict[str, str | int | list[str]]]:
        """For ``/api/blocks``: who is blocked now, the next to end first."""
        now, moment = self._clock(), datetime.now(UTC)
        self.watch.expire(now)
        return [
            {
                "address": _shown(block.peer),
                "since": _at(moment, block.since - now),
                "until": _at(moment, block.until - now),
                "failures": block.failures,
                "accounts": list(block.accounts),
            }
            for block in self.watch.blocks
        ]

    def health(self) -> dict[str, Any]:
        """For ``/health``: whether log-ins are watched, and what was seen."""
        counters = self.watch.counters
        return {
            "watching": self._is_watching,
            "blocked": len(self.watch.blocks),
            "failures": counters.failures,
            "unproven": counters.unproven,
            "spared": counters.spared,
        }

    async def listen(self) -> None:
        """Watch log-ins until cancelled."""
        ear = await self._opened()
        try:
            await self._watch(ear)
        finally:
            ear.close()

    async def _opened(self) -> Ear:
        while True:
            try:
                return self._ear(self._see)
            except OSError as error:
                log.warning("door_deaf", reason=str(error))
                await asyncio.sleep(REST_S)

    def _see(self, what: Seen) -> None:
        if self.watch.see(what, self._clock()):
            self._changed.set()

    async def _watch(self, ear: Ear) -> None:
        while True:
            link = self._connect()
            running = asyncio.create_task(link.run())
            try:
                await self._follow(link, ear)
            finally:
                self._is_watching = False
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
            log.warning("door_flooded", rest_s=REST_S)
            await asyncio.sleep(REST_S)

    async def _follow(self, link: AmiLink, ear: Ear) -> None:
        """Take what happens; returns when it is too much."""
        second, count = 0, 0
        while True:
            item = await link.next_event()
            if not isinstance(item, Event):
                self._is_watching = isinstance(item, Connected)
                continue
            now = self._clock()
            if int(now) != second:
                second, count = int(now), 0
            count += 1
            if count > FLOOD:
                return
            what = seen(item)
            if what is not None:
                ear.hear()  # A challenge comes before the answer to it.
                self._see(what)

    async def run(self) -> None:
        """Keep Asterisk's list until cancelled."""
        learnt = False
        while True:
            try:
                if not learnt:
                    self.watch.known_good(await self._logged_in(), self._clock())
                    learnt = True
                await self._load()
            except (AmiError, OSError) as error:
                log.info("door_waits", reason=str(error)[:200])
                await asyncio.sleep(RETRY_S)
                continue
            await asyncio.sleep(LOADS_EVERY_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._until_next()):
                    await self._changed.wait()

    def _until_next(self) -> float | None:
        """Seconds until a block ends; None: there is none."""
        blocks = self.watch.blocks
        return max(0.0, blocks[0].until - self._clock()) if blocks else None

    async def _load(self) -> None:
        self._changed.clear()
        self.watch.expire(self._clock())
        self.watch.spare_trunks()
        blocks = self.watch.blocks
        text = "".join(f"deny = {block.peer}\n" for block in _ordered(blocks))
        if text != self._loaded:
            await asyncio.to_thread(write_atomic, self._file, text, 0o600)
            await self._admin.act(Reload(ACL))
            self._loaded = text
        self._tell(blocks)

    def _tell(self, blocks: tuple[Block, ...]) -> None:
        now = {block.peer: block for block in blocks}
        for peer, block in now.items():
            if peer not in self._told:
                log.warning(
                    "address_blocked",
                    address=_shown(peer),
                    failures=block.failures,
                    accounts=block.accounts,
                    seconds=round(block.until - block.since),
                )
        for peer in self._told.keys() - now.keys():
            log.info("address_unblocked", address=_shown(peer))
        self._told = now

    async def _logged_in(self) -> list[Peer]:
        """Where handsets are logged in from already."""
        events = await self._admin.collect(PJSIPShowContacts())
        return list(_peers(event.headers.get("Uri", "") for event in events))


def _peers(contacts: Iterator[str]) -> Iterator[Peer]:
    for contact in contacts:
        found = _CONTACT.match(contact)
        if found is not None:
            with contextlib.suppress(ValueError):
                yield peer_of(found[1] or found[2])


def _ordered(blocks: tuple[Block, ...]) -> list[Block]:
    return sorted(blocks, key=lambda block: str(block.peer))


def _shown(peer: Peer) -> str:
    return str(peer.network_address) if peer.version == 4 else str(peer)


def _at(moment: datetime, seconds: float) -> str:
    return (moment + timedelta(seconds=seconds)).isoformat(timespec="seconds")
