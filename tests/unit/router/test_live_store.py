"""Setting and clearing: what is written, what is refused, what is warned of."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.ami import DbPut, QueuePause
from router.live import (
    AuditFile,
    LiveError,
    NotSetError,
    StrandedError,
    TermsError,
    UnknownNameError,
    hush,
)
from router.live.items import live_at
from siaga.names import LIVE_FAMILY, NOTE_FAMILY
from siaga.plan import calendar
from siaga.plan.live import Live, Override
from siaga.plan.words import Words
from tests.unit.router.live_asterisk import NOW, PLAN, Desk

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from siaga.plan.model import Plan

HOUR = str(int((NOW + timedelta(hours=1)).timestamp()))


async def test_an_override_is_kept_with_its_reason_beside_it() -> None:
    """The dialplan's family holds the end alone; who, why and since are in the other."""
    desk = Desk()
    await desk.set(Override.CLOSED, "damkar")
    assert desk.family(LIVE_FAMILY) == {"closed/damkar": HOUR}
    note = json.loads(desk.family(NOTE_FAMILY)["closed/damkar"])
    assert note == {"reason": "banjir", "by": "ani", "since": int(NOW.timestamp())}


async def test_what_has_ended_is_not_in_force_though_still_kept() -> None:
    """At its end an override is gone from the list without anybody removing it."""
    desk = Desk()
    await desk.set(Override.CLOSED, "damkar")
    assert [item.key for item in await desk.store.items()] == ["closed/damkar"]
    desk.pass_(hours=1)
    assert await desk.store.items() == ()
    assert desk.family(LIVE_FAMILY)


@pytest.mark.parametrize(
    ("first", "then", "name"),
    [
        (Override.CLOSED, Override.OPEN, "damkar"),
        (Override.OPEN, Override.CLOSED, "damkar"),
        (Override.ANNOUNCE, Override.SILENCE, "flood"),
        (Override.SILENCE, Override.ANNOUNCE, "flood"),
    ],
)
async def test_the_last_word_counts(first: Override, then: Override, name: str) -> None:
    """Setting an override ends its opposite, note and all."""
    desk = Desk()
    await desk.set(first, name)
    await desk.set(then, name)
    assert list(desk.family(LIVE_FAMILY)) == list(desk.family(NOTE_FAMILY)) == [f"{then}/{name}"]


@pytest.mark.parametrize(
    ("override", "name", "changes", "nearest"),
    [
        (Override.CLOSED, "damkr", {}, "damkar"),
        (Override.DIVERT, "damkar", {"target": "rsu"}, "rsud"),
        (Override.PAUSE, "203", {}, "20"),
        (Override.ANNOUNCE, "floods", {}, "flood"),
        (Override.PAUSE, "damkar", {}, "101, 102"),
        (Override.OPEN, "x\x1b[2J", {}, "bpbd, damkar"),
        (Override.CLOSED, "", {}, "bpbd, damkar"),
    ],
)
async def test_unknown_names_are_refused_with_the_nearest(
    override: Override, name: str, changes: dict[str, Any], nearest: str
) -> None:
    """A name that the plan does not have sets nothing, and those it has are named."""
    desk = Desk()
    with pytest.raises(UnknownNameError, match=nearest) as caught:
        await desk.set(override, name, **changes)
    assert "\x1b" not in str(caught.value)
    assert not desk.asterisk.entries


@pytest.mark.parametrize(
    "changes",
    [
        {"until": NOW},
        {"until": NOW - timedelta(days=1)},
        {"until": NOW + timedelta(days=7, seconds=1)},
        {"reason": ""},
        {"reason": "  "},
        {"reason": "x" * 201},
        {"reason": "a\nb"},
        {"reason": "a\x1b[31mb"},
        {"reason": "\u202eabc"},
        {"reason": "\ud800"},
        {"reason": "😀" * 200, "by": "😀" * 60},
        {"by": ""},
        {"by": "x" * 61},
        {"by": "a\r\nAction: Originate"},
    ],
)
async def test_an_end_to_come_a_reason_and_an_author_are_needed(changes: dict[str, Any]) -> None:
    """Without an end within 7 days, a sayable reason and an author nothing is set."""
    desk = Desk()
    with pytest.raises(TermsError):
        await desk.set(Override.CLOSED, "damkar", **changes)
    assert not desk.asterisk.entries


