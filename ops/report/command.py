"""``siaga112 report``: reads a period, prints it, writes the files."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ops.report import national, page, terminal
from ops.storage.database import opened
from router.report import Period, PeriodError, Readers, collect, days, month, sheets
from router.report.planned import Planner
from router.report.report import Report, as_object
from siaga import places
from siaga.errors import SettingsError
from siaga.files import write_atomic
from siaga.plan import LoadedPlan, PlanError, load_plan
from siaga.plan.past import PlansOfCalls

if TYPE_CHECKING:
    from pathlib import Path

    from siaga.places import Places
    from siaga.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for.

    Attributes:
        month: ``2026-11``, or else
        first: the first day, and
        last: the last.
        out: folder for the files; None: none.
        national: format of the file for the national centre.
        as_json: print JSON, not tables.
    """

    month: str | None
    first: str | None
    last: str | None
    out: Path | None
    national: str
    as_json: bool


async def report(settings: Settings, asked: Asked) -> None:
    """Print the figures of a period and write its files.

    Raises:
        PeriodError: no period, or no format, of that name.
        MissingError: there are no records yet.
        StoreUnavailableError, SchemaOtherError: the database cannot be read.
        PlanError: there is no valid plan, whose time zone and names count.
        OSError: a file cannot be written.
    """
    if asked.national not in national.FORMATS:
        known = ", ".join(national.FORMATS)
        raise PeriodError(f"--national: {known}")
    loaded = _plan(settings)
    period = _period(asked, ZoneInfo(loaded.plan.centre.timezone))
    async with opened(settings) as engine:
        plans, regency = PlansOfCalls(settings.plan_in_force, loaded), _regency(settings)
        planner = Planner(plans, regency)
        found = await collect(Readers(engine), period, planner.of, planner.basis(period.zone))
    made = Report(loaded.plan, period, found, datetime.now(UTC), regency)
    if asked.out is not None:
        write(made, asked.out, asked.national)
    if asked.as_json:
        # ASCII, so that it does not depend on the locale of whoever reads it.
        sys.stdout.write(json.dumps(as_object(made)) + "\n")
    else:
        terminal.show(made)
        if asked.out is not None:
            sys.stdout.write(f"\n{asked.out}/report-{period.name}.html\n")


def write(made: Report, folder: Path, ending: str) -> None:
    """Write all files of a report, replacing those of an earlier one.

    Raises:
        OSError: one cannot be written.
    """
    name = made.period.name
    files = {f"{name}-{sheet}": text for sheet, text in sheets.files(made).items()}
    files[f"report-{name}.html"] = page.as_html(made)
    files[f"national-{name}.{ending}"] = national.FORMATS[ending](made)
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        write_atomic(folder / file, text)


def _plan(settings: Settings) -> LoadedPlan:
    try:
        return load_plan(settings.plan_in_force)
    except PlanError:
        return load_plan(settings.plan)


def _regency(settings: Settings) -> Places | None:
    try:
        return places.load(settings.places)
    except SettingsError:
        return None


def _period(asked: Asked, zone: ZoneInfo) -> Period:
    if asked.month is not None and asked.first is None and asked.last is None:
        return month(asked.month, zone)
    if asked.month is None and asked.first is not None and asked.last is not None:
        return days(asked.first, asked.last, zone)
    raise PeriodError(
        "Tulis --month 2026-11, atau --from 2026-11-03 --to 2026-11-09. / "
        "Write --month 2026-11, or --from 2026-11-03 --to 2026-11-09."
    )
