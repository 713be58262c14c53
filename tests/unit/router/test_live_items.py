"""Overrides as they are kept, and what is made of what others wrote there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.live import Item, as_row, live_at, parse
from siaga.plan.live import NOTHING, Live, Override
from tests.unit.router.live_asterisk import NOW

END = NOW + timedelta(hours=1)
STAMP = str(int(END.timestamp()))


def test_what_is_written_is_what_the_dialplan_is_promised() -> None:
    """The value begins with the second of the end; a diversion's goes on with the agency."""
    assert Item(Override.CLOSED, "damkar", END).value == STAMP
    diverted = Item(Override.DIVERT, "damkar", END, "rsud")
    assert (diverted.key, diverted.value) == ("divert/damkar", f"{STAMP}|rsud")


@given(
    st.sampled_from(Override),
    st.text(max_size=200),
    st.text(max_size=60),
    st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1)),  # noqa: DTZ001 (made aware below)
)
def test_what_is_written_is_read_again(
    override: Override, reason: str, by: str, until: datetime
) -> None:
    """Kind, name, end and target come back as they were; texts too, but for control characters."""
    name = {Override.PAUSE: "201", Override.FLAG: "6281234567890"}.get(override, "damkar")
    target = "rsud" if override is Override.DIVERT else None
    until = until.replace(microsecond=0, tzinfo=UTC)
    item = Item(override, name, until, target, reason, by, NOW)
    (read,) = parse({item.key: item.value}, {item.key: item.note})
    assert (read.key, read.until, read.target, read.since) == (item.key, until, target, NOW)
    assert len(read.reason) == len(reason)
    if reason.isprintable():
        assert read.reason == reason


@given(
    st.dictionaries(st.text(), st.text()),
    st.dictionaries(st.text(), st.text() | st.recursive(st.none(), st.lists).map(json.dumps)),
)
def test_anything_may_stand_in_the_database(values: dict[str, str], notes: dict[str, str]) -> None:
    """Whatever keys, values and notes there are, reading them fails never."""
    assert len(parse(values, notes)) <= len(values)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("closed/damkar", ""),
        ("closed/damkar", "abc"),
        ("closed/damkar", "-1"),
        ("closed/damkar", "1e9"),
        ("closed/damkar", "٣٣٣"),
        ("closed/damkar", "9" * 12),
        ("closed/Damkar", STAMP),
        ("closed/damkar\n", STAMP),
        ("closed/../x", STAMP),
        ("closed", STAMP),
        ("shut/damkar", STAMP),
        ("pause/2o1", STAMP),
        ("divert/damkar", STAMP),
        ("divert/damkar", f"{STAMP}|"),
        ("divert/damkar", f"{STAMP}|RSUD,1"),
    ],
)
def test_what_cannot_be_ours_is_left_out(key: str, value: str) -> None:
    """A foreign key or a value of another form is no override."""
    assert parse({key: value}, {}) == ()


@pytest.mark.parametrize(
    "note",
    ["", "{", "[]", "null", '"x"', '{"reason": 1, "by": [], "since": "x"}', "[" * 100_000],
)
def test_an_override_counts_without_its_note(note: str) -> None:
    """Of a note that nobody can read, only the texts are missing."""
    (item,) = parse({"closed/damkar": STAMP}, {"closed/damkar": note})
    assert item == Item(Override.CLOSED, "damkar", END)


def test_texts_of_others_cannot_move_a_cursor() -> None:
    """Escape sequences, line ends and marks that turn text round come out as U+FFFD."""
    note = json.dumps({"reason": "a\x1b[2J\n\u202eb\u2028", "by": "x\0"})
    (item,) = parse({"closed/damkar": STAMP}, {"closed/damkar": note})
    assert item.reason == "a\ufffd[2J\ufffd\ufffdb\ufffd"
    assert item.by == "x\ufffd"


def test_each_kind_counts_until_its_end_and_no_second_longer() -> None:
    """A moment before the end everything is in force; at the end nothing is."""
    items = parse(
        {
            "closed/damkar": STAMP,
            "open/bpbd": STAMP,
            "divert/rsud": f"{STAMP}|kominfo",
            "pause/201": STAMP,
            "announce/flood": STAMP,
            "silence/smoke": STAMP,
        },
        {},
    )
    assert live_at(items, END - timedelta(seconds=1)) == Live(
        closed=frozenset({"damkar"}),
        opened=frozenset({"bpbd"}),
        diverted={"rsud": "kominfo"},
        paused=frozenset({"201"}),
        announced=frozenset({"flood"}),
        silenced=frozenset({"smoke"}),
    )
    assert live_at(items, END) == NOTHING


@pytest.mark.parametrize("said", ["1.5", "1", "1e400", "-1", "NaN", "true"])
def test_when_it_was_set_is_kept_to_the_millisecond(said: str) -> None:
    """So that a call of the same second, before it, is not counted; whole seconds are read too."""
    at = datetime(2026, 11, 24, 3, 0, 0, 123_000, tzinfo=UTC)
    item = Item(Override.CLOSED, "damkar", END, since=at)
    (read,) = parse({item.key: item.value}, {item.key: item.note})
    assert read.since == at
    (read,) = parse({item.key: item.value}, {item.key: f'{{"since": {said}}}'})
    known = {"1.5": 1.5, "1": 1.0}.get(said)
    assert read.since == (None if known is None else datetime.fromtimestamp(known, UTC))


def test_a_row_is_in_the_centres_time() -> None:
    """Machines are told the end with the centre's offset."""
    item = Item(Override.CLOSED, "damkar", END, reason="banjir", by="ani")
    assert as_row(item, ZoneInfo("Asia/Makassar")) == {
        "override": "closed",
        "name": "damkar",
        "target": None,
        "until": "2026-11-24T19:00:00+08:00",
        "since": None,
        "reason": "banjir",
        "by": "ani",
    }
