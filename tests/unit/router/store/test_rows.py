"""Records as rows: exact, whatever is in them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.calls.record import CallRecord, Recording, Step
from router.store.rows import from_row, from_us, to_row, to_us
from router.store.text import CALLER_LIMIT, storable
from tests.unit.router.store.records import BEGAN, closed, record, records, times, unhurried


@unhurried
@given(records())
def test_a_record_comes_back_as_it_was(made: CallRecord) -> None:
    """Every field of every record survives the way through a row."""
    assert from_row(to_row(made)) == made


def test_legs_of_an_older_program_were_accepted_by_nobody() -> None:
    """It kept no time of that; all else of the leg is there."""
    made = closed()
    row = to_row(made)
    legs = [{key: leg[key] for key in leg if key != "accepted"} for leg in json.loads(row["legs"])]
    assert from_row({**row, "legs": json.dumps(legs)}) == made


@unhurried
@given(times, st.integers(-14 * 60, 14 * 60))
def test_times_are_exact_whatever_their_zone(time: datetime, minutes: int) -> None:
    """A time given in any offset comes back as the same moment, to the microsecond."""
    abroad = time.astimezone(timezone(timedelta(minutes=minutes)))
    assert from_us(to_us(abroad)) == time


def test_a_time_without_zone_is_refused() -> None:
    """A naive time cannot be written: nobody could say which moment it is."""
    with pytest.raises(TypeError):
        to_row(record(began=BEGAN.replace(tzinfo=None)))


@unhurried
@given(st.text(st.characters(), max_size=600))
def test_stored_text_can_be_kept_by_every_database(text: str) -> None:
    """What is left has no NUL, is encodable and is not longer; fit text is not touched."""
    kept = storable(text)
    assert "\0" not in kept
    assert len(kept) <= len(text)
    kept.encode()
    if "\0" not in text and len(text) <= 512 and not any("\ud800" <= c <= "\udfff" for c in text):
        assert kept == text


@pytest.mark.parametrize("bad", ["\0", chr(0xD800), chr(0xDFFF)])
def test_no_field_lets_unfit_text_through(bad: str) -> None:
    """NUL and lone surrogates are replaced in whatever field of a record they come."""
    hostile = replace(
        closed(),
        id=bad,
        node=bad,
        caller=bad,
        language=bad,
        emergency=bad,
        choice=bad,
        plan_version=bad,
        answered_by=bad,
        handset=bad,
        steps=(Step(bad, bad, BEGAN),),
        recording=Recording(bad, bad),
        address=bad,
    )
    row = to_row(hostile)
    assert bad not in "".join(value for value in row.values() if isinstance(value, str))
    assert from_row(row).steps == (Step("\ufffd", "\ufffd", BEGAN),)


def test_a_long_number_is_cut() -> None:
    """Of 4 KB sent as a number, the limit is kept."""
    assert to_row(record(caller="9" * 4096))["caller"] == "9" * CALLER_LIMIT
