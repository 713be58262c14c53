"""Which handsets have a contact: what is told, what is listed, and in which order."""

from __future__ import annotations

import pytest

from router.contacts import Contacts

HERE, THERE = "sip:201@127.0.0.1:5061", "sip:201@127.0.0.1:5062"


def contacts() -> Contacts:
    """Listening, the list not asked for yet."""
    made = Contacts(None)  # type: ignore[arg-type]
    made.heard()
    return made


def test_nobody_is_gone_of_whom_nothing_is_known() -> None:
    """Before the list, and again when the listener is away."""
    made = contacts()
    made.changed("201", HERE, "Removed")
    assert not made.is_gone("201")
    made.listed([])
    assert made.is_gone("201")
    made.unknown()
    assert not made.is_gone("201")


@pytest.mark.parametrize("status", ["Removed", "Unreachable"])
def test_who_has_lost_his_last_contact_is_gone(status: str) -> None:
    """One of two is enough to be there; any word but these says that it is there."""
    made = contacts()
    made.listed([("201", HERE, "Reachable"), ("201", THERE, "NonQualified")])
    made.changed("201", HERE, status)
    assert not made.is_gone("201")
    made.changed("201", THERE, status)
    assert made.is_gone("201")
    made.changed("201", THERE, "Updated")
    assert not made.is_gone("201")


def test_what_was_told_meanwhile_is_newer_than_the_list() -> None:
    """A handset that logged out, and one that logged in, while the list was on its way."""
    made = contacts()
    made.changed("201", HERE, "Removed")
    made.changed("301", THERE, "Created")
    made.listed([("201", HERE, "Reachable")])
    assert made.is_gone("201")
    assert not made.is_gone("301")


def test_half_an_event_changes_nothing() -> None:
    """Without an extension or an address it is nobody's."""
    made = contacts()
    made.listed([("201", HERE, "Reachable")])
    made.changed("201", "", "Removed")
    made.changed("", HERE, "Removed")
    assert not made.is_gone("201")
    assert made.is_gone("")
