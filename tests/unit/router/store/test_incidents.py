"""Incidents on a real database: each step, its log, and what classes and acceptances do to them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from router.calls.record import ERASED, Leg, LegEnd, LegKind
from router.incidents.model import Answer, By, Event, How, Place, Said, Sop, State, Unit
from router.store import CallReader, CallWriter, ClassStore
from router.store.acceptances import Acceptance, AcceptanceStore, Way
from router.store.classes import Given
from router.store.custody import Custody, Due
from router.store.errors import UnknownCallError
from router.store.incident_errors import (
    IncidentClosedError,
    NotInIncidentError,
    UnknownIncidentError,
)
from router.store.incidents import IncidentStore
from router.store.positions import PositionStore, Sent
from siaga.keys import CallClass
from siaga.places import Position
from tests.unit.router.store.records import at, closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

pytestmark = pytest.mark.engines

ONE, OTHER, THIRD = "node1-1.1", "node1-2.2", "node1-3.3"
BROUGHT = Leg("c", LegKind.ADD, "damkar", at(50), "201", at(55), at(90), LegEnd.HUNG_UP, "c")
ANI = Said("Ani", at(100))
LATER = Said("Budi", at(200))


@pytest.fixture
async def store(engine: AsyncEngine) -> AsyncIterator[IncidentStore]:
    """Incidents, of three calls that are there; Damkar was brought into the second."""
    writer = CallWriter(engine)
    writer.start()
    for call, began in ((ONE, 0), (OTHER, 60), (THIRD, 120)):
        record = closed(call, began=at(began), caller=f"0812{began}")
        writer.put(replace(record, legs=(*record.legs, BROUGHT)) if call == OTHER else record)
    assert await writer.close()
    made = IncidentStore(engine)
    yield made
    made.close()


async def written(engine: AsyncEngine, record: CallRecord) -> None:
    """Have the router's writer write a record."""
    writer = CallWriter(engine)
    writer.start()
    writer.put(record)
    assert await writer.close()


async def events(store: IncidentStore, number: int) -> list[tuple[str, Event, str]]:
    return [(entry.who, entry.what, entry.text) for entry in await store.log(number)]


async def test_a_call_opens_one_incident_however_often_it_is_said(store: IncidentStore) -> None:
    """Its kind is what the caller chose; who said it first is in the log."""
    number = await store.open_for(ONE, ANI)
    assert await store.open_for(ONE, LATER) == number
    found = await store.get(number)
    assert (found.emergency, found.state, found.calls) == ("fire", State.OPEN, (ONE,))
    assert (found.opened, found.first, found.last) == (at(100), at(0), at(0))
    assert await store.of_call(ONE) == found
    assert await store.open() == [found]
    assert await events(store, number) == [("Ani", Event.OPENED, ONE)]
    with pytest.raises(UnknownCallError):
        await store.open_for("node1-9.9", ANI)


async def test_who_was_brought_into_the_call_was_sent(store: IncidentStore) -> None:
    """An agency that was rung into it and came; one that did not answer was not."""
    found = await store.get(await store.open_for(OTHER, ANI))
    assert found.units == (Unit("damkar", sent=at(50)),)
    assert (found.state, found.dispatched) == (State.DISPATCHED, at(50))


async def test_who_is_brought_in_later_is_sent_with_the_record_that_says_so(
    store: IncidentStore, engine: AsyncEngine
) -> None:
    """Once it has come, not while it rings; the same record again says nothing new."""
    number = await store.open_for(ONE, ANI)
    record = closed(ONE, began=at(0), caller="08120")
    rings = replace(BROUGHT, kind=LegKind.TRANSFER, rung=at(110), joined=None, left=None, end=None)
    await written(engine, replace(record, legs=(*record.legs, rings)))
    assert (await store.get(number)).units == ()
    comes = replace(record, legs=(*record.legs, replace(rings, joined=at(115))))
    for _ in range(2):
        await written(engine, comes)
    found = await store.get(number)
    assert found.units == (Unit("damkar", sent=at(110)),)
    assert (found.state, found.dispatched) == (State.DISPATCHED, at(110))
    assert await events(store, number) == [
        ("Ani", Event.OPENED, ONE),
        (ONE, Event.SENT, "damkar"),
    ]


