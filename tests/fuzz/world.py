"""A real Asterisk with many plans in it at once, and the real menu server beside it.

It differs from an instance in this only: every plan has a number of its own to be called by, its
own queue of everyone (which in an instance is one for all versions), and an AMI account of ours;
and the plans are said in force by nobody, as each is called.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Final

from ops import prepare, render
from ops.render.base import queues
from ops.runtime import find_runtime
from siaga import secrets
from siaga.files import write_atomic
from siaga.names import CANARY_QUEUE, EMERGENCY_NUMBER, SOUNDS, START, Context, Part, scoped
from siaga.plan.route import EVERYONE
from siaga.settings import PROJECT
from tests.fuzz import desk, sounds

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Sequence

    from ops.runtime import Runtime
    from siaga.menuspec import MenuSpec
    from siaga.plan import LoadedPlan
    from siaga.settings import Settings
    from tests.fuzz.plans import Made

START_S: Final = 30.0
STOP_S: Final = 10.0
SPEED: Final = 30.0
"""Ringing lasts so much shorter."""
STANDBY: Final = 2
NATIVE: Final = 3
RELOADED: Final = ("res_musiconhold.so", "res_pjsip.so", "app_queue.so", "pbx_config.so")


class WorldError(RuntimeError):
    """Asterisk or the menu server does not do as it should."""


@dataclass(frozen=True, slots=True)
class Living:
    """A plan as it lives in Asterisk.

    Attributes:
        tier: of the menu that works for its callers.
        exten: what is dialled to reach it.
    """

    made: Made
    spec: MenuSpec
    tier: int

    @property
    def exten(self) -> str:
        """What is dialled to reach it."""
        return f"{EMERGENCY_NUMBER}{self.made.slot:02d}"

    @property
    def version(self) -> str:
        """Its name in Asterisk."""
        return self.made.loaded.version


def everyone(living: Living) -> str:
    """Name of a plan's own queue of everyone."""
    return f"{EVERYONE}_{living.made.slot}"


