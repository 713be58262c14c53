"""One, two and three nodes behind an edge, and one without: calls a second, and the edge's cost.

All on one machine, so each node has a share of its processors (:mod:`tests.bench.shares`): another
node adds a share, as another machine would, until the machine is full. Edges, database and
telephones have the rest. Handsets log in at an edge, and every node rings them by it. Three edges
stand before the same nodes, each with another number of them, so that ways take turns without a
start in between.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from ops import freeports
from ops.bench import plan
from ops.bench.centre import LAG_S, command
from ops.bench.entries import Entry
from ops.bench.phones import Phones, served
from ops.bench.stats import percentile
from ops.instance import running
from ops.phone import CallerLine, HandsetBank
from ops.runtime import KAMAILIO, find_tool
from siaga.edge import Edge
from siaga.files import write_atomic
from tests.bench.events import postgres
from tests.bench.menus import LOOPBACK, alone, roomy
from tests.bench.shares import Share, of_home, share
from tests.bench.spread import Spread
from tests.live import fronts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ops.instance import Instance
    from siaga.settings import Settings

SHARE: Final = 0.3
"""Processors a node."""
MOST: Final = 3
"""Nodes behind the edge: with their telephones about what two processors have room for."""
DIRECT: Final = "direct"
EDGE_ADDRESS: Final = "127.0.0.9{}"
NODE_ADDRESS: Final = "127.0.0.10{}"
DESKS: Final = "127.0.0.99"
"""Where the handsets are; callers come from where trunks are."""
EDGE_PORT: Final = freeports.EDGE
QUIET_RATE: Final = 4.0
"""Calls a second at which every way is measured, which one node carries easily."""
LATE_MS: Final = 500.0
"""p99 from the key to the INVITE beyond which a rate is too high: some times a quiet node's."""
FAULTS: Final = 0.02
BEGIN: Final = 0.8
"""Of what a share lasts for by the CPU of a call: the first rate that is tried."""
TRIES: Final = 12
LOGIN_S: Final = 60.0
"""After so long handsets log in anew."""
IDLE_S: Final = 5.0
LEAST_MS: Final = 1.0
"""No call costs a node less: only on a machine where others work does it seem so."""
SEEN_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Attributes:
        runs: of each way.
        calls: at ``QUIET_RATE``. ``seconds``: that a higher rate is held.
    """

    runs: int
    calls: int = 12
    seconds: float = 2.5


@dataclass(frozen=True, slots=True)
class Way:
    """A way for callers.

    Attributes:
        key: ``direct``, or how many nodes are behind the edge.
        nodes: that take its calls. ``groups``: theirs. ``edge``: those of the edges.
    """

    key: str
    nodes: int
    phones: Phones
    groups: tuple[Share, ...]
    edge: tuple[Share, ...]


@dataclass(slots=True)
class Taken:
    """What the runs of a way gave; CPU in ms a call, of the nodes and of the edge."""

    held: list[float] = field(default_factory=list)
    ring_ms: list[float] = field(default_factory=list)
    node_ms: list[float] = field(default_factory=list)
    edge_ms: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Of all ways: calls, faults, and when the handsets of a bank logged in last."""

    calls: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    logins: dict[int, float] = field(default_factory=dict)


async def cluster(
    settings: Settings, home: Path, sizes: Sizes, say: Callable[[str], None], tally: Tally
) -> dict[str, Any]:
    """Each way in turn, each run beginning with another.

    Raises:
        NoGroupsError: this machine gives us no shares.
    """
    async with AsyncExitStack() as stack:
        ways = await _opened(stack, settings, home, say)
        for way in ways:
            await _load(way, 4, QUIET_RATE, tally)
        await asyncio.sleep(LAG_S)
        idle = await _idle(ways)
        taken = {way.key: Taken() for way in ways}
        for number in range(sizes.runs):
            say(f"Node / nodes: {number + 1} / {sizes.runs}")
            turns = [*ways[number % len(ways) :], *ways[: number % len(ways)]]
            for way in turns:
                await _quiet(way, sizes, idle, taken[way.key], tally)
            for way in turns:
                lasts = SHARE * 1000 / median(taken[way.key].node_ms)
                taken[way.key].held.append(await _climbed(way, sizes, lasts, tally))
            await asyncio.sleep(LAG_S)
    return {
        "share": SHARE,
        "quiet_rate": QUIET_RATE,
        "late_ms": LATE_MS,
        "ways": {
            way.key: {
                "nodes": way.nodes,
                **{name: Spread(tuple(getattr(taken[way.key], name))) for name in _NAMES},
            }
            for way in ways
        },
    }


