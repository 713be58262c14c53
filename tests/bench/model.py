"""What so many calls a day need, and where it would break first: arithmetic on measured costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from tests.bench.held import BUSY

DAY_S: Final = 86_400
BUSY_HOUR: Final = 0.10
"""Share of a day's calls that come in its busiest hour."""
BURST: Final = 3.0
"""How much above that hour's mean its worst minutes are."""


@dataclass(frozen=True, slots=True)
class Costs:
    """As measured on one machine.

    Attributes:
        call_ms: CPU of Asterisk and menu for a whole call that nobody holds.
        events: AMI events a call. ``event_us``: CPU of the router for one.
        menu_ms_s: CPU a second of a call in the menu; ``talk_ms_s``: of one that talks.
        call_kib: memory of a call while it lasts.
        rows: calls a second that one database commits to their end, by the events it keeps up with.
        edge_ms: CPU of the edge for a whole call; None: not measured.
    """

    call_ms: float
    events: float
    event_us: float
    menu_ms_s: float
    talk_ms_s: float
    call_kib: float
    rows: float
    edge_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """One node."""

    processors: int
    memory_kib: float


@dataclass(frozen=True, slots=True)
class Need:
    """What is needed in the worst minutes.

    Attributes:
        per_s: calls a second; ``at_once``: calls that are up.
        shares: how many machines each resource alone would fill, by its name.
        nodes: of this machine, and one more that may be lost; ``edges`` likewise, 0: not measured.
        first: the resource that is full first.
    """

    per_s: float
    at_once: float
    shares: dict[str, float]
    nodes: int
    first: str
    edges: int = 0


def need(
    calls_a_day: float, costs: Costs, machine: Machine, *, menu_s: float = 12, talk_s: float = 90
) -> Need:
    """Of so many calls a day, each so long in the menu and in talk.

    A router is one process on one processor, and all nodes write to one database: these two do not
    grow with a node's processors. The edge is a machine of its own.
    """
    per_s = calls_a_day * BUSY_HOUR / 3600 * BURST
    ms_s = costs.call_ms + costs.menu_ms_s * menu_s + costs.talk_ms_s * talk_s
    router_ms = costs.events * costs.event_us / 1000
    at_once = per_s * (menu_s + talk_s)
    shares = {
        "processors of the nodes": per_s * (ms_s + router_ms) / (BUSY * 1000 * machine.processors),
        "one processor of each router": per_s * router_ms / (BUSY * 1000),
        "memory of the nodes": at_once * costs.call_kib / (BUSY * machine.memory_kib),
        "commits of the one database": per_s / costs.rows,
    }
    by_nodes = max(share for name, share in shares.items() if "database" not in name)
    edges = 0
    if costs.edge_ms is not None:
        busy = per_s * costs.edge_ms / (BUSY * 1000 * machine.processors)
        shares["processors of the edge"] = busy
        edges = math.ceil(busy) + 1
    first = max(shares, key=shares.__getitem__)
    return Need(per_s, at_once, shares, math.ceil(by_nodes) + 1, first, edges)
