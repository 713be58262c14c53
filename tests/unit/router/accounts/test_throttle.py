from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router.accounts.throttle import (
    ADDRESS,
    DEVICE,
    FORGET_S,
    MAX_DELAY_S,
    PAIR,
    Key,
    Throttle,
    delay_s,
    network,
)

SARI = Key(PAIR, "sari\n10.0.0.1")


@given(st.integers(0, 10**6))
def test_each_failure_costs_at_least_as_much(failures: int) -> None:
    """The delay never becomes shorter with more failures, nor longer than its most."""
    assert 0 <= delay_s(PAIR, failures) <= delay_s(PAIR, failures + 1) <= MAX_DELAY_S


def test_the_first_failures_are_free() -> None:
    """A few slips of the finger cost nothing; the next one does."""
    throttle = Throttle()
    for number in range(PAIR.free):
        assert throttle.wait_s([SARI], number) == 0
        throttle.failed([SARI], number)
    assert throttle.wait_s([SARI], PAIR.free) == 0
    throttle.failed([SARI], 10)
    assert throttle.wait_s([SARI], 10) == 2
    assert throttle.wait_s([SARI], 12) == 0


def test_nobody_waits_for_another() -> None:
    """However often an address fails at an account, it is free from another address, or device."""
    throttle = Throttle()
    for _ in range(1000):
        throttle.failed([SARI, Key(ADDRESS, "10.0.0.1")], 0)
    assert throttle.wait_s([Key(PAIR, "sari\n10.0.0.2"), Key(ADDRESS, "10.0.0.2")], 0) == 0
    assert throttle.wait_s([Key(DEVICE, "1")], 0) == 0
    assert throttle.wait_s([Key(PAIR, "budi\n10.0.0.1"), Key(ADDRESS, "10.0.0.1")], 0) > 0


def test_failures_are_forgotten() -> None:
    """After a success at once, of what was forgiven one, and else after a while."""
    throttle = Throttle()
    for _ in range(PAIR.free + 2):
        throttle.failed([SARI], 0)
    throttle.forgiven([SARI])
    assert throttle.wait_s([SARI], 0) == 2
    throttle.failed([SARI], FORGET_S + 1)
    assert throttle.wait_s([SARI], FORGET_S + 1) == 0
    throttle.succeeded([SARI])
    assert len(throttle) == 0
    throttle.forgiven([SARI])
    assert len(throttle) == 0


@given(st.lists(st.integers(0, 40)))
def test_what_is_remembered_is_bounded(whom: list[int]) -> None:
    """Whoever comes, no more than so many are remembered, the latest of them surely."""
    throttle = Throttle(8)
    for number in whom:
        throttle.failed([Key(PAIR, str(number))], 0)
    assert len(throttle) <= 8
    if whom:
        for _ in range(PAIR.free):
            throttle.failed([Key(PAIR, str(whom[-1]))], 0)
        assert throttle.wait_s([Key(PAIR, str(whom[-1]))], 0) > 0


def test_addresses_of_one_person_are_one() -> None:
    """A /64 of IPv6 is somebody's whole; IPv4 in IPv6's form is IPv4; rubbish is itself."""
    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1") != network("10.0.0.2")
    assert network("?" * 100) == "?" * 64
