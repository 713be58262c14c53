"""The board: how a call is shown, what a change is, and what a reader is given."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.board import Hub, Sources
from router.board.calls import call_of
from router.board.changes import change, merged, whole
from router.board.hub import MAX_READERS, READ_APART_S, REST_MAX_S, TooManyReadersError
from router.board.model import Board, Call, Flag, State, Where
from router.board.view import Kept, Seen, board
from router.calls.record import (
    WATCH,
    CallRecord,
    Leg,
    LegKind,
    Recording,
    Step,
    StepResult,
)
from router.handsets import HandsetState
from router.incidents.model import Incident, Place
from router.incidents.model import State as Help
from router.store.nodes import Node
from siaga import places
from siaga.places import Position
from siaga.plan import Plan, load_plan
from siaga.plan.live import Live
from siaga.plan.model import Goal, Goals
from siaga.settings import KUTIM, PROJECT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PLAN = load_plan(PROJECT / "plans" / "kutim.yaml").plan
BEGAN = datetime(2026, 11, 5, 1, 2, 3, tzinfo=UTC)
NEWS_S = 5.0
HOSTILE = '"><script>alert(1)</script>'


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def call(**changes: Any) -> CallRecord:
    return CallRecord(**{"id": "n-1", "node": "n", "caller": "08121", "began": BEGAN, **changes})


RUNG = (Step("damkar", "queue", at(9)),)
TALKS = Leg("PJSIP/201-1", LegKind.ROUTE, "damkar", at(9), "201", at(12))
ANSWERED = call(
    choice="digit",
    emergency="fire",
    steps=(replace(RUNG[0], left=at(12), result=StepResult.ANSWERED),),
    legs=(TALKS,),
    answered=at(12),
)


@pytest.mark.parametrize(
    ("record", "where", "since", "ringing", "talking"),
    [
        (call(), Where.MENU, 0, [], []),
        (call(choice="digit"), Where.WAITING, 0, [], []),
        (call(choice="digit", steps=RUNG), Where.RINGING, 9, ["damkar"], []),
        (ANSWERED, Where.TALKING, 12, [], ["201"]),
        (
            replace(ANSWERED, legs=(TALKS, Leg("a", LegKind.ADD, "rsud", at(20)))),
            Where.TALKING,
            12,
            ["rsud"],
            ["201"],
        ),
        (
            replace(ANSWERED, legs=(replace(TALKS, left=at(30)),)),
            Where.WAITING,
            30,
            [],
            [],
        ),
        (
            call(choice="no_input", steps=(Step("kominfo", WATCH, at(25)),)),
            Where.WATCHED,
            25,
            [],
            [],
        ),
    ],
)
def test_where_a_call_is(
    record: CallRecord, where: Where, since: float, ringing: list[str], talking: list[str]
) -> None:
    """Of each state of a record the board says where the caller is, since when, and with whom."""
    shown = call_of(record, PLAN, None)
    assert (shown.where, shown.since) == (where, at(since))
    assert [party.agency for party in shown.ringing] == ringing
    assert [party.handset for party in shown.talking] == talking


def test_flags_and_hidden_numbers() -> None:
    """Silent, flagged and test calls are marked; a hidden number is none."""

    def flags(**changes: Any) -> tuple[Flag, ...]:
        return call_of(call(**changes), PLAN, None).flags

    assert flags(choice="no_input") == (Flag.SILENT,)
    assert flags(choice="flagged_silent") == (Flag.SILENT, Flag.PRANK)
    assert flags(choice="overload", tier=3) == (Flag.OVERLOAD, Flag.TIER)
    assert flags(recording=Recording("test/n-1.wav"), tier=2) == (Flag.TEST,)
    for number in ("", "anonymous", "Anonymous"):
        assert call_of(call(caller=number), PLAN, None).caller == ""
    assert call_of(call(caller=HOSTILE), PLAN, None).caller == HOSTILE


def seen(**changes: Any) -> Seen:
    return Seen(node="n", boot="b", plan=PLAN, version="1" * 12, hears=True, **changes)


def test_handsets_are_shown_with_what_is_set_by_hand() -> None:
    """A paused handset is paused while it is free alone; who talks is told with the call."""
    states = {"201": HandsetState.BUSY, "202": HandsetState.FREE, "101": HandsetState.UNAVAILABLE}
    live = Live(paused=frozenset({"201", "202"}))
    made = board(seen(states=states, live=live), [call_of(ANSWERED, PLAN, None)], Kept())
    shown = {phone.extension: phone for each in made.agencies for phone in each.handsets}
    assert shown["201"].state is State.BUSY
    assert shown["201"].calls == ("n-1",)
    assert shown["202"].state is State.PAUSED
    assert shown["101"].state is State.AWAY
    assert (made.counts.calls, made.counts.waiting, made.counts.free) == (1, 0, 0)


def test_a_busy_handset_of_an_agency_that_is_rung_rings() -> None:
    """Asterisk says busy of a handset that rings: who talks to nobody there is being rung."""
    states = {"201": HandsetState.BUSY, "202": HandsetState.BUSY, "101": HandsetState.BUSY}
    rings = call(id="n-2", choice="digit", steps=RUNG)
    calls = [call_of(each, PLAN, None) for each in (ANSWERED, rings)]
    made = board(seen(states=states), calls, Kept())
    shown = {phone.extension: phone.state for each in made.agencies for phone in each.handsets}
    assert shown["201"] is State.BUSY
    assert shown["202"] is State.RINGING
    assert shown["101"] is State.BUSY


def test_an_incident_has_a_place_on_the_map() -> None:
    """Its own position when one was told, else its district's centre, else none."""
    known = places.load(KUTIM)
    district = known.districts[3]
    one = Incident(1, "fire", Help.OPEN, BEGAN, BEGAN, BEGAN)
    told = replace(one, place=Place(district.code, position=Position(0.5, 117.5)))
    guessed = replace(one, place=Place(district.code))
    kept = Kept(incidents=(told, guessed, one))
    shown = board(seen(places=known), [], kept).incidents
    assert [(each.latitude, each.exact) for each in shown] == [
        (0.5, True),
        (district.centre.latitude, False),
        (None, False),
    ]
    assert [each.district for each in shown] == [district.name, district.name, None]


