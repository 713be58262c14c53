"""Two whole centres behind an edge that handsets log in at, all of them on loopback."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ops.phone import CallerLine, HandsetBank
from ops.phone.errors import PhoneTimeoutError
from siaga.edge import Edge
from tests.live import fronts
from tests.live.centre import Centre, running_centre
from tests.live.phones import Phones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ops.phone.handset import Ring

EDGE: Final = Edge("127.0.0.86", 5060, apart=True, handsets=True)
NODES: Final = ("127.0.0.84", "127.0.0.85")
DESKS: Final = "127.0.0.87"
"""Where the handsets are."""
SEEN_S: Final = 10.0
NOT_RUNG_S: Final = 3.0


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
            while any(f"/{name}@" not in contacts(node) for name in extensions):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    say(f"{', '.join(extensions)} logged in at the edge; both nodes know where they are")


def contacts(node: Centre) -> str:
    """Where handsets are, as a node knows."""
    return node.asterisk("pjsip show contacts").replace("sip:", "")


def front(folder: Path, nodes: tuple[Centre, ...]) -> AbstractContextManager[object]:
    """The edge before these nodes."""
    places = [Edge(*node.target) for node in nodes]
    words = {"SIAGA_TRUNKS": "127.0.0.1", "SIAGA_SECRET_FILE": str(folder / "secret")}
    return fronts.running_front(folder / "edge", EDGE, places, **words)


@contextmanager
def running(folder: Path, **more: Any) -> Iterator[tuple[Centre, ...]]:
    """The centres; ``more`` are settings of each. Their addresses are nobody else's meanwhile."""
    with ExitStack() as stack:
        stack.enter_context(fronts.alone())
        (folder / "secret").write_text(secrets.token_hex(32))
        yield tuple(
            stack.enter_context(
                running_centre(
                    folder / f"node{number}",
                    node=f"node{number}",
                    bind=address,
                    edge=EDGE,
                    trunks=("127.0.0.1",),
                    secret_file=folder / "secret",
                    **more,
                )
            )
            for number, address in enumerate(NODES, 1)
        )


@asynccontextmanager
async def telephones(nodes: tuple[Centre, ...]) -> AsyncIterator[Trial]:
    """Callers and handsets at the edge, which runs."""
    place = (EDGE.host, EDGE.port)
    async with AsyncExitStack() as stack:
        await fronts.until_reached(EDGE)
        sipp = nodes[0].sipp
        line = await stack.enter_async_context(CallerLine(sipp, place))
        desk = await stack.enter_async_context(CallerLine(sipp, place, address=DESKS))
        bank = await stack.enter_async_context(HandsetBank(sipp, place, DESKS))
        yield Trial(Phones(nodes[0], line, bank), nodes, desk)
