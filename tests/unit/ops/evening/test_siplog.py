from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.evening.account import Account, Rung, accounts, called_back
from ops.evening.siplog import Line, read

if TYPE_CHECKING:
    from collections.abc import Iterable

RULE = b"-----------------------------------------------"
DAY = "2026-11-27T12:00:"
NOON = 1795780800.0


def entry(second: float, way: str, message: bytes, kind: str = "UDP") -> bytes:
    """As SIPp writes it."""
    head = f" {DAY}{second:09.6f}Z\n{kind} message {way} [{len(message)}] bytes:\n\n"
    return RULE + head.encode() + message + b"\n"


def sip(start: str, call: str, cseq: str, sender: str = "081") -> bytes:
    """A message."""
    lines = (start, f'From: "W" <sip:{sender}@x>;tag=1', f"Call-ID: {call}", f"CSeq: {cseq}")
    return "\r\n".join((*lines, "Content-Length: 0", "", "")).encode()


def log(*messages: tuple[float, str, str, str, str]) -> bytes:
    """A log of second, way, start, call and CSeq."""
    return b"".join(
        entry(at, way, sip(start, call, cseq)) for at, way, start, call, cseq in messages
    )


def lines(*messages: tuple[float, str, str, str, str]) -> Iterable[Line]:
    return read(log(*messages))


INVITE, OK = "INVITE sip:112@h SIP/2.0", "SIP/2.0 200 OK"
RING = "INVITE sip:201@h SIP/2.0"
CALLED = (
    (1.0, "sent", INVITE, "a", "1 INVITE"),
    (1.001, "received", "SIP/2.0 100 Trying", "a", "1 INVITE"),
    (1.1, "received", OK, "a", "1 INVITE"),
    (1.1, "sent", "ACK sip:112@h SIP/2.0", "a", "1 ACK"),
)
RUNG = (
    (3.0, "received", RING, "r", "7 INVITE"),
    (3.1, "sent", "SIP/2.0 180 Ringing", "r", "7 INVITE"),
    (4.5, "sent", OK, "r", "7 INVITE"),
    (4.6, "sent", OK, "r", "7 INVITE"),
    (4.7, "received", "ACK sip:201@h SIP/2.0", "r", "7 ACK"),
)


def test_a_log_is_read_message_by_message() -> None:
    """With time, way, and what each answers; commands between SIPp and us are none."""
    command = entry(1.5, "received", b"Do: bye\r\nCall-ID: a\r\n", "TCP control")
    found = list(read(log(*CALLED[:2]) + command + log(CALLED[2])))
    assert [(line.at - NOON, line.sent, line.method) for line in found] == [
        (pytest.approx(1.0), True, "INVITE"),
        (pytest.approx(1.001), False, "INVITE"),
        (pytest.approx(1.1), False, "INVITE"),
    ]
    assert [line.is_request for line in found] == [True, False, False]


def test_a_message_cannot_pretend_to_be_another() -> None:
    """Its length says where it ends, whatever a caller has put into it."""
    forged = entry(9.0, "received", sip(OK, "a", "1 INVITE"))
    message = sip(INVITE, "a", "1 INVITE") + forged
    found = list(read(entry(1.0, "sent", message) + log(CALLED[2])))
    assert [line.at - NOON for line in found] == [pytest.approx(1.0), pytest.approx(1.1)]


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_are_read(before: bytes, message: bytes) -> None:
    """What is no heading is passed over; any message gives a line."""
    assert len(list(read(before + b"\n" + entry(1.0, "sent", message)))) == 1
    list(read(message))


