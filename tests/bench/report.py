"""The comparison as JSON, as a page in Markdown, and as plots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ops.bench.stats import ratio
from tests.bench.report_load import held_lines, held_plots, model_lines
from tests.bench.report_nodes import cluster_lines, cluster_plots, start_lines
from tests.bench.spread import Spread, said
from tests.bench.svg import bars
from tests.bench.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HELD_GOAL = 0.9
EVENTS_GOAL = 20.0
DELAY_GOAL_MS = 100.0
PLOTS = "../img"


def plain(value: Any) -> Any:
    """As JSON knows it."""
    if isinstance(value, Spread):
        return value.document()
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    return round(value, 3) if isinstance(value, float) else value


def goals(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each goal with what was measured; ``half`` says whether it is worse than half of it."""
    made = []
    if capacity := found.get("capacity"):
        value = capacity["ratio"].median
        made.append(_goal("calls a second, ours / native", value, HELD_GOAL, at_least=True))
    for kind, each in found.get("events", {}).items():
        value = ratio(each["ours"].median, each["rival"].median)
        name = f"AMI events a second to rows, ours / rival, {kind}"
        made.append(_goal(name, value, EVENTS_GOAL, at_least=True))
        if "delay_p99_ms" in each:
            name = f"event to committed row at 50 calls a second, p99 ms, {kind}"
            made.append(_goal(name, each["delay_p99_ms"], DELAY_GOAL_MS, at_least=False))
    return made


def _goal(name: str, value: float, goal: float, *, at_least: bool) -> dict[str, Any]:
    met = value >= goal if at_least else value <= goal
    half = value >= goal / 2 if at_least else value <= goal * 2
    return {
        "name": name,
        "value": round(value, 2),
        "goal": f"{'≥' if at_least else '≤'} {goal:g}",
        "met": met,
        "half": half,
    }


def plots(found: Mapping[str, Any]) -> dict[str, str]:
    """The plots by file name."""
    made = {}
    if menus := found.get("menus"):
        for key, title in (
            ("digit_to_invite_ms", "Key to INVITE at the handset, median"),
            ("cpu_ms", "CPU a whole call, Asterisk and menu"),
        ):
            rows = [(way.name, menus[way.key][key], way.key == "ours") for way in WAYS]
            made[f"performance-{key.removesuffix('_ms').replace('_', '-')}.svg"] = bars(
                title, "ms", rows
            )
    if events := found.get("events"):
        rows = [
            (
                f"{'siaga112' if who == 'ours' else 'panoramisk, a commit an event'}, {kind}",
                each[who],
                who == "ours",
            )
            for kind, each in events.items()
            for who in ("ours", "rival")
        ]
        made["performance-events.svg"] = bars("AMI events to committed rows", "a second", rows)
    return made | held_plots(found) | cluster_plots(found)


def markdown(found: Mapping[str, Any]) -> str:
    """The page."""
    return "\n".join(
        [
            *_head(found),
            *_menus(found),
            *_capacity(found),
            *held_lines(found),
            *start_lines(found),
            *cluster_lines(found),
            *_events(found),
            *model_lines(found),
            *_goals(found),
            "",
        ]
    )


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    about = found["about"]
    yield "# Performance: beside what a user would pick instead"
    yield ""
    yield f"Written by `{about['command']}` itself; do not edit. {about['when']}, {about['cpu']}, "
    yield f"{about['processors']} processors, {about['versions']}."
    yield ""
    yield f"Load of the machine (1 min) before: {about['load_before']:.2f}, after: "
    yield f"{about['load_after']:.2f}. {about['others']}"
    yield ""
    yield "The telephones (SIPp and Python) run on the same processors. Each value is the median"
    yield "of the"
    yield "runs, in brackets the lowest and highest run. What was decided is in "
    yield "[the decision](../decisions/bench.md)."
    yield ""
    if math.isfinite(found["ready_s"]):
        yield f"A new centre was ready (prompts made, all parts up) in {found['ready_s']:.1f} s."
    yield f"{about['calls']} calls were placed; not as scripted: {about['faults'] or 'none'}."


