"""Leading callers on: of whom, where to, and who is left where he is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.ami import ActionRefusedError, GetVar, Redirect, Response
from router.ami.headers import Headers
from router.board.rings import Rings
from router.calls.tracker import CallTracker
from router.contacts import Contacts
from router.dispatch import Dispatcher
from router.dispatch.overflow import Overflow
from router.handsets import HandsetBoard
from router.plans import Plans
from siaga.names import Milestone
from siaga.settings import PROJECT
from tests.unit.router.calls.celmaker import CALL, CALLER, Script

if TYPE_CHECKING:
    from pathlib import Path

    from router.ami import Action

REACH_S = 45.0
"""What a plan lets callers wait that says nothing of it."""
RINGING = "PJSIP/201-00000009"


class Bench:
    """A caller, the service, and an Asterisk that notes what it is asked."""

    def __init__(self, plan: Path) -> None:
        self.now = 100.0
        self.script = Script()
        self.tracker = CallTracker("node1")
        self.plans = Plans(plan)
        self.rings = Rings(lambda: self.now)
        self.board = HandsetBoard(self.plans.in_force.extensions)
        self.contacts = Contacts(None)  # type: ignore[arg-type]
        self.paused: frozenset[str] = frozenset()
        self.values: dict[str, str] = {"BRIDGEPEER": ""}
        self.asked: list[Redirect] = []
        self.error: Exception | None = None
        self._told = 0
        in_force = self.plans.in_force
        dispatcher = Dispatcher(self, self.tracker, lambda: in_force, dict)  # type: ignore[arg-type]
        self.overflow = Overflow(
            self,  # type: ignore[arg-type]
            self.tracker,
            self.plans,
            board=self.board,
            contacts=self.contacts,
            rings=self.rings,
            dispatcher=dispatcher,
            paused=lambda: self.paused,
            clock=lambda: self.now,
        )

    async def act(self, action: Action) -> Any:
        """Answer as Asterisk does."""
        if isinstance(action, GetVar):
            return Response(Headers({"value": self.values[action.variable]}, {}))
        assert isinstance(action, Redirect)
        self.asked.append(action)
        if self.error is not None:
            raise self.error
        return None

    def tell(self) -> None:
        """Have the router hear what the script has come to."""
        for event in self.script.events[self._told :]:
            self.rings.take(event)
            self.tracker.live(event)
        self._told = len(self.script.events)

    def waits(self, step: str = "damkar|queue", onward: str = "left", exten: str = "") -> None:
        """A caller who has come to this step."""
        if not self._told:
            self.script.event("CHAN_START")
            self.script.milestone(Milestone.ARRIVED, f"a/{CALL}.wav|{self.plans.version}")
            self.script.milestone(Milestone.CHOICE, "fire|id|chosen|1")
        self.script.milestone(Milestone.STEP, step)
        self.values["SIAGA_ONWARD"] = onward
        self.values["EXTEN"] = exten or f"to-{step.partition('|')[0]}"
        self.values["CONTEXT"] = f"{self.plans.version}-{'last-resort' if exten else 'ring'}"
        self.tell()

    def rung(self, channel: str = RINGING) -> None:
        """A handset rings for him."""
        self.script.event("CHAN_START", unique="node1-1.9", channel=channel)
        self.tell()

    def devices(self, **states: str) -> None:
        """What Asterisk says of the handsets, ``h201="INUSE"``; the others are not logged in."""
        self.board.unknown()
        self.board.listed([(f"PJSIP/{name[1:]}", state) for name, state in states.items()])

    def logged_in(self, *extensions: str) -> None:
        """Exactly these have contacts."""
        self.contacts.heard()
        self.contacts.listed([(one, f"sip:{one}@127.0.0.1", "Reachable") for one in extensions])

    async def look(self, seconds: float = 0.0) -> list[tuple[str, str, str]]:
        """Where the caller is led, so long after the last look."""
        self.now += seconds
        self.asked.clear()
        await self.overflow.look()
        return [(one.context, one.exten, one.label) for one in self.asked]


@pytest.fixture
def made(tmp_path: Path) -> Bench:
    """A centre with Damkar's 201 and 202 on the air, and the operators' 101."""
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    plan = tmp_path / "plan.yaml"
    plan.write_text(text, encoding="utf-8")
    bench = Bench(plan)
    bench.devices(h201="RINGING", h202="INUSE", h101="NOT_INUSE")
    bench.logged_in("201", "202", "101")
    return bench


async def test_who_rings_where_nobody_is_any_more_is_led_on_once(made: Bench) -> None:
    """Both of Damkar's are gone, one while it rings, one while it talks."""
    made.waits()
    made.rung()
    assert await made.look() == []
    made.contacts.changed("201", "sip:201@127.0.0.1", "Removed")
    assert await made.look() == []
    made.contacts.changed("202", "sip:202@127.0.0.1", "Unreachable")
    assert await made.look() == [(f"{made.plans.version}-ring", "to-damkar", "gone")]
    assert await made.look(1.0) == []


