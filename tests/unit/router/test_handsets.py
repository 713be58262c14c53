from __future__ import annotations

import pytest

from router.handsets import HandsetBoard, HandsetState


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("NOT_INUSE", HandsetState.FREE),
        ("INUSE", HandsetState.BUSY),
        ("RINGING", HandsetState.RINGING),
        ("UNAVAILABLE", HandsetState.UNAVAILABLE),
        ("something new", HandsetState.UNKNOWN),
    ],
)
def test_device_states_are_told_in_our_words(state: str, meaning: HandsetState) -> None:
    """Each state of Asterisk has its meaning; one we do not know is unknown."""
    board = HandsetBoard(["201"])
    board.changed("PJSIP/201", state)
    assert board.states == {"201": meaning}


@pytest.mark.parametrize("device", ["PJSIP/999", "Queue:damkar", "201", "SIP/201", ""])
def test_other_devices_are_ignored(device: str) -> None:
    """Only the plan's handsets are on the board."""
    board = HandsetBoard(["201"])
    board.changed(device, "INUSE")
    assert board.states == {"201": HandsetState.UNKNOWN}


def test_nothing_is_known_while_the_listener_is_away() -> None:
    """A lost connection makes every state unknown, rather than old."""
    board = HandsetBoard(["201"])
    board.changed("PJSIP/201", "INUSE")
    board.unknown()
    assert board.states == {"201": HandsetState.UNKNOWN}


def test_a_handset_that_no_list_names_has_never_logged_in() -> None:
    """After a whole list of devices a handset it leaves out is unavailable, not unknown."""
    board = HandsetBoard(["201", "202", "501"])
    board.listed([("PJSIP/201", "NOT_INUSE"), ("PJSIP/202", "something new")])
    assert board.states == {
        "201": HandsetState.FREE,
        "202": HandsetState.UNKNOWN,
        "501": HandsetState.UNAVAILABLE,
    }
