"""A centre as it may look on a busy day, all made up: weeks of calls, incidents, calls now.

``past`` is pure and always the same for the same day.
"""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert

from router.calls.record import (
    CallRecord,
    Leg,
    LegEnd,
    LegKind,
    Outcome,
    Reason,
    Step,
    StepResult,
)
from router.incidents.model import Place, Said, Unit
from router.store import IncidentStore, open_engine
from router.store.engine import WRITE
from router.store.rows import to_row, to_us
from router.store.tables import call_classes, calls, shifts
from siaga.keys import CallClass
from siaga.places import Position
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.live.calls import answer, arrive, choose, converse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from tests.live.centre import Centre
    from tests.live.phones import Phones

NODE: Final = "lama"
"""So that none of it is the running router's."""
DAYS: Final = 66
BUSY: Final = (2, 2, 1, 1, 1, 2, 3, 5, 6, 6, 5, 5, 5, 5, 5, 5, 6, 6, 7, 7, 6, 5, 4, 3)
"""Calls of each hour, more or less."""
EMERGENCIES: Final = {
    "fire": ("damkar", ("201", "202")),
    "medical": ("rsud", ("301", "302")),
    "accident": ("bpbd", ("401", "402")),
    "disaster": ("bpbd", ("401", "402")),
    "order": ("kominfo", ("101", "102")),
    "operator": ("kominfo", ("101", "102")),
}
RECORDED: Final = "+6281398007711"
"""Of a call that was a real one, and has a recording."""
OFFICERS: Final = {"7101": "101", "7102": "102"}
INCIDENTS: Final = (
    ("fire", "64.08.04", "Pasar Induk Sangatta, blok C", Position(0.5003, 117.5364), "damkar"),
    ("medical", "64.08.13", "Gang Mawar, rumah hijau", Position(0.4432, 117.5466), "rsud"),
    ("accident", "64.08.05", "Tikungan sebelum jembatan", Position(0.6318, 117.1542), ""),
    ("disaster", "64.08.01", "Dermaga lama, pohon tumbang", Position(0.2842, 116.9713), ""),
)


def plan_file(home: Path) -> Path:
    """The plan of Kutai Timur with trunks and officers, for the breakdowns by them."""
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    handsets = '    handsets: ["101", "102"]\n'
    names = '    officers: {"7101": Siti Aminah, "7102": Budi Santoso}\n'
    trunks = "\ntrunks:\n  telkom: {from: [10.1.2.3]}\n  telkomsel: {from: [10.1.2.4]}\n"
    home.mkdir(parents=True, exist_ok=True)
    file = home / "rencana.yaml"
    file.write_text(text.replace(handsets, handsets + names, 1) + trunks, encoding="utf-8")
    return file


def past(now: datetime, zone: ZoneInfo, version: str) -> Iterator[tuple[CallRecord, CallClass]]:
    """The calls of the weeks until now, oldest first, with what officers said of them."""
    chance = random.Random(112)  # noqa: S311 (no secret)
    first = now.astimezone(zone).date() - timedelta(days=DAYS)
    for day in range(DAYS + 1):
        midnight = datetime.combine(first + timedelta(days=day), time(), zone).astimezone(UTC)
        for hour, many in enumerate(BUSY):
            moments = sorted(
                chance.random() * 3600 for _ in range(max(0, round(chance.gauss(many, 1.5))))
            )
            for second in moments:
                began = midnight + timedelta(hours=hour, seconds=round(second, 3))
                made = _call(chance, began, version)
                kind = chance.choices(tuple(CallClass), (58, 18, 14, 9, 1))[0]
                if began < now - timedelta(minutes=10):
                    yield made, kind


