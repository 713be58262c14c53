"""Programs outside that are told of calls: each event once, signed, and later by who failed."""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyotp

from tests.compose.calls import account
from tests.compose.console import reader
from tests.compose.desk import RECORD_S, Desk, ScenarioError, expect, over
from tests.compose.stack import CONSOLES, NODES
from tests.live.hook import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.compose.console import Reader
    from tests.live.hook import Hook, Post

ENROL: Final = "/login/enrol"
BEGUN, ANSWERED, CLASSED = "call.begun", "call.answered", "call.classed"
ABANDONED, ENDED = "call.abandoned", "call.ended"
TALKED: Final = [BEGUN, ANSWERED, CLASSED, ENDED]
LEFT: Final = [BEGUN, ABANDONED, ENDED]
EVENTS: Final = (BEGUN, ANSWERED, CLASSED, ABANDONED, ENDED)
FAILS: Final = (503, 500, 503)
"""What one receiver says to the first that it gets; the posts are tried again after 1, 2, 4 s."""
PRANK: Final = "*43"
_FACTOR: Final = re.compile(r'name="secret" value="([^"]+)"')
_SECRET: Final = re.compile(r"whsec_([A-Za-z0-9+/=]+)")
_NUMBER: Final = re.compile(r'action="/hooks/(\d+)/')


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a receiver has, and the secret that it knows."""

    hook: Hook
    secret: bytes

    def taken(self, call: str) -> list[Post]:
        """Of a call, what it said that it took."""
        return [post for post in self._about(call) if post.status < 300]

    def refused(self) -> list[Post]:
        """What it said that it did not take."""
        return [post for post in self.hook.posts if post.status >= 300]

    def _about(self, call: str) -> list[Post]:
        return [post for post in self.hook.posts if post.body["data"]["call"] == call]


async def subscribers(desk: Desk) -> str:
    """One at each node's console, one of which fails at first: each is told by both nodes."""
    async with AsyncExitStack() as stack:
        found = [await stack.enter_async_context(_subscribed(desk, node)) for node in NODES]
        found[-1].hook.statuses.extend(FAILS)
        await desk.log_in(["101"])
        calls = await _pair(desk)
        for each in found:
            await _told(each, calls)
        # What comes twice would be there before what these tell.
        later = await _pair(desk)
        for each in found:
            await _told(each, later)
            for call, events in (calls | later).items():
                expect("events", [post.body["event"] for post in each.taken(call)], events)
            _signed(each)
        _repeated(found[-1])
    expect("refused by the one that never failed", found[0].refused(), [])
    told = sum(len(events) for events in (calls | later).values())
    return f"{told} events of {len(calls | later)} calls to each, {len(FAILS)} of them tried again"


async def _pair(desk: Desk) -> dict[str, list[str]]:
    """A caller who talks and one who leaves, of different nodes; what is told of either call."""
    await desk.by_turns()
    talk = await desk.talk("0", "101")
    left, calling = await desk.call("")
    await calling.hang_up()
    await talk.ring.press_many(PRANK)
    await desk.record(talk.number, lambda row: row["class"] == "prank")
    await talk.calling.hang_up()
    rows = [await desk.record(number, over) for number in (talk.number, left)]
    expect("nodes", sorted(row["node"] for row in rows), sorted(NODES))
    return {row["id"]: events for row, events in zip(rows, (TALKED, LEFT), strict=True)}


async def _told(subscription: Subscription, calls: dict[str, list[str]]) -> None:
    """Wait until its receiver has taken as much of these calls as there is to tell."""

    def lacks() -> bool:
        return any(len(subscription.taken(call)) < len(calls[call]) for call in calls)

    try:
        async with asyncio.timeout(RECORD_S):
            while lacks():  # noqa: ASYNC110 (filled by another thread)
                await asyncio.sleep(0.05)
    except TimeoutError:
        told = [(post.body["event"], post.status) for post in subscription.hook.posts]
        raise ScenarioError(f"after {RECORD_S:.0f} s only {told}") from None


def _signed(subscription: Subscription) -> None:
    """Each post has the signature of who knows the secret, and no number of a caller."""
    for post in subscription.hook.posts:
        key, at = post.headers["Webhook-Id"], post.headers["Webhook-Timestamp"]
        text = b".".join((key.encode(), at.encode(), post.raw))
        made = base64.b64encode(hmac.digest(subscription.secret, text, "sha256")).decode()
        expect("signature", post.headers["Webhook-Signature"], f"v1,{made}")
        expect("id", post.body["id"], key)
        if "08120" in post.raw.decode():
            raise ScenarioError(f"a number is told: {post.body}")


def _repeated(subscription: Subscription) -> None:
    """What was refused is the same when it comes again."""
    refused = subscription.refused()
    expect("refusals", tuple(post.status for post in refused), FAILS)
    taken = {
        post.headers["Webhook-Id"]: post.raw
        for post in subscription.hook.posts
        if post.status < 300
    }
    for post in refused:
        expect("again", taken.get(post.headers["Webhook-Id"]), post.raw)


@asynccontextmanager
async def _subscribed(desk: Desk, node: str) -> AsyncIterator[Subscription]:
    """A receiver outside the containers, which an admin subscribes at a node's console."""
    # It has an event loop of its own, which begins beside no other.
    receiver = serving()
    hook = await asyncio.to_thread(receiver.__enter__)
    try:
        async with _admin(desk, node) as console:
            await console.get("/hooks")
            asked = {"name": f"penerima {node}", "address": hook.address, "event": EVENTS}
            expect("subscribing", await console.post("/hooks", **asked), "/hooks?200")
            number = _found(_NUMBER, console)
            yield Subscription(hook, base64.b64decode(_found(_SECRET, console)))
            await console.post(f"/hooks/{number}/remove")
    finally:
        await asyncio.to_thread(receiver.__exit__, None, None, None)


@asynccontextmanager
async def _admin(desk: Desk, node: str) -> AsyncIterator[Reader]:
    """An admin logged in at a node's console: nobody is one without a second factor."""
    name = f"admin-{desk.number()}"
    word = await asyncio.to_thread(account, desk.stack, "admin", name)
    async with reader(CONSOLES[node], name, word) as console:
        await console.get(ENROL)
        secret = _found(_FACTOR, console)
        code = pyotp.TOTP(secret).now()
        expect("enrolment", await console.post(ENROL, secret=secret, code=code), "/")
        yield console


def _found(what: re.Pattern[str], console: Reader) -> str:
    found = what.search(console.page)
    if found is None:
        raise ScenarioError(f"{what.pattern} is not on the page")
    return found[1]
