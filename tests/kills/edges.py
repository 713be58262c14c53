"""One of two edges is killed, or the only one, while calls arrive by it and people talk.

Nodes and handsets are behind the edges as in a centre of several machines: carriers and handsets
know edges alone. A killed edge is started again, as its service is.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ops.phone import CallerLine, HandsetBank, PhoneError
from siaga.edge import Edge
from tests.kills.carrier import Carrier
from tests.kills.scene import RINGS, TALKERS, Caller, Desk, Scene
from tests.live import fronts
from tests.live.calls import answer, choose, converse
from tests.live.centre import running_centre
from tests.live.phones import Phones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from subprocess import Popen

    from ops.phone import Ring
    from tests.kills.carrier import Placed
    from tests.live.centre import Centre
    from tests.postgresql import Server

NODES: Final = ("127.0.0.84", "127.0.0.85")
EDGES: Final = ("127.0.0.86", "127.0.0.88")
DESKS: Final = "127.0.0.87"
"""Where the handsets are."""
EVERY_S: Final = 0.4
BEFORE: Final = 8
AFTER: Final = 16
"""Calls that arrive one after the other before the kill and after it, half of them by each edge."""
AT_ONCE: Final = 10
"""Calls that are being set up at the moment of the kill."""
STAYS_S: Final = 4.0
AGAIN_S: Final = 1.0
"""A service is started again after so long (``RestartSec``)."""
AWAY_S: Final = 8.0
"""How long one of two stays away."""


@dataclass
class Front:
    """An edge, with a line of callers and handsets at it."""

    edge: Edge
    home: Path
    places: tuple[Edge, ...]
    words: dict[str, str]
    _process: Popen[bytes] | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    async def start(self) -> None:
        """Start it; returns when it has a node behind it."""
        self._stack = ExitStack()
        front = fronts.running_front(self.home, self.edge, self.places, **self.words)
        self._process = self._stack.enter_context(front)
        await fronts.until_reached(self.edge)

    async def kill(self) -> None:
        """Kill all of it at once."""
        assert self._process is not None
        await fronts.lose(self._process, self.home, self.edge)

    def stop(self) -> None:
        """End it."""
        self._stack.close()


@dataclass
class Talk:
    """A caller and an officer."""

    caller: Caller
    ring: Ring

    async def goes_on(self) -> bool:
        """Whether both hear each other."""
        try:
            await converse(self.caller.call, self.ring)
        except (PhoneError, TimeoutError):
            return False
        return True


@dataclass
class Stage:
    """All of it.

    Attributes:
        scene: the nodes.
        fronts: the edges; the first is killed.
    """

    scene: Scene
    fronts: list[Front]
    phones: list[Phones] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    carrier: Carrier = field(default_factory=lambda: Carrier(STAYS_S))

    @property
    def centre(self) -> Centre:
        """A node."""
        return self.scene.desks[0].centre

    @asynccontextmanager
    async def equipped(self) -> AsyncIterator[None]:
        """With lines and handsets at each edge as long as the block lasts."""
        async with AsyncExitStack() as stack:
            for front in self.fronts:
                place = (front.edge.host, front.edge.port)
                sipp = self.centre.sipp
                line = await stack.enter_async_context(CallerLine(sipp, place))
                bank = await stack.enter_async_context(HandsetBank(sipp, place, DESKS))
                self.phones.append(Phones(self.centre, line, bank))
            yield
            self.phones.clear()

    def number(self) -> str:
        """A caller's number that no other call has."""
        number = self.centre.number()
        self.scene.placed.append(number)
        return number

    async def fill(self) -> None:
        """Have people talk by each edge, caller and handset at the same one and at two."""
        first, last = self.phones[0], self.phones[-1]
        (one, officer), (two, other) = TALKERS.items()
        await self._talk(first, one, first, officer)
        await self._talk(last, two, last, other)
        await self._talk(first, one, last, f"{officer[:-1]}2")
        await last.log_in(RINGS[1])

    async def _talk(self, calling: Phones, key: str, called: Phones, extension: str) -> None:
        await called.log_in(extension)
        number = self.number()
        call = await choose(calling, number, key)
        ring = await answer(called, extension)
        edge = str(self.fronts[self.phones.index(calling)].edge)
        self.talks.append(Talk(Caller(edge, "talk", number, call), ring))
        assert await self.talks[-1].goes_on()

    async def arrive(self, calls: int) -> None:
        """Have calls arrive one after the other."""
        for _ in range(calls):
            self.place()
            await asyncio.sleep(EVERY_S)

    def place(self) -> None:
        """A call more; a carrier with two ways begins with the one and with the other in turn."""
        edges = [front.edge for front in self.fronts]
        turn = len(self.carrier.calls) % len(edges)
        self.carrier.place(self.number(), [*edges[turn:], *edges[:turn]])

    def up(self) -> tuple[int, int]:
        """Calls that are up by the first edge, and by others."""
        ways = [str(call.way) for call in self.carrier.calls if call.led and not call.ended]
        ways += [talk.caller.node for talk in self.talks]
        first = ways.count(str(self.fronts[0].edge))
        return first, len(ways) - first

    async def led(self, began: float) -> float:
        """A caller rings a handset by the edge that is left, or that comes back; seconds."""
        last = self.phones[-1]
        call = await last.line.call(self.number())
        await call.answered(60.0)
        await call.hears_sound()
        await call.press(RINGS[0])
        ring = await answer(last, RINGS[1])
        await converse(call, ring)
        took = time.monotonic() - began
        await call.hang_up()
        await ring.ended()
        return took

    async def empty(self) -> None:
        """Everybody hangs up, and each record is closed."""
        for talk in self.talks:
            await talk.caller.call.hang_up()
            await talk.ring.ended()
        self.talks.clear()
        await self.carrier.over()
        await self.scene.until(lambda found: all(each.ended is not None for each in found))