async def test_who_comes_into_a_call_of_no_open_incident_is_sent_nowhere(
    store: IncidentStore, engine: AsyncEngine
) -> None:
    """It was said to be no emergency, or all is over: the record is written all the same."""
    number = await store.open_for(ONE, ANI)
    other = await store.open_for(THIRD, ANI)
    await store.finish(number, "padam", LATER)
    classes = ClassStore(engine)
    await classes.give(THIRD, Given(CallClass.PRANK, at(130), "101"))
    classes.close()
    for call, began in ((ONE, 0), (THIRD, 120)):
        record = closed(call, began=at(began), caller=f"0812{began}")
        await written(engine, replace(record, legs=(*record.legs, BROUGHT)))
    for each in (number, other):
        found = await store.get(each)
        assert (found.units, found.state) == ((), State.CLOSED)
    assert [call.legs[-1] for call in await CallReader(engine).calls(3)].count(BROUGHT) == 3


async def test_whoever_comes_as_an_incident_is_opened_is_sent(
    store: IncidentStore, engine: AsyncEngine
) -> None:
    """Whichever is first by a hair, the record or the officer's key; neither bars the other."""
    classes = ClassStore(engine)
    writer = CallWriter(engine)
    writer.start()
    for each in range(60):
        record = closed(f"node1-7.{each}", began=at(0), caller="08120")
        writer.put(record)
        assert await writer.flush()
        writer.put(replace(record, legs=(*record.legs, BROUGHT)))
        word = Given(CallClass.EMERGENCY, at(96), "101")
        await asyncio.gather(classes.give(record.id, word), writer.flush())
    assert await writer.close()
    classes.close()
    assert writer.counters.failures == 0
    opened = await store.open()
    assert len(opened) == 60
    for found in opened:
        assert [unit.agency for unit in found.units] == ["damkar"]


_REFUSE = {
    "sqlite": "CREATE TRIGGER no BEFORE INSERT ON incident_units"
    " BEGIN SELECT RAISE(ABORT, 'no'); END",
    "postgresql": "ALTER TABLE incident_units ADD CONSTRAINT no CHECK (false) NOT VALID",
}


async def test_a_record_is_written_whatever_there_is_about_its_incident(
    store: IncidentStore, engine: AsyncEngine
) -> None:
    """The database refuses the unit, not the call."""
    number = await store.open_for(ONE, ANI)
    async with engine.begin() as connection:
        await connection.execute(text(_REFUSE[engine.dialect.name]))
    record = closed(ONE, began=at(0), caller="08120")
    with capture_logs() as logs:
        await written(engine, replace(record, legs=(*record.legs, BROUGHT)))
    assert [entry["event"] for entry in logs] == ["units_not_sent"]
    assert (await store.get(number)).units == ()
    found = await CallReader(engine).call("node1", ONE)
    assert found is not None
    assert BROUGHT in found.legs


async def test_where_a_caller_is_said_to_be_stays_when_an_agency_comes(
    store: IncidentStore, engine: AsyncEngine
) -> None:
    """Only who was sent is taken from the record."""
    number = await store.open_for(ONE, ANI)
    positions = PositionStore(engine)
    await positions.keep("node1", SENT)
    positions.close()
    told = Place("64.08.01", text="bukan di sana")
    await store.set_place(number, told, LATER, "bukan di sana")
    record = closed(ONE, began=at(0), caller="08120")
    await written(engine, replace(record, legs=(*record.legs, BROUGHT)))
    found = await store.get(number)
    assert (found.place, [unit.agency for unit in found.units]) == (told, ["damkar"])


