"""The dispatch, with an Asterisk that answers as each test has it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from router.ami import Action, ActionRefusedError, Hangup, NotConnectedError, Originate, Redirect
from router.calls.tracker import CallTracker
from router.dispatch import (
    AsteriskAwayError,
    CallEndedError,
    CallNotOpenError,
    Dispatcher,
    HandsetBusyError,
    LastHumanError,
    NobodyHasCallError,
    Result,
    TransferRefusedError,
    UnknownAgencyError,
    UnknownHandsetError,
    UnknownLegError,
)
from router.handsets import HandsetState
from siaga.names import Milestone
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.unit.router.calls.celmaker import CALL, CALLER
from tests.unit.router.calls.roommaker import HANDSET, OPERATOR, Room

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from router.calls.record import Leg

PLAN = load_plan(PROJECT / "plans" / "kutim.yaml").plan


class Desk:
    """One call, a dispatcher, and an Asterisk that notes what it is asked."""

    def __init__(self) -> None:
        self.script = Room()
        self.tracker = CallTracker("node1")
        self.asked: list[Action] = []
        self.error: Exception | None = None
        self.on_ring: Callable[[str], None] = lambda _leg: None
        self.states: dict[str, HandsetState] = {}
        self._told = 0
        self._asked = asyncio.Event()
        self.dispatch = Dispatcher(
            self,  # type: ignore[arg-type]
            self.tracker,
            lambda: PLAN,
            lambda: self.states,
        )

    def tell(self) -> None:
        """Have the router hear what the script has come to."""
        for event in self.script.events[self._told :]:
            self.tracker.live(event)
        self._told = len(self.script.events)
        self.dispatch.changed()

    async def act(self, action: Action) -> Any:
        if action.name == "Getvar":
            raise NotConnectedError("no area")
        self.asked.append(action)
        self._asked.set()
        if self.error is not None:
            raise self.error
        if isinstance(action, Redirect):
            self.script.enter()
            self.tell()
        if isinstance(action, Originate) and "__SIAGA_LEG" in action.variables:
            leg = action.variables["__SIAGA_LEG"]
            rung = action.channel.partition("/to-")[2].partition("@")[0] or "rsud"
            self.script.rung(action.variables["__SIAGA_LEG_KIND"], leg, rung)
            self.tell()
            self.on_ring(leg)
        return None

    async def until_asked(self, kind: type[Action], count: int = 1) -> None:
        while len(self.asked_of(kind)) < count:
            self._asked.clear()
            await self._asked.wait()

    def asked_of(self, kind: type[Action]) -> list[Action]:
        return [action for action in self.asked if isinstance(action, kind)]


@asynccontextmanager
async def desk(*, answered: bool = True) -> AsyncIterator[Desk]:
    made = Desk()
    if answered:
        made.script.answered()
    else:
        made.script.arrive()
        made.script.choose("operator", "kominfo")
    made.tell()
    running = asyncio.create_task(made.dispatch.run())
    await asyncio.sleep(0)
    yield made
    running.cancel()


def joins(made: Desk) -> Callable[[str], None]:
    def answer(leg: str) -> None:
        made.script.joined(leg)
        made.tell()

    return answer


async def test_caller_and_officer_go_into_the_room_before_anybody_rings() -> None:
    """Each to his own place in it, both in one action; then the agency, by its turn."""
    async with desk() as made:
        made.on_ring = joins(made)
        done = await made.dispatch.add_agency(CALL, "rsud")
    assert done.result is Result.JOINED
    enter, ring = made.asked
    place = ("siaga-officer", "officer", "start")
    assert enter == Redirect(CALLER, "siaga-room", "caller", "start", OPERATOR, place)
    assert isinstance(ring, Originate)
    assert ring.channel == "Local/to-rsud@siaga-dispatch/nm"
    assert ring.variables["__SIAGA_ROOM"] == CALL
    assert ring.caller_id == '"GABUNG PETUGAS" <0812>'


async def test_the_same_command_at_the_same_time_rings_once_though_one_asker_goes() -> None:
    """Who gave up waiting does not stop it, and the other is told what became of it."""
    async with desk() as made:
        first = asyncio.create_task(made.dispatch.add_agency(CALL, "rsud"))
        second = asyncio.create_task(made.dispatch.add_agency(CALL, "rsud"))
        await made.until_asked(Originate)
        first.cancel()
        leg = made.asked_of(Originate)[0].variables["__SIAGA_LEG"]  # type: ignore[attr-defined]
        joins(made)(leg)
        assert (await second).result is Result.JOINED
        assert (await made.dispatch.add_agency(CALL, "rsud")).result is Result.ALREADY
    assert len(made.asked_of(Originate)) == 1


async def test_a_call_that_ends_meanwhile_is_said_and_the_ringing_stopped() -> None:
    """The leg that rings is hung up, for nobody."""
    async with desk() as made:
        adding = asyncio.create_task(made.dispatch.add_agency(CALL, "rsud"))
        await made.until_asked(Originate)
        made.script.over()
        made.tell()
        with pytest.raises(CallEndedError):
            await adding
    assert len(made.asked_of(Hangup)) == 1


async def test_nobody_answers_and_the_caller_is_still_with_the_operator() -> None:
    """Told in words, with the seconds that it rang."""
    async with desk() as made:

        def nobody(leg: str) -> None:
            made.script.at += 20_000_000
            made.script.leg(Milestone.LEG_OVER, "TIMEOUT|", leg=leg)
            made.tell()

        made.on_ring = nobody
        done = await made.dispatch.add_agency(CALL, "rsud")
    assert done.result is Result.NO_ANSWER
    assert done.text == (
        "RSUD Kudungga: tidak ada pesawat yang menjawab dalam 20 detik; "
        "penelepon masih bersama Anda. / Kudungga hospital: no handset answered in 20 s; "
        "the caller is still with you."
    )


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (NotConnectedError("away"), AsteriskAwayError),
        (ActionRefusedError("Redirect", "Channel does not exist"), TransferRefusedError),
    ],
)
async def test_an_asterisk_that_does_not_do_it_ends_the_command(
    error: Exception, wanted: type[Exception]
) -> None:
    """Nothing else is asked of it, and the caller stays where he is."""
    async with desk() as made:
        made.error = error
        with pytest.raises(wanted):
            await made.dispatch.add_agency(CALL, "rsud")
    assert len(made.asked) == 1


async def test_what_cannot_be_done_is_refused_before_anything_is_asked() -> None:
    """Unknown agencies, handsets, legs and calls; a busy handset; the last human."""
    async with desk() as made:
        made.states["102"] = HandsetState.BUSY
        dispatch = made.dispatch
        for wanted, command in (
            (UnknownAgencyError, dispatch.add_agency(CALL, "rsud/n")),
            (UnknownHandsetError, dispatch.take_over(CALL, "101&102")),
            (HandsetBusyError, dispatch.take_over(CALL, "102")),
            (UnknownLegError, dispatch.leave(CALL, "301")),
            (UnknownLegError, dispatch.hang_up_leg(CALL, "0")),
            (LastHumanError, dispatch.leave(CALL, "101")),
            (LastHumanError, dispatch.hang_up_leg(CALL, "1")),
            (CallNotOpenError, dispatch.transfer("node1-9.9", "rsud")),
            (CallNotOpenError, dispatch.leave("", "101")),
        ):
            with pytest.raises(wanted):
                await command
    assert made.asked == []


async def test_who_names_a_leg_by_its_handset_is_told_how_legs_are_named() -> None:
    """By their order: the message says how many there are."""
    async with desk() as made:
        with pytest.raises(UnknownLegError, match="it has 1, counted from 1"):
            await made.dispatch.hang_up_leg(CALL, "101")


async def test_a_caller_whom_nobody_has_is_not_added_to() -> None:
    """There is nobody to be the third with."""
    async with desk(answered=False) as made:
        with pytest.raises(NobodyHasCallError):
            await made.dispatch.add_agency(CALL, "rsud")
    assert made.asked == []


async def test_a_transfer_lets_go_of_whoever_had_the_caller() -> None:
    """The operator's channel is ended once the agency has joined, and that is waited for."""
    async with desk() as made:
        made.on_ring = joins(made)
        sending = asyncio.create_task(made.dispatch.transfer(CALL, "rsud"))
        await made.until_asked(Hangup)
        assert made.asked_of(Hangup) == [Hangup(OPERATOR)]
        made.script.gone(by="")
        made.tell()
        assert (await sending).result is Result.JOINED
        with pytest.raises(LastHumanError):
            await made.dispatch.leave(CALL, "301")
    assert Hangup(HANDSET) not in made.asked


