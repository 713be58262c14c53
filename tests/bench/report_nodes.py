"""Of the comparison's page: how soon a centre is there and knows, and nodes behind an edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.bench.spread import said
from tests.bench.svg import bars

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DIRECT = "direct"


def start_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Start, another plan, the board."""
    if not (start := found.get("start")):
        return
    yield ""
    yield "## Start, another plan, the board"
    yield ""
    yield "Each run is a centre of its own. Start is from the command until every part answers and"
    yield "a call would be taken; a prompt that this machine has spoken before is not spoken anew."
    yield "A plan is in force when `./siaga112 apply` has ended, by which it was seen to run. The"
    yield "board is its stream as the console reads it, from Asterisk's stamp of what changed a"
    yield "call; until the browser has drawn it is `python -m tests.browser.delay`. Sizes of the"
    yield "images are with [compose](compose.md), as they need a build."
    yield ""
    yield "| what | |"
    yield "|---|---|"
    yield f"| start in a new home, s | {start['ready_s']} |"
    yield f"| start in a home that was used, s | {start['again_s']} |"
    yield f"| another plan in force, s | {start['apply_s']} |"
    yield (
        f"| event → board's stream, median ms | {start['board_ms']}; p99 of all "
        f"{start['changes']} changes {said(start['board_p99_ms'])} |"
    )


def _name(key: str) -> str:
    if key == DIRECT:
        return "1 node, no edge"
    return f"edge, {key} node{'s' if key != '1' else ''}"


def cluster_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Nodes behind an edge."""
    if reason := found.get("no_groups"):
        yield ""
        yield f"Nodes behind an edge were not measured: no shares of this machine ({reason})."
    if not (nodes := found.get("nodes")):
        return
    share, quiet = nodes["share"], nodes["quiet_rate"]
    yield ""
    yield "## Nodes behind an edge"
    yield ""
    yield f"Whole nodes on this one machine, each kept to {share:g} of a processor (a cgroup), so"
    yield "that one more adds what one more machine would; edges (Kamailio), PostgreSQL and"
    yield "telephones have the rest. Handsets log in at the edge, and all nodes ring them by it."
    yield "The highest rate at which p99 of key → INVITE stays within"
    yield f"{nodes['late_ms']:g} ms, in steps"
    yield f"of one call a second for each node; the rest at {quiet:g} calls a second, without what"
    yield "the parts use while nobody calls. The node without an edge has SQLite."
    yield ""
    yield (
        "| way | calls a second held | of one node behind the edge | key → INVITE, median ms | CPU "
        "of the nodes a call, ms | CPU of the edge a call, ms |"
    )
    yield "|---|---|---|---|---|---|"
    one = nodes["ways"]["1"]["held"].median
    for key, row in nodes["ways"].items():
        edge = "-" if key == DIRECT else row["edge_ms"]
        yield (
            f"| {_name(key)} | {row['held']} | {row['held'].median / one:.2f} | {row['ring_ms']} "
            f"| {row['node_ms']} | {edge} |"
        )
    yield ""
    yield "![Nodes behind an edge](../img/performance-nodes.svg)"


def cluster_plots(found: Mapping[str, Any]) -> dict[str, str]:
    """By file name."""
    if not (nodes := found.get("nodes")):
        return {}
    rows = [(_name(key), row["held"], key != DIRECT) for key, row in nodes["ways"].items()]
    title = "Nodes with a share each: calls a second held"
    return {"performance-nodes.svg": bars(title, "a second", rows)}


def edge_ms(found: Mapping[str, Any]) -> float | None:
    """CPU of the edge a call, by the way with the most nodes; None: not measured."""
    if not (nodes := found.get("nodes")):
        return None
    most = max(nodes["ways"].values(), key=lambda row: row["nodes"])
    return max(0.0, most["edge_ms"].median)