calls = st.lists(
    st.builds(
        lambda number, where, incident: Call(
            f"n-{number}", HOSTILE, None, at(number), where, at(number), "t", incident=incident
        ),
        st.integers(0, 5),
        st.sampled_from(Where),
        st.none() | st.integers(1, 3),
    ),
    unique_by=lambda one: one.id,
    max_size=6,
)


@given(calls, calls)
def test_a_change_makes_the_old_state_the_new_one(old: list[Call], new: list[Call]) -> None:
    """Whoever merges each change holds what a new reader is given whole, in the same order."""
    one, other = board(seen(), old, Kept()), board(seen(), new, Kept(callbacks=1))
    state = merged(whole(one), change(one, other))
    assert state == whole(other)
    assert list(state["calls"]) == [each.id for each in other.calls]
    assert change(other, board(seen(), new, Kept(callbacks=1))) == {}


class World:
    """Calls that a test changes."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self.reads = 0
        self.hub = Hub(Sources(self.seen, lambda: self.records, self.plan, self.read))

    def seen(self, boot: str) -> Seen:
        return replace(seen(), boot=boot)

    def plan(self, _version: str | None) -> Plan:
        return PLAN

    async def read(self) -> Kept:
        self.reads += 1
        return Kept()

    def put(self, *records: CallRecord) -> None:
        self.records = list(records)
        self.hub.changed()


async def news(stream: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    """The next line that is no heartbeat."""
    async with asyncio.timeout(NEWS_S):
        while True:
            line = await anext(stream)
            if "change" in line or "whole" in line:
                return line


async def test_a_reader_is_given_what_changed_and_is_never_behind() -> None:
    """The whole first, then changes; of what happened while it did not read, the outcome alone."""
    world = World()
    running = asyncio.create_task(world.hub.run())
    stream = world.hub.stream()
    first = await news(stream)
    assert first["whole"]["calls"] == {}
    world.put(call())
    told = await news(stream)
    assert told["change"]["calls"]["n-1"]["where"] == "menu"
    assert told["seq"] > first["seq"]
    assert told["boot"] == first["boot"] == world.hub.boot
    watcher = world.hub.stream()
    await news(watcher)
    for number in range(5):  # The slow reader does not read, another one does.
        world.put(call(), call(id=f"n-{number}x", began=at(number)))
        await news(watcher)
    told = await news(stream)
    assert set(told["change"]["calls"]) == {"n-4x"}
    await stream.aclose()
    await watcher.aclose()
    running.cancel()


async def test_a_heartbeat_comes_without_news_and_readers_are_bounded() -> None:
    """A quiet centre still says that it is there; beyond the limit nobody is let in."""
    world = World()
    running = asyncio.create_task(world.hub.run())
    streams = [world.hub.stream() for _ in range(MAX_READERS)]
    firsts = [await anext(stream) for stream in streams]
    with pytest.raises(TooManyReadersError):
        await anext(world.hub.stream())
    beat = await anext(streams[0])
    assert "change" not in beat
    assert beat["seq"] == firsts[-1]["seq"]
    for stream in streams:
        await stream.aclose()
    assert (await world.hub.now())["whole"]["centre"]["node"] == "n"
    running.cancel()


async def test_what_another_node_tells_is_read_before_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And once for all that it told meanwhile."""
    monkeypatch.setattr("router.board.hub.READ_S", 600.0)
    monkeypatch.setattr("router.board.hub.BEAT_S", 0.02)
    world = World()
    running = asyncio.create_task(world.hub.run())
    stream = world.hub.stream()
    await anext(stream)
    for wanted in (3, 4):
        async with asyncio.timeout(NEWS_S):
            while world.reads < wanted - 1:
                await anext(stream)
        world.hub.elsewhere()
        world.hub.elsewhere()
        async with asyncio.timeout(NEWS_S):
            while world.reads < wanted:
                await anext(stream)
    assert world.reads == 4
    await stream.aclose()
    running.cancel()