async def test_a_swap_keeps_whoever_asks_and_lets_the_others_go() -> None:
    """Only once the new one is in; a handset that is not in the call is refused first."""
    async with desk() as made:
        with pytest.raises(UnknownLegError):
            await made.dispatch.swap(CALL, "rsud", "999")
        assert made.asked == []
        rung: list[str] = []
        made.on_ring = rung.append
        swapping = asyncio.create_task(made.dispatch.swap(CALL, "rsud", "102"))
        with pytest.raises(UnknownLegError):
            await swapping
        swapping = asyncio.create_task(made.dispatch.swap(CALL, "rsud", "101"))
        await made.until_asked(Originate)
        made.script.joined(rung[0])
        made.tell()
        assert (await swapping).result is Result.JOINED
        assert made.asked_of(Hangup) == []


def confirming(made: Desk, seconds: float) -> asyncio.Queue[str]:
    """Have the plan ask for a word within so many seconds; the legs that it was asked of."""
    centre = PLAN.centre.model_copy(update={"confirm": seconds})
    made.dispatch._plan = lambda: PLAN.model_copy(update={"centre": centre})
    asked: asyncio.Queue[str] = asyncio.Queue()

    async def ask(leg: Leg) -> None:
        asked.put_nowait(leg.id)

    made.dispatch.ask = ask
    return asked


