from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.ami import (
    Connected,
    CoreShowChannels,
    Disconnected,
    Down,
    Event,
    GetVar,
    Headers,
    Overflow,
    QueueStatus,
    Response,
)
from router.calls.celfile import CelFile
from router.calls.gaps import Gap, GapLedger, Recovery, Why
from router.calls.record import Outcome, Reason, Source, StepResult
from router.calls.reducer import fold
from router.calls.tracker import CallTracker
from router.follower import LAG_S, SWEEP_S, CallFollower
from router.handsets import HandsetBoard
from siaga.names import Context
from tests.unit.router.calls.celmaker import Script, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from router.ami import Action, ListAction
    from router.calls.record import CallRecord

OLD, NEW = "node1-1795529994.1", "node1-1795529999.0"


class StandIn:
    """Asterisk's side: a connection that comes up, and what is listed when asked.

    Attributes:
        said: what happens, in order; the link waits for more when it is through.
        variables: of channels, by name.
    """

    def __init__(self, cel: Path, written_while_listing: bytes, channels: list[str]) -> None:
        self.connected = True
        self.idle = asyncio.Event()
        self.said: deque[Any] = deque([Connected(first=True, booted=True)])
        self.queued: list[dict[str, str]] = []
        self.variables: dict[str, str] = {}
        self.started = "1990-01-01"
        self._cel = cel
        self._written = written_while_listing
        self._channels = channels

    async def next_event(self) -> Any:
        if self.said:
            return self.said.popleft()
        self.idle.set()
        return await asyncio.get_running_loop().create_future()

    def waiting(self) -> Iterator[Any]:
        return iter(())

    async def act(self, action: Action) -> Response:
        if isinstance(action, GetVar):
            return Response(Headers({"value": self.variables.get(action.variable, "")}, {}))
        return Response(
            Headers({"corestartupdate": self.started, "corestartuptime": "00:00:00"}, {})
        )

    async def collect(self, action: ListAction) -> list[Event]:
        if isinstance(action, QueueStatus):
            return [listed("QueueEntry", each) for each in self.queued]
        if not isinstance(action, CoreShowChannels):
            return []
        with self._cel.open("ab") as file:
            file.write(self._written)
        return [listed("CoreShowChannel", channel(item)) for item in self._channels]


def listed(name: str, headers: dict[str, str]) -> Event:
    return Event(name, Headers(headers, {}), datetime.now(UTC))


def channel(text: str) -> dict[str, str]:
    """``NAME CALL [KEY=VALUE …]``: a channel as it is listed."""
    name, call, *more = text.split(" ")
    found = {"channel": name, "linkedid": call, "uniqueid": call, "context": "from-trunk"}
    return {**found, **dict(item.split("=") for item in more)}


@dataclass
class Followed:
    """A follower with all around it, and what it told."""

    link: StandIn
    tracker: CallTracker
    follower: CallFollower
    records: dict[str, CallRecord]
    gaps: dict[tuple[datetime, Why], Gap]
    ledger: GapLedger

    async def run(self) -> None:
        """Follow until nothing more happens."""
        self.link.idle.clear()
        listening = asyncio.create_task(self.follower.listen())
        await self.link.idle.wait()
        listening.cancel()


def followed(cel: Path, link: StandIn, clock: Callable[[], float] = time.monotonic) -> Followed:
    told: dict[str, CallRecord] = {}
    gaps: dict[tuple[datetime, Why], Gap] = {}
    ledger = GapLedger("node1", lambda gap: gaps.update({(gap.began, gap.why): gap}))
    tracker = CallTracker("node1", ledger.missed)
    follower = CallFollower(
        link,  # type: ignore[arg-type]
        CelFile(cel),
        tracker,
        HandsetBoard(()),
        lambda record: told.update({record.id: record}),
        gaps=ledger,
        clock=clock,
    )
    return Followed(link, tracker, follower, told, gaps, ledger)


async def after_connecting(
    tmp_path: Path,
    before: Script,
    while_listing: Script,
    channels: list[str],
    started: str = "2050-01-01",
) -> dict[str, CallRecord]:
    """The latest record of each call once the follower has seen what is up."""
    cel = tmp_path / "cel.csv"
    cel.write_bytes(lines(before.events))
    link = StandIn(cel, lines(while_listing.events), channels)
    link.started = started
    made = followed(cel, link)
    await made.run()
    return made.records


def arriving(call: str) -> Script:
    script = Script(linked=call)
    script.arrive()
    return script