@dataclass(slots=True)
class World:
    """What runs.

    Attributes:
        passwords: of all handsets of the plans that are in.
    """

    settings: Settings
    runtime: Runtime
    passwords: dict[str, str]
    asterisk: Process | None = None

    async def load(self, plans: Sequence[Living]) -> None:
        """Put these plans in, in place of those that were.

        Raises:
            WorldError: Asterisk does not take them.
        """
        await asyncio.to_thread(self._write, plans)
        for module in RELOADED if self.asterisk is not None else ():
            await self.command(f"module reload {module}")
        if self.asterisk is not None:
            await self._until_loaded(plans)

    async def _until_loaded(self, plans: Sequence[Living]) -> None:
        last = f"dialplan show {scoped(plans[-1].version, Part.ARRIVAL)}"
        async with asyncio.timeout(START_S):
            while "There is no existence" in await self.command(last):  # noqa: ASYNC110 (Asterisk)
                await asyncio.sleep(0.1)
            await self.until_known()

    async def until_known(self) -> None:
        """Wait until Asterisk has asked every trunk whether it lives.

        Before, a call over a trunk that is down is not given up at once: it waits for an answer.
        """
        while any(  # noqa: ASYNC110 (Asterisk)
            "trunk-" in line and ("NonQual" in line or "Unknown" in line)
            for line in (await self.command("pjsip show contacts")).splitlines()
        ):
            await asyncio.sleep(0.2)

    def _tidy(self, plans: Sequence[Living]) -> None:
        """Remove what earlier plans have left."""
        kept = {living.version for living in plans}
        home, etc = self.settings.home, self.settings.etc
        folders = [
            *home.glob("plan/*/"),
            *home.glob(f"sounds/*/{SOUNDS}/*/"),
            *etc.glob("plans/*/"),
        ]
        for folder in folders:
            if folder.name not in kept:
                shutil.rmtree(folder)
        for folder in home.glob("recordings/*/"):
            shutil.rmtree(folder)

    def _write(self, plans: Sequence[Living]) -> None:
        settings = self.settings
        self._tidy(plans)
        union = _union(plans)
        keys = secrets.ensure(settings.secrets, union.plan.extensions)
        self.passwords = {ext: keys.handsets[ext] for ext in union.plan.extensions}
        for living in plans:
            self._write_version(living)
        files = render.render(
            settings,
            union,
            plans[0].spec,
            keys,
            self.runtime,
            retained=[living.made.loaded for living in plans[1:]],
        )
        files["extensions.conf"] += "".join(_entries(plans))
        files["queues.conf"] += "".join(_everyones(settings, plans))
        files["manager.conf"] += desk.ACCOUNT
        render.write(settings, files)
        write_atomic(settings.home / "agi-bin" / "standby", _standby(settings, plans), mode=0o750)
        write_atomic(settings.compiled_plan, plans[0].spec.to_json())

    def _write_version(self, living: Living) -> None:
        settings, version = self.settings, living.version
        # Nobody listens on our own port for what is no FastAGI.
        seen = settings if living.tier == 1 else _without_python(settings)
        files = render.render_version(seen, living.made.loaded, living.spec)
        for told, after in ((f"{CANARY_QUEUE}:", ")"), (f"{START}(", ",")):
            own = f"{told}{everyone(living)}{after}"
            shared = f"{told}{EVERYONE}{after}"
            files["extensions.conf"] = files["extensions.conf"].replace(shared, own)
        render.write_version(settings, version, files)
        sounds.place(settings.sounds, living.spec)
        folder = settings.home / "plan" / version
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / "menu.json", living.spec.to_json())

    async def command(self, words: str) -> str:
        """What Asterisk's console answers."""
        program = await asyncio.create_subprocess_exec(
            str(self.runtime.asterisk),
            *("-C", f"{self.settings.etc}/asterisk.conf", "-rx", words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(START_S):
            said, _ = await program.communicate()
        return said.decode("utf-8", "replace")


def _without_python(settings: Settings) -> Settings:
    return replace(settings, ports=replace(settings.ports, agi=settings.ports.http))


def _union(plans: Sequence[Living]) -> LoadedPlan:
    """All agencies and trunks in one plan, by the version of the first."""
    first = plans[0].made.loaded
    agencies = {n: a for living in plans for n, a in living.made.loaded.plan.agencies.items()}
    trunks = {n: t for living in plans for n, t in living.made.loaded.plan.trunks.items()}
    plan = first.plan.model_copy(update={"agencies": agencies, "trunks": trunks})
    return replace(first, plan=plan)


def _entries(plans: Sequence[Living]) -> list[str]:
    lines = [
        "\n; --- the fuzzer's own ways in, in its own home only ---\n",
        f"[{Context.TRUNK}](+)\n",
    ]
    for living in plans:
        target = scoped(living.version, Part.ARRIVAL)
        lines.append(f"exten => {living.exten},1,Goto({target},s,{START})\n")
    return lines


def _everyones(settings: Settings, plans: Sequence[Living]) -> list[str]:
    lines = ["\n; --- everyone, for each plan ---\n"]
    for living in plans:
        found = next(q for q in queues(settings, living.made.loaded) if q.name == EVERYONE)
        lines.append(f"[{everyone(living)}](agency)\nstrategy = {found.strategy}\n")
        lines += [f"member = PJSIP/{ext},0,{ext},PJSIP/{ext},no\n" for ext in found.extensions]
    return lines


def _standby(settings: Settings, plans: Sequence[Living]) -> str:
    """Tier 2 works for the plans that it is to work for only."""
    works = "|".join(living.version for living in plans if living.tier == STANDBY) or "none"
    words = [sys.executable, "-m", "ivr.standby", str(settings.home / "plan")]
    return (
        "#!/bin/sh\n"
        f"case $1 in {works}) ;; *) exit 1 ;; esac\n"
        f'PYTHONPATH={shlex.quote(str(PROJECT))} exec {shlex.join(words)} "$@"\n'
    )


@asynccontextmanager
async def running(settings: Settings, first: Sequence[Living]) -> AsyncIterator[World]:
    """A world with these plans, for as long as the block lasts.

    Raises:
        WorldError: it does not start.
    """
    runtime = find_runtime(settings)
    prepare._folders(settings, runtime)
    world = World(settings, runtime, {})
    await world.load(first)
    with (settings.logs / "fuzz.log").open("wb") as log:
        ivr = await _started(log, [sys.executable, "-m", "ivr"], settings)
        program = [str(runtime.asterisk), "-f", "-C", f"{settings.etc}/asterisk.conf"]
        world.asterisk = await _started(log, program, settings)
        parts = (ivr, world.asterisk)
        try:
            await _until_up(world, parts)
            yield world
        finally:
            for part in parts:
                await _stop(part)


async def _started(log: IO[bytes], words: Sequence[str], settings: Settings) -> Process:
    return await asyncio.create_subprocess_exec(
        *words,
        env={**prepare.child_environment(settings), "PATH": os.environ["PATH"]},
        cwd=PROJECT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )


async def _until_up(world: World, parts: Sequence[Process]) -> None:
    try:
        async with asyncio.timeout(START_S):
            while "fully booted" not in await world.command("core waitfullybooted"):
                if any(part.returncode is not None for part in parts):
                    raise WorldError(f"did not start: look into {world.settings.logs}")
                await asyncio.sleep(0.1)
            await world.until_known()
    except TimeoutError as error:
        raise WorldError(f"not up in time: look into {world.settings.logs}") from error


async def _stop(part: Process) -> None:
    if part.returncode is not None:
        return
    part.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await part.wait()
    except TimeoutError:
        part.kill()
        await part.wait()
