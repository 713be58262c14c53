"""What is kept says what the calls themselves say, whatever changes later."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from router.calls.record import ERASED, CallRecord, Outcome
from router.incidents.model import How
from router.report import By, Readers, Tally, collect
from router.report.breakdowns import Beside, Planned
from router.report.call import facts
from router.report.collect import basis_of
from router.report.drill import FIGURES, NAMES, Drill, drilled
from router.report.figures import PERCENTILES, figures
from router.report.hour import Hour, PackedHour
from router.report.keeping import Counting, Keeper
from router.report.planned import NOT_KNOWN
from router.report.spans import Part
from router.report.sums import Sums
from router.report.tally import KEYS_MAX
from router.store import migrate, open_engine
from router.store.engine import WRITE
from router.store.reader import Cursor
from router.store.report_sums import KeptHour, Made, SumReader, SumStore
from router.store.report_tables import report_days, report_hours, report_stale, report_state
from router.store.rows import to_row, to_us
from router.store.tables import (
    acceptances,
    call_classes,
    calls,
    change_counters,
    incident_calls,
    incident_units,
    incidents,
    outbox,
    shifts,
)
from siaga.keys import CallClass
from siaga.settings import load
from tests.unit.router.report.histories import (
    AGENCIES,
    BEGIN,
    DISTRICTS,
    END,
    ZONE,
    histories,
    planned,
)
from tests.unit.router.report.test_drill import KINDS, fill
from tests.unit.router.store.records import closed, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Executable
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.report.figures import Value
    from router.report.tally import Counts

EXAMPLES = int(os.environ.get("SIAGA_TRIAL_EXAMPLES", "3"))
NOVEMBER = Part(BEGIN, END, ZONE)
ODD = ZoneInfo("Asia/Kathmandu")
"""Its days begin a quarter before an hour of UTC."""
NOW = END + timedelta(hours=1)
LATER = (
    *("class", "merge", "place", "split", "log_in", "log_out", "erase", "end", "move", "new"),
    *(
        "answer",
        "remove",
        "tell",
        "tell_again",
        "accept",
        "accept_later",
        "unaccept",
        "untell",
        "open",
        "send",
    ),
    *("arrive", "join", "withdraw", "reopen", "unit", "unit_goes", "unit_gone", "forget"),
)
RESPONDED = (
    *(("tell", 2), ("tell_again", 2000), ("unaccept", 0), ("accept", 1)),
    *(("accept_later", 9), ("untell", 0)),
    *(
        ("open", 3),
        ("arrive", 4),
        ("send", 1),
        ("unit", 1),
        ("unit_goes", 7),
        ("unit_gone", 1),
        ("answer", 1),
    ),
    *(("join", 2), ("merge", 1), ("split", 3), ("withdraw", 3), ("reopen", 5002), ("place", 5)),
    *(("remove", 1), ("forget", 2)),
)
PLAIN = {"emergency": "fire", "last": 0, "state": "open", "place": ""}
changes = st.lists(st.tuples(st.sampled_from(LATER), st.integers(0, 1000)), max_size=4)


def basis(zone: ZoneInfo) -> str:
    return basis_of(zone, ())


def counting(zone: ZoneInfo = ZONE) -> Counting:
    return Counting(planned, lambda _version: False, basis(zone), zone)


async def keep(engine: AsyncEngine, how: Counting, *, steps: int = 10_000) -> int:
    """So many steps, or all there are to be made; gives how many there were."""
    store, done = SumStore(engine), 0
    try:
        while done < steps and await Keeper(Readers(engine), store, how).step(NOW):
            done += 1
    finally:
        store.close()
    return done


async def write(engine: AsyncEngine, *every: tuple[Executable, Any]) -> None:
    async with engine.connect() as plain:
        connection = await plain.execution_options(**{WRITE: True})
        async with connection.begin():
            for statement, rows in every:
                await connection.execute(statement, rows)


async def clear(engine: AsyncEngine) -> None:
    tables = (report_days, report_hours, report_state, report_stale, change_counters)
    await write(engine, *((delete(table), {}) for table in tables))


async def change(
    engine: AsyncEngine, made: list[CallRecord], what: str, which: int, changed: int
) -> None:
    """Something that happens later, as whoever does it writes it."""
    call = made[which % len(made)] if made else record(began=BEGIN, id="none")
    key = {"node": call.node, "call_id": call.id}
    mine = (calls.c.node == call.node) & (calls.c.id == call.id)
    told = (incident_calls.c.node == call.node) & (incident_calls.c.call_id == call.id)
    number = 1 + which % 3
    moment = to_us(BEGIN) + which * 2_500_000_000
    message = {"event": "call", "channel": "log", "payload": "{}", "attempts": 0, "next_try": 0}
    asked = {
        **key,
        **message,
        "agency": AGENCIES[which % 3],
        "created": to_us(call.began) + which * 1000,
    }
    incident = incidents.c.id == number
    kinds = list(CallClass)
    at = to_us(call.answered or call.began)
    shift = {"node": "node1", "handset": "201", "officer": f"72{which % 90:02}"}
    statements: dict[str, tuple[Executable, Any]] = {
        "class": (
            insert(call_classes),
            {**key, "at": 0, "kind": str(kinds[which % len(kinds)]), "who": "101"},
        ),
        "merge": (
            update(incident_calls).where(incident_calls.c.incident == number),
            {"incident": 1 + (which + 1) % 3},
        ),
        "place": (
            update(incidents).where(incidents.c.id == number),
            {"district": [*DISTRICTS, None][which % 4]},
        ),
        "join": (
            insert(incident_calls),
            {**key, "incident": number, "began": to_us(call.began)},
        ),
        "split": (delete(incident_calls).where(told), {}),
        "log_in": (insert(shifts), {**shift, "began": at - which, "until": at + 10**9}),
        "log_out": (update(shifts), {"ended": at - which}),
        "erase": (update(calls).where(mine), {"caller": ERASED, "change": changed}),
        "end": (
            update(calls).where(mine),
            {"ended": to_us(END), "outcome": Outcome.LOST, "change": changed},
        ),
        "move": (
            update(calls).where(mine),
            {"began": to_us(BEGIN) + which * 10**9, "change": changed},
        ),
        "new": (
            insert(calls),
            {**to_row(replace(call, id=f"new{which}")), "change": changed},
        ),
        "answer": (
            update(calls).where(mine),
            {"answered": at + which * 500_000, "change": changed},
        ),
        "remove": (delete(calls).where(mine), {}),
        "tell": (insert(outbox), {**asked, "id": f"m{changed}", "token": f"t{changed}"}),
        "tell_again": (update(outbox), {"created": to_us(call.began) - which * 1000}),
        "untell": (delete(outbox), {}),
        "accept": (
            insert(acceptances),
            {**key, "agency": AGENCIES[which % 3], "at": at + 10**7, "who": "a", "how": "link"},
        ),
        "accept_later": (update(acceptances), {"at": at + which * 10**6}),
        "unaccept": (delete(acceptances), {}),
        "open": (
            insert(incidents),
            {**PLAIN, "id": changed, "opened": moment, "dispatched": moment + which * 1000},
        ),
        "send": (update(incidents).where(incident), {"dispatched": at + which * 10**6}),
        "arrive": (update(incidents).where(incident), {"on_scene": at + which * 10**6}),
        "withdraw": (
            update(incidents).where(incident),
            {"how": [How.WITHDRAWN, How.DONE, None][which % 3]},
        ),
        "reopen": (update(incidents).where(incident), {"opened": moment}),
        "unit": (
            insert(incident_units),
            {"incident": number, "agency": "damkar", "name": f"{changed}", "accepted": at},
        ),
        "unit_goes": (update(incident_units), {"accepted": at + which * 10**7}),
        "unit_gone": (delete(incident_units), {}),
        "forget": (delete(incidents).where(incident), {}),
    }
    needs = {"new": f"new{which}", "tell": call.id, "accept": call.id}
    if what in needs and (what != "new") != await _there(engine, needs[what]):
        return
    if what == "accept":
        await write(engine, (delete(acceptances), {}))
    if what == "join":
        await write(engine, (delete(incident_calls).where(told), {}))
    counted_ = (
        (delete(change_counters), {}),
        (
            insert(change_counters),
            [{"node": node, "value": changed} for node in {call.node, *_nodes(made)}],
        ),
    )
    await write(engine, statements[what], *counted_)


async def _there(engine: AsyncEngine, call: str) -> bool:
    async with engine.connect() as connection:
        return (
            await connection.execute(select(calls).where(calls.c.id == call))
        ).first() is not None


async def same(
    engine: AsyncEngine, span: Part, draw: Callable[[st.SearchStrategy[Any]], Any]
) -> None:
    """The figures and lists of some time: of what is kept, and of the calls themselves."""
    readers = Readers(engine)
    told = await collect(readers, span, planned)
    assert await collect(readers, span, planned, basis(span.zone)) == told
    slow = told.tally
    every = [Drill(name) for name in sorted(NAMES)]
    every += [Drill(name, by, key) for name in FIGURES for by in By for key, _ in slow.groups(by)]
    for drill in draw(st.lists(st.sampled_from(every), min_size=3, max_size=3)):
        slowly = await drilled(readers, span, drill, planned)
        quickly = await drilled(readers, span, drill, planned, basis(span.zone))
        whole = await slowly.places(1000)
        assert await quickly.count() == await slowly.count() == len(whole), drill
        found, before = [], None
        while places := await quickly.places(3, before):
            found += places
            before = places[-1]
        assert found == whole, drill


async def _runs(
    home: Path,
    made: list[CallRecord],
    kinds: list[CallClass | None],
    data: st.DataObject,
) -> None:
    engine = open_engine(load({"SIAGA_HOME": str(home)}).database)
    zone = data.draw(st.sampled_from([ZONE, ODD]), label="zone")
    low = data.draw(st.integers(0, 40_000), label="begin")
    span = Part(BEGIN + timedelta(minutes=low), END - timedelta(minutes=low % 700), zone)
    try:
        await clear(engine)
        await fill(engine, made, kinds)
        if made:
            numbers = [{"node": node, "value": 9000} for node in _nodes(made)]
            await write(engine, (insert(change_counters), numbers))
        await keep(engine, counting(zone), steps=data.draw(st.sampled_from([1, 2, 3, 10_000])))
        await same(engine, span, data.draw)
        for number, (what, which) in enumerate(data.draw(changes), 10_000):
            await change(engine, made, what, which, number)
            if data.draw(st.booleans()):
                await keep(engine, counting(zone), steps=data.draw(st.sampled_from([1, 10_000])))
        await same(engine, span, data.draw)
        await keep(engine, counting(zone))
        await same(engine, Part(BEGIN, END, zone), data.draw)
        async with engine.connect() as connection:
            assert (await connection.execute(select(report_stale))).first() is None
    finally:
        await engine.dispose()


def _nodes(made: list[CallRecord]) -> set[str]:
    return {call.node for call in made}


def test_what_is_kept_says_what_the_calls_say() -> None:
    """Of random histories of which some changes later: kept in part, in whole, and anew."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        asyncio.run(migrate(load({"SIAGA_HOME": folder})))

        @settings(max_examples=EXAMPLES, deadline=None)
        @given(histories(16), KINDS, st.data())
        def runs(
            made: list[CallRecord], kinds: list[CallClass | None], data: st.DataObject
        ) -> None:
            asyncio.run(_runs(home, made, kinds, data))

        runs()


