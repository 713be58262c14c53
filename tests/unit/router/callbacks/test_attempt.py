"""What became of a try, from the events of the operator's call."""

from __future__ import annotations

from functools import reduce
from itertools import permutations

import pytest

from router.callbacks.attempt import RANG_S, Try, TryResult, begin, begins, step
from router.calls.events import CelEvent
from siaga.names import Milestone

CALL = "node1-9.1"


def event(kind: str, at: float, extra: str = "", *, unique: str = CALL) -> CelEvent:
    """An event so many seconds after the operator pressed the key."""
    text = f'{{"extra":"{extra}"}}' if extra else ""
    channel = "PJSIP/101-0000002a"
    at_us = int((1_000 + at) * 1_000_000)
    return CelEvent(kind, at_us, "101", "x", channel, "", "", unique, CALL, "", text)


ASKED = event(Milestone.CALLBACK_ASKED, 0)
DIALLED = event(Milestone.CALLBACK_DIALLED, 1, "7|2026/11/26/callback-x.wav")
JOINED = event("BRIDGE_ENTER", 5, unique="node1-9.2")


def left(at: float) -> list[CelEvent]:
    """The operator hangs up."""
    return [event("HANGUP", at), event("LINKEDID_END", at)]


def ended(at: float, status: str) -> CelEvent:
    """Nobody answered, and the dialplan goes on."""
    return event(Milestone.CALLBACK_ENDED, at, f"7|{status}")


def told(*events: CelEvent) -> Try:
    """The try after all of them."""
    assert begins(ASKED)
    return reduce(step, events, begin(ASKED, "node1"))


@pytest.mark.parametrize(
    ("events", "result"),
    [
        ([], None),
        ([DIALLED], None),
        (left(1), TryResult.NOT_DIALLED),
        ([DIALLED, JOINED], TryResult.ANSWERED),
        ([DIALLED, JOINED, *left(9)], TryResult.ANSWERED),
        ([DIALLED, *left(1 + RANG_S)], TryResult.NO_ANSWER),
        ([DIALLED, *left(RANG_S)], TryResult.GIVEN_UP),
        ([DIALLED, ended(46, "NOANSWER")], TryResult.NO_ANSWER),
        ([DIALLED, ended(2, "BUSY"), *left(4)], TryResult.NO_ANSWER),
        ([DIALLED, ended(2, "CONGESTION")], TryResult.UNAVAILABLE),
        ([DIALLED, ended(2, "CHANUNAVAIL"), *left(60)], TryResult.UNAVAILABLE),
    ],
)
def test_a_try_ends_in_one_of_few_ways(events: list[CelEvent], result: TryResult | None) -> None:
    """Answered, rang in vain, could not be put through, given up early, or never dialled."""
    attempt = told(*events)
    assert attempt.result is result
    assert (attempt.call, attempt.handset) == (CALL, "101")


def test_events_told_twice_change_nothing() -> None:
    """The file tells what AMI has told, in any order behind it."""
    events = [DIALLED, JOINED, *left(9)]
    once = told(*events)
    assert once.recording == "2026/11/26/callback-x.wav"
    for again in permutations([ASKED, *events]):
        assert told(*events, *again) == once


def test_a_channel_beside_the_operators_asks_for_nothing() -> None:
    """Only the call's own channel begins a try."""
    assert not begins(event(Milestone.CALLBACK_ASKED, 0, unique="node1-9.2"))
