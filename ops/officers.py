"""``siaga112 officers``: who may log in at a handset, by which PIN, and who is logged in where."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.apply import lock
from ops.logged import logged
from ops.storage.database import opened
from router.store.shifts import ShiftReader, ShiftStore
from siaga import secrets
from siaga.errors import SettingsError
from siaga.files import write_atomic
from siaga.plan import load_plan
from siaga.plan.versions import VersionStore, person

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from router.store.shifts import Shift
    from siaga.plan import Plan
    from siaga.settings import Settings

log = structlog.get_logger(__name__)


def rows(
    plan: Plan, pins: Mapping[str, str], shifts: Mapping[str, Shift]
) -> Iterator[dict[str, str]]:
    """One officer a row; ``shifts`` are those that go on, by handset."""
    zone = ZoneInfo(plan.centre.timezone)
    there = {shift.officer: shift for shift in shifts.values()}
    for agency, its in plan.agencies.items():
        for number, name in its.officers.items():
            shift = there.get(number)
            since = ""
            if shift is not None:
                since = shift.began.astimezone(zone).isoformat(timespec="seconds")
            yield {
                "officer": number,
                "name": name,
                "agency": agency,
                "pin": pins.get(number, ""),
                "handset": "" if shift is None else shift.handset,
                "since": since,
            }


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print them.

    Raises:
        PlanError: no plan can be read.
        MissingError, SchemaOtherError, StoreUnavailableError: the database cannot be used.
    """
    plan = _plan(settings)
    async with opened(settings) as engine:
        shifts = await ShiftReader(engine).now(datetime.now(UTC))
    found = list(rows(plan, secrets.read(settings.secrets).officers, shifts))
    if as_json:
        for row in found:
            sys.stdout.write(json.dumps(row) + "\n")
        return
    shown = Table(title="Petugas / officers", title_justify="left")
    for heading in (
        "Instansi / agency",
        "Nomor / number",
        "Nama / name",
        "PIN",
        "Pesawat / handset",
        "Sejak / since",
    ):
        shown.add_column(heading)
    for row in found:
        agency = plan.agencies[row["agency"]].name.id
        cells = (agency, row["officer"], row["name"], row["pin"], row["handset"], row["since"])
        shown.add_row(*(Text(cell or "-") for cell in cells))
    Console().print(shown)


def new_pin(settings: Settings, officer: str, by: str | None) -> str:
    """Have a new PIN made for an officer; gives what to say.

    Raises:
        SettingsError: the plan has no such officer.
    """
    _known(settings, officer)
    who = person(by)
    with lock.held(VersionStore(settings.home / "plan").folder, who), logged(settings, "apply"):
        known = secrets.read(settings.secrets)
        kept = {number: pin for number, pin in known.officers.items() if number != officer}
        text = json.dumps(asdict(replace(known, officers=kept)), indent=1)
        write_atomic(settings.secrets, text, mode=0o600)
        made = secrets.ensure(settings.secrets, (), (officer,))
        log.info("officer_pin_renewed", officer=officer, by=who)
    return f"Petugas / officer: {officer}  PIN baru / new PIN: {made.officers[officer]}"


async def log_out(settings: Settings, officer: str, by: str | None) -> str:
    """Log an officer out, wherever he is; gives what to say.

    Raises:
        SettingsError: he is not logged in.
        MissingError, SchemaOtherError, StoreUnavailableError: the database cannot be used.
    """
    async with opened(settings) as engine:
        store = ShiftStore(engine, settings.node)
        try:
            was_there = await store.log_off(officer, datetime.now(UTC))
        finally:
            store.close()
    if not was_there:
        raise SettingsError(
            f"Petugas {officer[:20]!r} tidak sedang masuk.\n"
            f"Officer {officer[:20]!r} is not logged in."
        )
    with logged(settings, "apply"):
        log.info("officer_logged_out", officer=officer, by=person(by))
    return f"Petugas {officer} dikeluarkan. / Officer {officer} is logged out."


def _plan(settings: Settings) -> Plan:
    kept = settings.plan_in_force
    return load_plan(kept if kept.exists() else settings.plan).plan


def _known(settings: Settings, officer: str) -> None:
    known = _plan(settings).officers
    if officer not in known:
        shown = ", ".join(known) or "-"
        raise SettingsError(
            f"Tidak ada petugas {officer[:20]!r} dalam rencana; yang ada: {shown}\n"
            f"The plan has no officer {officer[:20]!r}; known are: {shown}"
        )
