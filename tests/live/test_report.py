"""The report's figures held against what the telephones of the calls noted themselves."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from siaga.settings import PROJECT
from tests.live.calls import arrive, choose, converse, until_quiet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.centre import Centre
    from tests.live.phones import Phones

LIMITS = (10, 15, 20)


@dataclass
class Noted:
    """What a telephone noted: how long after the call's arrival something happened.

    The arrival is after the caller dialled and before the caller heard the centre.
    """

    least_s: float
    most_s: float


class Watch:
    """A stopwatch that runs from when it is made."""

    def __init__(self) -> None:
        self._begun = self._now()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def read(self) -> float:
        """Seconds since."""
        return self._now() - self._begun


async def report(centre: Centre, folder: Path) -> dict[str, Any]:
    """The figures of yesterday, today and tomorrow, so that no midnight comes between."""
    today = datetime.now(UTC).astimezone(ZoneInfo(centre.plan.centre.timezone)).date()
    first, last = (today + timedelta(days=days) for days in (-1, 1))
    arguments = ["report", "--from", f"{first}", "--to", f"{last}", "--json"]
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "ops", *arguments, "--out", str(folder)],
        cwd=PROJECT,
        env={**os.environ, **environment(centre)},
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def environment(centre: Centre) -> dict[str, str]:
    """What the command needs to find the centre's database and plan."""
    return {"SIAGA_HOME": str(centre.settings.home), "SIAGA_PLAN": str(centre.settings.plan)}


def more(before: dict[str, Any], after: dict[str, Any]) -> Counter[str]:
    """How much each count has grown."""
    counts = {name: value for name, value in after.items() if isinstance(value, int)}
    return Counter({name: value - before.get(name, 0) for name, value in counts.items()})


def agrees(counted: int, noted: list[Noted], limit: int) -> bool:
    """Whether so many of what was noted may have happened within ``limit`` seconds."""
    surely = sum(one.most_s <= limit for one in noted)
    maybe = sum(one.least_s <= limit for one in noted)
    return surely <= counted <= maybe


async def test_the_report_says_what_the_telephones_noted(phones: Phones, tmp_path: Path) -> None:
    """Two calls are answered, one is left in the menu, one while it rings: so says the report."""
    centre = phones.centre
    await until_quiet(centre)
    before = await report(centre, tmp_path / "before")
    await phones.log_in("201")
    numbers = [centre.number() for _ in range(4)]
    answers, departures = [], []

    for number in numbers[:2]:
        dialled = Watch()
        call = await choose(phones, number)
        arrived = Watch()
        ring = await phones.bank.ring("201")
        await ring.alert()
        least = arrived.read()
        await ring.answer()
        await converse(call, ring)
        answers.append(Noted(least, dialled.read()))
        await call.hang_up()
        await ring.ended()

    dialled = Watch()
    call = await arrive(phones, numbers[2])
    await call.hang_up()
    departures.append(Noted(0, dialled.read()))

    dialled = Watch()
    call = await choose(phones, numbers[3])
    arrived = Watch()
    ring = await phones.bank.ring("201")
    await ring.alert()
    least = arrived.read()
    await call.hang_up()
    departures.append(Noted(least, dialled.read()))
    await ring.cancelled()

    await centre.records(numbers, lambda record: record.ended is not None)
    await until_quiet(centre)
    after = await report(centre, tmp_path / "after")
    grown = more(before["total"], after["total"])
    assert grown["calls"] == 4
    classes = {"answered": 2, "abandoned_menu": 1, "abandoned_ringing": 1}
    for name in ("answered", "transferred", "abandoned_menu", "abandoned_ringing", "refused"):
        assert grown[name] == classes.get(name, 0), name
    assert (grown["lost"], grown["open"], grown["talked"]) == (0, 0, 2)
    for limit in LIMITS:
        assert agrees(grown[f"talked_{limit}"], answers, limit)
        left = 4 - grown[f"due_{limit}"]
        assert agrees(left, departures, limit)
    assert grown["abandoned_before_10"] == 4 - grown["due_10"]
    assert not any(grown[name] for name in ("silent", "hidden", "repeat", "overflow", "lower_tier"))
    for by, key, count in (
        ("emergency", "fire", 3),
        ("emergency", "", 1),
        ("agency", "damkar", 2),
        ("handset", "damkar/201", 2),
        ("tier", "1", 4),
        ("trunk", "siaga_trunks", 4),
        ("district", "", 4),
    ):
        assert more(before["by"][by].get(key, {}), after["by"][by][key])["calls"] == count, key
    for path in (tmp_path / "after").iterdir():
        text = path.read_text(encoding="utf-8")
        assert not any(number in text for number in numbers), path.name