@dataclass(frozen=True)
class Fate:
    """What became of a kill.

    Attributes:
        up: calls that were up by the edge that was killed, and by the other.
        cut: those who talked and did not any more.
        back_s: when the next call was led.
        meanwhile: calls placed from the kill on, and just before, that were answered; the one that
            waited longest last.
        refused: calls that were never answered.
    """

    up: tuple[int, int]
    cut: set[str]
    back_s: float
    meanwhile: list[Placed]
    refused: set[str]


async def kill(stage: Stage) -> Fate:
    """Kill the first edge under load, and look what becomes of everything."""
    killed, carrier = stage.fronts[0], stage.carrier
    await stage.fill()
    await stage.arrive(BEFORE)
    settled, up = len(carrier.calls), stage.up()
    # Half of these are sent before the edge is gone, and half when it is.
    for _ in range(AT_ONCE // 2):
        stage.place()
    await asyncio.sleep(0)
    losing = asyncio.create_task(killed.kill())
    began = time.monotonic()
    for _ in range(AT_ONCE // 2):
        stage.place()
    await losing
    arriving = asyncio.create_task(stage.arrive(AFTER))
    next_one = asyncio.create_task(stage.led(began))
    away_s = AGAIN_S if len(stage.fronts) == 1 else AWAY_S
    on = await asyncio.gather(*(talk.goes_on() for talk in stage.talks))
    cut = {talk.caller.number for talk, went in zip(stage.talks, on, strict=True) if not went}
    await asyncio.sleep(max(0.0, began + away_s - time.monotonic()))
    await killed.start()
    back = await next_one
    await arriving
    await stage.empty()
    placed = [call for call in carrier.calls[settled:] if call.led is not None]
    meanwhile = sorted(placed, key=lambda call: call.waited_s)
    refused = {call.number for call in carrier.calls if call.led is None}
    carrier.calls.clear()
    return Fate(up, cut, back, meanwhile, refused)


@asynccontextmanager
async def staged(folder: Path, server: Server, count: int) -> AsyncIterator[Stage]:
    """Two nodes behind so many edges."""
    database = f"edges{count}"
    await server.execute(f"CREATE DATABASE {database}")
    secret = folder / "secret"
    secret.write_text(secrets.token_hex(32), encoding="utf-8")
    made = [Edge(host, apart=True, handsets=True) for host in EDGES[:count]]
    edges = [
        replace(each, others=tuple(other.host for other in made if other is not each))
        for each in made
    ]
    async with AsyncExitStack() as stack:
        stack.enter_context(fronts.alone())
        nodes = []
        for number, address in enumerate(NODES, 1):
            centre = running_centre(
                folder / f"{database}-n{number}",
                node=f"node{number}",
                bind=address,
                edge=edges[0],
                trunks=("127.0.0.1",),
                secret_file=secret,
                database_url=server.url(database),
            )
            nodes.append(await asyncio.to_thread(stack.enter_context, centre))
        places = tuple(Edge(*node.target) for node in nodes)
        words = {"SIAGA_TRUNKS": "127.0.0.1", "SIAGA_SECRET_FILE": str(secret)}
        before = []
        for number, edge in enumerate(edges):
            front = Front(edge, folder / f"{database}-e{number}", places, words)
            await front.start()
            stack.callback(front.stop)
            before.append(front)
        yield Stage(Scene(server, [Desk(node) for node in nodes], database), before)