async def test_a_call_that_begins_while_channels_are_listed_is_up(tmp_path: Path) -> None:
    """A call that is too new for the list is no call that Asterisk has lost."""
    cel = tmp_path / "cel.csv"
    cel.write_bytes(b"")
    made = followed(cel, StandIn(cel, lines(arriving(NEW).events), []))
    await made.run()
    # It is AMI's to tell: read from the file by now, it would be taken for one that was missed.
    assert NEW not in made.records
    await made.follower.catch_up()
    assert made.records[NEW].ended is None


async def test_a_call_within_the_moments_of_connecting_was_heard(tmp_path: Path) -> None:
    """It begins and ends while channels are listed; AMI, taken in afterwards, has told it all."""
    cel = tmp_path / "cel.csv"
    cel.write_bytes(b"")
    script = arriving(NEW)
    script.end()
    made = followed(cel, StandIn(cel, lines(script.events), []))
    await made.run()
    for event in script.events:
        made.tracker.live(event)
    await made.follower.catch_up()
    record = made.records[NEW]
    assert (record.outcome, record.source) == (Outcome.ABANDONED_MENU, Source.LIVE)


async def test_a_call_that_is_not_listed_was_lost_with_asterisk(tmp_path: Path) -> None:
    """A call known before, of which there is no channel, ended when Asterisk did."""
    told = await after_connecting(tmp_path, arriving(OLD), Script(), [])
    assert told[OLD].reason is Reason.RESTARTED
    assert told[OLD].outcome is Outcome.LOST


async def test_a_name_used_again_does_not_keep_a_lost_call_up(tmp_path: Path) -> None:
    """After a restart another call has the lost one's channel name; the lost one is over."""
    told = await after_connecting(
        tmp_path, arriving(OLD), arriving(NEW), [f"PJSIP/trunk-00000001 {NEW}"]
    )
    assert told[OLD].reason is Reason.RESTARTED
    assert told[NEW].ended is None


async def test_a_forged_list_does_not_end_the_forgers_call(tmp_path: Path) -> None:
    """A channel that claims another call's id is still its own caller's."""
    told = await after_connecting(
        tmp_path, arriving(OLD), Script(), [f"PJSIP/trunk-00000001 {NEW}"]
    )
    assert told[OLD].ended is None


def test_the_script_is_a_call_to_112() -> None:
    """What these tests write into the file begins a call of ours."""
    assert arriving(OLD).events[0].context == Context.TRUNK


async def test_a_call_that_is_gone_without_a_restart_is_closed_as_unknown(tmp_path: Path) -> None:
    """Asterisk was up before the call began and does not have it: over, nobody knows why."""
    told = await after_connecting(tmp_path, arriving(OLD), Script(), [], started="1990-01-01")
    assert (told[OLD].reason, told[OLD].outcome) == (Reason.UNKNOWN, Outcome.LOST)


VERSION = "e0eb14a83272"
UP = f"PJSIP/trunk-00000007 {NEW} callerid=0812 context={VERSION}-ring calleridnum=0812"


async def test_a_call_that_nothing_told_of_is_taken_from_the_list(tmp_path: Path) -> None:
    """It waits in a queue and is in no file: the record says where, since when, and from whom."""
    cel = tmp_path / "cel.csv"
    made = followed(cel, StandIn(cel, b"", [UP]))
    made.link.queued = [{"queue": "damkar-sangatta", "uniqueid": NEW, "wait": "7"}]
    made.link.variables = {"recording": "a.wav", "SIAGA_EMERGENCY": "fire", "SIAGA_LANGUAGE": "en"}
    made.ledger.begin(Why.START, made.follower._time())
    await made.run()
    record = made.records[NEW]
    assert (record.caller, record.emergency, record.language) == ("0812", "fire", "en")
    assert record.began == datetime.fromtimestamp(1_795_529_999, UTC)
    assert (record.plan_version, record.source) == (VERSION, Source.BACKFILL)
    assert record.recording is not None
    [step] = record.steps
    assert (step.agency, step.kind, step.result) == ("damkar", "post", None)
    assert [state.record.id for state in made.tracker.open()] == [NEW]
    [gap] = [gap for gap in made.gaps.values() if gap.ended is not None]
    assert gap.calls == {NEW: Recovery.RECONCILED}


