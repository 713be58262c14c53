"""Which record of a call stands: the rule, and that the database follows it."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, select

from router.calls.record import ERASED, CallRecord, Recording, Source
from router.store.batch import Entry, write
from router.store.followup import Followed
from router.store.merge import supersede
from router.store.rows import from_row
from router.store.statements import statements
from router.store.tables import calls, metadata
from tests.unit.router.store.records import at, closed, record, records, unhurried, versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SQL = statements("sqlite")
fresh = map(str, count())


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def put(connection: Connection, *made: CallRecord) -> None:
    for each in made:
        write(connection, SQL, [Entry(each)], {}, Followed())


def row(connection: Connection, call: str) -> tuple[CallRecord, int]:
    found = connection.execute(select(calls).where(calls.c.id == call)).mappings().one()
    return from_row(found), found["change"]


@unhurried
@given(versions())
def test_the_database_follows_the_rule(connection: Connection, made: list[CallRecord]) -> None:
    """Any sequence of versions ends in the row that the rule in Python ends in."""
    call = next(fresh)
    made = [replace(each, id=call) for each in made]
    put(connection, *made)
    assert row(connection, call)[0] == reduce(supersede, made)


@unhurried
@given(versions(), st.integers(0, 7))
def test_what_was_erased_stays_erased(
    connection: Connection, made: list[CallRecord], at_version: int
) -> None:
    """Once a number is erased no later version brings it back, in the rule or in the database."""
    call = next(fresh)
    made = [replace(each, id=call, ended=at(90)) for each in made]
    made[at_version:at_version] = [replace(made[0], caller=ERASED)]
    put(connection, *made)
    stands = reduce(supersede, made)
    assert row(connection, call)[0] == stands
    assert stands.caller == ERASED


@unhurried
@given(versions(), st.integers(0, 7))
def test_replacing_before_writing_changes_nothing(made: list[CallRecord], cut: int) -> None:
    """Versions folded together in memory first give what they give one by one.

    Two things apart that depend on what lay between, and are true either way: the source of a
    record that went away and came back the same, and what an ignored version knew of a recording.
    """
    made = [replace(each, recording=None) for each in made]
    head, tail = made[:cut], made[cut:]
    if head and tail:
        folded = supersede(reduce(supersede, head), reduce(supersede, tail))
        singly = reduce(supersede, made)
        assert replace(folded, source=singly.source) == singly


@unhurried
@given(records())
def test_saying_the_same_again_is_no_change(connection: Connection, made: CallRecord) -> None:
    """A replay from the other source changes neither the row nor its number."""
    call = next(fresh)
    made = replace(made, id=call)
    put(connection, made)
    before = row(connection, call)
    put(connection, made, *(replace(made, source=source) for source in Source))
    assert row(connection, call) == before


@unhurried
@given(records(), records())
def test_the_later_of_two_open_records_stands(first: CallRecord, second: CallRecord) -> None:
    """An open call is what was said of it last, but for a recording that is known."""
    first, second = replace(first, ended=None), replace(second, recording=first.recording)
    stands = supersede(first, second)
    assert replace(stands, source=second.source) == second


def test_a_closed_call_is_not_opened_again() -> None:
    """A replay from its beginning leaves a closed record closed."""
    assert supersede(closed(), record()) == closed()


def test_a_closed_call_can_be_told_more() -> None:
    """What backfill knows better of a closed call is taken, with its source."""
    better = closed(ended=at(91), source=Source.BACKFILL)
    assert supersede(closed(), better) == better


def test_what_is_known_of_a_recording_stays_known() -> None:
    """The digest added after the end survives a replay of the call's events."""
    audited = closed(recording=Recording("a.wav", "f00", 5000))
    assert supersede(audited, closed(recording=Recording("a.wav"))) == audited
    assert supersede(audited, closed(recording=None)) == audited


def test_another_recording_brings_its_own_digest() -> None:
    """The digest of one file is never taken for that of another."""
    other = closed(recording=Recording("b.wav"))
    assert supersede(closed(recording=Recording("a.wav", "f00", 5000)), other) == other
