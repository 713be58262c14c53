"""One SIPp with its twin socket and the calls on it; the base of both kinds of telephone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final, Self

from ops.phone import process
from ops.phone.errors import PhoneError
from ops.phone.ticker import Ticker
from ops.phone.twin import Reader

if TYPE_CHECKING:
    from types import TracebackType

    from ops.phone.leg import Leg
    from ops.phone.process import Sipp, Way
    from ops.phone.twin import Report

STALE_S: Final = 5.0
"""A report older than this has a clock between that was set."""
MANNERS_S: Final = 5.0
"""Longest calls may take to be ended when the line is closed: time to repeat a command."""


class Line(asyncio.Protocol):
    """A SIPp that runs while the block lasts.

    Attributes:
        ticker: the beat of its calls' audio.
        media: whether calls send and hear audio, or send keys and nothing else.
    """

    def __init__(self, way: Way, *, media: bool) -> None:
        self.ticker = Ticker()
        self.media = media
        self._way = way
        self._sipp: Sipp | None = None
        self._reader = Reader()
        self._transport: asyncio.Transport | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._legs: dict[str, Leg] = {}
        self._failed: PhoneError | None = None

    @property
    def host(self) -> str:
        """Our address, for SIP and RTP."""
        return self._way.address

    @property
    def address(self) -> tuple[str, int]:
        """Where SIPp takes SIP."""
        return self.host, self.sipp.port

    @property
    def target(self) -> tuple[str, int]:
        """The far end's address and port."""
        return self._way.target

    @property
    def sipp(self) -> Sipp:
        """The running SIPp.

        Raises:
            PhoneError: it does not run.
        """
        if self._sipp is None:
            raise PhoneError("The telephone is not switched on: use it within `async with`.")
        return self._sipp

    async def __aenter__(self) -> Self:
        """Start SIPp.

        Raises:
            PhoneError: it does not start; says what SIPp said.
        """
        self._sipp = await process.start(self._way)
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self, sock=self._sipp.twin)
        except BaseException:
            await self._sipp.stop()
            raise
        self._tasks = [loop.create_task(self._watch()), loop.create_task(self.ticker.run())]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the calls that are left, and SIPp."""
        try:
            if self._failed is None:
                await self._end_calls()
        finally:
            self._fail(PhoneError("The telephone was switched off."))
            for task in self._tasks:
                task.cancel()
            if self._transport is not None:
                self._transport.abort()
            for leg in list(self._legs.values()):
                leg.drop()
            await self.sipp.stop()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _end_calls(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MANNERS_S):
                await asyncio.gather(
                    *(leg.leave() for leg in list(self._legs.values())), return_exceptions=True
                )

    # For the calls on it.

    def send(self, command: bytes) -> None:
        """Hand a command to SIPp.

        Raises:
            PhoneError: SIPp has ended.
        """
        if self._failed is not None:
            raise self._failed
        if self._transport is None:
            raise PhoneError("The telephone is not switched on: use it within `async with`.")
        self._transport.write(command)

    def keep(self, leg: Leg) -> None:
        """Have the reports of its call given to this leg."""
        self._legs[leg.call_id] = leg
        if self._failed is not None:
            leg.changes.fail(self._failed)

    def forget(self, leg: Leg) -> None:
        """No more reports for this leg."""
        self._legs.pop(leg.call_id, None)

    def unknown(self, report: Report, at: float) -> None:
        """Take a report of a call that is no leg's; arrived at ``at``."""

    # From asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep SIPp's twin connection."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Give each report to its call."""
        now = time.monotonic()
        for report in self._reader.feed(data):
            at = _arrival(report, now)
            leg = self._legs.get(report.call_id)
            if leg is None:
                self.unknown(report, at)
            else:
                leg.take(report, at)

    async def _watch(self) -> None:
        status = await self.sipp.ended()
        self._fail(PhoneError(f"SIPp ended (status {status}):\n{self.sipp.log()}"))

    def _fail(self, error: PhoneError) -> None:
        self._failed = self._failed or error
        self.failed(self._failed)
        for leg in list(self._legs.values()):
            leg.changes.fail(self._failed)

    def failed(self, error: PhoneError) -> None:
        """SIPp has ended, for this reason."""


def _arrival(report: Report, now: float) -> float:
    """``time.monotonic()`` of the moment when SIPp took what it reports, if it says so.

    SIPp stamps by the wall clock; how long ago that was is the same on either.
    """
    try:
        seconds, microseconds = report.fields["at"].split()
        took = float(seconds) + float(microseconds) / 1e6
    except (KeyError, ValueError):
        return now
    ago = time.time() - took
    return time.monotonic() - ago if 0 <= ago < STALE_S else now