async def test_the_longest_terms_that_are_allowed_are_taken() -> None:
    """Seven days and 200 letters of any script are no error."""
    desk = Desk()
    until = NOW + timedelta(days=7)
    await desk.set(Override.CLOSED, "damkar", until=until, reason="ü" * 200, by="å" * 60)
    (item,) = await desk.store.items()
    assert (item.until, item.reason, item.by) == (until, "ü" * 200, "å" * 60)


async def test_nobody_is_diverted_in_a_circle() -> None:
    """A diversion onto itself, or back over others that are in force, is refused."""
    desk = Desk()
    with pytest.raises(TermsError, match="damkar → damkar"):
        await desk.set(Override.DIVERT, "damkar", target="damkar")
    await desk.set(Override.DIVERT, "damkar", target="rsud")
    await desk.set(Override.DIVERT, "rsud", target="bpbd")
    with pytest.raises(TermsError, match="bpbd → damkar → rsud → bpbd"):
        await desk.set(Override.DIVERT, "bpbd", target="damkar")
    with pytest.raises(TermsError):
        await desk.set(Override.DIVERT, "kominfo", target=None)


async def test_a_diversion_that_has_ended_makes_no_circle() -> None:
    """Only what is in force counts against a new diversion."""
    desk = Desk()
    await desk.set(Override.DIVERT, "damkar", target="rsud")
    desk.pass_(hours=1)
    await desk.set(Override.DIVERT, "rsud", target="damkar")
    (item,) = await desk.store.items()
    assert item.key == "divert/rsud"


@pytest.mark.parametrize(
    ("override", "name", "changes", "word"),
    [
        (Override.CLOSED, "damkar", {}, "Nobody stands in for damkar"),
        (Override.CLOSED, "rsud", {}, "Who rings instead: kominfo"),
        (Override.DIVERT, "damkar", {"target": "bpbd"}, "Nobody stands in for damkar"),
        (Override.SILENCE, "smoke", {}, "What is said now is 'flood'"),
        (Override.ANNOUNCE, "smoke", {}, "still 'flood'"),
        (Override.PAUSE, "301", {}, "All handsets of rsud are paused"),
    ],
)
async def test_what_it_leads_to_is_told(
    override: Override, name: str, changes: dict[str, Any], word: str
) -> None:
    """Whoever sets an override is warned of what it means for calls now."""
    assert word in "\n".join(await Desk().set(override, name, **changes))


@pytest.mark.parametrize(
    ("override", "name", "changes"),
    [
        (Override.OPEN, "bpbd", {}),
        (Override.DIVERT, "damkar", {"target": "rsud"}),
        (Override.ANNOUNCE, "flood", {}),
        (Override.SILENCE, "flood", {}),
        (Override.PAUSE, "201", {}),
    ],
)
async def test_nothing_is_warned_of_when_it_does_what_it_says(
    override: Override, name: str, changes: dict[str, Any]
) -> None:
    """No warning comes where nobody would be surprised."""
    assert await Desk().set(override, name, **changes) == ()


async def test_a_pause_and_its_end_reach_the_queues_at_once() -> None:
    """Queues ring the handset no more once it is paused, and again when it is cleared."""
    desk = Desk()
    await desk.set(Override.PAUSE, "201")
    assert desk.asterisk.members == {**dict.fromkeys(PLAN.extensions, False), "201": True}
    (item,) = await desk.store.items()
    await desk.store.clear(item, reason="kembali", by="budi")
    assert not any(desk.asterisk.members.values())
    assert not desk.asterisk.entries


async def test_a_pause_stands_though_no_queue_knows_the_handset() -> None:
    """The key is what counts from the next call on; that queues do not know yet is told."""
    desk = Desk()
    del desk.asterisk.members["201"]
    assert "Interface not found" in "\n".join(await desk.set(Override.PAUSE, "201"))
    assert desk.family(LIVE_FAMILY) == {"pause/201": HOUR}


