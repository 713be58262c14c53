"""``python -m tests.edge``: handsets log in at an edge before two nodes, and are called from both.

Two whole centres and an edge are started on loopback, and nothing of them is left after. Takes
about a minute; each line of the account says what was seen, and the first that is wrong ends it.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.phone import CallerLine, HandsetBank
from ops.phone.errors import PhoneTimeoutError
from ops.phone.transfer import dial, hand_over
from siaga.edge import Edge
from tests.live import fronts
from tests.live.calls import choose, converse
from tests.live.centre import Centre, running_centre
from tests.live.phones import Phones

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ops.phone.handset import Ring

EDGE: Final = Edge("127.0.0.86", 5060, apart=True, handsets=True)
NODES: Final = ("127.0.0.84", "127.0.0.85")
DESKS: Final = "127.0.0.87"
"""Where the handsets are."""
SEEN_S: Final = 10.0
NOT_RUNG_S: Final = 3.0
GONE_S: Final = 40.0
"""Asterisk asks each 20 s, and waits 3 s."""


def say(text: str) -> None:
    """A line of the account, with the time."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


@dataclass
class Trial:
    """What is tried.

    Attributes:
        phones: callers at the edge, and handsets that log in there. ``nodes``: behind it.
        desk: a line that handsets call out by.
    """

    phones: Phones
    nodes: tuple[Centre, ...]
    desk: CallerLine

    def number(self) -> str:
        """A caller's number that no other call has."""
        return self.nodes[0].number()

    async def node_of(self, number: str) -> Centre:
        """The node that a caller's call is at."""
        async with asyncio.timeout(SEEN_S):
            while True:
                for node in self.nodes:
                    if number in await asyncio.to_thread(
                        node.asterisk, "core show channels concise"
                    ):
                        return node
                await asyncio.sleep(0.1)

    async def answer(self, extension: str) -> Ring:
        """A handset takes its next call that is not over yet: others took those before."""
        while True:
            ring = await self.phones.bank.ring(extension)
            if ring.end is None:
                await ring.alert()
                await ring.answer()
                return ring

    async def not_rung(self, extension: str) -> None:
        """A handset stays still.

        Raises:
            AssertionError: it rings.
        """
        try:
            await self.phones.bank.ring(extension, NOT_RUNG_S)
        except PhoneTimeoutError:
            return
        raise AssertionError(f"{extension} rings")


async def logged_in(trial: Trial, *extensions: str) -> None:
    """They log in once, and each node finds them."""
    for extension in extensions:
        password = trial.nodes[0].password(extension)
        await trial.phones.bank.register(extension, password)
    for node in trial.nodes:
        async with asyncio.timeout(SEEN_S):
            while any(f"/{name}@" not in _contacts(node) for name in extensions):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    say(f"{', '.join(extensions)} logged in at the edge; both nodes know where they are")


def _contacts(node: Centre) -> str:
    return node.asterisk("pjsip show contacts").replace("sip:", "")


async def from_both(trial: Trial) -> None:
    """One handset is called from one node and then from the other."""
    used = set()
    for ends in ("caller", "handset"):
        number = trial.number()
        began = time.monotonic()
        call = await choose(trial.phones, number)
        ring = await trial.answer("201")
        node = await trial.node_of(number)
        used.add(node.settings.node)
        await converse(call, ring)
        await (call if ends == "caller" else ring).hang_up()
        await (ring if ends == "caller" else call).ended()
        record = await node.record(number)
        assert record.handset == "201", record
        say(f"201 talked by {node.settings.node} after {time.monotonic() - began:.1f} s")
    assert len(used) == 2, used


async def busy(trial: Trial) -> None:
    """In a call by one node a handset is left alone by the other, which rings the next."""
    first, second = trial.number(), trial.number()
    call = await choose(trial.phones, first)
    ring = await trial.answer("201")
    await converse(call, ring)
    other = await choose(trial.phones, second)
    taken = await trial.answer("202")
    await converse(other, taken)
    nodes = {(await trial.node_of(number)).settings.node for number in (first, second)}
    assert len(nodes) == 2, nodes
    await trial.not_rung("201")
    await converse(call, ring)
    for up in (call, other):
        await up.hang_up()
    for end in (ring, taken):
        await end.ended()
    say("201 talked by one node, the other's caller was put through to 202, and 201 did not ring")


