"""Which moments a period has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.report import Period, PeriodError, days, month
from tests.unit.router.report.histories import BEGIN, END, ZONE


def test_a_month_is_the_centre_s() -> None:
    """November in Makassar begins at 16:00 UTC of the last of October."""
    november = month("2026-11", ZONE)
    assert (november.begin, november.end) == (BEGIN, END)
    assert november.name == "2026-11"


@given(
    st.dates(date(2000, 1, 1), date(2199, 12, 1)),
    st.sampled_from(["Asia/Makassar", "America/Havana", "Europe/Berlin", "Asia/Kathmandu"]),
)
def test_months_meet(day: date, zone: str) -> None:
    """The moment after a month is the first of the next, also where clocks are changed."""
    one = month(f"{day:%Y-%m}", ZoneInfo(zone))
    following = one.last + timedelta(days=1)
    if following.year < 2200:
        assert one.end == month(f"{following:%Y-%m}", ZoneInfo(zone)).begin
    assert one.begin < one.end
    assert one == days(f"{one.first}", f"{one.last}", ZoneInfo(zone))


def test_a_day_with_a_changed_clock_is_whole() -> None:
    """The day on which Berlin's clocks are set back has 25 hours."""
    period = days("2026-10-25", "2026-10-25", ZoneInfo("Europe/Berlin"))
    assert period.end - period.begin == timedelta(hours=25)
    assert period.name == "2026-10-25_2026-10-25"
    assert period.begin == datetime(2026, 10, 24, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-11", "1999-01", "2200-01", "2026-11-01", "../x"]
)
def test_no_month(text: str) -> None:
    """What is no month is refused, with how to write one."""
    with pytest.raises(PeriodError, match="2026-11"):
        month(text, ZONE)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-11-09", "2026-11-03"),
        ("2026-11-31", "2026-12-01"),
        ("2026-11-03", "20261109"),
        ("2026-W45-1", "2026-11-09"),
        ("2025-01-01", "2026-01-02"),
    ],
)
def test_no_days(first: str, last: str) -> None:
    """Days that are none, in the wrong order, or more than a year apart are refused."""
    with pytest.raises(PeriodError):
        days(first, last, ZONE)


def test_a_year_is_a_period() -> None:
    """A whole year may be asked for, a leap year too."""
    assert days("2028-01-01", "2028-12-31", ZONE) == Period(
        date(2028, 1, 1), date(2028, 12, 31), ZONE
    )