def _call(chance: random.Random, began: datetime, version: str) -> CallRecord:
    emergency = chance.choices(tuple(EMERGENCIES), (22, 30, 18, 8, 12, 10))[0]
    agency, handsets = EMERGENCIES[emergency]
    plain = CallRecord(
        id=f"{NODE}-{began.timestamp():.3f}",
        node=NODE,
        caller=f"+62812{chance.randrange(10**7, 10**8)}",
        began=began,
        language="id",
        tier=1,
        plan_version=version,
        address=chance.choices(("10.1.2.3", "10.1.2.4"), (4, 6))[0],
    )

    def at(seconds: float) -> datetime:
        return began + timedelta(seconds=round(seconds, 3))

    if chance.random() < 0.06:
        return replace(
            plain,
            ended=at(chance.uniform(2, 9)),
            outcome=Outcome.ABANDONED_MENU,
            reason=Reason.CALLER_HUNG_UP,
        )
    wait = min(45.0, 6 + chance.gammavariate(2.2, 1.9))
    chosen = replace(plain, emergency=emergency, choice="digit")
    rung = at(wait * 0.6)
    if chance.random() < 0.03:
        steps = (Step(agency, "queue", rung, at(wait + 9), StepResult.ABANDONED),)
        return replace(
            chosen,
            steps=steps,
            ended=at(wait + 9),
            outcome=Outcome.ABANDONED_RINGING,
            reason=Reason.CALLER_HUNG_UP,
        )
    handset = chance.choice(handsets)
    end = at(wait + chance.uniform(25, 190))
    leg = Leg("a", LegKind.ROUTE, agency, rung, handset, at(wait), end, LegEnd.HUNG_UP, "c")
    return replace(
        chosen,
        steps=(Step(agency, "queue", rung, at(wait), StepResult.ANSWERED),),
        legs=(leg,),
        answered_by=agency,
        handset=handset,
        answered=at(wait),
        ended=end,
        outcome=Outcome.ANSWERED,
        reason=Reason.CALLER_HUNG_UP,
    )


async def write_past(centre: Centre, now: datetime, zone: ZoneInfo) -> None:
    """Put the weeks until now into the centre's database."""
    version = load_plan(centre.settings.plan_in_force).version
    made = list(past(now, zone, version))
    rows = [
        {**to_row(record), "change": number, "class": str(kind)}
        for number, (record, kind) in enumerate(made, 1)
    ]
    given = [
        {
            "node": record.node,
            "call_id": record.id,
            "at": to_us(record.began),
            "kind": str(kind),
            "who": record.handset or "101",
        }
        for record, kind in made
    ]
    worked = [
        {
            "node": NODE,
            "handset": handset,
            "officer": officer,
            "began": to_us(now - timedelta(days=DAYS + 1)),
            "until": to_us(now - timedelta(minutes=10)),
        }
        for officer, handset in OFFICERS.items()
    ]
    engine = open_engine(centre.settings.database)
    try:
        async with engine.connect() as plain:
            connection = await plain.execution_options(**{WRITE: True})
            async with connection.begin():
                for table, found in ((calls, rows), (call_classes, given), (shifts, worked)):
                    await connection.execute(insert(table), found)
        await _incidents(IncidentStore(engine), [record for record, _ in made][-len(INCIDENTS) :])
    finally:
        await engine.dispose()


async def _incidents(store: IncidentStore, told: list[CallRecord]) -> None:
    try:
        for record, (kind, district, words, position, agency) in zip(told, INCIDENTS, strict=True):
            said = Said("101", record.ended or record.began)
            number = await store.open_for(record.id, said, kind)
            await store.set_place(number, Place(district, None, words, position), said, words)
            if agency:
                later = Said(agency, said.at + timedelta(seconds=40))
                await store.send(number, Unit(agency), later)
    finally:
        store.close()


@asynccontextmanager
async def calls_now(phones: Phones) -> AsyncIterator[None]:
    """Handsets at work; one call that talks, one that rings and one in the menu."""
    await phones.log_in("101", "102", "201", "202", "301", "401")
    over = await choose(phones, RECORDED, "1")
    heard = await answer(phones, "201")
    await phones.bank.ring("202")  # It rang for the same call.
    await converse(over, heard)
    await over.hang_up()
    await phones.centre.record(RECORDED)
    talking = await choose(phones, "+6281254001122", "2")
    await answer(phones, "301")
    ringing = await choose(phones, "+6281347005566", "1")
    for handset in ("201", "202"):
        await (await phones.bank.ring(handset)).alert()
    menu = await arrive(phones, "+6282155003344")
    try:
        yield
    finally:
        for call in (talking, ringing, menu):
            await call.hang_up()