async def handed_over(trial: Trial) -> None:
    """A handset asks a colleague and hands the caller over: all of it at the caller's node."""
    password = trial.nodes[0].password("201")
    for _ in trial.nodes:
        number = trial.number()
        call = await choose(trial.phones, number)
        ring = await trial.answer("201")
        asked, colleague = await asyncio.gather(
            dial(trial.desk, "201", password, "101"), trial.answer("101")
        )
        node = await trial.node_of(number)
        assert await hand_over(ring, asked) == 202
        await converse(call, colleague)
        await asyncio.gather(ring.leave(), asked.leave())
        await call.hang_up()
        await colleague.ended()
        say(f"201 asked 101 and handed its caller over at {node.settings.node}")


async def edge_killed(trial: Trial, edges: AsyncExitStack, folder: Path) -> None:
    """Killed while two talk: they talk on, and with it back handsets are reached as before."""
    number = trial.number()
    call = await choose(trial.phones, number)
    ring = await trial.answer("201")
    await converse(call, ring)
    await edges.aclose()
    await converse(call, ring)
    began = time.monotonic()
    edges.enter_context(front(folder, trial.nodes))
    await fronts.until_reached(EDGE)
    await ring.hang_up()
    await call.ended()
    say("the edge was killed and started; they talked on, and the handset ended the call by it")
    for _ in trial.nodes:
        call = await choose(trial.phones, trial.number())
        ring = await trial.answer("201")
        await converse(call, ring)
        await call.hang_up()
        await ring.ended()
    say(f"201 was called by both again, {time.monotonic() - began:.1f} s after it was started")


async def node_killed(trial: Trial) -> None:
    """A node is killed in a call: the handset is free for the other node as soon as it hangs up."""
    number = trial.number()
    call = await choose(trial.phones, number)
    ring = await trial.answer("201")
    await converse(call, ring)
    node = await trial.node_of(number)
    node.kill("asterisk")
    began = time.monotonic()
    await asyncio.gather(call.leave(), ring.leave())
    number = trial.number()
    call = await choose(trial.phones, number)
    ring = await trial.answer("201")
    await converse(call, ring)
    other = await trial.node_of(number)
    say(
        f"{node.settings.node} was killed; 201 talked by {other.settings.node} "
        f"{time.monotonic() - began:.1f} s later"
    )
    await call.hang_up()
    await ring.ended()


async def gone(nodes: tuple[Centre, ...]) -> None:
    """Handsets that are switched off are missed by each node, not taken for there."""
    for node in nodes:
        began = time.monotonic()
        async with asyncio.timeout(GONE_S):
            while "Unavail" not in _contacts(node):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.5)
        say(f"{node.settings.node} missed a handset {time.monotonic() - began:.1f} s later")


def front(folder: Path, nodes: tuple[Centre, ...]) -> AbstractContextManager[object]:
    """The edge before these nodes."""
    places = [Edge(*node.target) for node in nodes]
    words = {"SIAGA_TRUNKS": "127.0.0.1", "SIAGA_SECRET_FILE": str(folder / "secret")}
    return fronts.running_front(folder / "edge", EDGE, places, **words)


async def tried(folder: Path, nodes: tuple[Centre, ...]) -> None:
    """All of it, one after the other."""
    place = (EDGE.host, EDGE.port)
    async with AsyncExitStack() as edges, AsyncExitStack() as stack:
        edges.enter_context(front(folder, nodes))
        await fronts.until_reached(EDGE)
        sipp = nodes[0].sipp
        line = await stack.enter_async_context(CallerLine(sipp, place))
        desk = await stack.enter_async_context(CallerLine(sipp, place, address=DESKS))
        bank = await stack.enter_async_context(HandsetBank(sipp, place, DESKS))
        trial = Trial(Phones(nodes[0], line, bank), nodes, desk)
        await logged_in(trial, "201", "202", "101")
        await from_both(trial)
        await busy(trial)
        await handed_over(trial)
        await edge_killed(trial, edges, folder)
        await node_killed(trial)
        await stack.aclose()
        await gone(nodes)


def main() -> int:
    """Try all of it; exit status 0 when it was as it must be."""
    with tempfile.TemporaryDirectory(prefix="siaga112-edge-") as made, ExitStack() as stack:
        stack.enter_context(fronts.alone())
        folder = Path(made)
        (folder / "secret").write_text(secrets.token_hex(32))
        nodes = tuple(
            stack.enter_context(
                running_centre(
                    folder / f"node{number}",
                    node=f"node{number}",
                    bind=address,
                    edge=EDGE,
                    trunks=("127.0.0.1",),
                    secret_file=folder / "secret",
                )
            )
            for number, address in enumerate(NODES, 1)
        )
        say("two nodes are up")
        asyncio.run(tried(folder, nodes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
