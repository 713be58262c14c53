"""The numbers add up, whatever happened."""

from __future__ import annotations

import zlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.calls.record import CallRecord, Outcome
from router.report import FIELDS, Beside, By, Counts, FinalClass, Goal, Mark, Tally, row
from router.report.breakdowns import KEYS
from router.report.call import LIMITS_S, facts
from router.report.repeats import Repeats
from router.report.sums import packed, unpacked
from router.report.tally import KEYS_MAX, OTHERS
from siaga.keys import CallClass
from tests.unit.router.report.histories import BEGIN, DISTRICTS, ZONE, histories, likely, planned
from tests.unit.router.store.records import unhurried


def added(calls: list[CallRecord]) -> Tally:
    """All calls of a month, counted as the reader counts them."""
    return counted([(call, repeat) for call, repeat in judged(calls) if not call.is_test])


def judged(calls: list[CallRecord]) -> list[tuple[CallRecord, bool]]:
    repeats = Repeats()
    return [(call, not call.is_test and repeats.see(call)) for call in calls]


def counted(calls: list[tuple[CallRecord, bool]]) -> Tally:
    tally = Tally()
    for call, repeat in calls:
        tally.add(facts(call, ZONE, beside(call, repeat=repeat)))
    return tally


def beside(call: CallRecord, *, repeat: bool) -> Beside:
    """What is known of a call besides: of every fourth that it tells of no incident."""
    incident = (*DISTRICTS, None)[int(call.id or 0) % 4]
    officer = ("7101", "7102", None)[int(call.id or 0) % 3]
    return Beside(planned(call), incident, repeat, given_to(call), officer)


def given_to(call: CallRecord) -> CallClass | None:
    """What an officer said of a call: of every sixth nothing."""
    return dict(enumerate(CallClass)).get(int(call.id or 0) % 6)


def by_hand(call: CallRecord) -> str:
    """The class of a call, told apart once more and otherwise."""
    return "open" if call.ended is None else str(call.outcome or "open")


def test_what_was_cut_short_is_an_error() -> None:
    """Bytes that are not all there tell no smaller figure."""
    whole = packed({"head": 1}, bytes(range(256)) * 40)
    assert unpacked(whole)[1] == bytes(range(256)) * 40
    assert unpacked(whole, lambda _head: 300) == ({"head": 1}, (bytes(range(256)) * 2)[:300])
    assert unpacked(whole, lambda _head: 0) == ({"head": 1}, b"")
    with pytest.raises(zlib.error):
        unpacked(whole[:-1])


@unhurried
@given(histories())
def test_each_call_has_one_class_and_one_key(calls: list[CallRecord]) -> None:
    """The classes, and each breakdown, are the calls: none is missing and none is twice."""
    tally = added(calls)
    real = [call for call in calls if not call.is_test]
    assert tally.total.calls == len(real)
    for final in FinalClass:
        assert tally.total.classes[final] == sum(by_hand(call) == final for call in real)
    figures = row(tally.total)
    for said in (*CallClass, None):
        figure = figures[f"class_{said or 'none'}"]
        assert figure == sum(given_to(call) == said for call in real)
    for by in By:
        whole = Counts()
        for _, counts in tally.groups(by):
            assert counts.calls > 0
            whole.merge(counts)
        assert whole == tally.total
    assert set(KEYS) == set(By)


@unhurried
@given(histories())
def test_shares_are_shares(calls: list[CallRecord]) -> None:
    """No part is more than its whole, and who talked within ten seconds did within fifteen."""
    tally = added(calls)
    for counts in (tally.total, *(group for by in By for _, group in tally.groups(by))):
        talked = [counts.within[limit] for limit in LIMITS_S]
        assert talked == sorted(talked)
        assert talked[-1] <= counts.talked <= counts.calls
        for limit in LIMITS_S:
            assert counts.within[limit] <= counts.due(limit) <= counts.calls
            assert counts.left_before[limit] <= counts.abandoned
        figures = row(counts)
        assert tuple(figures) == FIELDS
        for name, value in figures.items():
            if value is not None:
                assert value >= 0
            if name.startswith("share_"):
                assert value is None or value <= 100
        waits = [figures[f"wait_p{each}_s"] for each in (50, 90, 95)]
        assert (None in waits) == (counts.talked == 0)
        assert None in waits or waits == sorted(waits)  # type: ignore[type-var]
        for mark in Mark:
            assert counts.marks[mark] <= counts.calls


@unhurried
@given(histories(), st.integers(0, 30 * 24 * 60))
def test_two_parts_of_a_period_are_the_whole(calls: list[CallRecord], minute: int) -> None:
    """However a month is parted, the sums of the parts are the month."""
    judgements = [(call, repeat) for call, repeat in judged(calls) if not call.is_test]
    cut = calls[0].began + timedelta(minutes=minute) if calls else None
    before = counted([one for one in judgements if cut is not None and one[0].began < cut])
    after = counted([one for one in judgements if cut is not None and one[0].began >= cut])
    before.merge(after)
    assert before == added(calls)


@unhurried
@given(st.lists(likely(), max_size=40))
def test_who_talked_is_answered_transferred_or_still_talks(calls: list[CallRecord]) -> None:
    """Of calls whose records fit together: the classes say who talked, left and was never heard."""
    tally = counted([(call, False) for call in calls])
    total = tally.total
    talking = sum(call.outcome is None and call.answered is not None for call in calls)
    closed = total.classes[FinalClass.ANSWERED] + total.classes[FinalClass.TRANSFERRED]
    assert total.talked == closed + talking
    assert total.waiting == total.classes[FinalClass.OPEN] - talking
    for limit in LIMITS_S:
        by_hand = [
            call
            for call in calls
            if not _left_before(call, limit) and (call.outcome or call.answered)
        ]
        assert total.due(limit) == len(by_hand)
        within = [call for call in calls if call.wait_ms is not None]
        assert total.within[limit] == sum((call.wait_ms or 0) <= limit * 1000 for call in within)
    for goal in (Goal(90, 15), Goal(95, 20)):
        assert (goal.met(total) is None) == (total.due(goal.seconds) == 0)


def _left_before(call: CallRecord, limit: int) -> bool:
    gone = call.outcome in (Outcome.ABANDONED_MENU, Outcome.ABANDONED_RINGING)
    return gone and call.ended is not None and call.ended - call.began < timedelta(seconds=limit)


def test_hostile_names_do_not_fill_the_memory() -> None:
    """However many names of emergencies there are, the groups are few, and still add up."""
    tally = Tally()
    calls = [
        CallRecord(id=str(number), node="n", caller="", began=BEGIN, emergency=f"{number}" * 30)
        for number in range(KEYS_MAX + 100)
    ]
    for call in calls:
        tally.add(facts(call, ZONE))
    groups = dict(tally.groups(By.EMERGENCY))
    assert len(groups) == KEYS_MAX + 1
    assert groups[OTHERS].calls == 100
    assert sum(counts.calls for counts in groups.values()) == len(calls)
    assert max(map(len, groups)) <= 64
