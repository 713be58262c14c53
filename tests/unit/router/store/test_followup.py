"""The list of whom to call back, decided from whatever is known in whatever order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, event, insert, select

from router.callbacks.numbers import subscriber
from router.callbacks.rules import UNANSWERED, How
from router.calls.record import ERASED, CallRecord, Outcome, Recording, Step
from router.store.callbacks import _close_by_hand
from router.store.followup import REMEMBERED, Followed, follow
from router.store.rows import from_us, to_row
from router.store.tables import callback_calls, callback_tasks, calls, metadata
from tests.unit.router.store.records import at, closed, unhurried

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engines

NUMBER = "081234567890"


@pytest.fixture
def database() -> Iterator[Connection]:
    """A database in memory."""
    with create_engine("sqlite://").connect() as connection:
        metadata.create_all(connection)
        yield connection


def unanswered(call: str, began: float, outcome: Outcome = Outcome.ABANDONED_MENU) -> CallRecord:
    """A call that no human answered."""
    return closed(
        call,
        caller=NUMBER,
        began=at(began),
        ended=at(began + 5),
        answered=None,
        answered_by=None,
        handset=None,
        outcome=outcome,
        steps=(Step("damkar", "queue", at(began)),) if outcome is not Outcome.REFUSED else (),
    )


def answered(call: str, began: float) -> CallRecord:
    """A call that a human answered after a second."""
    return closed(call, caller=NUMBER, began=at(began), answered=at(began + 1), ended=at(began + 9))


def open_tasks(database: Connection) -> list[tuple[str, int, str]]:
    """Number, calls and latest call of each open task."""
    table = callback_tasks.c
    query = select(table.number, table.calls, table.call_id).where(table.closed.is_(None))
    return [tuple(row) for row in database.execute(query)]


@pytest.mark.parametrize("outcome", sorted(UNANSWERED))
def test_who_left_before_a_human_answered_is_listed_once(
    database: Connection, outcome: Outcome
) -> None:
    """With all tries of the number in whatever form, and where the latest call was."""
    first, second = unanswered("1", 0, outcome), unanswered("2", 60, outcome)
    follow(database, [first])
    follow(database, [replace(second, caller="+62" + NUMBER[1:]), first])
    assert open_tasks(database) == [(NUMBER, 2, "2")]
    row = database.execute(select(*callback_tasks.columns)).one()
    assert (row.outcome, row.emergency, row.language) == (outcome, "fire", "id")
    assert row.agency == (None if outcome is Outcome.REFUSED else "damkar")


def test_test_calls_and_calls_that_are_up_are_no_concern(database: Connection) -> None:
    """Nothing is kept of them."""
    up = replace(unanswered("1", 0), ended=None, outcome=None)
    test = replace(unanswered("2", 0), recording=Recording("test/2026/03/01/a.wav"))
    gone = replace(unanswered("3", 0), caller=ERASED)
    follow(database, [up, test, gone])
    assert open_tasks(database) == []
    assert database.execute(select(callback_calls.c.call_id)).all() == []


@pytest.mark.parametrize("caller", ["", "anonymous", "112", "0812345678&PJSIP/201"])
def test_who_cannot_be_called_is_counted_and_no_task(database: Connection, caller: str) -> None:
    """Hidden and rubbish numbers are kept as calls without a number."""
    follow(database, [replace(unanswered("1", 0), caller=caller)])
    assert open_tasks(database) == []
    assert database.execute(select(callback_calls.c.number)).scalars().all() == [""]


def test_a_number_that_was_erased_does_not_come_back(database: Connection) -> None:
    """The CEL file may still have it, and tell the call again."""
    record = unanswered("1", 0)
    database.execute(insert(calls), {**to_row(replace(record, caller=ERASED)), "change": 1})
    follow(database, [record])
    assert open_tasks(database) == []


def test_getting_through_clears_the_list_and_a_later_call_opens_it_again(
    database: Connection,
) -> None:
    """Also when the calls become known in the wrong order."""
    follow(database, [unanswered("1", 0)])
    follow(database, [answered("2", 60)])
    assert open_tasks(database) == []
    row = database.execute(select(*callback_tasks.columns)).one()
    assert (row.how, row.who, from_us(row.closed)) == ("got_through", "kominfo", at(61))
    follow(database, [unanswered("3", 30)])
    assert open_tasks(database) == []
    follow(database, [unanswered("4", 120)])
    assert open_tasks(database) == [(NUMBER, 1, "4")]


def test_a_record_that_is_corrected_corrects_the_list(database: Connection) -> None:
    """A call taken for abandoned until the file told of an answer, and the other way round."""
    follow(database, [unanswered("1", 0)])
    follow(database, [answered("1", 0)])
    assert open_tasks(database) == []
    follow(database, [unanswered("1", 0)])
    assert open_tasks(database) == [(NUMBER, 1, "1")]


def test_what_was_followed_is_no_news_until_it_says_something_else() -> None:
    """A record comes again when the file has told it and when its recording is filed."""
    followed = Followed()
    first = unanswered("1", 0)
    up = replace(first, ended=None, outcome=None)
    assert followed.news([first, up]) == [first]
    assert followed.news([first]) == [first]  # it was not committed
    followed.done([first])
    assert followed.news([replace(first, recording=Recording("a.wav", "0" * 64, 1))]) == []
    assert followed.news([replace(first, node="other")]) == [replace(first, node="other")]
    assert followed.news([replace(first, caller="0811")]) == [replace(first, caller="0811")]
    assert followed.news([answered("1", 0)]) == [answered("1", 0)]
    followed.done([answered("1", 0)])
    assert followed.news([first, answered("1", 0)]) == [first]


def test_what_was_followed_is_forgotten_when_it_is_old() -> None:
    """The oldest first; to follow it again changes nothing."""
    followed = Followed()
    records = [unanswered(str(number), number) for number in range(REMEMBERED + 1)]
    followed.done(records[:-1])
    followed.done([records[0], records[-1]])
    assert followed.news(records) == [records[1]]


@pytest.mark.parametrize("count", [2, 50])
def test_many_records_take_no_more_statements_than_few(database: Connection, count: int) -> None:
    """A commit holds up all that come after it."""
    told = []
    event.listen(database, "before_cursor_execute", lambda *given: told.append(given[2]))
    follow(
        database,
        [
            replace(answered(str(number), number), caller=f"0812000{number:04d}")
            for number in range(count)
        ],
    )
    assert len(told) == 3


@dataclass(frozen=True)
class Closing:
    """Somebody closes the open task of a number, if there is one."""

    caller: str


_numbers = st.sampled_from([f"08120000000{last}" for last in range(3)])
_forms = st.tuples(_numbers, st.sampled_from(["0", "62", "+62"]))


@st.composite
def histories(draw: st.DrawFn) -> list[CallRecord | Closing]:
    """Calls of three numbers, told in any order and some twice, with closings by hand between."""
    made: list[CallRecord | Closing] = []
    for index in range(draw(st.integers(1, 8))):
        number, form = draw(_forms)
        base = draw(st.sampled_from([unanswered, answered]))(str(index), draw(st.integers(0, 50)))
        made.append(replace(base, caller=form + number[1:]))
    told = draw(st.permutations([*made, *draw(st.lists(st.sampled_from(made), max_size=3))]))
    closings = draw(st.lists(st.builds(Closing, _numbers), max_size=2))
    for closing in closings:
        told.insert(draw(st.integers(0, len(told))), closing)
    return told


@pytest.mark.sqlite
@unhurried
@given(histories())
def test_whoever_waits_has_one_task_and_nobody_else_has(
    history: list[CallRecord | Closing],
) -> None:
    """At each moment: exactly one open task of a number that nothing has settled since it waits."""
    with create_engine("sqlite://").connect() as database:
        metadata.create_all(database)
        waiting, through = defaultdict[str, set[datetime]](set), dict[str, datetime]()
        by_hand = dict[str, datetime]()
        for item in history:
            number = subscriber(item.caller)
            assert number is not None
            if isinstance(item, Closing):
                _close_if_open(database, number, by_hand)
            else:
                follow(database, [item])
                if item.answered is None:
                    waiting[number].add(item.began)
                else:
                    through[number] = max(item.answered, through.get(number, item.answered))
            expected = {
                each
                for each, begins in waiting.items()
                if any(_after(begin, through.get(each), by_hand.get(each)) for begin in begins)
            }
            found = [row[0] for row in open_tasks(database)]
            assert sorted(found) == sorted(expected)


def _after(begin: datetime, *ends: datetime | None) -> bool:
    return all(end is None or begin > end for end in ends)


def _close_if_open(database: Connection, number: str, by_hand: dict[str, datetime]) -> None:
    table = callback_tasks.c
    query = select(table.id, table.last).where(table.number == number, table.closed.is_(None))
    task = database.execute(query).one_or_none()
    if task is not None:
        _close_by_hand(task.id, "Budi", "uji", at(1000), database)
        by_hand[number] = from_us(task.last)


def test_closings_by_hand_say_who_and_why(database: Connection) -> None:
    """And a call that is told late, from before the closing, opens nothing."""
    follow(database, [unanswered("1", 50)])
    _close_by_hand(1, "Budi", "salah sambung", at(100), database)
    follow(database, [unanswered("2", 10)])
    row = database.execute(select(*callback_tasks.columns)).one()
    assert (row.how, row.who, row.why) == (How.BY_HAND, "Budi", "salah sambung")
    assert from_us(row.closed) - at(0) == timedelta(seconds=100)
