"""What has overtaken somebody's change, and what is the same form once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.incidents import seen
from router.incidents.model import Entry, Event
from router.incidents.seen import Intent, Judgement, judge
from tests.unit.router.store.records import at

if TYPE_CHECKING:
    from collections.abc import Collection


def line(what: Event, who: str = "ani", text: str = "x") -> Entry:
    return Entry(at(0), who, what, text)


@pytest.mark.parametrize(
    ("what", "by", "since", "judged"),
    [
        (Event.KIND, seen.KIND, [], Judgement.FRESH),
        (Event.KIND, seen.KIND, [Event.KIND], Judgement.OVERTAKEN),
        (Event.KIND, seen.KIND, [Event.PLACE, Event.NOTE, Event.SENT], Judgement.FRESH),
        (Event.PLACE, seen.PLACE, [Event.NOTE, Event.PLACE, Event.NOTE], Judgement.OVERTAKEN),
        (Event.PLACE, seen.PLACE, [Event.JOINED], Judgement.OVERTAKEN),
        (Event.PLACE, seen.PLACE, [Event.KIND], Judgement.FRESH),
        (Event.CLOSED, seen.CLOSE, [Event.NOTE], Judgement.OVERTAKEN),
        (Event.SPLIT, seen.SPLIT, [Event.SPLIT], Judgement.OVERTAKEN),
        (Event.NOTE, frozenset(), list(Event), Judgement.FRESH),
    ],
)
def test_each_change_is_overtaken_by_its_like(
    what: Event, by: frozenset[Event], since: Collection[Event], judged: Judgement
) -> None:
    """And by what takes its ground away; by nothing else."""
    found, overtook = judge(Intent("budi", what, "y", by), [line(each) for each in since])
    assert found is judged
    assert (overtook is None) is (judged is not Judgement.OVERTAKEN)


@given(
    st.lists(st.tuples(st.sampled_from(Event), st.sampled_from("ab"), st.sampled_from("xy"))),
    st.sampled_from(Event),
)
def test_what_one_has_done_already_is_done(
    lines: list[tuple[Event, str, str]], what: Event
) -> None:
    """Whatever else has happened since, and only if it was the same person and the same words."""
    log = [line(*each) for each in lines]
    found, _ = judge(Intent("a", what, "x", seen.CLOSE), log)
    assert (found is Judgement.DONE) is ((what, "a", "x") in lines)