class Sleeps:
    """What the hub sees of time: it sleeps at once, and a read takes as long as it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.enough = asyncio.Event()

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) >= 3:
            self.enough.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("took_s", "rests_s"), [(0.001, READ_APART_S), (0.3, 1.2), (60.0, REST_MAX_S)]
)
async def test_a_board_that_is_much_work_leaves_the_router_to_its_calls(
    monkeypatch: pytest.MonkeyPatch, took_s: float, rests_s: float
) -> None:
    """After each reading the hub rests, the longer the longer it took, and never for ever."""
    world, time = World(), Sleeps()

    class Hubs:
        """asyncio as the hub has it, but for its sleep."""

        sleep = staticmethod(time.sleep)

        def __getattr__(self, name: str) -> object:
            return getattr(asyncio, name)

    async def read() -> Kept:
        time.now += took_s
        world.hub.elsewhere()
        return Kept()

    monkeypatch.setattr("router.board.hub.asyncio", Hubs())
    monkeypatch.setattr("router.board.hub.time", time)
    world.hub = Hub(Sources(world.seen, lambda: world.records, world.plan, read))
    reading = asyncio.create_task(world.hub._keep_reading())
    world.hub._reads.set()
    async with asyncio.timeout(NEWS_S):
        await time.enough.wait()
    assert time.slept == [pytest.approx(rests_s)] * 3
    reading.cancel()


async def test_nothing_is_read_while_nobody_looks() -> None:
    """Without a reader neither the database nor the calls are asked."""
    world = World()
    running = asyncio.create_task(world.hub.run())
    world.put(call())
    for _ in range(10):
        await asyncio.sleep(0)
    assert world.reads == 0
    running.cancel()


def test_an_empty_board_is_one() -> None:
    """A centre that has just started has a whole board."""
    made: Board = board(seen(), [], Kept())
    assert whole(made)["counts"]["callbacks"] is None


def test_a_wait_is_late_by_the_plans_goals() -> None:
    """Those of the plan in force now, not of the one that was when the page was loaded."""
    assert whole(board(seen(), [], Kept()))["centre"]["goals"] == {"amber": 15.0, "red": 20.0}
    own = Goals(amber=Goal(within=10.0, percent=80))
    plan = PLAN.model_copy(update={"centre": PLAN.centre.model_copy(update={"goals": own})})
    made = board(replace(seen(), plan=plan), [], Kept())
    assert whole(made)["centre"]["goals"] == {"amber": 10.0, "red": 20.0}


def test_other_nodes_and_what_handsets_do_there_are_on_the_board() -> None:
    """A handset is shown as it is where it does most; what a node that is away said is old."""
    states = {
        "201": HandsetState.FREE,
        "202": HandsetState.UNAVAILABLE,
        "301": HandsetState.BUSY,
        "302": HandsetState.FREE,
    }
    said = {
        "asterisk": True,
        "plan": "abc",
        "calls": 2,
        "handsets": {"201": "busy", "202": "free", "301": "free", "302": HOSTILE, "999": "busy"},
    }
    nodes = [
        Node("node2", at(5), is_away=False, state=said),
        Node("node3", at(1), is_away=True, state={"handsets": {"302": "busy"}, "calls": "x"}),
    ]
    shown = board(
        Seen("node1", "boot", PLAN, "abc", hears=True, states=states), [], Kept(nodes=nodes)
    )
    phones = {phone.extension: phone.state for each in shown.agencies for phone in each.handsets}
    assert [phones[each] for each in states] == [State.BUSY, State.FREE, State.BUSY, State.FREE]
    assert [(node.name, node.away, node.since, node.calls) for node in shown.nodes] == [
        ("node2", False, None, 2),
        ("node3", True, at(1), 0),
    ]
