"""What is typed about a call: saved as it is typed, each one's own, and forgotten in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from router.store import CallWriter
from router.store.custody import Custody, Due
from router.store.errors import UnknownCallError
from router.store.notes import Note, NoteOvertakenError, NoteStore
from tests.unit.router.store.records import at, closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.engines

NODE, ONE, OTHER = "node1", "node1-1.1", "node1-2.2"
ANI = Note(ONE, 1, "Ani", "asap", 0, at(1))
BUDI = Note(ONE, 2, "Budi", "dua\0 orang", 0, at(2))


@pytest.fixture
async def store(engine: AsyncEngine) -> AsyncIterator[NoteStore]:
    """Notes, of two calls that are there."""
    writer = CallWriter(engine)
    writer.start()
    for call, began in ((ONE, 0), (OTHER, 100)):
        writer.put(closed(call, began=at(began)))
    assert await writer.close()
    made = NoteStore(engine)
    yield made
    made.close()


async def test_each_has_a_text_of_their_own_that_grows(store: NoteStore) -> None:
    """Nobody overwrites another's; what the database cannot keep is replaced, the empty hidden."""
    first = await store.keep(NODE, ANI)
    assert first.version == 1
    assert (await store.keep(NODE, BUDI)).text == "dua\ufffd orang"
    second = await store.keep(NODE, replace(ANI, text="asap tebal", version=1, at=at(3)))
    assert second.version == 2
    assert [note.text for note in await store.of(NODE, ONE)] == ["dua\ufffd orang", "asap tebal"]
    await store.keep(NODE, replace(ANI, text="", version=2))
    assert [note.who for note in await store.of(NODE, ONE)] == ["Budi"]
    assert await store.of(NODE, OTHER) == []


async def test_an_older_window_is_told_and_changes_nothing(store: NoteStore) -> None:
    """What is kept by now is in what is raised; the same text again is no other."""
    await store.keep(NODE, ANI)
    kept = await store.keep(NODE, replace(ANI, text="asap tebal", version=1))
    assert await store.keep(NODE, replace(ANI, text="asap tebal", version=1)) == kept
    with pytest.raises(NoteOvertakenError) as told:
        await store.keep(NODE, replace(ANI, text="api", version=1))
    assert told.value.kept == kept
    with pytest.raises(NoteOvertakenError):
        await store.keep(NODE, replace(ANI, text="api"))
    assert [note.text for note in await store.of(NODE, ONE)] == ["asap tebal"]


async def test_two_windows_that_begin_at_once(store: NoteStore) -> None:
    """One is first, the other is told."""
    texts = [replace(ANI, text=f"teks {number}") for number in range(2)]
    done = await asyncio.gather(*(store.keep(NODE, each) for each in texts), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Note", "NoteOvertakenError"]


async def test_a_call_that_is_not_there(store: NoteStore) -> None:
    """Nothing is kept about it."""
    with pytest.raises(UnknownCallError):
        await store.keep(NODE, replace(ANI, call="node1-9.9"))


async def test_they_are_forgotten_with_the_number(store: NoteStore, engine: AsyncEngine) -> None:
    """When a call's number is erased so is what was typed about it; of others all stays."""
    await store.keep(NODE, ANI)
    await store.keep(NODE, replace(BUDI, call=OTHER))
    custody = Custody(engine)
    await custody.erase_numbers(Due(NODE, at(50), "aturan", 10), at(1000))
    custody.close()
    assert await store.of(NODE, ONE) == []
    with pytest.raises(UnknownCallError):
        await store.keep(NODE, ANI)
    assert len(await store.of(NODE, OTHER)) == 1