async def test_only_handsets_are_paused() -> None:
    """Closing an agency leaves the queues' members alone."""
    desk = Desk()
    await desk.set(Override.CLOSED, "damkar")
    assert not [action for action in desk.asterisk.asked if isinstance(action, QueuePause)]


async def test_what_is_not_set_cannot_be_cleared() -> None:
    """Clearing twice says so the second time."""
    desk = Desk()
    await desk.set(Override.CLOSED, "damkar")
    (item,) = await desk.store.items()
    await desk.store.clear(item, reason="selesai", by="budi")
    with pytest.raises(NotSetError):
        await desk.store.clear(item, reason="selesai", by="budi")


async def test_clearing_needs_a_reason() -> None:
    """Without a reason an override stays."""
    desk = Desk()
    await desk.set(Override.CLOSED, "damkar")
    (item,) = await desk.store.items()
    with pytest.raises(TermsError):
        await desk.store.clear(item, reason="", by="budi")
    assert await desk.store.items() == (item,)


async def test_what_strands_callers_is_refused_unless_forced() -> None:
    """The proof is asked about the state as it would be, and its story is told."""
    asked: list[tuple[Live, datetime, datetime]] = []

    def prove(plan: Plan, live: Live, begin: datetime, end: datetime) -> list[Words]:
        assert plan is PLAN
        asked.append((live, begin, end))
        story = Words("Minggu 02:10, fire: tidak ada lagi", "Sunday 02:10, fire: nobody left")
        return [story] if "damkar" in live.closed else []

    desk = Desk(prove)
    await desk.set(Override.PAUSE, "201")
    with pytest.raises(StrandedError) as refused:
        await desk.set(Override.CLOSED, "damkar")
    told = str(refused.value).splitlines()
    assert told[1::2] == [
        "  - Minggu 02:10, fire: tidak ada lagi",
        "  - Sunday 02:10, fire: nobody left",
    ]
    assert list(desk.family(LIVE_FAMILY)) == ["pause/201"]
    live = Live(closed=frozenset({"damkar"}), paused=frozenset({"201"}))
    # 18:00 by the centre's clock, without a zone, and the end.
    at = NOW.replace(hour=18, tzinfo=None)
    assert (live, at, at + timedelta(hours=1)) in asked
    await desk.store.set(desk.item(Override.CLOSED, "damkar"), force=True)
    assert "closed/damkar" in desk.family(LIVE_FAMILY)


async def test_what_strands_callers_already_is_no_reason_to_refuse() -> None:
    """Only a story that the override itself brings about is held against it."""

    def prove(plan: Plan, live: Live, begin: datetime, end: datetime) -> list[Words]:
        return [Words("suaranya terlalu panjang", "the prompt is too long")]

    desk = Desk(prove)
    await desk.set(Override.OPEN, "bpbd")
    assert [item.key for item in await desk.store.items()] == ["open/bpbd"]


async def test_every_change_is_on_the_record() -> None:
    """Who did what and why is kept for setting and for clearing, and for nothing refused."""
    desk = Desk()
    await desk.set(Override.DIVERT, "damkar", target="rsud")
    with pytest.raises(LiveError):
        await desk.set(Override.CLOSED, "nobody")
    desk.pass_(minutes=5)
    (item,) = await desk.store.items()
    await desk.store.clear(item, reason="selesai", by="budi")
    common = {
        "override": "divert",
        "name": "damkar",
        "target": "rsud",
        "until": "2026-11-24T11:00:00+00:00",
    }
    assert desk.audit.lines == [
        {"at": "2026-11-24T10:00:00+00:00", "what": "set", **common}
        | {"reason": "banjir", "by": "ani"},
        {"at": "2026-11-24T10:05:00+00:00", "what": "clear", **common}
        | {"reason": "selesai", "by": "budi"},
    ]


async def test_a_full_disk_undoes_nothing() -> None:
    """An override that cannot be recorded is in force all the same, with a warning."""
    desk = Desk()
    desk.audit.full = True
    assert "not recorded" in "\n".join(await desk.set(Override.CLOSED, "damkar"))
    assert [item.key for item in await desk.store.items()] == ["closed/damkar"]


