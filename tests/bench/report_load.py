"""Of the comparison's page: what calls cost while they last, and what many a day would need."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tests.bench.model import BURST, BUSY_HOUR, Costs, Machine, need
from tests.bench.report_nodes import edge_ms
from tests.bench.spread import Spread, said
from tests.bench.svg import bars

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MILLION = 1_000_000
_SAID = {
    "menu": "in the menu",
    "queue": "waiting in a queue (music, announcements)",
    "talk": "in a talk that the queue gave (bridged, recorded)",
}


def held_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Calls held at once."""
    if not (held := found.get("held")):
        return
    yield ""
    yield "## Calls at once"
    yield ""
    yield "CPU and memory (RSS) of Asterisk, menu and router together while so many calls are held;"
    yield "what one more costs is the slope of the straight line through the steps. How many keep"
    yield "80 % of this machine's processors busy is reckoned from it, not tried. Memory that calls"
    yield "left is used again by those after them, so that the first kind's is the figure to go by."
    yield ""
    yield (
        "| calls held | CPU a second each, ms | memory each, KiB | at 80 % CPU | calls: CPU ms a "
        "second, MiB |"
    )
    yield "|---|---|---|---|---|"
    for kind, row in held.items():
        steps = "; ".join(
            f"{calls}: {said(cpu)}, {said(kib / 1024)}" for calls, cpu, kib in row["steps"]
        )
        yield (
            f"| {_SAID[kind]} | {said(row['cpu_ms_s'])} | {said(row['rss_kib'])} "
            f"| {said(row['most']) if math.isfinite(row['most']) else '-'} | {steps} |"
        )
    yield ""
    yield "![Calls at once](../img/performance-held.svg)"


def held_plots(found: Mapping[str, Any]) -> dict[str, str]:
    """By file name."""
    if not (held := found.get("held")):
        return {}
    rows = [
        (f"{calls} {_SAID[kind].partition(' (')[0]}", Spread((cpu,)), kind == "menu")
        for kind, row in held.items()
        for calls, cpu, _ in row["steps"]
    ]
    return {"performance-held.svg": bars("CPU while calls are held", "ms a second", rows)}


def costs_of(found: Mapping[str, Any]) -> Costs | None:
    """What the model goes by; None: not all of it was measured."""
    if not all(part in found for part in ("menus", "held", "events")):
        return None
    held, events = found["held"], found["events"]
    rows = events.get("postgresql") or events["sqlite"]
    return Costs(
        call_ms=found["menus"]["ours"]["cpu_ms"].median,
        events=rows["events_a_call"],
        event_us=rows["ours_cpu_us"].median,
        menu_ms_s=max(0.0, held["menu"]["cpu_ms_s"]),
        talk_ms_s=max(0.0, held["talk"]["cpu_ms_s"]),
        call_kib=max(0.0, *(row["rss_kib"] for row in held.values())),
        rows=rows["ours"].median / rows["events_a_call"],
        edge_ms=edge_ms(found),
    )


def model_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """What a million calls a day need."""
    if (costs := costs_of(found)) is None:
        return
    about = found["about"]
    node = Machine(about["processors"], about["memory_kib"])
    wanted = need(MILLION, costs, node)
    by_edge = "" if costs.edge_ms is None else f", {said(costs.edge_ms)} ms of the edge a call"
    yield ""
    yield "## What a million calls a day would need"
    yield ""
    yield (
        f"Reckoned, not tried (`tests/bench/model.py`): {BUSY_HOUR:.0%} of the calls in the "
        f"busiest hour, {BURST:g} times that in its worst minutes: {said(wanted.per_s)} calls a "
        f"second and {said(wanted.at_once)} at once, 12 s in the menu and 90 s in talk. The "
        f"constants are this run's: {said(costs.call_ms)} ms of CPU a call, {said(costs.event_us)} "
        f"µs an event of {costs.events:g} a call, {said(costs.menu_ms_s)} ms a second in the menu, "
        f"{said(costs.talk_ms_s)} in talk, {said(costs.call_kib)} KiB a call{by_edge}."
    )
    yield ""
    yield "| what is full | machines like this one that it fills |"
    yield "|---|---|"
    for name, share in wanted.shares.items():
        yield f"| {name} | {share:.2f} |"
    yield ""
    edges = f" and {wanted.edges} such edges" if wanted.edges else ""
    yield (
        f"So {wanted.nodes} such nodes{edges}, one of which may be lost. Full first: "
        f"**{wanted.first}**."
    )
