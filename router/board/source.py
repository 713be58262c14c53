"""Where the board of a running router comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from router.board.hub import Sources
from router.board.view import Kept, Seen
from router.live import live_at
from router.store import CallReader
from router.store.shifts import ShiftReader
from router.watch.parts import parts
from siaga import places
from siaga.errors import SettingsError
from siaga.names import TRUNK_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from router.store.nodes import Node
    from router.wiring import Router

DISK_STEP: Final = 100_000_000
"""Bytes; free room is told in these, or it would be another at each look."""


async def beside(router: Router, calls: CallReader) -> tuple[list[Node], list[CallRecord]]:
    """The other nodes, and the calls that are up there."""
    if router.errands is None:
        return [], []
    here = router.settings.node
    others = [node for node in await router.heart.store.all() if node.name != here]
    if not others:
        return [], []
    up = [record for record in await calls.open_calls() if record.node != here]
    return others, up


def sources(router: Router, engine: AsyncEngine) -> Sources:
    """Those of a router.

    Args:
        router: wired; it need not run.
        engine: of its database.
    """
    shifts = ShiftReader(engine)
    calls = CallReader(engine)
    try:
        regency = places.load(router.settings.places)
    except SettingsError:
        regency = None  # Told where incidents are served.

    def seen(boot: str) -> Seen:
        snapshot = router.watcher.snapshot
        return Seen(
            node=router.settings.node,
            boot=boot,
            plan=router.plans.in_force,
            version=router.plans.version,
            hears=router.follower.hears,
            states=router.board.states,
            trunks={
                name.removeprefix(TRUNK_PREFIX): state
                for name, state in router.trunks.states.items()
            },
            rung=router.rings.calls,
            live=live_at(router.live.items, datetime.now(UTC)),
            duty=snapshot.duty,
            parts=parts(snapshot, router.alarms.health()),
            alarms=router.alarms.raised,
            disk=(snapshot.disk_free // DISK_STEP * DISK_STEP, snapshot.disk_total),
            places=regency,
        )

    def records() -> Iterator[CallRecord]:
        return (state.record for state in router.tracker.open())

    async def read() -> Kept:
        now = datetime.now(UTC)
        at = await shifts.now(now)
        others, elsewhere = await beside(router, calls)
        return Kept(
            incidents=await router.incident_store.open(),
            officers={handset: shift.officer for handset, shift in at.items()},
            callbacks=len(await router.callback_store.tasks(now)),
            nodes=others,
            elsewhere=elsewhere,
        )

    return Sources(seen, records, router.plans.of, read)
