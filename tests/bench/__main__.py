"""``./siaga112 bench --against``: this project beside what a user would pick instead, in one run.

Ends by itself. Exit status 1 only when something is worse than half its goal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ops.bench.centre import command
from siaga import settings as settings_module
from siaga.files import write_atomic
from siaga.settings import PROJECT, Settings
from tests.bench import report
from tests.bench.capacity import Steps, capacity
from tests.bench.cluster import Sizes, Tally, cluster, kamailio_version
from tests.bench.events import events, home_of_listeners, postgres_version
from tests.bench.held import held
from tests.bench.menus import Bench, bench_centre, menus
from tests.bench.promptness import promptness
from tests.bench.shares import NoGroupsError

PARTS = ("menus", "capacity", "held", "start", "nodes", "events")
REPORT = "bench-against.json"
PAGE = PROJECT / "docs" / "engineer" / "performance.md"
PLOTS = PROJECT / "docs" / "img"


def _say(text: str) -> None:
    print(f"· {text}", flush=True)  # noqa: T201 (what it is for)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="siaga112 bench --against", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and short runs, under 3 minutes")
    parser.add_argument("--runs", type=int, default=0, help="runs of each (5; quick: 2)")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--docs", action="store_true", help="write the page and the plots in docs")
    parser.add_argument("--others", default="", help="a sentence on what else ran on the machine")
    return parser.parse_args()


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


async def _live(
    settings: Settings, home: Path, asked: argparse.Namespace, runs: int, found: dict[str, Any]
) -> None:
    """What needs a centre and telephones."""
    async with AsyncExitStack() as stack:
        bench: Bench = await stack.enter_async_context(bench_centre(settings, home, _say))
        found["ready_s"] = bench.ready_s
        centre = bench.centre
        program = centre.instance.prepared.runtime.asterisk
        said = await asyncio.to_thread(
            command, program, centre.instance.settings.etc, "core show version"
        )
        found["asterisk"] = " ".join(said.split()[:2])
        if "held" in asked.parts:
            sizes = (15, 30) if asked.quick else (20, 40)
            found["held"] = await held(bench, sizes, os.cpu_count() or 1, _say)
        await centre.stop_router()
        if "menus" in asked.parts:
            calls = 10 if asked.quick else 25
            found["menus"] = await menus(bench, runs, calls, 5.0, _say)
        if "capacity" in asked.parts:
            steps = Steps(1, 2.0, step=40) if asked.quick else Steps(runs, 3.0)
            found["capacity"] = await capacity(bench, steps, _say)
        found["calls"] = bench.calls
        found["faults"] = dict(bench.faults)


async def _nodes(
    settings: Settings, home: Path, asked: argparse.Namespace, runs: int, found: dict[str, Any]
) -> None:
    """Several nodes behind an edge, where the machine gives us shares of itself."""
    tally = Tally()
    sizes = Sizes(runs, calls=12, seconds=2.0) if asked.quick else Sizes(runs)
    try:
        found["nodes"] = await cluster(settings, home, sizes, _say, tally)
    except NoGroupsError as error:
        _say(f"Tanpa / without nodes: {error}")
        found["no_groups"] = str(error)
    found["calls"] += tally.calls
    found["faults"] |= tally.faults


async def _measured(settings: Settings, asked: argparse.Namespace, home: Path) -> dict[str, Any]:
    runs = asked.runs or (2 if asked.quick else 5)
    found: dict[str, Any] = {"ready_s": float("nan"), "asterisk": "", "calls": 0, "faults": {}}
    before = os.getloadavg()[0]
    if any(part in asked.parts for part in ("menus", "capacity", "held")):
        await _live(settings, home / "centre", asked, runs, found)
    if "events" in asked.parts:
        own = home_of_listeners(settings, home / "listeners")
        sizes = (150, 150) if asked.quick else (2000, 500)
        found["events"] = await events(own, runs, *sizes, _say)
    if "start" in asked.parts:
        calls = 15 if asked.quick else 25
        found["start"] = await promptness(settings, home / "start", runs, calls, _say)
    if "nodes" in asked.parts:
        await _nodes(settings, home / "nodes", asked, runs, found)
    packages = [f"{name} {version(name)}" for name in ("panoramisk", "pyst2", "aiohttp")]
    versions = [
        f"Python {platform.python_version()}",
        *([found["asterisk"]] if found["asterisk"] else []),
        *packages,
        f"SQLite {sqlite3.sqlite_version}",
        *([postgres_version()] if {"events", "nodes"} & found.keys() else []),
        *([kamailio_version(settings)] if "nodes" in found else []),
    ]
    found["about"] = {
        "command": " ".join(["./siaga112 bench --against", *_shown(sys.argv[1:])]),
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cpu": _cpu(),
        "processors": os.cpu_count(),
        "memory_kib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024,
        "versions": ", ".join(each for each in versions if each),
        "load_before": before,
        "load_after": os.getloadavg()[0],
        "others": asked.others,
        "calls": found["calls"],
        "faults": ", ".join(f"{count} x {what}" for what, count in found["faults"].items()),
    }
    return found


def _shown(arguments: list[str]) -> list[str]:
    """Without the sentence on others, which has a line of its own."""
    if "--others" in arguments:
        at = arguments.index("--others")
        return arguments[:at] + arguments[at + 2 :]
    return arguments


def _told(settings: Settings, found: dict[str, Any], *, docs: bool) -> int:
    goals = report.goals(found)
    document = {**report.plain(found), "goals": goals}
    text = report.markdown(found)
    settings.home.mkdir(parents=True, exist_ok=True)
    target = settings.home / REPORT
    write_atomic(target, json.dumps(document, indent=1) + "\n", mode=0o644)
    write_atomic(target.with_suffix(".md"), text, mode=0o644)
    if docs:
        write_atomic(PAGE, text, mode=0o644)
    for name, plot in report.plots(found).items():
        write_atomic((PLOTS if docs else settings.home) / name, plot, mode=0o644)
    print(text)  # noqa: T201 (what it is for)
    _say(f"{target}, {target.with_suffix('.md')}")
    return 0 if all(goal["half"] for goal in goals) else 1


def main() -> int:
    """Entry of the process."""
    asked = _asked()
    settings = settings_module.load(os.environ)
    home = Path(tempfile.mkdtemp(prefix="siaga-against-"))
    found = asyncio.run(_measured(settings, asked, home))
    shutil.rmtree(home, ignore_errors=True)
    return _told(settings, found, docs=asked.docs)


if __name__ == "__main__":
    sys.exit(main())