async def test_a_talk_that_nothing_told_of_counts_as_answered(tmp_path: Path) -> None:
    """Caller and handset are in one bridge: answered, by whom, and ended as AMI then tells."""
    cel = tmp_path / "cel.csv"
    talk = f"{UP} application=Queue applicationdata=damkar,nb bridgeid=b1"
    leg = f"PJSIP/201-00000008 {NEW} uniqueid=node1-1.2 bridgeid=b1"
    made = followed(cel, StandIn(cel, b"", [talk, leg]))
    await made.run()
    record = made.records[NEW]
    assert (record.answered_by, record.handset) == ("damkar", "201")
    assert record.steps[0].result is StepResult.ANSWERED
    script = Script(linked=NEW, at=round(made.follower._now() * 1_000_000))
    script.end(by="PJSIP/201-00000008")
    for event in (each._replace(channel="PJSIP/trunk-00000007") for each in script.events):
        made.tracker.live(event)
    state = made.tracker.find(NEW)
    assert state is not None
    assert (state.record.outcome, state.record.reason) == (
        Outcome.ANSWERED,
        Reason.HANDSET_HUNG_UP,
    )


TALK = f"{UP} application=Queue applicationdata=damkar,nb bridgeid=b1"
LEG = f"PJSIP/201-00000008 {NEW} uniqueid=node1-1.2 bridgeid=b1"


def ringing(call: str) -> Script:
    script = arriving(call)
    script.choose()
    script.event("CHAN_START", unique="node1-1.2", channel="PJSIP/201-00000008")
    for number, event in enumerate(script.events):
        if event.unique == call:
            script.events[number] = event._replace(channel="PJSIP/trunk-00000007")
    return script


