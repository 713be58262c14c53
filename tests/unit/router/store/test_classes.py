"""What officers say that a call was: the last word counts, and the earlier ones are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from router.store import CallReader, CallWriter, ClassReader, ClassStore
from router.store.classes import Given
from router.store.errors import UnknownCallError
from router.store.tables import call_classes
from siaga.keys import CallClass
from tests.unit.router.store.records import at, closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.engines

ONE, OTHER, LATER = "node1-1.1", "node1-2.2", "node1-3.3"


@pytest.fixture
async def store(engine: AsyncEngine) -> AsyncIterator[ClassStore]:
    """Classes, of three calls that are there."""
    writer = CallWriter(engine)
    writer.start()
    for call, began in ((ONE, 0), (OTHER, 100), (LATER, 200)):
        writer.put(closed(call, began=at(began)))
    assert await writer.close()
    made = ClassStore(engine)
    yield made
    made.close()


async def test_the_last_word_counts_and_all_are_kept(
    store: ClassStore, engine: AsyncEngine, reader: CallReader
) -> None:
    """To say the same again is no other word; somebody else's is."""
    said = [
        Given(CallClass.PRANK, at(1), "101"),
        Given(CallClass.PRANK, at(2), "101"),
        Given(CallClass.EMERGENCY, at(3), "101"),
        Given(CallClass.EMERGENCY, at(4), "Ani"),
    ]
    for given in said:
        await store.give(ONE, given)
    await store.give(OTHER, Given(CallClass.GHOST, at(5), "102"))
    classes = ClassReader(engine)
    assert await classes.history(ONE) == [said[0], said[2], said[3]]
    expected = {ONE: CallClass.EMERGENCY, OTHER: CallClass.GHOST}
    assert await classes.of(await reader.calls(10)) == expected
    assert await classes.of([]) == {}


async def test_those_of_a_period_are_of_calls_that_began_in_it(
    store: ClassStore, engine: AsyncEngine
) -> None:
    """However late the word was said; its end is not in it."""
    for call in (ONE, OTHER, LATER):
        await store.give(call, Given(CallClass.TEST, at(900), "101"))
    found = await ClassReader(engine).between(at(100), at(200))
    assert found == {OTHER: CallClass.TEST}


async def test_an_unknown_call_is_refused(store: ClassStore, engine: AsyncEngine) -> None:
    """Nothing is kept of it."""
    with pytest.raises(UnknownCallError, match="node1-9"):
        await store.give("node1-9.9", Given(CallClass.PRANK, at(1), "101"))
    assert await ClassReader(engine).history("node1-9.9") == []


async def test_a_class_of_a_later_version_is_passed_over(
    store: ClassStore, engine: AsyncEngine
) -> None:
    """What this program does not know is no class to it."""
    await store.give(ONE, Given(CallClass.PRANK, at(1), "101"))
    row = {"node": "node1", "call_id": ONE, "at": 2, "kind": "novel", "who": "101"}
    async with engine.begin() as connection:
        await connection.execute(insert(call_classes), row)
    classes = ClassReader(engine)
    assert [given.kind for given in await classes.history(ONE)] == [CallClass.PRANK]
    assert await classes.between(at(0), at(1)) == {ONE: CallClass.PRANK}