async def test_calls_about_the_same_are_joined_and_split_again(store: IncidentStore) -> None:
    """An incident that is left with nothing goes up in the other; each call keeps its record."""
    first, second = await store.open_for(ONE, ANI), await store.open_for(THIRD, ANI)
    await store.join(first, THIRD, LATER)
    await store.join(first, THIRD, LATER)
    joined, left = await store.get(first), await store.get(second)
    assert joined.calls == (ONE, THIRD)
    assert (joined.first, joined.last) == (at(0), at(120))
    assert (left.state, left.how, left.into, left.calls) == (State.CLOSED, How.MERGED, first, ())
    assert await events(store, first) == [
        ("Ani", Event.OPENED, ONE),
        ("Budi", Event.JOINED, THIRD),
    ]
    third = await store.split(THIRD, LATER)
    assert (await store.get(third)).calls == (THIRD,)
    assert (await store.get(first)).calls == (ONE,)
    for alone in (ONE, THIRD, OTHER):
        with pytest.raises(NotInIncidentError):
            await store.split(alone, LATER)


async def test_two_incidents_become_one(store: IncidentStore) -> None:
    """Calls, units and, where the other has none, the place; the one is closed for good."""
    place = Place("64.08.04", None, "pasar", Position(0.5, 117.5), By.OPERATOR)
    first, second = await store.open_for(ONE, ANI), await store.open_for(OTHER, ANI)
    await store.set_place(second, place, ANI, "pasar")
    answer = Answer(at(101), "Ani", Sop.ASK, "Ada korban?", "tidak")
    await store.answer(second, answer)
    for _ in range(2):
        await store.merge(second, first, LATER)
    await store.merge(first, first, LATER)
    found = await store.get(first)
    assert (found.calls, found.place) == ((ONE, OTHER), place)
    assert found.units == (Unit("damkar", sent=at(50)),)
    assert found.state is State.DISPATCHED
    assert await store.answers(first) == [answer]
    gone = await store.get(second)
    assert (gone.how, gone.into, gone.calls, gone.units) == (How.MERGED, first, (), ())
    with pytest.raises(IncidentClosedError):
        await store.merge(second, await store.open_for(THIRD, ANI), LATER)
    with pytest.raises(IncidentClosedError):
        await store.join(second, THIRD, LATER)


async def test_units_go_step_by_step_and_the_first_time_of_each_counts(
    store: IncidentStore,
) -> None:
    """Two cars of one agency are two; the incident's times are those of the first."""
    number = await store.open_for(ONE, ANI)
    car, other = Unit("damkar", "Pos 1"), Unit("damkar", "Pos 2")
    await store.send(number, car, Said("101", at(110)))
    await store.send(number, car, Said("101", at(111)))
    await store.accept(number, other, Said("201", at(120)))
    await store.arrive(number, car, Said("201", at(300)))
    found = await store.get(number)
    assert found.units == (
        replace(car, sent=at(110), arrived=at(300)),
        replace(other, accepted=at(120)),
    )
    assert (found.state, found.dispatched, found.on_scene) == (
        State.ON_SCENE,
        at(110),
        at(300),
    )
    await store.finish(number, "padam", Said("201", at(900)))
    await store.finish(number, "lagi", Said("201", at(901)))
    found = await store.get(number)
    assert (found.state, found.how, found.closed) == (State.CLOSED, How.DONE, at(900))
    assert [what for _, what, _ in await events(store, number)] == [
        Event.OPENED,
        Event.SENT,
        Event.ACCEPTED,
        Event.ARRIVED,
        Event.CLOSED,
    ]
    for step in (store.send, store.accept, store.arrive):
        with pytest.raises(IncidentClosedError):
            await step(number, car, LATER)


