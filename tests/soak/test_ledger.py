"""The soak's judgement, with one thing wrong at a time: each is seen."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.calls.record import CallRecord, Outcome, Reason, Recording, Source
from tests.soak.ledger import Entry, Talk, Verdict, judge
from tests.soak.machine import GROWTH_KIB, Sample, Watch
from tests.soak.people import SHARES, Does, Script, draw

if TYPE_CHECKING:
    from collections.abc import Iterable

BEGAN = datetime(2026, 11, 25, tzinfo=UTC)
PATH = "2026/11/25/n-1.wav"
NUMBER = "08130001"
RECORD = CallRecord(
    "n-1",
    "n",
    NUMBER,
    BEGAN,
    handset="201",
    ended=BEGAN + timedelta(seconds=9),
    outcome=Outcome.ANSWERED,
    reason=Reason.CALLER_HUNG_UP,
    recording=Recording(PATH, "0" * 64, 9000),
)


def entry(does: Does = Does.TALKS, **changes: Any) -> Entry:
    script = Script(NUMBER, does, (), 1.0, 0.0)
    made = Entry(script, up=True, seconds=4.0, heard=True, status=200, left=True)
    made.talks = [Talk("201", answered=True, seconds=2.0), Talk("202")]
    return replace(made, **changes)


def judged(
    one: Entry, *records: CallRecord, audio: Iterable[str] = (PATH,)
) -> dict[str, list[str]]:
    verdict = judge({NUMBER: one}, records, set(audio))
    named = {name: getattr(verdict, name) for name in Verdict.__slots__}
    lists = {name: found for name, found in named.items() if isinstance(found, list) and found}
    assert verdict.faults == sum(map(len, lists.values()))
    return lists


def test_a_call_that_went_well_is_no_fault() -> None:
    """Caller, handset, record and recording agree."""
    assert judged(entry(), RECORD) == {}


@pytest.mark.parametrize(
    ("one", "fault"),
    [
        (entry(up=False, left=False), "stranded"),
        (entry(gave_up=True), "stranded"),
        (entry(left=False, talks=[]), "stranded"),
        (entry(heard=False), "stranded"),
        (entry(Does.LEAVES_IN_MENU, left=False, talks=[Talk("201")]), "stranded"),
    ],
)
def test_a_caller_who_was_left_alone_is_stranded(one: Entry, fault: str) -> None:
    """Not taken, held in vain, thrown out unanswered, or without a sound."""
    (told, *_) = judged(one, RECORD)[fault]
    assert told.startswith(f"{NUMBER} ({one.script.does.name.lower()}): ")


def test_a_caller_without_room_is_not_stranded_and_the_record_says_so() -> None:
    """503 sends the call elsewhere; a record that says otherwise is wrong."""
    refused = entry(up=False, seconds=0.0, heard=False, status=503, left=False, talks=[])
    told = replace(RECORD, outcome=Outcome.REFUSED, reason=Reason.REFUSED, recording=None)
    assert judged(refused, told) == {}
    assert "wrong" in judged(refused, replace(told, outcome=Outcome.ABANDONED_MENU))


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        ((), "missing"),
        ((RECORD, replace(RECORD, id="n-2")), "doubled"),
        ((RECORD, replace(RECORD, caller="0999")), "ghosts"),
        ((replace(RECORD, ended=None, outcome=None),), "open"),
        ((replace(RECORD, outcome=Outcome.LOST),), "lost"),
        ((replace(RECORD, outcome=Outcome.ABANDONED_RINGING),), "wrong"),
        ((replace(RECORD, handset="401"),), "wrong"),
        ((replace(RECORD, reason=Reason.HANDSET_HUNG_UP),), "wrong"),
        ((replace(RECORD, recording=None),), "unrecorded"),
        ((replace(RECORD, recording=Recording(PATH)),), "unrecorded"),
    ],
)
def test_records_that_are_not_as_it_was_are_found(
    records: tuple[CallRecord, ...], fault: str
) -> None:
    """Missing, doubled, of nobody, open, lost, contradicting, or without recording."""
    assert fault in judged(entry(), *records)


def test_a_recording_that_is_not_on_the_disk_is_missing() -> None:
    """What the record says of it is not believed."""
    assert judged(entry(), RECORD, audio=()) == {"unrecorded": [NUMBER]}


def test_an_answer_that_no_handset_gave_is_found() -> None:
    """A record that says answered, while nobody's handset rang, is wrong."""
    left = entry(Does.LEAVES_IN_MENU, talks=[])
    assert "no handset has rung" in judged(left, RECORD)["wrong"][0]


def test_hanging_up_as_somebody_answers_may_be_told_either_way() -> None:
    """A talk of a moment is not judged by."""
    brief = entry(talks=[Talk("201", answered=True, seconds=0.1)])
    assert judged(brief, RECORD) == {}
    assert judged(brief, replace(RECORD, outcome=Outcome.ABANDONED_RINGING, handset=None)) == {}


def test_what_came_from_the_file_is_counted() -> None:
    """The share that was backfilled is the records' own word."""
    verdict = judge({NUMBER: entry()}, [replace(RECORD, source=Source.BACKFILL)], {PATH})
    assert (verdict.backfilled, verdict.faults) == (1, 0)


def test_callers_are_the_same_again_and_of_every_kind() -> None:
    """A seed draws the same callers; half of many are silent or gone at once, as in practice."""
    some = [draw(7, index, 4.0) for index in range(2000)]
    assert some[:50] == [draw(7, index, 4.0) for index in range(50)]
    assert some[:50] != [draw(8, index, 4.0) for index in range(50)]
    assert len({one.number for one in some}) == len(some)
    silent = list(SHARES)[:4]
    share = sum(one.does in silent for one in some) / len(some)
    assert abs(share - sum(SHARES[does] for does in silent) / 100) < 0.05
    assert {one.does for one in some} == set(SHARES)
    assert sum(SHARES.values()) == 100


def test_growth_is_that_of_the_longest_life_after_its_warm_up() -> None:
    """A process that grows steadily is seen; one that was killed begins anew, one at rest is 0."""
    watch = Watch(lambda _: 0)
    steady = [Sample(1, 50_000 + 1_000 * n, 5, os.SCHED_OTHER) for n in range(60)]
    flat = [Sample(2, 90_000 if n > 6 else 10_000 * n, 5, os.SCHED_OTHER) for n in range(40)]
    watch.samples = {"asterisk": steady, "router": [*steady[:9], *flat], "ivr": steady[:5]}
    grew = watch.growth("asterisk")
    assert grew is not None
    assert grew > GROWTH_KIB
    assert watch.growth("router") == 0
    assert watch.growth("ivr") is None
