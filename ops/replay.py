"""``siaga112 replay``: the calls of the database through another plan, before it is applied."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from router.calls.record import WATCH
from router.store import CallReader, SchemaState, open_engine, schema_state
from router.store.errors import SchemaOtherError, StoreUnavailableError
from router.store.schema import unavailable
from siaga.errors import SettingsError
from siaga.plan import PlanError, load_plan
from siaga.plan.arrival import MIN_DIGITS, digits_of
from siaga.plan.replay import Change, PastCall, PastStep, Verdict
from siaga.plan.replay import replay as judge

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from siaga.plan import Plan
    from siaga.settings import Settings

SHOWN: Final = 100
"""Calls listed for people; ``--json`` has them all."""

_SPAN = re.compile(r"([0-9]{1,5})([dhm])")
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}
_VERSION = re.compile(r"[0-9a-f]{12}")
_ELSEWHERE: Final = (Change.NOBODY, Change.GONE, Change.FIRST, Change.LATER, Change.SOONER)
_WORDS: Final = {
    Change.NOBODY: "tidak seorang pun didering / nobody would be rung",
    Change.GONE: "pilihan tidak ada lagi / the emergency is gone",
    Change.FIRST: "yang pertama didering lain / another agency first",
    Change.LATER: "urutan sesudahnya lain / others after it",
    Change.SOONER: "berpindah sebelum dijawab / moves on before it was answered",
    Change.SAME: "sama / the same",
    Change.UNROUTED: "tidak dibandingkan: tidak ada yang didering / not compared: nobody was rung",
}


async def replay(settings: Settings, plan: Path, since: str, *, as_json: bool) -> int:
    """Run past calls through a plan and print those that would have gone elsewhere.

    Returns:
        0, or 1 when some call would have reached nobody.

    Raises:
        PlanError: the plan cannot be used.
        SettingsError: ``since`` is neither a span nor a date.
        StoreUnavailableError, SchemaOtherError: the database cannot be read.
    """
    new = load_plan(plan).plan
    begin = parse_since(since, new, datetime.now(UTC))
    engine = open_engine(settings.database)
    try:
        calls = await _past_calls(engine, begin)
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailableError(unavailable(error)) from error
    finally:
        await engine.dispose()
    olds = _old_plans(settings, {call.version for call in calls if call.version})
    verdicts = list(judge(calls, new, olds))
    if as_json:
        sys.stdout.write(json.dumps(_as_json(verdicts, begin), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(_for_people(verdicts, new, begin)) + "\n")
    return 1 if any(verdict.change is Change.NOBODY for verdict in verdicts) else 0


def parse_since(text: str, plan: Plan, now: datetime) -> datetime:
    """The moment that ``30d``, ``12h`` or ``2026-11-01`` (in the centre's time) means.

    Raises:
        SettingsError: it is none of these.
    """
    wrong = SettingsError(
        f"--since {text!r}: tulis seperti 30d, 12h atau 2026-11-01 / write it like that."
    )
    try:
        if found := _SPAN.fullmatch(text):
            return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
        day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 (its zone is put in below)
        return day.replace(tzinfo=ZoneInfo(plan.centre.timezone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise wrong from error


def past_call(record: CallRecord) -> PastCall:
    """What of a record a replay looks at."""
    steps = tuple(
        PastStep(
            step.agency,
            step.kind,
            step.result,
            (step.left - step.entered).total_seconds() if step.left else None,
        )
        # What follows a watch is another beginning.
        for step in itertools.takewhile(lambda step: step.kind != WATCH, record.steps)
    )
    return PastCall(
        id=record.id,
        caller=record.caller,
        began=record.began,
        emergency=record.emergency or None,
        choice=record.choice,
        steps=steps,
        routed=record.steps[0].entered if record.steps else None,
        version=record.plan_version,
    )


async def _past_calls(engine: AsyncEngine, begin: datetime) -> list[PastCall]:
    state = await schema_state(engine)
    if state is SchemaState.ABSENT:
        return []
    if state is SchemaState.OTHER:
        raise SchemaOtherError(
            "Basis data dari versi lain: jalankan versi program yang sama dengan router. / "
            "The database is of another version: run the same version as the router does."
        )
    found = CallReader(engine).calls_since(begin)
    return [past_call(record) async for record in found if not record.is_test]


def _old_plans(settings: Settings, versions: Iterable[str]) -> dict[str, Plan]:
    """The plans of these versions that are still there and can be read."""
    found = {}
    folder = settings.plan_in_force.parent
    for version in versions:
        # A record's version is text of an event: it names a file only when it is a hash.
        if not _VERSION.fullmatch(version):
            continue
        for file in (folder / version / "routing.yaml", settings.plan_in_force):
            try:
                loaded = load_plan(file)
            except PlanError:
                continue
            if loaded.version == version:
                found[version] = loaded.plan
                break
    return found


def masked(caller: str) -> str:
    """A caller's number as it may be shown: its last three digits."""
    digits = digits_of(caller)
    return f"…{digits[-3:]}" if len(digits) > MIN_DIGITS else "…"


def _as_json(verdicts: list[Verdict], begin: datetime) -> dict[str, Any]:
    totals = Counter(verdict.change for verdict in verdicts)
    return {
        "since": begin.isoformat(),
        "calls": len(verdicts),
        "totals": {change.value: totals[change] for change in Change},
        "elsewhere": [
            {
                "call": verdict.call.id,
                "began": verdict.call.began.isoformat(),
                "caller": masked(verdict.call.caller),
                "change": verdict.change,
                "emergency": verdict.call.emergency,
                "leads_to": verdict.emergency,
                "key_known": verdict.key_known,
                "was": verdict.was,
                "now": verdict.now,
            }
            for verdict in verdicts
            if verdict.change in _ELSEWHERE
        ],
    }


def _for_people(verdicts: list[Verdict], plan: Plan, begin: datetime) -> Iterable[str]:
    zone = ZoneInfo(plan.centre.timezone)
    totals = Counter(verdict.change for verdict in verdicts)
    yield (
        f"{len(verdicts)} panggilan sejak {begin.astimezone(zone):%Y-%m-%d %H:%M}"
        " / calls since then"
    )
    for change in _ELSEWHERE:
        if not totals[change]:
            continue
        yield f"\n{_WORDS[change]}: {totals[change]}"
        chosen = [verdict for verdict in verdicts if verdict.change is change]
        for verdict in chosen[:SHOWN]:
            began = verdict.call.began.astimezone(zone)
            yield f"  {began:%Y-%m-%d %H:%M}  {masked(verdict.call.caller):4}  {_story(verdict)}"
        if len(chosen) > SHOWN:
            yield f"  … {len(chosen) - SHOWN} lagi, semua dengan --json / more, all with --json"
    yield ""
    for change in (Change.SAME, Change.UNROUTED):
        yield f"{_WORDS[change]}: {totals[change]}"


def _story(verdict: Verdict) -> str:
    was = " → ".join(map(_printable, verdict.was)) or "-"
    chosen = f"{_printable(verdict.call.emergency or '')}: {was}"
    if verdict.change is Change.GONE:
        where = verdict.emergency or (
            "tidak ke mana-mana / nowhere"
            if verdict.key_known
            else "tidak diketahui, rencana waktu itu tidak ada lagi / not known"
        )
        return f"{chosen}; tombolnya kini / its key now: {where}"
    now = " → ".join(verdict.now) or "-"
    moved = f"{verdict.emergency}: " if verdict.emergency != verdict.call.emergency else ""
    return f"{chosen}; kini / now: {moved}{now}"


def _printable(name: str) -> str:
    """A name out of a record, without anything that a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in name)