async def test_who_accepts_has_the_caller_and_only_who_was_asked_can() -> None:
    """Before he was asked, and after, his word changes nothing."""
    async with desk() as made:
        asked = confirming(made, 60)
        made.on_ring = joins(made)
        assert not made.dispatch.accept("x")
        sending = asyncio.create_task(made.dispatch.transfer(CALL, "rsud"))
        leg = await asked.get()
        assert made.dispatch.accept(leg)
        await made.until_asked(Hangup)
        assert made.asked_of(Hangup) == [Hangup(OPERATOR)]
        made.script.gone(by="")
        made.tell()
        assert (await sending).result is Result.JOINED
        assert not made.dispatch.accept(leg)


def rung(made: Desk) -> list[str]:
    """Who was rung into the call, in order."""
    channels = [action.channel for action in made.asked_of(Originate)]  # type: ignore[attr-defined]
    return [channel.partition("/")[2].partition("@")[0] for channel in channels]


async def test_who_does_not_accept_keeps_a_caller_who_would_be_alone() -> None:
    """The operator has hung up: whoever answered is all the caller has, until another comes."""
    async with desk() as made:
        asked = confirming(made, 0.05)
        handsets = iter(["301", "102"])

        def answer(leg: str) -> None:
            made.script.joined(leg, next(handsets))
            made.tell()

        made.on_ring = answer
        sending = asyncio.create_task(made.dispatch.transfer(CALL, "rsud"))
        await asked.get()
        made.script.gone()
        made.tell()
        done = await sending
        assert done.result is Result.UNCONFIRMED
        assert "masih bersama pesawat itu" in done.text
        assert "Dinas Kominfo kembali di panggilan" in done.text
        assert rung(made) == ["to-rsud", "to-kominfo"]
        assert made.asked_of(Hangup) == []


async def test_the_next_contact_is_rung_when_the_first_does_not_accept() -> None:
    """One that is free, each once; the operator keeps the caller until one has accepted."""
    async with desk() as made:
        asked = confirming(made, 0.2)
        made.states = {"301": HandsetState.FREE, "302": HandsetState.FREE}
        handsets = iter(["301", "302"])

        def answer(leg: str) -> None:
            made.script.joined(leg, next(handsets))
            made.tell()

        made.on_ring = answer
        sending = asyncio.create_task(made.dispatch.transfer(CALL, "rsud"))
        first = await asked.get()
        await made.until_asked(Hangup)
        assert made.asked_of(Hangup) == [Hangup(HANDSET)]
        made.script.leg(Milestone.LEG_OVER, "CENTRE", HANDSET, first)
        made.tell()
        second = await asked.get()
        assert rung(made) == ["to-rsud", "phone-302"]
        assert not made.dispatch.accept(first)
        assert made.dispatch.accept(second)
        await made.until_asked(Hangup, 2)
        assert made.asked_of(Hangup)[1:] == [Hangup(OPERATOR)]
        made.script.gone(by="")
        made.tell()
        assert (await sending).result is Result.JOINED


@pytest.mark.parametrize("state", [HandsetState.BUSY, HandsetState.UNAVAILABLE])
async def test_a_contact_who_is_not_free_is_not_rung_next(state: HandsetState) -> None:
    """The operator, who kept the caller, is told that nobody accepts."""
    async with desk() as made:
        asked = confirming(made, 0.05)
        made.states = {"302": state}
        made.on_ring = joins(made)
        sending = asyncio.create_task(made.dispatch.transfer(CALL, "rsud"))
        first = await asked.get()
        await made.until_asked(Hangup)
        made.script.leg(Milestone.LEG_OVER, "CENTRE", HANDSET, first)
        made.tell()
        done = await sending
        assert done.result is Result.UNCONFIRMED
        assert "penelepon masih bersama Anda" in done.text
        assert rung(made) == ["to-rsud"]