async def test_the_next_step_is_looked_at_anew(made: Bench) -> None:
    """Who was led on from Damkar is led on from Kominfo when that has gone as well."""
    made.logged_in("101")
    made.waits()
    assert await made.look() != []
    made.waits("kominfo|queue")
    assert await made.look() == []
    made.devices(h101="INUSE")
    made.logged_in()
    assert await made.look() == [(f"{made.plans.version}-ring", "to-kominfo", "gone")]


async def test_everybodys_step_is_left_at_its_own_label(made: Bench) -> None:
    """In the last resort each queue has a label of its own."""
    made.devices(h201="RINGING")
    made.logged_in()
    made.waits("everyone|queue", "left2", "s")
    assert await made.look() == [(f"{made.plans.version}-last-resort", "s", "gone2")]


async def test_a_free_device_is_believed_in_whatever_the_contacts_say(made: Bench) -> None:
    """Asterisk rings it: a list that is wrong leads nobody past a handset that is there."""
    made.devices(h201="NOT_INUSE", h101="NOT_INUSE")
    made.logged_in()
    made.waits()
    assert await made.look() == []


async def test_a_handset_that_says_nothing_to_its_invite_is_seen_to_go(made: Bench) -> None:
    """Asterisk calls such a device free until it says that it rings."""
    made.devices(h201="NOT_INUSE", h101="NOT_INUSE")
    made.waits()
    made.rung()
    assert await made.look() == []
    made.contacts.changed("201", "sip:201@127.0.0.1", "Unreachable")
    assert await made.look() == [(f"{made.plans.version}-ring", "to-damkar", "gone")]


async def test_what_is_not_known_is_taken_for_there(made: Bench) -> None:
    """Neither without the list of contacts nor without device states is anybody led on."""
    made.waits()
    made.contacts.unknown()
    assert await made.look() == []
    made.logged_in()
    made.board.unknown()
    assert await made.look() == []


async def test_who_waits_unrung_for_too_long_is_led_to_whoever_is_free(made: Bench) -> None:
    """Damkar talks; 101 is free. Then the time begins anew."""
    made.devices(h201="INUSE", h202="INUSE", h101="NOT_INUSE")
    made.waits()
    assert await made.look() == []
    assert await made.look(REACH_S - 0.1) == []
    assert await made.look(0.2) == [(f"{made.plans.version}-ring", "to-damkar", "late")]
    made.waits("kominfo|queue")
    made.devices(h101="INUSE", h301="NOT_INUSE")
    assert await made.look(1.0) == []
    assert await made.look(REACH_S) == [(f"{made.plans.version}-ring", "to-kominfo", "late")]


async def test_the_wait_goes_on_from_step_to_step(made: Bench) -> None:
    """What counts is how long no telephone rang for him, not how long a step lasts."""
    made.devices(h201="INUSE", h202="INUSE", h101="INUSE", h301="NOT_INUSE")
    made.waits()
    await made.look()
    made.waits("kominfo|queue")
    assert await made.look(REACH_S) == [(f"{made.plans.version}-ring", "to-kominfo", "late")]


