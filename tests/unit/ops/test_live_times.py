"""Ends of overrides as people write them."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.live.times import end
from router.live import TermsError

NOW = datetime(2026, 11, 24, 10, 0, 30, tzinfo=UTC)
"""18:00:30 at the centre."""
ZONE = ZoneInfo("Asia/Makassar")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1h30m", timedelta(minutes=90)),
        ("3d", timedelta(days=3)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        (" 90s ", timedelta(seconds=90)),
    ],
)
def test_a_length_counts_from_now(text: str, length: timedelta) -> None:
    """The units go together in their order."""
    assert end(text, None, NOW, ZONE) == NOW + length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:01", "2026-11-24T18:01+08:00"),
        ("18:00", "2026-11-25T18:00+08:00"),
        ("7.30", "2026-11-25T07:30+08:00"),
        ("2026-12-25 07:30", "2026-12-25T07:30+08:00"),
        ("2020-01-01 00:00", "2020-01-01T00:00+08:00"),
    ],
)
def test_a_moment_is_the_centres_and_a_clock_time_the_next(text: str, expected: str) -> None:
    """A time of day that has passed today is tomorrow's."""
    assert end(None, text, NOW, ZONE) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "text", ["", " ", "2", "2 h", "h", "-2h", "2h1d", "1.5h", "٣m", "1000h1", "forever", "\x1b[2J"]
)
def test_other_lengths_are_refused(text: str) -> None:
    """What is no length is told with examples of one."""
    with pytest.raises(TermsError, match="1h30m") as caught:
        end(text, None, NOW, ZONE)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "25:00", "12:60", "tomorrow", "2026-02-30 10:00", "\x1b[2J"])
def test_other_moments_are_refused(text: str) -> None:
    """What is no moment is told with examples of one."""
    with pytest.raises(TermsError, match="2026-12-25 07:30") as caught:
        end(None, text, NOW, ZONE)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(("for_", "until"), [(None, None), ("2h", "18:30")])
def test_one_of_both_is_needed(for_: str | None, until: str | None) -> None:
    """Neither, or both, is no end."""
    with pytest.raises(TermsError, match="--for 2h"):
        end(for_, until, NOW, ZONE)


@given(st.text() | st.none(), st.text() | st.none())
def test_whatever_is_written_is_an_end_or_refused(for_: str | None, until: str | None) -> None:
    """No text leads to anything but an aware moment or the error that explains."""
    with contextlib.suppress(TermsError):
        assert end(for_, until, NOW, ZONE).tzinfo is not None
