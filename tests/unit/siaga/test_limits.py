from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.prepare import child_environment
from siaga import limits, settings
from siaga.errors import SettingsError
from siaga.limits import Limits


@given(st.integers(20, 60_000), st.integers(1, 512))
def test_derived_limits_fit_the_ports_and_each_other(ports: int, processors: int) -> None:
    """Whatever the machine: the menu has room, ends before the refusals, and all find ports.

    So does the call that is one too many.
    """
    found = limits.derived(ports, processors)
    assert 1 <= found.soft <= found.hard
    assert found.hard * limits.PORTS_A_CALL + 2 <= ports
    assert found.hard <= limits.CALLS_A_PROCESSOR * processors
    assert found.load >= processors


def test_a_machine_with_few_ports_takes_few_calls() -> None:
    """Of ports and processors, the scarcer counts."""
    assert limits.derived(100, 8).hard == 22
    assert limits.derived(10_000, 2) == Limits(150, 200, 100)


@pytest.mark.parametrize(
    ("env", "soft", "hard"),
    [
        ({"SIAGA_MAX_CALLS": "4", "SIAGA_HARD_CALLS": "8"}, 4, 8),
        ({"SIAGA_HARD_CALLS": "8"}, 6, 8),
        ({"SIAGA_HARD_CALLS": "1"}, 1, 1),
        ({"SIAGA_MAX_CALLS": "9000", "SIAGA_RTP_END": "60000"}, 9000, 9000),
    ],
)
def test_limits_that_are_set_count(env: dict[str, str], soft: int, hard: int) -> None:
    """One that is not set follows from the other, and never contradicts it."""
    found = settings.load(env).admission
    assert (found.soft, found.hard) == (soft, hard)


def test_no_more_calls_are_taken_than_find_ports() -> None:
    """Whatever is set: beyond its ports Asterisk would say 488, so the limit comes before."""
    cores = os.cpu_count() or 1
    env = {"SIAGA_MAX_CALLS": "700", "SIAGA_HARD_CALLS": "900", "SIAGA_RTP_START": "10000"}
    assert settings.load(env | {"SIAGA_RTP_END": "10999"}).admission == Limits(225, 225, cores * 50)
    found = settings.load(env | {"SIAGA_RTP_END": "13999"}).admission
    assert (found.soft, found.hard) == (700, 900)


@pytest.mark.parametrize(
    "env",
    [
        {"SIAGA_MAX_CALLS": "0"},
        {"SIAGA_MAX_CALLS": "9", "SIAGA_HARD_CALLS": "8"},
        {"SIAGA_HARD_CALLS": "0"},
        {"SIAGA_HARD_CALLS": "many"},
        {"SIAGA_MAX_LOAD": "-1"},
        {"SIAGA_MAX_LOAD": "1000000"},
    ],
)
def test_limits_that_would_refuse_everybody_are_refused(env: dict[str, str]) -> None:
    """A limit by which no call would be taken, or that is none, is an error of usage."""
    with pytest.raises(SettingsError, match="SIAGA_"):
        settings.load(env)


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_children_have_the_same_limits(soft: int, more: int, load: int) -> None:
    """What the parts of an instance read is what it was started with."""
    wanted = Limits(soft, soft + more, load)
    spelled = {
        "SIAGA_MAX_CALLS": str(soft),
        "SIAGA_HARD_CALLS": str(soft + more),
        "SIAGA_MAX_LOAD": str(load),
        "SIAGA_RTP_END": "20000",
    }
    found = settings.load(spelled)
    assert found.admission == wanted
    assert settings.load(child_environment(found)).admission == wanted
