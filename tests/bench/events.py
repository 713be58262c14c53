"""AMI events to committed rows: the router's parts, and panoramisk with one commit an event."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.bench import plan
from ops.bench.stats import percentile
from ops.prepare import child_environment
from siaga import secrets
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.bench.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from siaga.settings import Settings

RUN_S = 90.0
DELAY_RATE = 50.0
_LINE = 1 << 26
_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@contextmanager
def postgres(folder: Path) -> Iterator[str | None]:
    """A PostgreSQL of its own on a socket, with its durability as it comes; None: not installed."""
    if not _BIN:
        yield None
        return
    programs = _BIN[-1].parent
    # PostgreSQL refuses to run as root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    short = Path(tempfile.mkdtemp(prefix="pg", dir=folder))
    folder.chmod(0o755)
    if as_user:
        shutil.chown(short, "postgres")
    data = short / "data"
    initdb = (programs / "initdb", "-D", data, "-U", "siaga", "-A", "trust", "-E", "UTF8")
    _quietly([*as_user, *initdb])
    options = f"-c listen_addresses= -k {short}"
    control = [*as_user, programs / "pg_ctl", "-D", data, "-w"]
    log = short / "log"
    _quietly([*control, "-l", log, "-o", options, "start"])
    try:
        yield f"postgresql://siaga@/postgres?host={short}"
    finally:
        _quietly([*control, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


def _quietly(words: list[str | Path]) -> None:
    subprocess.run(words, capture_output=True, check=True, cwd="/")


async def once(
    settings: Settings,
    who: str,
    database: str,
    calls: int,
    rate: float,
    *,
    checkout: Path = PROJECT,
) -> dict[str, Any]:
    """One listener, fed with these calls; events a second, and each event's delay.

    Args:
        settings: of an instance whose plan was compiled.
        who: ``ours`` or ``rival``.
        database: a file of SQLite, or the address of a PostgreSQL.
        calls: that are told.
        rate: calls a second; 0: as fast as they are read.
        checkout: whose router it is; the program that runs it is always this one's.
    """
    feed = await _started(
        settings,
        "tests.bench.feed",
        {"calls": calls, "rate": rate, "version": load_plan(settings.plan_in_force).version},
    )
    try:
        assert feed.stdout is not None
        port = json.loads(await feed.stdout.readline())["port"]
        wanted = {"port": port, "calls": calls, "database": database}
        module = "tests.bench.ours_ami" if who == "ours" else "tests.bench.rivals.ami_panoramisk"
        listener = await _started(settings, module, wanted, checkout)
        try:
            async with asyncio.timeout(RUN_S):
                began = json.loads(await feed.stdout.readline())
                output, _ = await listener.communicate()
            found: dict[str, Any] = json.loads(output)
        finally:
            await _ended(listener)
    finally:
        await _ended(feed)
    rate = began["events"] / (found["done"] - began["began"])
    return {"rate": rate, "events": began["events"], **found}


async def _started(
    settings: Settings, module: str, wanted: dict[str, Any], checkout: Path = PROJECT
) -> asyncio.subprocess.Process:
    with (settings.logs / f"{module}.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", PROJECT / f"{module.replace('.', '/')}.py", json.dumps(wanted)),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=child_environment(settings) | {"PYTHONPATH": str(checkout)},
            limit=_LINE,
        )


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def events(
    settings: Settings, runs: int, calls: int, delay_calls: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Both listeners in turn, on each database that there is.

    Args:
        settings: of an instance whose plan was compiled.
        runs: of each.
        calls: of each run, as fast as they are read.
        delay_calls: at ``DELAY_RATE`` a second, of which the delay is taken; 0: none.
        say: told what is being done.
    """
    found: dict[str, Any] = {}
    with postgres(Path(tempfile.mkdtemp(prefix="siaga-pg-"))) as address:
        for kind, fresh in (("sqlite", _sqlite), ("postgresql", lambda *_: address)):
            if kind == "postgresql" and address is None:
                continue
            say(f"AMI → {kind}")
            rates: dict[str, list[float]] = {"ours": [], "rival": []}
            cpu: dict[str, list[float]] = {"ours": [], "rival": []}
            for number in range(runs):
                for who, each in rates.items():
                    database = fresh(settings, f"{who}-{number}")
                    own = replace(settings, database_url=_ours(database))
                    got = await once(own, who, database, calls, 0)
                    each.append(got["rate"])
                    cpu[who].append(got["cpu_s"] / got["events"] * 1e6)
                    assert not got.get("dropped"), "events were dropped"
            found[kind] = {who: Spread(tuple(each)) for who, each in rates.items()}
            found[kind] |= {f"{who}_cpu_us": Spread(tuple(each)) for who, each in cpu.items()}
            found[kind]["events_a_call"] = got["events"] / calls
            if delay_calls:
                database = fresh(settings, "delay")
                own = replace(settings, database_url=_ours(database))
                got = await once(own, "ours", database, delay_calls, DELAY_RATE)
                found[kind]["delay_p99_ms"] = percentile(got["delays"], 99)
                found[kind]["delay_median_ms"] = percentile(got["delays"], 50)
    return found


def _sqlite(settings: Settings, name: str) -> str:
    return str(settings.home / f"bench-{name}.db")


def _ours(database: str) -> str:
    return database if database.startswith("postgresql") else f"sqlite+aiosqlite:///{database}"


def home_of_listeners(settings: Settings, home: Path) -> Settings:
    """An instance that nothing runs in: a plan and passwords for the listeners, no CEL file."""
    own = replace(settings, home=home, node="bench", database_url="", webhook=None)
    for folder in (own.plan_in_force.parent, own.logs, own.cel_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    own.plan_in_force.write_text(plan.TEXT, encoding="utf-8")
    secrets.ensure(own.secrets, plan.HANDSETS)
    return own


def postgres_version() -> str:
    """Name and version of the PostgreSQL that :func:`postgres` starts; empty: there is none."""
    if not _BIN:
        return ""
    said = subprocess.run([_BIN[-1], "--version"], capture_output=True, text=True, check=True)
    return f"PostgreSQL {said.stdout.split()[2]}"