def test_an_hour_is_the_same_from_its_bytes() -> None:
    """Whatever its calls count as, each figure counts the same of them, and they come back."""

    @settings(max_examples=20, deadline=None)
    @given(histories(30))
    def runs(made: list[CallRecord]) -> None:
        every = [(Cursor.of(call), facts(call, ZONE, Beside(planned(call)))) for call in made]
        hour = Hour([(place, None if place.id.endswith("3") else call) for place, call in every])
        again = PackedHour(hour.pack())
        assert again.unpack() == hour
        for drill in [Drill(name) for name in NAMES]:
            assert again.counted(drill) == hour.counted(drill)
        whole, sums = Tally(), Sums()
        for _, call in hour.calls:
            if call is None:
                whole.tests += 1
            else:
                whole.add(call)
        hour.add_to(sums)
        assert sums.tally() == whole
        for by in By:
            for key, _ in whole.groups(by):
                for name in ("calls", "talked", "late_15", "hidden"):
                    assert again.counted(Drill(name, by, key)) == hour.counted(Drill(name, by, key))

    runs()


def test_groups_beyond_the_limit_are_those_that_came_last() -> None:
    """Sums of parts put the same calls together as one sum of all, oldest first."""
    whole, sums = Tally(), Sums()
    for part in range(3):
        every = []
        for number in range(250):
            call = record(began=BEGIN, id=f"{number}", answered_by=f"a{part * 200 + number}")
            one = facts(call, ZONE)
            every.append(one)
            whole.add(one)
        packed = Sums()
        packed.add_calls(every)
        sums.add(*packed.pack())
    assert len(whole.by[By.AGENCY]) == KEYS_MAX + 1
    assert sums.tally() == whole


