"""``siaga112 calls``: the call records, for people or for programs, once or as they change."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from ops.printing import printable
from router.store import (
    CallReader,
    ClassReader,
    SchemaState,
    as_row,
    open_engine,
    schema_state,
)
from router.store.errors import SchemaOtherError, StoreUnavailableError
from router.store.schema import unavailable
from router.store.shifts import ShiftReader
from siaga.plan import PlanError, load_plan
from siaga.plan.past import PlansOfCalls
from siaga.plan.trunks import trunk_of
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from router.store.shifts import Roster
    from siaga.keys import CallClass
    from siaga.settings import Settings

POLL_S: Final = 0.5
"""Between two looks at what has changed."""
DEFAULT_ZONE: Final = "Asia/Makassar"
"""Kutai Timur's, where no plan can be read."""

_COLUMNS: Final = {
    "Mulai / began": 19,
    "Penelepon / caller": 18,
    "Darurat / emergency": 10,
    "Dijawab / answered by": 16,
    "Tunggu / wait": 8,
    "Bicara / talk": 8,
    "Hasil / outcome": 19,
    "Panggilan / call": 26,
}
"""Headings and widths; fixed, so that rows which follow stand below those that came before."""


async def show(
    settings: Settings, *, as_json: bool, follow: bool, limit: int, tests: bool = False
) -> None:
    """Print the newest ``limit`` calls, oldest first; then, to follow, each new or changed one.

    Test calls of our own are left out, unless ``tests`` asks for them.

    Raises:
        StoreUnavailableError: the database cannot be reached.
        SchemaOtherError: the database is of another version than this program.
        SettingsError: ``SIAGA_DATABASE_URL`` cannot be used.
    """
    zone = zone_of(settings)
    printer = _Json(zone, PlansOfCalls(settings.plan_in_force)) if as_json else _People(zone)
    engine = open_engine(settings.database)
    try:
        await _show(engine, printer, follow=follow, limit=limit, tests=tests)
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter's own flush at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailableError(unavailable(error)) from error
    finally:
        await engine.dispose()


async def _show(
    engine: AsyncEngine, printer: _Json | _People, *, follow: bool, limit: int, tests: bool
) -> None:
    reader = CallReader(engine)
    if not await is_there(engine):
        sys.stderr.write(
            f"Belum ada catatan panggilan: jalankan {COMMAND} up dahulu.\n"
            f"There are no call records yet: run {COMMAND} up first.\n"
        )
        if not follow:
            return
        position: Mapping[str, int] = {}
        shown: list[CallRecord] = []
    else:
        position = await reader.position()
        shown = (await reader.calls(limit, tests=tests))[::-1]
        printer.print(shown, *await _told(engine, shown))
    if follow:
        await _follow(engine, reader, printer, position, shown, tests=tests)


async def _follow(  # noqa: PLR0913 (each is a part of its own)
    engine: AsyncEngine,
    reader: CallReader,
    printer: _Json | _People,
    position: Mapping[str, int],
    shown: list[CallRecord],
    *,
    tests: bool,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    try:
        while not await _stopped(stop, POLL_S):
            if not position and not await is_there(engine):
                continue
            changes = await reader.changes(position)
            position = changes.position
            # Between the position and the first list a call may have changed: it is shown by now.
            news = [
                record
                for record in changes.records
                if record not in shown and (tests or not record.is_test)
            ]
            printer.print(news, *await _told(engine, news))
            shown = []
    finally:
        loop.remove_signal_handler(signal.SIGINT)


async def _told(
    engine: AsyncEngine, records: Sequence[CallRecord]
) -> tuple[Mapping[str, CallClass], Roster]:
    """What officers said that these calls were, and who was at the handsets."""
    return await ClassReader(engine).of(records), await ShiftReader(engine).of(records)


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await stop.wait()
    except TimeoutError:
        return False


async def is_there(engine: AsyncEngine) -> bool:
    """Whether a router has made the database.

    Raises:
        SchemaOtherError: it is of another version than this program.
    """
    state = await schema_state(engine)
    if state is SchemaState.OTHER:
        raise SchemaOtherError(
            "Basis data dari versi lain: jalankan versi program yang sama dengan router. / "
            "The database is of another version: run the same version as the router does."
        )
    return state is SchemaState.CURRENT


def zone_of(settings: Settings) -> ZoneInfo:
    """The time zone of the plan in force, or else of the plan to start with."""
    for path in (settings.plan_in_force, settings.plan):
        try:
            return ZoneInfo(load_plan(path).plan.centre.timezone)
        except PlanError:
            continue
    return ZoneInfo(DEFAULT_ZONE)


class _Json:
    """One object a line."""

    def __init__(self, zone: ZoneInfo, plans: PlansOfCalls) -> None:
        self._zone = zone
        self._plans = plans

    def print(
        self, records: Sequence[CallRecord], given: Mapping[str, CallClass], roster: Roster
    ) -> None:
        for record in records:
            # ASCII, so that it does not depend on the locale of whoever reads it.
            who, trunk = roster.answered(record), self._trunk(record)
            row = as_row(record, self._zone, given.get(record.id), officer=who, trunk=trunk)
            sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()

    def _trunk(self, record: CallRecord) -> str | None:
        loaded = None if record.address is None else self._plans.of(record.plan_version)
        return None if loaded is None else trunk_of(loaded.plan, record.address)


class _Console(Console):
    """Leaves a broken pipe to us: rich would exit with status 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class _People:
    """A table; what follows is added below it."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._has_heading = False
        self._console = _Console(
            file=sys.stdout,
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=True,
            width=None if sys.stdout.isatty() else sum(_COLUMNS.values()) + 2 * len(_COLUMNS),
        )

    def print(
        self, records: Sequence[CallRecord], given: Mapping[str, CallClass], roster: Roster
    ) -> None:
        if not records and self._has_heading:
            return
        shown = Table(box=None, padding=(0, 2, 0, 0), show_header=not self._has_heading)
        for heading, width in _COLUMNS.items():
            shown.add_column(re.sub(" / ", " /\n", heading), min_width=width)
        for record in records:
            cells = self._cells(record, given.get(record.id), roster.answered(record))
            shown.add_row(*(Text(printable(cell)) for cell in cells))
        self._console.print(shown)
        self._has_heading = True
        sys.stdout.flush()

    def _cells(
        self, record: CallRecord, given: CallClass | None, officer: str | None
    ) -> tuple[str, ...]:
        began = record.began.astimezone(self._zone)
        by = f"({officer})" if officer else None
        answered = " ".join(filter(None, (record.answered_by, record.handset, by)))
        return (
            f"{began:%Y-%m-%d %H:%M:%S}",
            record.caller or "?",
            record.emergency or "…",
            answered or "-",
            _seconds(record.wait_ms),
            _seconds(record.talk_ms),
            (record.outcome or "berlangsung / up") + (f", {given}" if given else ""),
            record.id,
        )


def _seconds(ms: int | None) -> str:
    return "-" if ms is None else f"{ms / 1000:.1f} s"
