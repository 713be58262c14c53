"""From what is written of calls and incidents to a real web server that has subscribed to it."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from yarl import URL

from router.accounts.trail import Actor
from router.calls.record import Leg, LegKind, Outcome, Recording
from router.hooks.model import CHOICES, Happening, HookEvent
from router.hooks.posts import DATA, OverrideData, PlanData, Post
from router.hooks.service import Hooks
from router.incidents.model import By, Place, Said
from router.notify import DeliveryPolicy
from router.store import CallReader, CallWriter, ClassStore, hook_news
from router.store.classes import Given
from router.store.hooks import HookError, HookStore, PostState
from router.store.incidents import IncidentStore
from router.store.trail import Search, Trail
from siaga.keys import CallClass
from siaga.places import Position
from tests.unit.router.notify.receiver import Receiver
from tests.unit.router.store.records import closed, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from siaga.settings import Settings

pytestmark = pytest.mark.engines

QUICK = DeliveryPolicy(
    at_once=20,
    poll_s=0.01,
    retry=timedelta(milliseconds=5),
    retry_max=timedelta(milliseconds=10),
)
EVERY = tuple(event.value for event in CHOICES)
COMES_S = 10.0


@dataclass
class House:
    """Subscriptions, and what they are told of."""

    settings: Settings
    engine: AsyncEngine
    hooks: HookStore
    writer: CallWriter
    outside: list[Happening]
    noted: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def now(self) -> Actor:
        return Actor("Ani", "test", datetime.now(UTC))

    async def subscribe(
        self, receiver: Receiver, *events: str, personal: bool = False, name: str = "peta"
    ) -> tuple[int, str]:
        """One whose posts come to the receiver; gives its number and secret."""
        return await self.hooks.make(
            name, URL(receiver.address), events or EVERY, self.now(), personal=personal
        )

    async def write(self, *records: CallRecord) -> None:
        for each in records:
            self.writer.put(each)
        assert await self.writer.flush()

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[Hooks]:
        part = Hooks(self.settings, self.engine, lambda: self.outside, QUICK)
        part.worker.on_tried = lambda key, _fault: self.noted.put_nowait(key)
        task = asyncio.create_task(part.run())
        try:
            yield part
        finally:
            task.cancel()
            await asyncio.wait([task])
            part.close()


@pytest.fixture
async def house(settings: Settings, engine: AsyncEngine) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        hooks, writer = HookStore(engine), CallWriter(engine)
        stack.callback(hooks.close)
        writer.start()
        stack.push_async_callback(writer.close)
        yield House(settings, engine, hooks, writer, [])


def lately(full: CallRecord) -> CallRecord:
    """The same call, a moment from now."""
    ago = datetime.now(UTC) + timedelta(seconds=1) - full.began

    def moved(at: datetime | None) -> datetime | None:
        return None if at is None else at + ago

    legs = tuple(
        replace(leg, rung=leg.rung + ago, joined=moved(leg.joined), accepted=moved(leg.accepted))
        for leg in full.legs
    )
    return replace(
        full,
        began=full.began + ago,
        answered=moved(full.answered),
        ended=moved(full.ended),
        legs=legs,
    )


async def came(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    """So many posts, in their order."""
    async with asyncio.timeout(COMES_S):
        for _ in range(count):
            await receiver.came.get()
    return receiver.got[-count:]


def fits(post: dict[str, Any]) -> bool:
    """Whether it is as the interface is written down."""
    event = HookEvent(post["event"])
    Post.model_validate({**post, "data": {}})
    DATA[event].model_validate(post["data"])
    return True


async def test_a_call_is_told_from_its_beginning_to_its_end(house: House) -> None:
    """Each event once and in its order, also when one is refused at first; no number."""
    accepted = Leg("c", LegKind.TRANSFER, "rsud", closed().began, accepted=closed().ended)
    full = lately(closed(caller="<b>0811</b>", legs=(*closed().legs, accepted)))
    begun = replace(full, answered=None, ended=None, outcome=None, legs=())
    async with Receiver(statuses=[500]).up() as receiver, house.delivering():
        number, _ = await house.subscribe(receiver)
        await house.write(begun)
        await house.write(replace(begun, answered=full.answered), begun)
        await house.write(full)
        await house.write(replace(full, recording=Recording("a.wav", "0" * 64, 5)))
        refused, *posts = await came(receiver, 5)
        async with asyncio.timeout(COMES_S):
            for _ in receiver.keys:
                await house.noted.get()
    assert refused == posts[0]
    assert [post["event"] for post in posts] == [
        "call.begun",
        "call.answered",
        "call.accepted",
        "call.ended",
    ]
    assert all(fits(post) for post in posts)
    assert "0811" not in json.dumps(posts)
    assert posts[3]["data"]["wait_ms"] == full.wait_ms
    assert [post["id"] for post in posts] == receiver.keys[1:]
    listed = await house.hooks.posts(number, 10)
    assert {post.state for post in listed} == {PostState.SENT}
    assert [post.event for post in listed][::-1] == [post["event"] for post in posts]


async def test_who_left_is_told_and_a_test_call_is_not(house: House) -> None:
    """Abandoned, then ended; of the centre's own calls, and of what was before, nothing."""
    gone = lately(closed(answered=None, outcome=Outcome.ABANDONED_RINGING, legs=()))
    test = replace(lately(closed("node1-9.9")), recording=Recording("test/a.wav"))
    earlier = closed("node1-8.8")
    async with Receiver().up() as receiver, house.delivering():
        await house.subscribe(receiver, "call.abandoned", "call.ended", personal=True)
        await house.write(test, earlier, gone)
        posts = await came(receiver, 2)
    assert [post["event"] for post in posts] == ["call.abandoned", "call.ended"]
    assert posts[0]["data"]["caller"] == "+62811"


