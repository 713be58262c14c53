"""Takes where a caller is from what their carrier has sent with the call (PIDF-LO, RFC 5491).

Asterisk reads the document, the dialplan tells of the shape in it. A shape is somebody's text: of
it only a point, or the centre and radius of a circle, is taken, and only if it is on the earth.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.store.positions import PositionStore, Sent
from siaga.errors import SettingsError
from siaga.names import Milestone
from siaga.places import load, position

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.calls.events import CelEvent
    from siaga.places import Position

log = structlog.get_logger(__name__)

RETRY_S: Final = 1.0
"""From a failed write to the next."""
REMEMBERED: Final = 1_000
"""Calls in memory, by which the second delivery of one is known; the oldest goes first."""
WIDEST_M: Final = 100_000.0
"""A circle that is wider tells nothing."""

_NUMBER: Final = r"(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)"
_POINT: Final = re.compile(rf"pos={_NUMBER} {_NUMBER}(?![0-9.])", re.ASCII)
_RADIUS: Final = re.compile(r"radius=([0-9]{1,7}(?:\.[0-9]{1,6})?)(?![0-9.])", re.ASCII)


def shape(text: str) -> tuple[Position, float | None] | None:
    """Position and radius in metres of a shape as the dialplan tells it; None: it is not one."""
    point = _POINT.search(text)
    if point is None:
        return None
    try:
        where = position(float(point[1]), float(point[2]))
    except ValueError:
        return None
    radius = _RADIUS.search(text)
    metres = None if radius is None else float(radius[1])
    if metres is not None and not (math.isfinite(metres) and 0 < metres <= WIDEST_M):
        return None
    return where, metres


def probable(file: Path) -> Callable[[Position], str]:
    """Gives the code of the district that a position is probably in; empty: no list can be used."""

    def district(where: Position) -> str:
        try:
            return load(file).nearest(where).code
        except SettingsError:
            return ""

    return district


class CarrierPositions:
    """Keeps the positions of calls. :meth:`run` owns the work.

    Args:
        node: this node.
        store: where they are kept.
        district: gives the code of the one that a position is probably in.
    """

    def __init__(
        self, node: str, store: PositionStore, district: Callable[[Position], str]
    ) -> None:
        self._node = node
        self._store = store
        self._district = district
        self._known: OrderedDict[str, None] = OrderedDict()
        self._unkept: dict[str, Sent] = {}
        self._work = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether all that was taken is kept: the place in the CEL file may be noted."""
        return not self._unkept

    def take(self, event: CelEvent) -> None:
        """Take an event, from AMI or from the CEL file; returns at once."""
        if event.kind != Milestone.LOCATED or event.linked in self._known:
            return
        self._known[event.linked] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        found = shape(event.milestone()[0])
        if found is None:
            log.info("carrier_position_unread", call=event.linked[:64])
            return
        where, radius = found
        self._unkept[event.linked] = Sent(
            event.linked, event.time, where, radius, self._district(where)
        )
        self._work.set()

    async def run(self) -> None:
        """Keep what was taken, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                while self._unkept:
                    call, sent = next(iter(self._unkept.items()))
                    await self._store.keep(self._node, sent)
                    log.info("carrier_position", call=call)
                    del self._unkept[call]
            except (SQLAlchemyError, OSError) as error:
                log.warning("carrier_position_unkept", reason=str(error)[:200])
                await asyncio.sleep(RETRY_S)
                self._work.set()
