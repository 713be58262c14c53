"""``siaga112 gaps``: when the router did not hear Asterisk, and what became of the calls in it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from ops.calls import is_there, zone_of
from ops.printing import printable
from router.calls.gaps import Gap, Recovery, Why
from router.store import GapReader, open_engine
from router.store.errors import StoreUnavailableError
from router.store.schema import unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from siaga.settings import Settings

WHY: Final = {
    Why.START: "router mati / router was down",
    Why.AMI_LOST: "AMI terputus / AMI was lost",
    Why.OVERFLOW: "terlalu banyak kejadian / too many events",
    Why.UNHEARD: "satu panggilan tak terdengar / one call not heard",
    Why.DATABASE_AWAY: "basis data hilang / database away",
}
_COLUMNS: Final = {
    "Mulai / began": 19,
    "Lama / length": 10,
    "Sebab / why": 40,
    "Panggilan / calls": 9,
    "Utuh / unharmed": 8,
    "Dari memori / memory": 8,
    "Dari CEL / file": 8,
    "Dicocokkan / reconciled": 10,
    "Hilang / lost": 6,
}
_WIDTH: Final = 160
"""Of what goes into a file or a pipe."""


async def show(settings: Settings, *, as_json: bool, limit: int) -> None:
    """Print the newest ``limit`` gaps, oldest first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
        SchemaOtherError: the database is of another version than this program.
        SettingsError: ``SIAGA_DATABASE_URL`` cannot be used.
    """
    engine = open_engine(settings.database)
    try:
        gaps = (await GapReader(engine).newest(limit))[::-1] if await is_there(engine) else []
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailableError(unavailable(error)) from error
    finally:
        await engine.dispose()
    zone = zone_of(settings)
    if as_json:
        for gap in gaps:
            sys.stdout.write(json.dumps(as_row(gap, zone)) + "\n")
    elif gaps:
        _table(gaps, zone)
    else:
        sys.stdout.write("Tidak ada celah.\nThere are no gaps.\n")


def as_row(gap: Gap, zone: ZoneInfo) -> dict[str, Any]:
    """The gap as one JSON object: times in ISO 8601 with the offset of ``zone``, length in ms.

    ``calls`` counts; beside it stands how many of them were recovered in each way, and in ``each``
    how each was.
    """
    ways = Counter(gap.calls.values())
    return {
        "node": gap.node,
        "began": _iso(gap.began, zone),
        "ended": None if gap.ended is None else _iso(gap.ended, zone),
        "duration_ms": _ms(gap),
        "why": gap.why,
        "calls": len(gap.calls),
        **{how.value: ways[how] for how in Recovery},
        "each": dict(gap.calls),
    }


def _iso(time: datetime, zone: ZoneInfo) -> str:
    return time.astimezone(zone).isoformat(timespec="microseconds")


def _ms(gap: Gap) -> int | None:
    if gap.ended is None:
        return None
    return round((gap.ended - gap.began).total_seconds() * 1000)


def _table(gaps: Sequence[Gap], zone: ZoneInfo) -> None:
    shown = Table(box=None, padding=(0, 2, 0, 0))
    for heading, width in _COLUMNS.items():
        shown.add_column(heading.replace(" / ", " /\n"), min_width=width)
    for gap in gaps:
        ways = Counter(gap.calls.values())
        length = _ms(gap)
        cells = (
            f"{gap.began.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            "masih / open" if length is None else f"{length / 1000:.1f} s",
            WHY[gap.why],
            str(len(gap.calls)),
            *(str(ways[how]) for how in Recovery),
        )
        shown.add_row(*(Text(printable(cell)) for cell in cells))
    total = None if sys.stdout.isatty() else _WIDTH
    Console(file=sys.stdout, markup=False, highlight=False, emoji=False, width=total).print(shown)