async def test_a_post_is_signed_and_tried_until_it_is_taken(house: House) -> None:
    """With the same id and a signature by the secret; after a renewal, by both."""
    async with Receiver(statuses=[500, 302]).up() as receiver:
        number, first = await house.subscribe(receiver)
        second = await house.hooks.rotate(number, house.now())
        async with house.delivering():
            await house.hooks.test(number, "node1", house.now())
            await came(receiver, 3)
    assert len(set(receiver.keys)) == 1
    request = receiver.requests[-1]
    body = json.dumps(receiver.got[-1]).encode()
    signed = b".".join(
        (
            request.headers["Webhook-Id"].encode(),
            request.headers["Webhook-Timestamp"].encode(),
            body,
        )
    )
    made = request.headers["Webhook-Signature"].split(" ")
    assert second is not None
    for secret, signature in zip((second, first), made, strict=True):
        raw = base64.b64decode(secret.removeprefix("whsec_"))
        digest = base64.b64encode(hmac.digest(raw, signed, "sha256")).decode()
        assert signature == f"v1,{digest}"


async def test_a_receiver_that_fails_is_told_until_it_takes_one(house: House) -> None:
    """By the subscription's name, with what it answered; one that takes its posts is not."""
    async with Receiver(statuses=[500] * 3).up() as bad, Receiver().up() as good:
        number, _ = await house.subscribe(bad, name="peta")
        other, _ = await house.subscribe(good, name="layar")
        async with house.delivering() as part:
            await house.hooks.test(number, "node1", house.now())
            await house.hooks.test(other, "node1", house.now())
            failing = []
            async with asyncio.timeout(COMES_S):
                while len(failing) < 3 or part.failing():
                    await house.noted.get()
                    failing.append(part.failing())
    assert "500" in failing[0].get("peta", failing[1].get("peta", ""))
    assert all(each.keys() <= {"peta"} for each in failing)


async def test_a_receiver_that_hangs_holds_up_its_own_posts_alone(house: House) -> None:
    """Others are told meanwhile, and calls are written."""

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with Receiver(answer=hang).up() as bad, Receiver().up() as good, house.delivering():
        for number in range(10):
            await house.subscribe(bad, "call.begun", name=f"bad{number}")
        await house.subscribe(good, "call.begun")
        for number in range(20):
            await house.write(lately(record(f"node1-1.{number}")))
        assert len(await came(good, 20)) == 20
        assert len(bad.got) == 10


async def test_an_incident_is_told_with_what_was_changed(house: House) -> None:
    """Opened by a class, placed, closed; where exactly only to whom it is for."""
    call = lately(closed())
    classes, incidents = ClassStore(house.engine), IncidentStore(house.engine)
    said = Said("Ani", datetime.now(UTC) + timedelta(seconds=2))
    place = Place("64.08.01", None, "Jl. Yos <i>", Position(0.5, 117.5), By.OPERATOR)
    async with Receiver().up() as open_, Receiver().up() as shut, house.delivering():
        kinds = [event for event in EVERY if event.startswith(("incident", "call.classed"))]
        await house.subscribe(open_, *kinds, personal=True)
        await house.subscribe(shut, *kinds)
        await house.write(call)
        await classes.give(call.id, Given(CallClass.EMERGENCY, said.at, "201"))
        (found,) = await incidents.open()
        await incidents.set_place(found.id, place, said, "x")
        await incidents.finish(found.id, "padam", said)
        posts, others = await came(open_, 4), await came(shut, 4)
    classes.close()
    incidents.close()
    events = ["call.classed", "incident.opened", "incident.changed", "incident.closed"]
    assert {post["event"] for post in posts} == set(events)
    assert all(fits(post) for post in (*posts, *others))
    by_event = {post["event"]: post["data"] for post in posts}
    assert by_event["call.classed"]["class"] == "emergency"
    assert by_event["incident.changed"]["place"] == "Jl. Yos <i>"
    assert by_event["incident.closed"]["state"] == "closed"
    assert "Yos" not in json.dumps(others)
    assert "117.5" not in json.dumps(others)