async def test_place_kind_and_words_are_kept(store: IncidentStore) -> None:
    """As they were said last; the log has all of them, and takes words after the end too."""
    number = await store.open_for(ONE, ANI)
    place = Place("64.08.04", "64.08.04.1001", "Jl. Yos Sudarso", Position(0.5, 117.5), By.LINK)
    for _ in range(2):
        await store.set_place(number, place, ANI, "Jl. Yos Sudarso")
        await store.set_kind(number, "disaster", LATER)
    await store.note(number, "dua orang di dalam", ANI)
    await store.finish(number, "padam", LATER)
    await store.note(number, "\x00 " + "x" * 5000, LATER)
    found = await store.get(number)
    assert (found.place, found.emergency) == (place, "disaster")
    log = await events(store, number)
    assert [what for _, what, _ in log] == [
        Event.OPENED,
        Event.PLACE,
        Event.KIND,
        Event.NOTE,
        Event.CLOSED,
        Event.NOTE,
    ]
    assert log[3] == ("Ani", Event.NOTE, "dua orang di dalam")
    assert len(log[5][2]) == 2000
    with pytest.raises(IncidentClosedError):
        await store.set_place(number, Place(), LATER, "")
    with pytest.raises(IncidentClosedError):
        await store.set_kind(number, "fire", LATER)


async def test_what_is_not_there_is_told(store: IncidentStore) -> None:
    """By every step."""
    unit = Unit("damkar")
    for step in (
        store.get(7),
        store.join(7, ONE, ANI),
        store.set_kind(7, "fire", ANI),
        store.set_place(7, Place(), ANI, ""),
        store.note(7, "", ANI),
        store.send(7, unit, ANI),
        store.finish(7, "", ANI),
    ):
        with pytest.raises(UnknownIncidentError, match="7"):
            await step
    assert await store.of_call(ONE) is None


async def test_a_class_opens_and_withdraws(store: IncidentStore, engine: AsyncEngine) -> None:
    """An emergency opens; what turns out to be none leaves, and takes an idle incident along."""
    classes = ClassStore(engine)
    try:
        await classes.give(ONE, Given(CallClass.GHOST, at(95), "101"))
        assert await store.open() == []
        await classes.give(ONE, Given(CallClass.EMERGENCY, at(96), "101"))
        (found,) = await store.open()
        assert (found.calls, found.opened) == ((ONE,), at(96))
        await classes.give(ONE, Given(CallClass.PRANK, at(97), "101"))
        assert await store.open() == []
        gone = await store.get(found.id)
        assert (gone.how, gone.closed) == (How.WITHDRAWN, at(97))

        await classes.give(OTHER, Given(CallClass.EMERGENCY, at(98), "101"))
        await classes.give(OTHER, Given(CallClass.INFORMATION, at(99), "101"))
        (on_the_way,) = await store.open()
        assert (on_the_way.calls, on_the_way.state) == ((), State.DISPATCHED)
    finally:
        classes.close()


async def test_who_accepts_a_call_goes_to_its_incident(
    store: IncidentStore, engine: AsyncEngine
) -> None:
    """Before the incident is opened or after; the same word twice is one."""
    words = AcceptanceStore(engine)
    try:
        await words.accept("node1", ONE, "rsud", Acceptance(at(20), "301", Way.KEY))
        number = await store.open_for(ONE, ANI)
        for moment in (130, 140):
            given = Acceptance(at(moment), "Komandan", Way.LINK)
            await words.accept("node1", ONE, "damkar", given)
    finally:
        words.close()
    found = await store.get(number)
    assert found.units == (Unit("damkar", accepted=at(130)), Unit("rsud", accepted=at(20)))
    assert (found.state, found.dispatched) == (State.DISPATCHED, at(20))


