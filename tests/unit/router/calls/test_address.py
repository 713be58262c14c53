"""The address that a call's record keeps."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.calls.address import sender
from router.calls.reducer import fold
from siaga.names import Milestone
from tests.unit.router.calls.celmaker import CALLER, Script

PATH = "2026/11/24/a.wav"


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("10.1.2.3:5060", "10.1.2.3"),
        ("[fd00::7]:5062", "fd00::7"),
        ("[FD00:0:0:0:0:0:0:7]:5062", "fd00::7"),
        ("fd00::7", None),
        ("[fd00::7]", None),
        ("[fd00::7:5060", None),
        ("]fd00::7[:5060", None),
        ("[[fd00::7]]:5060", None),
        ("[10.1.2.3]]:5060", None),
        ("fe80::1%<b>:5060", None),
        ("[fe80::1%eth0]:5060", None),
        ("10.1.2.3", None),
        ("10.1.2.3:", None),
        ("10.1.2.03:5060", None),
        ("10.1.2.300:5060", None),
        ("10.1.2.3:5060\n", None),
        ("\u0661\u0660.1.2.3:5060", None),
        ("<script>:1", None),
        ("", None),
    ],
)
def test_what_is_no_address_is_none(source: str, address: str | None) -> None:
    """An address has one form, with or without brackets; all else is nothing."""
    assert sender(CALLER, PATH, source) == address


@given(
    st.text() | st.text("0123456789abcdef.:[]", max_size=40), st.integers(0, 99_999) | st.just("")
)
def test_whatever_is_told_the_record_has_an_address_or_nothing(text: str, port: int | str) -> None:
    """Hostile text fails nothing, and never becomes the address."""
    found = sender(CALLER, PATH, f"{text}:{port}")
    assert found is None or found == str(ip_address(text.strip("[]")))


@pytest.mark.parametrize(
    ("channel", "path"),
    [
        ("PJSIP/201-00000002", PATH),
        ("PJSIP/trunk-telkom-00000002", PATH),
        ("Local/trunk-00000002", PATH),
        ("", PATH),
        (CALLER, f"test/{PATH}"),
    ],
)
def test_who_tries_112_out_came_by_no_trunk(channel: str, path: str) -> None:
    """A handset, whatever it says of itself, and a test call of our own have no address."""
    assert sender(channel, path, "10.1.2.3:5060") is None


@pytest.mark.parametrize("told", ["2026/11/24/a.wav|e0eb14a83272", "a.wav", ""])
def test_events_of_an_older_version_have_none(told: str) -> None:
    """A milestone without the address is read as ever."""
    script = Script()
    script.event("CHAN_START")
    script.milestone(Milestone.ARRIVED, told)
    assert fold(script.events, "node1").record.address is None