async def test_what_happens_outside_is_told_once(house: House) -> None:
    """A plan, and a flag with its number for whom it is; a router started anew is silent."""
    now = datetime.now(UTC) + timedelta(seconds=1)
    flag = OverrideData(override="flag", until="x", target=None, name="62811", why="iseng")
    house.outside += [
        Happening(HookEvent.PLAN_APPLIED, now, "node1", ("a",), PlanData(plan="a")),
        Happening(HookEvent.OVERRIDE_SET, now, "node1", ("flag/62811",), flag),
    ]
    async with Receiver().up() as receiver:
        number, _ = await house.subscribe(receiver)
        for _ in range(2):
            async with house.delivering() as part:
                await part.look()
        async with house.delivering():
            posts = await came(receiver, 2)
        assert len(await house.hooks.posts(number, 10)) == 2
    assert "62811" not in json.dumps(posts)
    assert "iseng" not in json.dumps(posts)


async def test_nothing_is_sent_to_who_is_paused_or_removed(house: House) -> None:
    """Neither what waits nor what comes; told again is what happens after the pause."""
    async with Receiver().up() as receiver:
        number, _ = await house.subscribe(receiver, "call.begun")
        other, _ = await house.subscribe(receiver, "call.begun", name="lain")
        await house.write(lately(record("node1-1.1")))
        await house.hooks.pause(number, house.now())
        await house.hooks.remove(other, house.now())
        async with house.delivering() as part:
            await house.write(lately(record("node1-1.2")))
            await house.hooks.resume(number, house.now())
            await house.write(lately(record("node1-1.3")))
            (post,) = await came(receiver, 1)
            await part.look()
        assert post["data"]["call"] == "node1-1.3"
        assert await house.hooks.get(other) is None
        listed = await house.hooks.posts(other, 10)
        assert [each.state for each in listed] == [PostState.NOT_NEEDED]
    trail = Trail(house.engine)
    rows = await trail.find(Search(), 10)
    trail.close()
    assert [row.what for row in rows] == [
        "hook_resumed",
        "hook_removed",
        "hook_paused",
        "hook_made",
        "hook_made",
    ]


async def test_posts_are_kept_for_a_while(house: House) -> None:
    """Then they go, with what is in them."""
    async with Receiver().up() as receiver:
        number, _ = await house.subscribe(receiver)
        await house.hooks.test(number, "node1", house.now())
        part = Hooks(house.settings, house.engine, list, QUICK)
        await part.look(datetime.now(UTC) + timedelta(days=29))
        assert len(await house.hooks.posts(number, 10)) == 1
        await part.look(datetime.now(UTC) + timedelta(days=31))
        assert await house.hooks.posts(number, 10) == []
        part.close()


async def test_there_is_an_end_to_subscriptions(house: House) -> None:
    """At most twenty; one that is told nothing is none."""
    async with Receiver().up() as receiver:
        with pytest.raises(HookError):
            await house.subscribe(receiver, "nothing")
        for number in range(20):
            await house.subscribe(receiver, name=f"n{number}")
        with pytest.raises(HookError):
            await house.subscribe(receiver, name="n20")


async def test_a_post_that_cannot_be_made_costs_no_record(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with it, the call, its class and its incident are kept."""
    call, classes = lately(closed()), ClassStore(house.engine)
    incidents = IncidentStore(house.engine)

    def unfit(*_: object) -> str:
        raise ValueError

    monkeypatch.setattr(hook_news, "payload", unfit)
    async with Receiver().up() as receiver:
        number, _ = await house.subscribe(receiver)
        await house.write(call)
        at = datetime.now(UTC) + timedelta(seconds=2)
        await classes.give(call.id, Given(CallClass.EMERGENCY, at, "201"))
        assert await house.hooks.posts(number, 10) == []
    assert [each.id for each in await CallReader(house.engine).calls(10)] == [call.id]
    assert len(await incidents.open()) == 1
    assert house.writer.counters.refused == 0
    classes.close()
    incidents.close()
