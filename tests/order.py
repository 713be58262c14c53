"""In which order the whole suite runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

LONG: Final = (
    "tests/soak/test_soak.py",
    "tests/fuzz/test_paths.py",
    "tests/live/test_evening.py",
    "tests/live/test_apply_load.py",
    "tests/live/test_edge.py",
    "tests/live/test_silence.py",
    "tests/live/test_callbacks.py",
    "tests/live/test_messages.py",
    "tests/live/test_noise.py",
    "tests/live/menu/test_dtmf_each.py",
    "tests/live/menu/test_submenu.py",
    "tests/live/faults/test_trunk.py",
    "tests/live/test_carrier_position.py",
    "tests/live/test_live_state.py",
    "tests/live/test_apply.py",
    "tests/live/test_calls_overload.py",
    "tests/live/test_restart.py",
)
"""What keeps one worker for long, the longest first: tests of minutes, and groups."""


def turn(item: pytest.Item) -> int:
    """What a test is sorted by: what is not named keeps its place, after all that is."""
    file = item.nodeid.partition("::")[0]
    return LONG.index(file) if file in LONG else len(LONG)
