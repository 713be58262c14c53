from __future__ import annotations

import random

import pytest

from router.alarms.silence import HISTORY, MAX_TRUNKS, WINDOW, Silence, jumped, wilson


def shares(before: float, after: float, chance: random.Random) -> tuple[list[bool], list[bool]]:
    old = [chance.random() < before for _ in range(400)]
    new = [chance.random() < after for _ in range(WINDOW)]
    return old, new


@pytest.mark.parametrize("usual", [0.2, 0.5, 0.6])
def test_keys_that_are_lost_are_seen(usual: float) -> None:
    """When every caller of a trunk is silent all at once, it is an alarm, whatever is usual."""
    chance = random.Random(112)  # noqa: S311 (no secret)
    for _ in range(200):
        assert jumped(*shares(usual, 1.0, chance))


@pytest.mark.parametrize("usual", [0.0, 0.2, 0.5, 0.7, 0.9])
def test_chance_is_no_alarm(usual: float) -> None:
    """With nothing changed, no alarm comes in 2000 windows of calls, whatever is usual."""
    chance = random.Random(112)  # noqa: S311 (no secret)
    assert not any(jumped(*shares(usual, usual, chance)) for _ in range(2000))


def test_a_new_trunk_is_judged_by_what_is_usual_elsewhere() -> None:
    """A trunk on which nobody ever pressed a key is an alarm as soon as there are calls enough."""
    assert not jumped([], [True] * (WINDOW - 1))
    assert jumped([], [True] * WINDOW)
    assert not jumped([], [True, False] * (WINDOW // 2))


def test_trunks_are_judged_apart() -> None:
    """Lost keys on one trunk are not hidden by the calls of another, nor blamed on it."""
    silence = Silence()
    for _ in range(300):
        silence.menu("telkom", silent=False)
        silence.menu("indosat", silent=False)
    for _ in range(WINDOW):
        silence.menu("telkom", silent=False)
        silence.menu("indosat", silent=True)
    assert set(silence.found()) == {"indosat"}


def test_it_is_over_when_keys_come_again() -> None:
    """Once callers' keys arrive again, the alarm's cause is gone within a window."""
    silence = Silence()
    for silent in [False] * 300 + [True] * WINDOW:
        silence.menu("a", silent=silent)
    assert silence.found()
    for _ in range(WINDOW):
        silence.menu("a", silent=False)
    assert not silence.found()


def test_what_is_usual_outlives_a_restart() -> None:
    """What was kept and restored judges as before."""
    silence = Silence()
    for silent in [True, False, False] * 50 + [True] * WINDOW:
        silence.menu("a", silent=silent)
    other = Silence()
    other.restore(silence.kept())
    assert other.found() == silence.found() != {}


def test_memory_is_bounded() -> None:
    """Neither calls nor trunks are kept without end."""
    silence = Silence()
    for _ in range(3 * HISTORY):
        silence.menu("a", silent=True)
    for number in range(2 * MAX_TRUNKS):
        silence.menu(str(number), silent=True)
    assert len(silence.kept()["a"]) == HISTORY + WINDOW
    assert len(silence.menus) == MAX_TRUNKS


def test_wilson_agrees_with_the_book() -> None:
    """Wilson's 95 % interval of 1 in 10 is 0.018 to 0.404 (Newcombe 1998, table I, method 3)."""
    assert wilson(1, 10, -1.96) == pytest.approx(0.0179, abs=5e-4)
    assert wilson(1, 10, 1.96) == pytest.approx(0.4042, abs=5e-4)