def test_brief_sums_know_all_but_how_long_groups_waited() -> None:
    """What a period is compared by: all of the total, of groups each count but no wait."""

    @settings(max_examples=20, deadline=None)
    @given(histories(30))
    def runs(made: list[CallRecord]) -> None:
        every = [facts(call, ZONE, Beside(planned(call))) for call in made]
        long, brief, packed = Sums(), Sums(brief=True), Sums()
        for sums in (long, brief, packed):
            sums.add_calls([*every, None])
        for sums in (long, brief):
            sums.add(*packed.pack())
        whole, found = long.tally(), brief.tally()
        assert (found.total, found.tests) == (whole.total, whole.tests)
        for by in By:
            assert _counts(found.by[by]) == _counts(whole.by[by])

    runs()


def _counts(groups: Mapping[str, Counts]) -> dict[str, dict[str, Value]]:
    timed = {f"wait_p{each}_s" for each in PERCENTILES}
    return {
        key: {name: value for name, value in figures(one).items() if name not in timed}
        for key, one in groups.items()
    }


@pytest.mark.engines
async def test_a_plan_that_comes_later_counts(engine: AsyncEngine) -> None:
    """Calls of a plan whose text was not there are counted anew when it is."""
    there: set[str] = set()

    def planned_(call: CallRecord) -> Planned:
        return Planned("damkar") if call.plan_version in there else NOT_KNOWN

    how = Counting(planned_, there.__contains__, basis(ZONE), ZONE)
    call = closed(began=BEGIN + timedelta(days=2), plan_version="0123456789ab", answered_by="rsud")
    await write(engine, (insert(calls), {**to_row(call), "change": 1}))
    await keep(engine, how)
    readers = Readers(engine)
    assert not (await collect(readers, NOVEMBER, planned_, how.basis)).tally.total.marks["overflow"]
    there.add("0123456789ab")
    await keep(engine, how)
    assert (await collect(readers, NOVEMBER, planned_, how.basis)).tally.total.marks[
        "overflow"
    ] == 1