def test_an_answered_call() -> None:
    """From the INVITE to the handset's first 200, and who ended it."""
    bye = (9.0, "sent", "BYE sip:112@h SIP/2.0", "a", "1000 BYE")
    gone = (9.1, "received", "BYE sip:201@h SIP/2.0", "r", "8 BYE")
    (found,) = accounts(lines(*CALLED, bye), lines(*RUNG, gone))
    assert found == Account(
        "081", "a", NOON + 1, 200, NOON + 1.1, NOON + 9, left=True,
        rings=(
            Rung("201", "r", NOON + 3, "W", NOON + 4.5, NOON + 9.1,
                 late=NOON + 4.5 - (NOON + 3.1), taken=NOON + 4.7 - (NOON + 4.5)),
        ),
        taken=NOON + 1.1 - (NOON + 1), ended_late=NOON + 9 - (NOON + 1.1),
    )  # fmt: skip
    assert found.wait_s == pytest.approx(3.5)
    # A 200 went after what was noted before it, and was seen by its ACK; the INVITE by its 200.
    assert found.wait_between == pytest.approx((3.5 - 1.4 - 0.1, 3.5 + 0.2))
    assert found.left_s is None
    assert found.by is found.rings[0]


def test_a_call_that_is_hung_up_on_was_not_left() -> None:
    """The BYE came."""
    bye = (9.0, "received", "BYE sip:c@h SIP/2.0", "a", "1 BYE")
    (found,) = accounts(lines(*CALLED, bye), ())
    assert (found.left, found.left_s) == (False, pytest.approx(8.0))


@pytest.mark.parametrize("status", [486, 503])
def test_a_refused_call(status: int) -> None:
    """It was never up, ended with the refusal, and was not left."""
    refusal = (1.2, "received", f"SIP/2.0 {status} No", "a", "1 INVITE")
    (found,) = accounts(lines(CALLED[0], refusal), ())
    assert (found.status, found.up, found.left) == (status, None, False)
    assert found.ended == pytest.approx(NOON + 1.2)


def test_a_cancelled_call_was_left_when_it_was_cancelled() -> None:
    """Not when the centre agreed."""
    cancel = (1.05, "sent", "CANCEL sip:112@h SIP/2.0", "a", "1 CANCEL")
    refusal = (1.2, "received", "SIP/2.0 487 Gone", "a", "1 INVITE")
    (found,) = accounts(lines(CALLED[0], cancel, refusal), ())
    assert (found.left, found.ended) == (True, pytest.approx(NOON + 1.05))


def test_a_handset_rings_for_the_call_that_was_up() -> None:
    """Two calls of one number: each has its own rings; another's number has none of them."""
    bye = (2.0, "sent", "BYE sip:112@h SIP/2.0", "a", "1000 BYE")
    again = (5.0, "sent", INVITE, "b", "1 INVITE")
    early = (1.5, "received", "INVITE sip:202@h SIP/2.0", "q", "7 INVITE")
    late = (6.0, "received", RING, "s", "7 INVITE")
    other = entry(1.6, "received", sip(RING, "o", "7 INVITE", sender="082"))
    handsets = read(log(early, (6.0, "received", RING, "s", "7 INVITE"), late) + other)
    first, second = accounts(lines(*CALLED, bye, again), handsets)
    assert [ring.extension for ring in first.rings] == ["202"]
    assert [ring.extension for ring in second.rings] == ["201"]


def test_a_ring_may_be_noted_before_its_caller() -> None:
    """Two SIPps: the caller's notes an INVITE once it is sent, which may be after the handset's."""
    bye = (2.0, "sent", "BYE sip:112@h SIP/2.0", "a", "1000 BYE")
    again = (2.9, "sent", INVITE, "b", "1 INVITE")
    handsets = lines((0.9, *RUNG[0][1:]), (2.8, "received", RING, "s", "7 INVITE"))
    first, second = accounts(lines(*CALLED, bye, again), handsets)
    assert [ring.call_id for ring in first.rings] == ["r"]
    assert [ring.call_id for ring in second.rings] == ["s"]


def test_what_is_no_call_to_112_is_none() -> None:
    """Nor what an officer dials."""
    assert accounts(lines((1.0, "sent", "INVITE sip:*7@h SIP/2.0", "d", "1 INVITE")), ()) == ()


def test_who_is_called_back_is_known_by_the_number_dialled() -> None:
    """Answered, and for how long."""
    gone = (9.1, "received", "BYE sip:201@h SIP/2.0", "r", "8 BYE")
    ((number, ring),) = called_back(lines(*RUNG, gone))
    assert (number, ring.answered, ring.ended) == (
        "201", pytest.approx(NOON + 4.5), pytest.approx(NOON + 9.1),
    )  # fmt: skip
