"""Every cell of the fault matrix, each with a real call; the moments of a fault at once."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

import pytest

from ops.api import ask
from router.alarms import Kind
from tests.live.calls import arrive, canary_passes, check, converse
from tests.live.centre import RECORD_S
from tests.live.faults.breakers import BREAKERS
from tests.live.faults.cells import FAULTS, Cell, Fault, Moment
from tests.live.menu.crowd import Ledger
from tests.live.menu.ear import hears_prompt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ops.phone import Call, Ring
    from tests.live.phones import Phones

RING_S = 30.0
STAFF = ("101", "201", "301", "401")


class Attempt:
    """One call of the matrix.

    Attributes:
        cell: what is tried.
        number: the caller's.
        since: the caller's last act, or what he waits for.
        waited_s: from there, or from the fault, to what it should lead to.
        call_id: of its record, once there is one.
    """

    def __init__(self, phones: Phones, cell: Cell) -> None:
        self.cell = cell
        self.number = phones.centre.number()
        self.since = 0.0
        self.waited_s = 0.0
        self.call_id = ""
        self._phones = phones
        self._call: Call | None = None
        self._ring: Ring | None = None

    async def prepare(self) -> None:
        """Bring the call to the moment of the fault."""
        if self.cell.moment is Moment.BEFORE:
            return
        self._call = await arrive(self._phones, self.number)
        if self.cell.moment is Moment.ROUTED:
            await self._call.press(self.cell.does.key)
            self._ring = await self._phones.bank.ring(self.cell.does.handset)
        else:
            await hears_prompt(self._call, self._phones.centre, "id", "menu")

    async def press_now(self, keys: Ledger) -> None:
        """Press, if this is the moment for it, and wait until Asterisk has the key."""
        if self.cell.moment is not Moment.KEY or self._call is None:
            return
        await self._call.press(self.cell.does.key)
        async with asyncio.timeout(RECORD_S):
            while self.cell.does.key not in keys.received().values():  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.02)

    async def go_on(self) -> None:
        """What the caller does while the part is gone, until somebody talks with him."""
        broken = time.monotonic()
        call = self._call or await self._phones.line.call(self.number)
        self._call = call
        await call.answered()
        self.since = time.monotonic()
        if self.cell.moment is Moment.BEFORE and self.cell.does.key:
            self.since = (await call.press(self.cell.does.key)).ended
        if self.cell.moment is Moment.PROMPT:
            await self._phones.centre.record(
                self.number, lambda record: record.tier == self.cell.tier, filed=False
            )
            at = await call.hears_sound(RING_S)
            self.waited_s = at - broken
            await call.press(self.cell.does.key)
        ring = self._ring or await self._phones.bank.ring(self.cell.does.handset, RING_S)
        assert ring.caller_number == self.number
        if self.cell.moment in (Moment.BEFORE, Moment.KEY):
            self.waited_s = ring.at - self.since
        await ring.alert()
        await ring.answer()
        await converse(call, ring)
        await call.hang_up()

    async def recorded(self, fault: Fault) -> None:
        """The record says what happened, whoever was away meanwhile."""
        cell, does, centre = self.cell, self.cell.does, self._phones.centre
        record = await centre.record(self.number, filed=fault.filed)
        self.call_id = record.id
        if fault.name == "handsets-gone":
            assert (record.steps[-1].agency, record.steps[-1].result) == ("damkar", "answered")
        steps = [(does.agency, "queue", "answered")]
        check(
            centre,
            record,
            self.number,
            emergency=does.emergency,
            choice=cell.reason,
            tier=cell.tier,
            steps=_steps(record) if fault.name == "handsets-gone" else steps,
            answered_by=does.agency,
            handset=does.handset,
            source=cell.source or record.source,
            filed=fault.filed,
        )


def _steps(record: object) -> list[tuple[str, str, object]]:
    return [(step.agency, step.kind, step.result) for step in record.steps]  # type: ignore[attr-defined]


async def _at_once(does: list[Callable[[], Awaitable[None]]]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for do in does:
            tasks.create_task(_run(do))


async def _run(do: Callable[[], Awaitable[None]]) -> None:
    await do()


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
async def test_fault(
    phones: Phones, fault: Fault, record_property: Callable[[str, object], None]
) -> None:
    """Callers at every moment reach whom they chose, with a whole record; then all is well."""
    attempts = [Attempt(phones, cell) for cell in fault.cells]
    if fault.name != "handsets-gone":
        await phones.log_in(*STAFF)
    async with BREAKERS[fault.name](phones.centre) as breaks:
        await _at_once([attempt.prepare for attempt in attempts])
        with Ledger(phones.centre) as keys:
            await breaks(
                lambda: _at_once(
                    [lambda attempt=attempt: attempt.press_now(keys) for attempt in attempts]
                )
            )
        going = asyncio.create_task(_at_once([attempt.go_on for attempt in attempts]))
        if fault.name == "handsets-gone":
            await _comforted(phones, attempts[0])
            await phones.log_in(*STAFF)
            attempts[0].since = time.monotonic()
        await going
    after = Attempt(phones, Cell(Moment.BEFORE, source=None))
    await after.go_on()
    await _at_once([lambda attempt=attempt: attempt.recorded(fault) for attempt in attempts])
    await after.recorded(FAULTS[0])
    await canary_passes(phones.centre)
    await _told(phones, fault, attempts)
    for attempt in attempts:
        extra_s = attempt.waited_s - after.waited_s
        row = f"{fault.name:22}{attempt.cell.moment:18}{extra_s:6.2f} s more"
        record_property(attempt.cell.moment.value, extra_s)
        sys.stdout.write(f"{row}\n")


async def _told(phones: Phones, fault: Fault, attempts: list[Attempt]) -> None:
    """A menu led by a lower tier has raised an alarm that names the call."""
    fallen = {attempt.call_id for attempt in attempts if attempt.cell.tier > 1}
    assert bool(fallen) == (Kind.TIER_FELL in fault.alarms)
    if fallen:
        found = await ask(phones.centre.settings, "GET", "/api/alarms")
        assert fallen & {row["detail"] for row in found["alarms"] if row["alarm"] == Kind.TIER_FELL}


async def _comforted(phones: Phones, attempt: Attempt) -> None:
    """Wait until the caller was told that all are busy: a whole round has found nobody."""
    await phones.centre.record(attempt.number, lambda record: len(record.steps) >= 4, filed=False)
