"""What is read out of SIPp's own logs."""

from __future__ import annotations

import pytest

from tests.soak.people import Does
from tests.soak.sipp import entries_of


def _line(at: float, way: str, call: str, cseq: str, first: str) -> str:
    return f"2026-11-26\t07:06:05.288935\t{at:.6f}\t{way}\t{call}@127.0.0.1\tCSeq:{cseq}\t{first}"


INVITE = "INVITE sip:112@127.0.0.1:5060 SIP/2.0"
BYE = "BYE sip:127.0.0.1:5060 SIP/2.0"
OK = "SIP/2.0 200 OK"


def test_a_call_that_its_caller_ended() -> None:
    """Up from the answer to the BYE, whatever was sent twice."""
    lines = [
        _line(10.0, "S", "08151", "1 INVITE", INVITE),
        _line(10.5, "S", "08151", "1 INVITE", INVITE),
        _line(10.6, "R", "08151", "1 INVITE", "SIP/2.0 100 Trying"),
        _line(11.0, "R", "08151", "1 INVITE", OK),
        _line(11.1, "S", "08151", "1 ACK", "ACK sip:x SIP/2.0"),
        _line(12.0, "S", "08151", "2 INFO", "INFO sip:x SIP/2.0"),
        _line(12.1, "R", "08151", "2 INFO", OK),
        _line(14.5, "S", "08151", "3 BYE", BYE),
        _line(14.6, "R", "08151", "3 BYE", OK),
    ]
    entry = entries_of(lines, ["08151 TALKS"])["08151"]
    assert (entry.script.does, entry.script.number) == (Does.TALKS, "08151")
    assert (entry.up, entry.seconds, entry.left, entry.status) == (True, 3.5, True, 200)
    assert entry.heard is None


def test_a_call_that_the_far_end_ended() -> None:
    """Nobody has left who was hung up on."""
    lines = [
        _line(1.0, "S", "08152", "1 INVITE", INVITE),
        _line(1.5, "R", "08152", "1 INVITE", OK),
        _line(4.5, "R", "08152", "9 BYE", BYE),
    ]
    entry = entries_of(lines, ["08152 SAYS_NOTHING"])["08152"]
    assert (entry.up, entry.seconds, entry.left) == (True, 3.0, False)


def test_a_call_that_was_refused() -> None:
    """It was never up, and the status is known; nor was one that nobody answered at all."""
    lines = [
        _line(1.0, "S", "08153", "1 INVITE", INVITE),
        _line(1.1, "R", "08153", "1 INVITE", "SIP/2.0 503 Service Unavailable"),
        _line(2.0, "S", "08154", "1 INVITE", INVITE),
    ]
    entries = entries_of(lines, [])
    assert {number: (e.up, e.status, e.left) for number, e in entries.items()} == {
        "08153": (False, 503, False),
        "08154": (False, 0, False),
    }


def test_what_sipp_does_not_write_is_no_log() -> None:
    """A log that is cut is not judged by."""
    with pytest.raises(ValueError, match="values to unpack"):
        entries_of(["2026-11-26\t07:06"], [])
