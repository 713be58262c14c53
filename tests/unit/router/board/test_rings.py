"""Which call a handset rings for, by the channels that are made for it."""

from __future__ import annotations

from router.board.rings import ELSEWHERE_S, MOST, Rings
from router.calls.events import CelEvent
from siaga.names import Milestone


def event(kind: str, channel: str, linked: str = "n-1", unique: str = "n-2") -> CelEvent:
    return CelEvent(kind, 0, "", "", channel, "", "", unique, linked, "", "")


def test_a_handset_rings_for_the_call_of_its_channel() -> None:
    """From the channel's start until it answers or ends; who calls themselves does not ring."""
    rings = Rings()
    rings.take(event("CHAN_START", "PJSIP/201-0000001a"))
    rings.take(event("CHAN_START", "PJSIP/202-0000001b", "n-9"))
    rings.take(event("CHAN_START", "PJSIP/101-0000001c", "n-5", "n-5"))
    rings.take(event("CHAN_START", "Local/201@x-0000001d;1"))
    assert rings.calls == {"201": "n-1", "202": "n-9"}
    rings.take(event("ANSWER", "PJSIP/201-0000001a"))
    rings.take(event("HANGUP", "PJSIP/202-0000001b"))
    assert rings.calls == {}


def test_channels_whose_end_is_never_told_are_forgotten() -> None:
    """The oldest goes first."""
    rings = Rings()
    for number in range(MOST + 5):
        rings.take(event("CHAN_START", f"PJSIP/{number}-0000001a", f"n-{number}"))
    assert len(rings.calls) == MOST
    assert "4" not in rings.calls


def test_a_handset_of_another_node_is_known_for_as_long_as_a_queue_tries_it() -> None:
    """Each refusal of the edge counts anew."""
    now = 100.0
    rings = Rings(clock=lambda: now)
    for channel in ("PJSIP/201-0000001a", "PJSIP/201-0000001b"):
        rings.take(event("CHAN_START", channel))
        rings.take(event(Milestone.ELSEWHERE, channel))
        rings.take(event("HANGUP", channel))
        assert (rings.elsewhere, rings.calls) == (frozenset({"201"}), {})
        now += ELSEWHERE_S / 2
    assert rings.elsewhere == {"201"}
    now += ELSEWHERE_S
    assert rings.elsewhere == frozenset()
