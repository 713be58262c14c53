"""Freeing officers of silent callers: what is asked, done and left alone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from router.ami import ActionRefusedError, GetVar, NotConnectedError, Originate, Redirect, Response
from router.ami.headers import Headers
from router.calls.tracker import CallTracker
from router.dispatch import Dispatcher
from router.plans import Plans
from router.silence import SilentCalls
from siaga.names import LISTENED, Context, Milestone
from siaga.settings import PROJECT
from tests.unit.router.calls.celmaker import CALL, CALLER, Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.ami import Action

OFFICER = "PJSIP/101-00000002"
OTHER = "PJSIP/trunk-0000000f"


class Bench:
    """One call, the service, and an Asterisk that notes what it is asked."""

    def __init__(self, plan: Path) -> None:
        self.now = 100.0
        self.script = Script()
        self.tracker = CallTracker("node1")
        self.values = {"SIAGA_KEYS": "", "BRIDGEPEER": OFFICER}
        self.asked: list[Action] = []
        self.error: Exception | None = None
        self.said = ""
        self.plans = Plans(plan)
        self._told = 0
        in_force = self.plans.in_force
        dispatcher = Dispatcher(self, self.tracker, lambda: in_force, dict)  # type: ignore[arg-type]
        self.calls = SilentCalls(
            self,  # type: ignore[arg-type]
            self.tracker,
            self.plans,
            dispatcher,
            self,  # type: ignore[arg-type]
            lambda: self.now,
        )

    async def keeps(self, _call: str) -> str:
        """What was said of the call elsewhere."""
        return self.said

    async def act(self, action: Action) -> Any:
        """Answer as Asterisk does."""
        if isinstance(action, GetVar):
            return Response(Headers({"value": self.values[action.variable]}, {}))
        self.asked.append(action)
        if isinstance(action, Redirect) and self.error is not None:
            raise self.error
        return None

    def tell(self) -> None:
        """Have the router hear what the script has come to."""
        for event in self.script.events[self._told :]:
            self.calls.take(event)
            record = self.tracker.live(event)
            if record is not None:
                self.calls.changed(record)
        self._told = len(self.script.events)

    def answered(self, listened: str = LISTENED, choice: str = "no_input") -> None:
        """A caller who presses nothing, and an operator who answers."""
        made = self.script
        made.event("CHAN_START")
        version = self.plans.version
        made.milestone(Milestone.ARRIVED, f"a/{CALL}.wav|{version}|10.0.0.1|{listened}")
        made.milestone(Milestone.CHOICE, f"operator|id|{choice}|1")
        made.milestone(Milestone.STEP, "kominfo|queue")
        made.talk("101")
        self.tell()

    async def at(self, seconds: float) -> None:
        """So long after the answer."""
        self.now = 100.0 + seconds
        state = self.tracker.find(CALL)
        if state is not None:
            self.calls.changed(state.record)
        for _ in range(30):
            await asyncio.sleep(0)

    @property
    def done(self) -> list[str]:
        """What was said into the officer's ear, and where the caller was led."""
        return [
            action.variables["__SIAGA_SAID"].rpartition("/")[2]
            if isinstance(action, Originate)
            else str(action.context)  # type: ignore[attr-defined]
            for action in self.asked
        ]


@asynccontextmanager
async def bench(tmp_path: Path, *, heard: bool = True) -> AsyncIterator[Bench]:
    """The service at work; somebody has been heard in another call."""
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        text.replace("  repeat: {", "  silent: {listen: 10s, hold: 2m}\n  repeat: {"),
        encoding="utf-8",
    )
    made = Bench(plan)
    running = asyncio.create_task(made.calls.run())
    await asyncio.sleep(0)
    if heard:
        made.calls.talks(OTHER)
    yield made
    running.cancel()


async def test_the_officer_is_told_and_the_caller_led_away(tmp_path: Path) -> None:
    """Into the ear 4 s before; then one Redirect, however often time passes."""
    async with bench(tmp_path) as made:
        made.answered()
        await made.at(5.9)
        assert made.done == []
        await made.at(6)
        assert made.done == ["silent-freed"]
        for later in (10, 11, 30):
            await made.at(later)
        assert made.done == ["silent-freed", Context.SILENT]
        moved = made.asked[-1]
        assert isinstance(moved, Redirect)
        assert (moved.channel, moved.exten, moved.label) == (CALLER, "s", "start")


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.calls.talks(CALLER),
        lambda made: made.values.update(SIAGA_KEYS="5"),
        lambda made: made.values.update(BRIDGEPEER="PJSIP/102-00000003"),
        lambda made: made.calls.missed(),
        lambda made: setattr(made, "said", "incident"),
    ],
    ids=["sound", "key", "others", "missed", "incident"],
)
async def test_nobody_is_moved_of_whom_anything_is_known(
    change: Any, tmp_path: Path, *, late: bool
) -> None:
    """Whether it comes before the officer is told or afterwards."""
    async with bench(tmp_path) as made:
        made.answered()
        if late:
            await made.at(6)
        change(made)
        for later in (6, 10, 30, 300):
            await made.at(later)
        assert Context.SILENT not in made.done


async def test_a_sound_that_is_told_before_the_call_counts(tmp_path: Path) -> None:
    """AMI promises no order between the two."""
    async with bench(tmp_path) as made:
        made.calls.talks(CALLER)
        made.answered()
        await made.at(30)
        await made.at(40)
        assert made.done == []


@pytest.mark.parametrize(
    ("listened", "choice", "heard"),
    [("", "no_input", True), (LISTENED, "digit", True), (LISTENED, "no_input", False)],
)
async def test_silence_is_believed_only_where_sounds_are_told(
    listened: str, choice: str, tmp_path: Path, *, heard: bool
) -> None:
    """Not of a dialplan that does not listen, nor before anybody was heard on this connection."""
    async with bench(tmp_path, heard=heard) as made:
        made.answered(listened, choice)
        await made.at(30)
        await made.at(40)
        assert made.done == []


async def test_an_officers_key_keeps_the_caller_and_is_answered(tmp_path: Path) -> None:
    """Once he was told that he would be freed, he hears that he is not."""
    async with bench(tmp_path) as made:
        made.answered()
        await made.at(6)
        made.script.event(Milestone.COMMAND, channel=OFFICER, extra=f'{{"extra": "{CALL}|accept"}}')
        made.tell()
        await made.at(10)
        await made.at(30)
        assert made.done == ["silent-freed", "silent-kept"]


@pytest.mark.parametrize(
    "error", [ActionRefusedError("Redirect", "gone"), NotConnectedError("away")]
)
async def test_a_refused_move_is_not_tried_again(error: Exception, tmp_path: Path) -> None:
    """He has hung up meanwhile, or Asterisk is away: the call goes on as it is."""
    async with bench(tmp_path) as made:
        made.error = error
        made.answered()
        await made.at(6)
        for later in (10, 30, 300):
            await made.at(later)
        assert made.done == ["silent-freed", Context.SILENT]


async def test_a_call_that_is_over_is_forgotten(tmp_path: Path) -> None:
    """Nothing is done for it, and its events told again begin nothing."""
    async with bench(tmp_path) as made:
        made.answered()
        events = list(made.script.events)
        made.script.end()
        made.tell()
        for event in events:
            made.calls.take(event)
        await made.at(30)
        await made.at(40)
        assert made.done == []
