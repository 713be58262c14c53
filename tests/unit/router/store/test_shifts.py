"""Who was at which handset: one officer a handset, one handset an officer, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.calls.record import CallRecord
from router.store.shifts import Roster, Shift, ShiftReader, ShiftStore
from tests.unit.router.store.records import at

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.engines

LONG = timedelta(hours=14)


def shift(handset: str, officer: str, began: float, hours: float = 14) -> Shift:
    return Shift(handset, officer, at(began), at(began) + timedelta(hours=hours))


async def there(engine: AsyncEngine, now: datetime) -> dict[str, str]:
    found = await ShiftReader(engine).now(now)
    return {handset: each.officer for handset, each in found.items()}


def answered(when: datetime) -> CallRecord:
    """A call that an officer answered then."""
    return CallRecord("node1-1.0", "one", "0811", when, answered=when)


async def test_an_officer_is_at_one_handset_and_a_handset_has_one_officer(
    engine: AsyncEngine,
) -> None:
    """Who logs in elsewhere leaves, and so does whoever was there."""
    store = ShiftStore(engine, "one")
    await store.log_in(shift("101", "7101", 0))
    await store.log_in(shift("102", "7102", 10))
    assert await there(engine, at(20)) == {"101": "7101", "102": "7102"}
    await store.log_in(shift("102", "7101", 30))
    assert await there(engine, at(40)) == {"102": "7101"}
    roster = await ShiftReader(engine).of([answered(at(0)), answered(at(99))])
    assert [roster.at("101", at(29)), roster.at("101", at(30))] == ["7101", None]
    assert [roster.at("102", at(29)), roster.at("102", at(30))] == ["7102", "7101"]
    store.close()


async def test_a_shift_ends_once_and_a_forgotten_one_by_itself(engine: AsyncEngine) -> None:
    """Logging out counts once; after its longest time it is over without."""
    store = ShiftStore(engine, "one")
    await store.log_in(shift("101", "7101", 0))
    assert await there(engine, at(0) + LONG - timedelta(seconds=1)) == {"101": "7101"}
    assert await there(engine, at(0) + LONG) == {}
    assert await store.log_out("101", at(60))
    assert not await store.log_out("101", at(61))
    assert not await store.log_off("7101", at(61))
    assert await there(engine, at(60)) == {}
    await store.log_in(shift("101", "7101", 100))
    assert await store.log_off("7101", at(90))
    assert await there(engine, at(110)) == {}
    store.close()


moments = st.integers(0, 40)
logins = st.lists(
    st.tuples(moments, st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(1, 20))
)


@given(logins, st.sampled_from("abc"), moments)
def test_a_roster_says_who_was_there_last(
    told: list[tuple[int, str, str, int]], handset: str, moment: int
) -> None:
    """Whatever the shifts: the newest that has begun there counts, if it goes on."""
    known = [Shift(h, o, at(b), at(b + length)) for b, h, o, length in sorted(told)]
    begun = [one for one in known if one.handset == handset and one.began <= at(moment)]
    last = begun[-1] if begun and at(moment) < begun[-1].ended else None
    assert Roster(known).at(handset, at(moment)) == (last.officer if last else None)