_NAMES: Final = ("held", "ring_ms", "node_ms", "edge_ms")


async def _quiet(
    way: Way, sizes: Sizes, idle: dict[int, float], taken: Taken, tally: Tally
) -> None:
    """What a call costs, all that follows it included, and how soon the handset rings."""
    await _logged_in(way, tally)
    loop = asyncio.get_running_loop()
    groups = (way.groups, way.edge)
    before, began = [_used(each) for each in groups], loop.time()
    rang, good = await _load(way, sizes.calls, QUIET_RATE, tally)
    await asyncio.sleep(LAG_S)
    lasted = loop.time() - began
    node_ms, edge_ms = (
        (_used(each) - spent - lasted * sum(idle[id(group)] for group in each))
        * 1000
        / max(1, good)
        for each, spent in zip(groups, before, strict=True)
    )
    taken.ring_ms.append(percentile(rang, 50))
    taken.node_ms.append(max(LEAST_MS, node_ms))
    taken.edge_ms.append(edge_ms)


async def _climbed(way: Way, sizes: Sizes, lasts: float, tally: Tally) -> float:
    """The highest rate held, in steps of one call a second for each node."""
    held = QUIET_RATE
    first = max(QUIET_RATE / way.nodes, float(int(lasts * BEGIN)))
    for step in range(TRIES):
        rate = (first + step) * way.nodes
        await _logged_in(way, tally)
        calls = round(rate * sizes.seconds)
        rang, good = await _load(way, calls, rate, tally)
        if not percentile(rang, 99) <= LATE_MS or calls - good > FAULTS * calls:
            break
        held = rate
    return held


async def _logged_in(way: Way, tally: Tally) -> None:
    """The handsets log in anew before what is measured: an edge wants it every two minutes."""
    bank, now = id(way.phones.bank), asyncio.get_running_loop().time()
    if now - tally.logins.get(bank, -LOGIN_S) >= LOGIN_S:
        await way.phones.log_in()
        tally.logins[bank] = now
        await asyncio.sleep(LAG_S)


async def _load(way: Way, calls: int, rate: float, tally: Tally) -> tuple[list[float], int]:
    """Key to INVITE of each call that was as scripted, and how many were."""
    scripts = [way.phones.script(Entry.FASTAGI) for _ in range(calls)]
    samples = await way.phones.load(scripts, rate)
    tally.calls += calls
    for sample in samples:
        if sample.fault:
            what = f"{way.key}: {sample.fault}"
            tally.faults[what] = tally.faults.get(what, 0) + 1
    good = [sample.ring_ms for sample in samples if not sample.fault and sample.ring_ms is not None]
    return good, len(good)


def _used(groups: Sequence[Share]) -> float:
    return sum(group.used_s() for group in groups)


async def _idle(ways: Sequence[Way]) -> dict[int, float]:
    """CPU a second of each group while nobody calls."""
    groups = {id(group): group for way in ways for group in (*way.groups, *way.edge)}
    before = {key: group.used_s() for key, group in groups.items()}
    await asyncio.sleep(IDLE_S)
    return {key: (group.used_s() - before[key]) / IDLE_S for key, group in groups.items()}


# What is started.


