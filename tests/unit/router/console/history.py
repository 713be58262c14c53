"""A year of very many calls on PostgreSQL: one made-up day, and the other days copied of it.

What is made are calls, classes, incidents and messages with acceptances. The copies have other ids,
times and incidents; times within their steps and legs stay those of the first day. A call's id
begins with when it came, as Asterisk gives it: calls of a day lie together in every index.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

from router.calls.record import Outcome
from router.store.metadata import metadata
from router.store.rows import to_row, to_us
from router.store.tables import (
    acceptances,
    call_classes,
    calls,
    incident_calls,
    incidents,
    outbox,
    shifts,
)
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from router.calls.record import CallRecord

DAYS: Final = 365
DAY_US: Final = 86_400_000_000
DISTRICTS: Final = ("64.08.04", "64.08.10", "64.08.12", None)
PIECE: Final = 60_000
"""Calls that one statement makes, about: it may not take longer than the engine lets one."""
TESTS: Final = 288
"""Of our own a day: one each five minutes."""
CALL: Final = (
    "split_part({0}, '-', 1) || '-' || split_part(split_part({0}, '-', 2), '.', 1)::bigint"
    " + {{day}} * 86400 || '.' || split_part({0}, '.', 2)"
)
"""The id of the copy of a call."""
SHIFTED: Final[dict[str, dict[str, str]]] = {
    "calls": {
        "id": CALL.format("id"),
        "began": "began + {us}",
        "answered": "answered + {us}",
        "ended": "ended + {us}",
        "change": "change + {calls}",
        "caller": "caller || ({day} % 10)",
        "recording_path": "replace(recording_path, '.wav', 'd' || {day} || '.wav')",
    },
    "call_classes": {"call_id": CALL.format("call_id"), "at": "at + {us}"},
    "incidents": {
        "id": "id + {incidents}",
        "opened": "opened + {us}",
        "last": "last + {us}",
        "dispatched": "dispatched + {us}",
        "on_scene": "on_scene + {us}",
        "closed": "closed + {us}",
    },
    "incident_calls": {
        "call_id": CALL.format("call_id"),
        "incident": "incident + {incidents}",
        "began": "began + {us}",
    },
    "outbox": {
        "id": "md5(id || 'd' || {day})",
        "call_id": CALL.format("call_id"),
        "created": "created + {us}",
        "next_try": "next_try + {us}",
        "delivered": "delivered + {us}",
        "token": "md5(token || 'd' || {day})",
    },
    "acceptances": {"call_id": CALL.format("call_id"), "at": "at + {us}"},
    "shifts": {"began": "began + {us}", "until": "until + {us}"},
}
"""What is another in the copy of a day; all else is as it is, and ids that are numbers are new."""


async def fill_days(
    engine: AsyncEngine, every: Iterable[CallRecord], first: datetime, days: int
) -> None:
    """Put days like the one that begins at ``first`` into an empty database.

    Args:
        engine: of PostgreSQL.
        every: about as many calls as a day is to have, of whenever.
        first: when the day begins.
        days: how many there are to be.
    """
    day = list(_day(list(every), first))
    async with engine.connect() as plain:
        # The triggers would tell of each of them that nothing is kept of it.
        await plain.exec_driver_sql("SET session_replication_role = replica")
        await plain.commit()
        async with plain.begin():
            for table, rows in _rows(day).items():
                await _put(plain, table, rows)
            for name in SHIFTED:
                await plain.exec_driver_sql(f"CREATE TEMP TABLE first_{name} AS TABLE {name}")
        size = {"calls": len(day), "incidents": len(day) // 9 + 1}
        piece = max(1, PIECE // len(day))
        for number in range(1, days, piece):
            async with plain.begin():
                for name in SHIFTED:
                    last = min(number + piece, days) - 1
                    await plain.exec_driver_sql(_copy(name, number, last, size))


def _day(every: list[CallRecord], first: datetime) -> Iterator[CallRecord]:
    chance = random.Random(113)  # noqa: S311 (no secret)
    for number, call in enumerate(every):
        began = first + timedelta(days=1) * number / len(every)
        waited = timedelta(seconds=min(600, 4 + chance.lognormvariate(2.3, 0.6)))
        talked = call.outcome is Outcome.ANSWERED
        recording = call.recording
        if recording is not None:
            folder = "test/" if number % max(1, len(every) // TESTS) == 0 else ""
            recording = replace(recording, path=f"{folder}2026/01/01/{number}.wav")
        yield replace(
            call,
            id=f"node1-{to_us(began) // 1_000_000}.{number}",
            caller=call.caller[:-1],
            began=began,
            answered=began + waited if talked else None,
            handset=f"{101 + chance.randrange(15)}" if talked else None,
            ended=began + waited + timedelta(seconds=80),
            recording=recording,
        )


def _rows(day: list[CallRecord]) -> dict[Table, list[dict[str, Any]]]:
    chance, kinds = random.Random(7), tuple(CallClass)  # noqa: S311 (no secret)
    found: dict[Table, list[dict[str, Any]]] = {
        each: [] for each in (calls, call_classes, incidents, incident_calls, outbox, acceptances)
    }
    for number, call in enumerate(day):
        kind = str(chance.choices(kinds, (500, 300, 100, 99, 1))[0])
        row, began = {**to_row(call), "change": number + 1, "class": kind}, to_us(call.began)
        key = {"node": call.node, "call_id": call.id}
        found[calls].append(row)
        found[call_classes].append({**key, "at": began, "kind": kind, "who": "101"})
        if number % 9 == 0:
            found[incidents].append(_incident(number // 9, began))
        if number % 3:
            continue
        found[incident_calls].append({**key, "incident": number // 9 + 1, "began": began})
        said = {"agency": "damkar", "event": "call", "channel": "log", "payload": "{}"}
        at = {"created": began, "next_try": began, "delivered": began, "attempts": 1}
        found[outbox].append({**key, **said, **at, "id": f"m{number}", "token": f"t{number}"})
        accepted = {"agency": "damkar", "at": began + chance.randrange(10**8), "who": "x"}
        found[acceptances].append({**key, **accepted, "how": "link"})
    at = {"began": to_us(day[0].began), "until": to_us(day[0].began) + DAY_US // 2}
    found[shifts] = [
        {"node": "node1", "handset": f"{101 + each}", "officer": f"{7101 + each}", **at}
        for each in range(15)
    ]
    return found


def _incident(number: int, began: int) -> dict[str, Any]:
    return {
        "id": number + 1,
        "emergency": ("fire", "medical", "disaster")[number % 3],
        "opened": began,
        "last": began,
        "state": "closed",
        "district": DISTRICTS[number % len(DISTRICTS)],
        "place": "",
        "dispatched": began + 60_000_000,
        "on_scene": began + 600_000_000 + number % 900 * 1_000_000,
        "closed": began + 3_600_000_000,
        "how": "done",
    }


async def _put(connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    for begin in range(0, len(rows), 1000):
        await connection.execute(insert(table), rows[begin : begin + 1000])


def _copy(name: str, begin: int, end: int, size: dict[str, int]) -> str:
    """Of the first day's rows of a table, those of some other days."""
    table, shifted = metadata.tables[name], SHIFTED[name]
    new = {"us": f"number * {DAY_US}", "day": "number"}
    new |= {each: f"number * {many}" for each, many in size.items()}
    columns = [each.name for each in table.columns if each.name != "id" or "id" in shifted]
    values = ", ".join(shifted.get(each, f'"{each}"').format(**new) for each in columns)
    names = ", ".join(f'"{each}"' for each in columns)
    return (
        f"INSERT INTO {name} ({names}) SELECT {values} FROM first_{name},"  # noqa: S608
        f" generate_series({begin}::bigint, {end}::bigint) AS number ORDER BY number"
    )
