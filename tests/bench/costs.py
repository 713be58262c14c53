"""What we cost, beside another checkout of ours: ``python -m tests.bench.costs --beside FOLDER``.

CPU an AMI event (from the socket to the committed row, on SQLite) and CPU a call of the menu, of
this checkout and of the other in turn, each the lowest of the runs: others on the machine only ever
add to it. The process's own time is taken, not the clock's. Ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ops.prepare import child_environment
from siaga import settings as settings_module
from siaga.settings import PROJECT
from tests.bench.events import home_of_listeners, once
from tests.bench.spread import Spread, said

if TYPE_CHECKING:
    from siaga.settings import Settings

RUN_S = 60.0


async def event_us(settings: Settings, checkout: Path, name: str, calls: int) -> float:
    """CPU an event, in microseconds."""
    database = str(settings.home / f"{name}.db")
    own = replace(settings, database_url=f"sqlite+aiosqlite:///{database}")
    found = await once(own, "ours", database, calls, 0, checkout=checkout)
    return float(found["cpu_s"] / found["events"] * 1e6)


async def menu_us(settings: Settings, checkout: Path, calls: int) -> float:
    """CPU a call of the menu's process, in microseconds."""
    program = PROJECT / "tests" / "bench" / "menu_peer.py"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", str(program), json.dumps({"calls": calls, "at_once": 20})),
        stdout=asyncio.subprocess.PIPE,
        env=child_environment(settings) | {"PYTHONPATH": str(checkout)},
    )
    async with asyncio.timeout(RUN_S):
        output, _ = await process.communicate()
    return float(json.loads(output)["cpu_ms"]) * 1000


async def compared(
    settings: Settings, checkouts: dict[str, Path], runs: int, calls: int
) -> dict[str, dict[str, Spread]]:
    """Every checkout in turn."""
    taken: dict[str, dict[str, list[float]]] = {
        name: {"event": [], "menu": []} for name in checkouts
    }
    for number in range(runs):
        for name, checkout in checkouts.items():
            us = await event_us(settings, checkout, f"{name}-{number}", calls)
            taken[name]["event"].append(us)
            taken[name]["menu"].append(await menu_us(settings, checkout, calls))
    return {
        name: {key: Spread(tuple(values)) for key, values in each.items()}
        for name, each in taken.items()
    }


def main() -> int:
    """Entry of the process."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.costs", description=__doc__)
    parser.add_argument("--beside", type=Path, help="another checkout, such as of git worktree")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--calls", type=int, default=1000)
    asked = parser.parse_args()
    checkouts = {"here": PROJECT}
    if asked.beside:
        checkouts["beside"] = asked.beside.resolve()
    home = Path(tempfile.mkdtemp(prefix="siaga-costs-"))
    try:
        own = home_of_listeners(settings_module.load(os.environ), home)
        found = asyncio.run(compared(own, checkouts, asked.runs, asked.calls))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    for name, each in found.items():
        event, menu = (min(each[key].runs) for key in ("event", "menu"))
        print(  # noqa: T201 (what it is for)
            f"{name}: {said(event)} us an event (median {said(each['event'].median)}), "
            f"{said(menu)} us a call of the menu (median {said(each['menu'].median)})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
