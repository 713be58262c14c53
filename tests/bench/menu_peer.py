"""What a call costs the menu's process alone: ``python -m tests.bench.menu_peer``.

The menu's own server and dialogue in this process, and in a thread of another a stand-in for
Asterisk that answers each command at once; every caller presses the key of the first emergency.
Takes as JSON how many calls, how many at a time, and whether uvloop is used; says as JSON the CPU
of this process a call, and how many commands a call had.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from ivr.fastagi import handler
from ivr.server import FastAgiServer
from ops.bench import plan
from siaga.plan import load_plan
from siaga.plan.compile import compile_menu
from siaga.plan.voice import voice_plan
from siaga.prompts import estimated_ms, load_catalogue
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from siaga.menuspec import MenuSpec

ENVIRONMENT = (
    b"agi_network: yes\nagi_network_script: menu/bench\nagi_uniqueid: node1-1.1\n"
    b"agi_callerid: 081234567890\nagi_calleridname: Budi\n\n"
)
ANSWERS = {
    b"STREAM": b"200 result=49 endpos=800\n",
    b"WAIT F": b"200 result=49\n",
    b"GET VA": b"200 result=0\n",
}


async def call(port: int) -> int:
    """One call as Asterisk makes it; how many commands it had."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ENVIRONMENT)
    commands = 0
    while line := await reader.readline():
        commands += 1
        writer.write(ANSWERS.get(line[:6], b"200 result=1\n"))
    writer.close()
    return commands


async def callers(port: int, calls: int, at_once: int) -> int:
    """All calls; commands of all of them."""
    left = iter(range(calls))

    async def line() -> int:
        return sum([await call(port) for _ in left])

    return sum(await asyncio.gather(*(line() for _ in range(at_once))))


async def serve(spec: MenuSpec, wanted: dict[str, Any]) -> dict[str, Any]:
    """Take the calls of a process of callers."""
    server = FastAgiServer(handler(lambda _version: spec), port=0)
    await server.start()
    found = []
    for calls in (wanted["at_once"] * 2, wanted["calls"]):  # the first are to warm up
        began = time.process_time()
        asked = json.dumps({"port": server.port, "calls": calls, "at_once": wanted["at_once"]})
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__, asked), stdout=subprocess.PIPE, env=dict(os.environ)
        )
        output, _ = await process.communicate()
        assert server.counters.served >= calls
        found.append(((time.process_time() - began) / calls, json.loads(output) / calls))
    await server.drain(5)
    return {"cpu_ms": found[-1][0] * 1000, "commands": found[-1][1]}


def _spec() -> MenuSpec:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "routing.yaml"
        file.write_text(plan.TEXT, encoding="utf-8")
        loaded = load_plan(file)
    texts = load_catalogue(PROJECT / "sounds" / "prompts.yaml")
    lengths = estimated_ms(voice_plan(loaded.plan), texts)
    return compile_menu(loaded.plan, loaded.version, lengths)


def main() -> None:
    """Entry of both processes."""
    wanted = json.loads(sys.argv[1])
    if "port" in wanted:
        sys.stdout.write(json.dumps(asyncio.run(callers(**wanted))))
        return
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    spec = _spec()
    if wanted.get("uvloop"):
        import uvloop  # type: ignore[import-not-found]  # noqa: PLC0415 (if it is there)

        uvloop.install()
    if wanted.get("profile"):
        import cProfile  # noqa: PLC0415 (only then)

        with cProfile.Profile(time.thread_time) as profile:
            found = asyncio.run(serve(spec, wanted))
        profile.print_stats("tottime")
    else:
        found = asyncio.run(serve(spec, wanted))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