async def test_words_and_place_are_forgotten_with_the_last_of_the_calls(
    store: IncidentStore, engine: AsyncEngine
) -> None:
    """The district stays, and what was done when; while one call is kept, so is all."""
    number = await store.open_for(ONE, ANI)
    await store.join(number, THIRD, ANI)
    place = Place("64.08.04", "64.08.04.1001", "rumah Bu Sri", Position(0.5, 117.5), By.LINK)
    await store.set_place(number, place, ANI, "rumah Bu Sri")
    await store.note(number, "rumah Bu Sri terbakar", ANI)
    asked = Answer(ANI.at, ANI.who, Sop.ASK, "Di mana?", "rumah Bu Sri")
    await store.answer(number, asked)
    custody = Custody(engine)
    try:
        await custody.erase_numbers(Due("node1", at(30), "aturan", 10), at(1000))
        assert (await store.get(number)).place == place
        await custody.erase_numbers(Due("node1", at(500), "aturan", 10), at(1000))
    finally:
        custody.close()
    found = await store.get(number)
    assert found.place == Place("64.08.04")
    log = await events(store, number)
    assert ("Ani", Event.NOTE, ERASED) in log
    assert ("Ani", Event.PLACE, ERASED) in log
    assert not any("Sri" in words for *_, words in log)
    assert await store.answers(number) == [replace(asked, answer=ERASED)]


async def test_those_of_a_time_and_the_newest(store: IncidentStore) -> None:
    """By when they were opened; the end is not in it."""
    numbers = [await store.open_for(call, Said("Ani", at(100 * n))) for n, call in
               enumerate((ONE, OTHER, THIRD))]  # fmt: skip
    assert [each.id for each in await store.newest(2)] == numbers[:0:-1]
    assert [each.id for each in await store.between(at(0), at(200))] == numbers[1::-1]


SENT = Sent(ONE, at(1), Position(0.5, 117.5), 30.0, "64.08.04")


@pytest.mark.parametrize("opened", [False, True])
async def test_an_incident_is_where_the_carrier_has_the_caller(
    store: IncidentStore,
    engine: AsyncEngine,
    opened: bool,  # noqa: FBT001 (a case of the test)
) -> None:
    """Whether the position is kept before the incident is opened or after; once."""
    positions = PositionStore(engine)
    if opened:
        await store.open_for(ONE, ANI)
    await positions.keep("node1", SENT)
    await positions.keep("node1", replace(SENT, position=Position(1.0, 117.0)))
    number = await store.open_for(ONE, ANI)
    found = (await store.get(number)).place
    assert found == Place("64.08.04", position=Position(0.5, 117.5), by=By.CARRIER)
    told = ("carrier", Event.PLACE, "0.50000,117.50000 ±30 m")
    assert (await events(store, number)).count(told) == 1
    positions.close()


async def test_a_place_that_somebody_told_stays(store: IncidentStore, engine: AsyncEngine) -> None:
    """The carrier's is no better; of a place without a position it gives that."""
    positions = PositionStore(engine)
    number = await store.open_for(ONE, ANI)
    told = Place("64.08.01", text="pasar", position=Position(0.1, 117.1), by=By.OPERATOR)
    await store.set_place(number, told, ANI, "pasar")
    await positions.keep("node1", SENT)
    assert (await store.get(number)).place == told
    other = await store.open_for(OTHER, ANI)
    await store.set_place(other, Place("64.08.01", text="pasar"), ANI, "pasar")
    await positions.keep("node1", replace(SENT, call=OTHER))
    found = (await store.get(other)).place
    assert found == Place("64.08.01", None, "pasar", Position(0.5, 117.5), By.CARRIER)
    positions.close()


async def test_where_a_caller_was_is_forgotten_with_the_number(
    store: IncidentStore, engine: AsyncEngine
) -> None:
    """Nothing of it is left that a later incident could find."""
    positions = PositionStore(engine)
    await positions.keep("node1", SENT)
    custody = Custody(engine)
    await custody.erase_numbers(Due("node1", at(30), "aturan", 10), at(1000))
    number = await store.open_for(ONE, ANI)
    assert (await store.get(number)).place == Place()
    positions.close()
    custody.close()