@pytest.mark.engines
async def test_who_counts_by_something_else_waits_for_who_lives(engine: AsyncEngine) -> None:
    """Of two that count by different things only one keeps sums, until it is gone."""
    await keep(engine, counting(ZONE))
    other = Keeper(Readers(engine), SumStore(engine), counting(ODD))
    assert not await other.step(NOW)
    assert await Readers(engine).sums.standing(basis(ZONE)) is not None
    assert await other.step(NOW + timedelta(minutes=3))
    assert await Readers(engine).sums.standing(basis(ODD)) is not None


@pytest.mark.engines
async def test_who_comes_second_changes_nothing(engine: AsyncEngine) -> None:
    """Of two that have read the same, one is told that the other has written."""
    await keep(engine, counting(ZONE))
    reader, store = SumReader(engine), SumStore(engine)
    known = await reader.standing(basis(ZONE))
    assert known is not None
    made = Made(basis(ZONE), 0, to_us(NOW), {0: KeptHour(b"a", b"b", b"c", b"d", None)})
    assert await store.put(known, made)
    assert not await store.put(known, replace(made, hours={0: None}))
    assert await reader.calls([0]) == {0: b"a"}
    store.close()


@pytest.mark.engines
async def test_what_officers_do_later_is_told(engine: AsyncEngine) -> None:
    """By the database itself, in each of the two: class, incident and shift of a call."""
    began = BEGIN + timedelta(days=2)
    times = {"answered": began + timedelta(seconds=9), "ended": began + timedelta(minutes=2)}
    call = closed(began=began, **times)
    await write(engine, (insert(calls), {**to_row(call), "change": 1}))
    await keep(engine, counting(ZONE))
    for number, what in enumerate(("class", "log_in", "log_out", "move"), 10):
        await change(engine, [call], what, 5, number)
        standing = await Readers(engine).sums.standing(basis(ZONE))
        assert standing is not None
        at = to_us(call.answered or call.began)
        assert standing.stale.touch(at, at + 1), what
        await keep(engine, counting(ZONE))
    readers = Readers(engine)
    assert await collect(readers, NOVEMBER, planned, basis(ZONE)) == (
        await collect(readers, NOVEMBER, planned)
    )


@pytest.mark.engines
async def test_what_agencies_and_units_do_later_is_told(engine: AsyncEngine) -> None:
    """By the database itself, in each of the two: whatever changes answers or times of help."""
    began = BEGIN + timedelta(days=2)
    times = {"answered": began + timedelta(seconds=9), "ended": began + timedelta(minutes=2)}
    every = [closed(f"c{each}", began=began + timedelta(hours=each), **times) for each in range(4)]
    await fill(engine, every, [None] * 4)
    await write(engine, (insert(change_counters), {"node": "node1", "value": 9}))
    await keep(engine, counting(ZONE))
    readers, before = Readers(engine), await collect(Readers(engine), NOVEMBER, planned)
    assert (len(before.accepted), len(before.incidents)) == (2, 3)
    for number, (what, which) in enumerate(RESPONDED, 100):
        await change(engine, every, what, which, number)
        now = await collect(readers, NOVEMBER, planned)
        assert now != before, what
        assert await collect(readers, NOVEMBER, planned, basis(ZONE)) == now, what
        await keep(engine, counting(ZONE), steps=1)
        assert await collect(readers, NOVEMBER, planned, basis(ZONE)) == now, what
        before = now
