"""``siaga112 handsets``: who may log in, by which password, and who is on the air."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.api import AnswerError, ask
from ops.live import paused
from ops.storage.database import opened
from router.store.errors import StoreError
from router.store.shifts import ShiftReader
from siaga import secrets
from siaga.errors import MissingError
from siaga.plan import load_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siaga.plan import Plan
    from siaga.secrets import Secrets
    from siaga.settings import Settings

WORDS = {
    "free": "siap / free",
    "busy": "sibuk / busy",
    "ringing": "berdering / ringing",
    "unavailable": "tidak masuk / not logged in",
    "unknown": "tidak diketahui / unknown",
}


def rows(
    plan: Plan,
    known: Secrets,
    states: Mapping[str, str],
    pauses: Mapping[str, str],
    seats: Mapping[str, str],
) -> Iterator[dict[str, str]]:
    """One handset a row.

    ``pauses`` has until when each paused one is paused, ``seats`` which officer is logged in.
    """
    for name, agency in plan.agencies.items():
        for handset in agency.every_handset:
            extension = handset.extension
            yield {
                "extension": extension,
                "agency": name,
                # One in a browser has none that lasts.
                "password": "" if handset.browser else known.handsets.get(extension, ""),
                "state": states.get(extension, "unknown"),
                "paused_until": pauses.get(extension, ""),
                "officer": seats.get(extension, ""),
            }


def table(plan: Plan, found: list[dict[str, str]], server: str) -> Table:
    """The handsets for people; ``server`` is where they log in."""
    shown = Table(title=f"Pesawat / handsets — SIP: {server}", title_justify="left")
    headings = ("Instansi / agency", "Nomor / extension", "Sandi / password", "Keadaan / state")
    for heading in headings:
        shown.add_column(heading)
    for row in found:
        state = WORDS.get(row["state"], row["state"])
        if row["officer"]:
            state += f"; petugas / officer {row['officer']}"
        if row["paused_until"]:
            state += f"; istirahat sampai / paused until {row['paused_until']}"
        shown.add_row(
            Text(plan.agencies[row["agency"]].name.id), row["extension"], row["password"], state
        )
    return shown


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print them; without a running router the states are unknown."""
    kept = settings.plan_in_force
    plan = load_plan(kept if kept.exists() else settings.plan).plan
    try:
        states = await ask(settings, "GET", "/api/handsets")
    except (MissingError, AnswerError):
        states = {}
    zone = ZoneInfo(plan.centre.timezone)
    pauses = {
        extension: item.until.astimezone(zone).isoformat(sep=" ", timespec="minutes")
        for extension, item in (await paused(settings)).items()
    }
    seats = await seated(settings)
    found = list(rows(plan, secrets.read(settings.secrets), states, pauses, seats))
    if as_json:
        for row in found:
            sys.stdout.write(json.dumps(row) + "\n")
        return
    Console().print(table(plan, found, settings.handset_server))


async def seated(settings: Settings) -> dict[str, str]:
    """Who is logged in at which handset; without a database nobody is known to be."""
    try:
        async with opened(settings) as engine:
            shifts = await ShiftReader(engine).now(datetime.now(UTC))
    except (MissingError, StoreError):
        return {}
    return {handset: shift.officer for handset, shift in shifts.items()}