def test_the_record_is_appended_to(tmp_path: Path) -> None:
    """Two writers of one file lose nothing of each other, and a line is a line."""
    path = tmp_path / "live.jsonl"
    one, other = AuditFile(path), AuditFile(path)
    for number, file in enumerate((one, other, one)):
        file.append({"number": number, "reason": "a\nb"})
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["number"] for line in lines] == [0, 1, 2]


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        ("081234567890", {}),
        ("62812", {}),
        ("6281234567890\n", {}),
        ("damkar", {}),
        ("6281234567890", {"until": NOW + timedelta(days=90, minutes=1)}),
    ],
)
async def test_only_a_number_in_its_one_form_is_flagged_and_not_for_ever(
    number: str, changes: dict[str, Any]
) -> None:
    """The dialplan looks for that form; and somebody looks again within 90 days."""
    desk = Desk()
    with pytest.raises(TermsError):
        await desk.set(Override.FLAG, number, **changes)
    assert desk.family(LIVE_FAMILY) == {}


async def test_a_flag_strands_nobody_and_is_not_proven() -> None:
    """It changes what a caller hears, and not who is rung."""

    def prove(*_: object) -> tuple[Words, ...]:
        raise AssertionError

    desk = Desk(prove)
    until = NOW + timedelta(days=90)
    assert await desk.set(Override.FLAG, "6281234567890", until=until) == ()
    end = str(int(until.timestamp()))
    assert desk.family(LIVE_FAMILY) == {"flag/6281234567890": end}


async def test_all_announcements_are_ended_at_once() -> None:
    """By dates, by hand, of an earlier plan or not said yet: none is left; the rest stays."""
    desk = Desk()
    await desk.set(Override.CLOSED, "damkar")
    await desk.set(Override.ANNOUNCE, "smoke")
    gone = desk.item(Override.ANNOUNCE, "gone")
    await desk.asterisk.act(DbPut(LIVE_FAMILY, gone.key, gone.value))
    until = NOW + timedelta(hours=5)
    names, warnings = await hush(desk.store, until, reason="salah", by="ani")
    assert (set(names), warnings) == ({"flood", "smoke", "gone"}, ())
    items = await desk.store.items()
    assert {item.key for item in items} == {"closed/damkar", "silence/flood", "silence/smoke"}
    assert calendar.announcement(PLAN, calendar.local(PLAN, NOW), live_at(items, NOW)) is None
    assert {item.until for item in items[1:]} == {until}
    lines = [(line["what"], line["name"], line["reason"]) for line in desk.audit.lines[2:]]
    assert sorted(lines) == [
        ("clear", "gone", "salah"),
        ("set", "flood", "salah"),
        ("set", "smoke", "salah"),
    ]
    await desk.set(Override.ANNOUNCE, "smoke")
    live = live_at(await desk.store.items(), NOW)
    assert calendar.announcement(PLAN, calendar.local(PLAN, NOW), live) == "smoke"


async def test_what_is_said_now_is_silenced_first() -> None:
    """If Asterisk goes away in between, the one that people hear was ended."""
    desk = Desk()
    await desk.set(Override.ANNOUNCE, "smoke")
    await desk.set(Override.SILENCE, "flood")
    begun = len(desk.asterisk.asked)
    await hush(desk.store, NOW + timedelta(hours=5), reason="salah", by="ani")
    puts = [act for act in desk.asterisk.asked[begun:] if isinstance(act, DbPut)]
    assert puts[0].key == "silence/smoke"


@pytest.mark.parametrize(
    ("hours", "reason", "by"), [(0, "salah", "ani"), (24 * 8, "salah", "ani"), (1, " ", "ani")]
)
async def test_announcements_are_ended_on_the_same_terms(hours: int, reason: str, by: str) -> None:
    """Without an end that is to come, or a reason, nothing is changed."""
    desk = Desk()
    with pytest.raises(TermsError):
        await hush(desk.store, NOW + timedelta(hours=hours), reason=reason, by=by)
    assert await desk.store.items() == ()