def _menus(found: Mapping[str, Any]) -> Iterator[str]:
    if not (menus := found.get("menus")):
        return
    yield ""
    yield "## The menu"
    yield ""
    yield "Whole calls through the same arrival (recorded), menu, prompts, queue and handsets;"
    yield "only what runs"
    yield "the menu differs. The time is from the key's first packet to the INVITE at the"
    yield "handset; the key"
    yield "itself lasts 100 ms. The router is stopped meanwhile: it costs every way the same."
    yield ""
    yield (
        "| menu | key → INVITE, median ms | p99 ms, all runs | CPU of Asterisk a call, ms | CPU "
        "of the menu a call, ms |"
    )
    yield "|---|---|---|---|---|"
    for way in WAYS:
        row = menus[way.key]
        yield (
            f"| {way.name} | {row['digit_to_invite_ms']} | {said(row['digit_to_invite_p99_ms'])} "
            f"({row['calls']} calls) | {row['asterisk_ms']} | {row['menu_ms']} |"
        )
    yield ""
    yield f"![Key to INVITE]({PLOTS}/performance-digit-to-invite.svg)"
    yield f"![CPU a call]({PLOTS}/performance-cpu.svg)"


def _capacity(found: Mapping[str, Any]) -> Iterator[str]:
    if not (capacity := found.get("capacity")):
        return
    yield ""
    yield "## Calls a second"
    yield ""
    yield "Whole calls with recording and queue; the highest rate at which p99 of key → INVITE"
    yield "stays within"
    yield "1 s and at most 1 % of the calls fail. The telephones are in it, so that it is what"
    yield "this machine"
    yield "does with its callers on it, not what Asterisk alone could. Both ways take turns at each"
    yield f"rate; ours / native, run by run: {capacity['ratio']}."
    yield ""
    yield "| menu | calls a second held | p99 ms by calls a second |"
    yield "|---|---|---|"
    for way in WAYS:
        if row := capacity.get(way.key):
            by = ", ".join(f"{rate}: {said(each.median)}" for rate, each in row["p99_ms"].items())
            yield f"| {way.name} | {row['held']} | {by} |"


def _events(found: Mapping[str, Any]) -> Iterator[str]:
    if not (events := found.get("events")):
        return
    yield ""
    yield "## AMI events to committed rows"
    yield ""
    yield "The events of a real call, told again with other ids by a stand-in for Asterisk's"
    yield "manager as fast"
    yield "as they are read, until the end of the last call is committed. The rival writes and"
    yield "commits each"
    yield "event on the same kind of database, as durable as ours. The CEL file, which a running"
    yield "router reads"
    yield "behind AMI, is not in it."
    yield ""
    yield (
        "| database | siaga112, events a second | panoramisk, a commit an event | ratio | CPU an "
        "event, ours / its, µs | event → row at 50 calls a second, median / p99 ms |"
    )
    yield "|---|---|---|---|---|---|"
    for kind, row in events.items():
        delay = "-"
        if "delay_p99_ms" in row:
            delay = f"{said(row['delay_median_ms'])} / {said(row['delay_p99_ms'])}"
        times = ratio(row["ours"].median, row["rival"].median)
        cpu = "-"
        if "ours_cpu_us" in row:
            cpu = f"{said(row['ours_cpu_us'].median)} / {said(row['rival_cpu_us'].median)}"
        yield f"| {kind} | {row['ours']} | {row['rival']} | {times:.1f} | {cpu} | {delay} |"
    yield ""
    yield f"![Events a second]({PLOTS}/performance-events.svg)"


def _goals(found: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## Goals"
    yield ""
    yield "| goal | measured | wanted | met |"
    yield "|---|---|---|---|"
    for goal in goals(found):
        met = "yes" if goal["met"] else "**no**"
        yield f"| {goal['name']} | {goal['value']} | {goal['goal']} | {met} |"