async def _opened(
    stack: AsyncExitStack, settings: Settings, home: Path, say: Callable[[str], None]
) -> list[Way]:
    """Database, nodes, edges and telephones."""
    secret, file = _files(home)
    shares = [stack.enter_context(share(f"node{number}", SHARE)) for number in range(MOST + 1)]
    group = stack.enter_context(share("edge", None))
    database = stack.enter_context(postgres(Path(tempfile.mkdtemp(prefix="siaga-pg-"))))
    own = replace(alone(settings, home), plan=file, secret_file=secret)
    moved = [roomy(stack.enter_context(freeports.reserved(own))) for _ in range(MOST + 1)]
    edges = [
        Edge(EDGE_ADDRESS.format(number), moved[0].ports.sip + EDGE_PORT, apart=True, rate=0)
        for number in range(1, MOST + 1)
    ]
    # Handsets log in at the last, which has all nodes behind it.
    main = replace(edges[-1], handsets=True, others=tuple(edge.host for edge in edges[:-1]))
    nodes = []
    for number, each in enumerate(moved):
        say(f"Node {number} / {MOST}")
        its = replace(
            each,
            home=home / f"node{number}",
            node=f"node{number}",
            bind=NODE_ADDRESS.format(number),
            edge=main if number else None,
            database_url=(database or "") if number else "",
        )
        nodes.append(await stack.enter_async_context(running(its, _silent)))
    places = [Edge(node.settings.bind, node.settings.ports.sip) for node in nodes[1:]]
    words = {
        "SIAGA_TRUNKS": LOOPBACK,
        "SIAGA_SECRET_FILE": str(secret),
        "SIAGA_PLAN": str(file),
    }
    for number, edge in enumerate((*edges[:-1], main), 1):
        at = home / f"edge{number}"
        stack.enter_context(fronts.running_front(at, edge, places[:number], **words))
        await fronts.until_reached(edge)
        group.take(of_home(at))
    for node, limited in zip(nodes, shares, strict=True):
        limited.take(of_home(node.settings.home))
    return await _equipped(stack, nodes, edges, shares, group)


def _files(home: Path) -> tuple[Path, Path]:
    """The centre's secret and its plan; and a folder for each node."""
    for number in range(MOST + 1):
        (home / f"node{number}").mkdir(parents=True)
    secret, file = home / "secret", home / "bench-plan.yaml"
    secret.write_text(token_hex(32))
    write_atomic(file, plan.TEXT)
    return secret, file


def kamailio_version(settings: Settings) -> str:
    """Name and version of the edge's program; empty: there is none."""
    if (program := find_tool(settings, KAMAILIO)) is None:
        return ""
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split()[1:3]).capitalize()


def _silent(_text: str) -> None:
    pass


async def _equipped(
    stack: AsyncExitStack,
    nodes: Sequence[Instance],
    edges: Sequence[Edge],
    shares: Sequence[Share],
    group: Share,
) -> list[Way]:
    """With telephones: handsets at the last edge, others at the node that has none before it."""
    sipp, known = nodes[0].prepared.runtime.sipp, nodes[0].prepared.secrets.handsets

    async def line(place: tuple[str, int]) -> CallerLine:
        return await stack.enter_async_context(CallerLine(sipp, place))

    async def telephones(place: tuple[str, int]) -> Phones:
        bank = await stack.enter_async_context(HandsetBank(sipp, place, DESKS))
        made = Phones(await line(place), bank, known)
        return await stack.enter_async_context(served(made))

    direct = await telephones((nodes[0].settings.bind, nodes[0].settings.ports.sip))
    ways = [Way(DIRECT, 1, direct, (shares[0],), ())]
    behind = await telephones((edges[-1].host, edges[-1].port))
    for node in nodes[1:]:
        await _known(node)
    for number, edge in enumerate(edges, 1):
        phones = behind.by(await line((edge.host, edge.port)))
        ways.append(Way(str(number), number, phones, tuple(shares[1 : number + 1]), (group,)))
    return ways


async def _known(node: Instance) -> None:
    """Wait until a node has heard where all handsets are."""
    program, etc = node.prepared.runtime.asterisk, node.settings.etc
    async with asyncio.timeout(SEEN_S):
        while True:
            shown = await asyncio.to_thread(command, program, etc, "pjsip show contacts")
            if all(f"/{extension}@" in shown.replace("sip:", "") for extension in plan.HANDSETS):
                return
            await asyncio.sleep(0.1)
