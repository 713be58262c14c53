"""What an earlier router has left in the database, for the next one to go on with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from router.calls.celfile import CelFile, Position
from router.calls.gaps import GapLedger, Why
from router.store import CallReader, GapReader
from router.store.nodes import NodeStore

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.gaps import Gap
    from router.calls.record import CallRecord
    from router.calls.tracker import CallTracker
    from router.store import CelPosition

DOUBT: Final = timedelta(seconds=30)
"""How long before a router's end the system may have ended calls because it was shut down."""


@dataclass(frozen=True, slots=True)
class Left:
    """What was left.

    Attributes:
        place: where to go on in the CEL file.
        up: calls that were up.
        unfiled: calls that were over and whose recording is not filed.
        heard: when it was last known to hear.
        gap: in which it ended.
        cut_off: those of ``up`` that stand as ended, as the node was not heard of.
        doubted: calls that the system ended shortly before that.
    """

    place: CelPosition | None = None
    up: tuple[CallRecord, ...] = ()
    unfiled: tuple[CallRecord, ...] = ()
    heard: datetime | None = None
    gap: Gap | None = None
    doubted: tuple[CallRecord, ...] = ()
    cut_off: tuple[CallRecord, ...] = ()

    def file(self, path: Path) -> CelFile:
        """The CEL file, to be read on."""
        place = Position(self.place.file, self.place.offset) if self.place else None
        return CelFile(path, place, [record.id for record in self.up])

    def hand_over(self, ledger: GapLedger, tracker: CallTracker) -> None:
        """Have the calls go on that were up, and the gap that they are in."""
        if self.gap is not None:
            ledger.resume(self.gap)
        elif self.heard is not None:
            ledger.begin(Why.START, min(self.heard, datetime.now(UTC)))
        for record in self.up:
            tracker.restore(record)


async def left_behind(engine: AsyncEngine, node: str) -> Left:
    """What was left of a node.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    reader, gaps = CallReader(engine), GapReader(engine)
    heard = await gaps.marked(node)
    gap = next(iter(await gaps.newest(1, node=node, only_open=True)), None)
    since = gap.began if gap is not None else heard
    store = NodeStore(engine, node)
    try:
        cut_off = tuple(await store.taken_for_lost())
    finally:
        store.close()
    return Left(
        place=await reader.cel_position(node),
        up=(*await reader.open_calls(node), *cut_off),
        cut_off=cut_off,
        unfiled=tuple(await reader.unfiled(node)),
        heard=heard,
        gap=gap,
        doubted=() if since is None else tuple(await gaps.ended_by_system(node, since - DOUBT)),
    )