async def test_a_talk_whose_beginning_the_file_lacks_is_taken_from_the_list(
    tmp_path: Path,
) -> None:
    """The disk was full: he is no caller who has left while it rang; the end is as it is told."""
    cel = tmp_path / "cel.csv"
    before = ringing(NEW)
    cel.write_bytes(lines(before.events))
    made = followed(cel, StandIn(cel, b"", [TALK, LEG]))
    made.ledger.begin(Why.START, made.follower._time())
    await made.run()
    record = made.records[NEW]
    assert (record.answered_by, record.handset) == ("damkar", "201")
    assert [step.result for step in record.steps] == [StepResult.ANSWERED]
    assert [(leg.agency, leg.handset, leg.talks) for leg in record.legs] == [
        ("damkar", "201", True)
    ]
    [gap] = [gap for gap in made.gaps.values() if gap.ended is not None]
    assert gap.calls == {NEW: Recovery.RECONCILED}
    after = Script(linked=NEW, at=round(made.follower._now() * 1_000_000) + 10**6)
    after.end(by="PJSIP/trunk-00000007")
    with cel.open("ab") as file:
        file.write(lines([each._replace(channel="PJSIP/trunk-00000007") for each in after.events]))
    await made.follower.catch_up()
    record = made.records[NEW]
    assert (record.outcome, record.reason) == (Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
    assert (record.handset, len(record.steps), len(record.legs)) == ("201", 1, 1)


async def test_a_talk_that_is_told_after_the_list_is_one(tmp_path: Path) -> None:
    """Asterisk was slow to tell: who has the caller has him once."""
    cel = tmp_path / "cel.csv"
    cel.write_bytes(lines(ringing(NEW).events))
    made = followed(cel, StandIn(cel, b"", [TALK, LEG]))
    await made.run()
    late = Script(linked=NEW, at=round(made.follower._time().timestamp() * 1_000_000))
    extra = json.dumps({"bridge_id": "b1", "bridge_technology": "simple_bridge"})
    for name, peer in (("201-00000008", ""), ("trunk-00000007", "PJSIP/201-00000008")):
        unique = NEW if peer else "node1-1.2"
        more = {"application": "Queue", "data": "damkar,nb", "peer": peer, "extra": extra}
        late.event("BRIDGE_ENTER", unique=unique, channel=f"PJSIP/{name}", **more)
    for event in late.events:
        made.tracker.live(event)
    state = made.tracker.find(NEW)
    assert state is not None
    assert [(leg.handset, leg.talks) for leg in state.record.legs] == [("201", True)]


@pytest.mark.parametrize(
    "channels",
    [
        [UP, LEG],
        [TALK],
        [TALK, LEG, LEG.replace("201-00000008", "202-00000009")],
        [TALK.replace("trunk-00000007", "trunk-00000008"), LEG],
        [TALK.replace("Queue", "ConfBridge"), LEG],
    ],
)
async def test_who_is_in_no_talk_that_a_queue_gave_waits_on(
    tmp_path: Path, channels: list[str]
) -> None:
    """Alone, with two, in a room, or of another channel of that name: nothing is made up."""
    cel = tmp_path / "cel.csv"
    cel.write_bytes(lines(ringing(NEW).events))
    made = followed(cel, StandIn(cel, b"", channels))
    await made.run()
    record = made.records[NEW]
    assert (record.answered, record.ended) == (None, None)


async def test_a_talk_that_the_file_has_by_then_is_taken_from_there(tmp_path: Path) -> None:
    """It began while the channels were listed: once, and when it did."""
    cel = tmp_path / "cel.csv"
    before = ringing(NEW)
    cel.write_bytes(lines(before.events))
    told = len(before.events)
    before.talk()
    while_listing = [
        each._replace(channel="PJSIP/trunk-00000007") if each.unique == NEW else each
        for each in before.events[told:]
    ]
    made = followed(cel, StandIn(cel, lines(while_listing), [TALK, LEG]))
    await made.run()
    record = made.records[NEW]
    assert record.answered is not None
    assert record.answered < made.follower._time() - timedelta(days=1)
    assert [leg.handset for leg in record.legs] == ["201"]


@pytest.mark.parametrize(
    "text",
    [
        f"PJSIP/201-00000001 {NEW} context=from-handset",
        f"PJSIP/201-00000001 {NEW} uniqueid=node1-1.2",
        "PJSIP/trunk-00000001 forged",
    ],
)
async def test_other_channels_are_no_calls_to_112(tmp_path: Path, text: str) -> None:
    """A call between handsets, the handset of a call, and a forged id are not taken."""
    cel = tmp_path / "cel.csv"
    made = followed(cel, StandIn(cel, b"", [text]))
    await made.run()
    assert made.records == {}
    assert list(made.tracker.open()) == []


async def test_a_call_open_in_the_database_and_gone_is_closed(tmp_path: Path) -> None:
    """No file, no channel: a call of an earlier router is not left open for ever."""
    before = CallTracker("node1")
    for event in arriving(OLD).events:
        before.live(event)
    [state] = before.open()
    cel = tmp_path / "cel.csv"
    made = followed(cel, StandIn(cel, b"", []))
    made.ledger.begin(Why.START, state.record.began)
    made.tracker.restore(state.record)
    await made.run()
    assert made.records[OLD].reason is Reason.UNKNOWN
    assert list(made.tracker.open()) == []
    assert made.gaps[state.record.began, Why.START].calls == {OLD: Recovery.LOST}


async def test_what_the_file_told_of_a_gap_is_in_the_ledger(tmp_path: Path) -> None:
    """A call in the gap came from the file, one that just went on is unharmed; both are counted."""
    cel = tmp_path / "cel.csv"
    before, during = arriving(OLD), arriving(NEW)
    at = before.events[-1].time
    during.events = [event._replace(at=event.at + 60_000_000) for event in during.events]
    cel.write_bytes(lines(before.events))
    channels = [f"PJSIP/trunk-00000001 {OLD}", f"PJSIP/trunk-00000002 {NEW}"]
    made = followed(cel, StandIn(cel, b"", channels))
    made.ledger.begin(Why.START, at + timedelta(seconds=1))
    with cel.open("ab") as file:
        file.write(lines(during.events))
    assert not made.follower.hears
    await made.run()
    assert made.follower.hears
    [gap] = made.gaps.values()
    assert gap.calls == {NEW: Recovery.FILE, OLD: Recovery.UNHARMED}
    assert gap.ended is not None


async def test_a_lost_connection_is_one_gap(tmp_path: Path) -> None:
    """However often its reason changes, the gap has one row, from the first to the end."""
    cel = tmp_path / "cel.csv"
    made = followed(cel, StandIn(cel, b"", []))
    made.link.said += [
        Disconnected(Down.CLOSED),
        Disconnected(Down.UNREACHABLE),
        Connected(first=False, booted=True),
    ]
    await made.run()
    [gap] = made.gaps.values()
    assert gap.why is Why.AMI_LOST
    assert gap.ended is not None


async def test_a_dead_connection_was_dead_for_as_long_as_it_was_believed_in(tmp_path: Path) -> None:
    """Unanswered pings: the gap begins with the last that was heard, not when it was noticed."""
    cel = tmp_path / "cel.csv"
    made = followed(cel, StandIn(cel, b"", []))
    last = datetime.now(UTC) - timedelta(seconds=4)
    made.link.said += [
        replace(listed("FullyBooted", {}), received_at=last),
        Disconnected(Down.SILENT),
    ]
    await made.run()
    [gap] = made.gaps.values()
    assert (gap.began, gap.ended) == (last, None)


async def test_events_that_were_dropped_are_a_gap(tmp_path: Path) -> None:
    """Too many at once: what was dropped comes from the file, and the ledger names the call."""
    cel = tmp_path / "cel.csv"
    made = followed(cel, StandIn(cel, b"", []))
    await made.run()
    cel.write_bytes(lines(arriving(NEW).events))
    made.link.said.append(Overflow(4))
    await made.run()
    [gap] = made.gaps.values()
    assert (gap.why, gap.calls) == (Why.OVERFLOW, {NEW: Recovery.FILE})


@pytest.mark.parametrize("known_by", ["file", "database"])
async def test_calls_hung_up_by_a_restart_have_that_reason(tmp_path: Path, known_by: str) -> None:
    """Asterisk ended the call itself just before it was restarted; one long before was a fault."""
    cel = tmp_path / "cel.csv"
    shut, fault = arriving(NEW), arriving(OLD)
    fault.events = [event._replace(at=event.at - 900_000_000) for event in fault.events]
    for script, at in ((shut, shut.at), (fault, fault.at - 900_000_000)):
        script.at = at
        script.end(by="")
    made = followed(cel, StandIn(cel, b"", []))
    ended = shut.events[-1].time
    made.link.started = f"{(ended + timedelta(days=1)):%Y-%m-%d}"
    if known_by == "file":
        cel.write_bytes(lines(fault.events + shut.events))
    else:
        made.follower.reconciler.ended_before = tuple(
            fold(script.events, "node1").record for script in (fault, shut)
        )
    made.ledger.begin(Why.AMI_LOST, ended + timedelta(seconds=9))
    await made.run()
    assert made.records[NEW].reason is Reason.RESTARTED
    assert OLD not in made.records or made.records[OLD].reason is Reason.SYSTEM
    [gap] = [gap for gap in made.gaps.values() if gap.ended is not None]
    assert gap.calls[NEW] is Recovery.RECONCILED


async def test_a_ghost_is_found_while_all_is_well(tmp_path: Path) -> None:
    """Neither AMI nor the file told the end: closed when its channel was gone twice, not once."""
    hand = [0.0]
    cel = tmp_path / "cel.csv"
    made = followed(cel, StandIn(cel, b"", []), lambda: hand[0])
    await made.run()
    for event in arriving(NEW).events:
        made.tracker.live(event)
    ended = []
    for _ in range(2):
        hand[0] += SWEEP_S
        await made.follower._sweep()
        ended.append(NEW in made.records)
    assert ended == [False, True]
    assert made.records[NEW].reason is Reason.UNKNOWN
    [gap] = made.gaps.values()
    assert (gap.why, gap.calls) == (Why.UNHEARD, {NEW: Recovery.LOST})


async def test_a_clock_that_was_set_does_not_hold_the_file_up(tmp_path: Path) -> None:
    """Lines whose times lie in the future are read as soon as they have stood for long enough."""
    hand = [0.0]
    cel = tmp_path / "cel.csv"
    made = followed(cel, StandIn(cel, b"", []), lambda: hand[0])
    await made.run()
    ahead = 100 * 365 * 86_400_000_000
    cel.write_bytes(lines([each._replace(at=each.at + ahead) for each in arriving(NEW).events]))
    for seconds, known in ((0, False), (LAG_S - 1, False), (LAG_S, True)):
        hand[0] = seconds
        await made.follower._read_behind()
        assert (NEW in made.records) is known


async def test_sounds_and_gaps_are_told_to_whoever_listens(tmp_path: Path) -> None:
    """A caller's forged headers change nothing: the channel is the first, and is Asterisk's."""
    cel = tmp_path / "cel.csv"
    link = StandIn(cel, b"", [])
    talking: list[str] = []
    tracker = CallTracker("node1")
    follower = CallFollower(
        link,  # type: ignore[arg-type]
        CelFile(cel),
        tracker,
        HandsetBoard(("101",)),
        lambda _record: None,
        talks=talking.append,
        missed=lambda: talking.append("missed"),
    )
    forged = Headers({"channel": "PJSIP/trunk-1"}, {"channel": ("PJSIP/trunk-1", "x")})
    link.said += [
        Event("ChannelTalkingStart", forged, datetime.now(UTC)),
        Disconnected(Down.CLOSED),
        Overflow(3),
    ]
    listening = asyncio.create_task(follower.listen())
    await link.idle.wait()
    listening.cancel()
    assert talking == ["missed", "PJSIP/trunk-1", "missed", "missed"]