@pytest.mark.parametrize(
    ("states", "paused"),
    [
        ({"h201": "INUSE", "h101": "INUSE"}, ""),
        ({"h201": "INUSE", "h101": "NOT_INUSE"}, "101"),
        ({"h201": "NOT_INUSE", "h101": "NOT_INUSE"}, ""),
    ],
)
async def test_who_would_gain_nothing_keeps_his_place(
    made: Bench, states: dict[str, str], paused: str
) -> None:
    """Nobody else is free, or is free and paused, or his own agency is just free again."""
    made.devices(**states)
    made.paused = frozenset({paused})
    made.waits()
    await made.look()
    assert await made.look(REACH_S + 1) == []


async def test_ringing_begins_the_wait_anew(made: Bench) -> None:
    """A telephone rang for him and was not answered: he waits from then."""
    made.devices(h201="INUSE", h101="NOT_INUSE")
    made.waits()
    await made.look()
    made.rung()
    assert await made.look(REACH_S + 1) == []
    made.script.event("CHAN_END", unique="node1-1.9", channel=RINGING)
    made.tell()
    assert await made.look(REACH_S + 1) == []
    assert await made.look(REACH_S) != []


async def test_who_waits_for_a_handset_of_another_node_is_led_on_as_late(made: Bench) -> None:
    """It is free here, and is tried each second: nothing that rings, and nobody to wait for."""
    made.devices(h201="NOT_INUSE", h101="NOT_INUSE")
    made.waits()
    for _ in range(int(REACH_S) - 1):
        made.rung()
        made.script.event(Milestone.ELSEWHERE, unique="node1-1.9", channel=RINGING)
        made.tell()
        assert await made.look() == []
        made.script.event("CHAN_END", unique="node1-1.9", channel=RINGING)
        made.tell()
        assert await made.look(1.0) == []
    assert await made.look(1.0) == [(f"{made.plans.version}-ring", "to-damkar", "late")]


async def test_a_handset_that_another_node_had_rings_as_any_other(made: Bench) -> None:
    """As soon as it rings here, he waits for nothing."""
    made.devices(h201="NOT_INUSE", h101="NOT_INUSE")
    made.waits()
    made.script.event(Milestone.ELSEWHERE, unique="node1-1.9", channel=RINGING)
    made.tell()
    await made.look()
    made.rung()
    made.devices(h201="RINGING", h101="NOT_INUSE")
    assert await made.look(1.0) == []
    assert await made.look(REACH_S) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"BRIDGEPEER": RINGING},
        {"SIAGA_ONWARD": ""},
        {"EXTEN": "to-kominfo"},
        {"CONTEXT": "siaga-room"},
    ],
)
async def test_who_is_elsewhere_by_now_is_left_there(made: Bench, changed: dict[str, str]) -> None:
    """Asterisk is asked just before: somebody has him, or he has gone on by himself."""
    made.logged_in("101")
    made.waits()
    made.values.update(changed)
    assert await made.look() == []


async def test_a_post_is_left_for_the_next_queue_of_its_agency(tmp_path: Path) -> None:
    """The label says which of the queues of an agency it is; an unknown post is let be."""
    bench = Bench(PROJECT / "plans" / "contoh-lengkap.yaml")
    name, agency = next((n, a) for n, a in bench.plans.in_force.agencies.items() if a.posts)
    key = next(iter(agency.posts))
    bench.devices(h999="NOT_INUSE")
    bench.waits(f"{name}|post|nowhere", "left-nowhere")
    assert await bench.look() == []
    bench.waits(f"{name}|post|{key}", f"left-{key}")
    assert await bench.look() == [(f"{bench.plans.version}-ring", f"to-{name}", f"gone-{key}")]


async def test_a_caller_who_has_hung_up_is_no_fault(made: Bench) -> None:
    """Asterisk refuses; nothing is tried again, and the others are seen to."""
    made.logged_in("101")
    made.waits()
    made.error = ActionRefusedError("Redirect", "Channel does not exist: " + CALLER)
    assert len(await made.look()) == 1
    assert await made.look(1.0) == []


async def test_who_talks_or_is_gone_is_not_looked_at(made: Bench) -> None:
    """An answered caller stays with his officer, even one whose handset has logged out."""
    made.waits()
    made.script.talk("201")
    made.tell()
    made.logged_in("101")
    assert await made.look() == []
    made.script.end()
    made.tell()
    assert await made.look() == []
