"""The evening played: a centre, its telephones, its people, until the last call-back is done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ops.api import ask
from ops.evening.callers import Callers
from ops.evening.crew import ABSENT, OPERATORS
from ops.evening.desk import Desk
from ops.evening.far import Outside
from ops.evening.officers import Office, Officer
from ops.evening.papers import Papers
from ops.instance import running
from ops.phone import CallerLine, HandsetBank
from ops.prepare import child_environment
from ops.runtime import find_runtime
from router.store import CallReader, open_engine
from siaga.errors import SiagaError
from siaga.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from ops.evening.model import Script
    from ops.evening.notes import Notes
    from ops.instance import Instance
    from router.calls.record import CallRecord
    from siaga.settings import Settings

PLAN: Final = Path(__file__).parent / "plan.yaml"
CALLING_BACK: Final = 2
"""Operators who call back while others still call in."""
LOOK_S: Final = 1.0
BACK_S: Final = 150.0
"""Longest the call-backs may take after the last call."""
END_S: Final = 150.0
"""Longest the last calls may take after the time for calls is over."""
SETTLE_S: Final = 60.0
EXPIRES_S: Final = 3600


class EveningError(SiagaError):
    """The evening could not be played to its end."""

    code = "evening"


@dataclass(slots=True)
class Told:
    """What the centre says afterwards.

    Attributes:
        report: of ``siaga112 report --json``.
        records: of all calls, by their beginning.
        incidents: all of them, as the interface tells them.
        due: who is still to be called back.
    """

    report: dict[str, Any] = field(default_factory=dict)
    records: tuple[CallRecord, ...] = ()
    incidents: list[dict[str, Any]] = field(default_factory=list)
    due: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Logs:
    """SIPp's own logs of messages."""

    folder: Path

    @property
    def callers(self) -> Path:
        """Of the callers' line."""
        return self.folder / "callers.log"

    @property
    def handsets(self) -> Path:
        """Of the handsets."""
        return self.folder / "handsets.log"

    @property
    def far(self) -> Path:
        """Of the telephones outside."""
        return self.folder / "far.log"


async def play(
    settings: Settings, script: Script, notes: Notes, say: Callable[[str], None]
) -> Told:
    """Play the evening in a home of its own; its logs are in ``sipp`` below it.

    Raises:
        StartError, MissingError, PlanError: the centre could not be started.
        PhoneError, EveningError: it could not be played to its end.
    """
    logs = Logs(settings.home / "sipp")
    logs.folder.mkdir(parents=True)
    sipp = find_runtime(settings).sipp
    target = settings.bind, settings.ports.sip
    async with AsyncExitStack() as stack:
        far = await stack.enter_async_context(HandsetBank(sipp, target, messages=logs.far))
        plan = PLAN.read_text(encoding="utf-8").replace("PORT", str(far.address[1]))
        write_atomic(settings.plan, plan)
        instance = await stack.enter_async_context(running(settings, say))
        calling = CallerLine(sipp, target, messages=logs.callers)
        line = await stack.enter_async_context(calling)
        bank = await stack.enter_async_context(HandsetBank(sipp, target, messages=logs.handsets))
        desk = await stack.enter_async_context(CallerLine(sipp, target))
        engine = open_engine(settings.database)
        stack.push_async_callback(engine.dispose)
        stage = _Stage(instance, script, notes, engine, far, line, bank, desk)
        await stage.play(say)
        say("Menunggu catatan terakhir / waiting for the last records")
        return await stage.told()


class _Stage:
    """The people on their telephones, while the centre runs."""

    def __init__(  # noqa: PLR0913, PLR0917 (each is a part of its own)
        self,
        instance: Instance,
        script: Script,
        notes: Notes,
        engine: AsyncEngine,
        far: HandsetBank,
        line: CallerLine,
        bank: HandsetBank,
        desk: CallerLine,
    ) -> None:
        self._instance = instance
        self._script = script
        self._notes = notes
        self._engine = engine
        self._bank = bank
        self._known = instance.prepared.secrets.handsets
        self._plan = instance.prepared.loaded.plan
        self._callers = Callers(line, notes)
        self._far = Outside(far, {each.number: each.kind for each in script.visits}, notes)
        self._desk = Desk(desk, self._known)
        self._due: list[dict[str, Any]] = []

    async def play(self, say: Callable[[str], None]) -> None:
        """From the first call to the last call-back."""
        for extension in self._plan.telephones:
            await self._bank.register(extension, self._known[extension], EXPIRES_S)
        wanted = self._script.wanted
        say(f"{wanted.calls} panggilan dalam {wanted.minutes:g} menit / "
            f"{wanted.calls} calls in {wanted.minutes:g} minutes")  # fmt: skip
        self._notes.start()
        try:
            async with self._people() as officers:
                async with asyncio.timeout(wanted.seconds + END_S):
                    await asyncio.gather(self._callers.play(self._script), self._absence(say))
                say("Menghubungi kembali yang belum terjawab / calling back who was not answered")
                for officer in officers:
                    officer.calls_back = officer.agency == OPERATORS
                await self._until_called_back()
        except TimeoutError:
            self._notes.faults.append("not over in time")

    @contextlib.asynccontextmanager
    async def _people(self) -> AsyncIterator[list[Officer]]:
        """Everybody but the callers, at work for as long as the block lasts."""
        async with asyncio.TaskGroup() as work:
            office = Office(
                self._bank,
                self._desk,
                Papers(self._instance.settings, self._engine, self._notes),
                self._notes,
                self._callers.here,
                self._plan,
                Random(self._script.wanted.seed),  # noqa: S311 (to be had again by its seed)
                lambda: any(each["is_due"] and not each["trying"] for each in self._due),
                work,
            )
            officers = [
                Officer(
                    office,
                    agency,
                    extension,
                    calls_back=agency == OPERATORS and place < CALLING_BACK,
                )
                for agency, one in self._plan.agencies.items()
                for place, extension in enumerate(reversed(one.extensions))
            ]
            tasks = [work.create_task(each.serve()) for each in officers]
            tasks += [work.create_task(self._far.serve()), work.create_task(self._look())]
            try:
                yield officers
            finally:
                for task in tasks:
                    task.cancel()

    async def _look(self) -> None:
        """Look at the list of whom to call back, again and again."""
        while True:
            with contextlib.suppress(SiagaError):
                self._due = list((await self._ask("/api/callbacks"))["tasks"])
            await asyncio.sleep(LOOK_S)

    async def _until_called_back(self) -> None:
        """Until nobody is left on the list; it is late by as much as a record takes."""
        await self._settled()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BACK_S):
                while (await self._ask("/api/callbacks"))["tasks"]:  # noqa: ASYNC110 (another process)
                    await asyncio.sleep(LOOK_S)

    async def _absence(self, say: Callable[[str], None]) -> None:
        """An agency goes off the air, and comes back."""
        gone, back = self._script.wanted.away_s
        extensions = self._plan.agencies[ABSENT].extensions
        await asyncio.sleep(gone)
        for extension in extensions:
            await self._bank.unregister(extension, self._known[extension])
        left = self._notes.tell("Damkar hilang dari udara", "the fire brigade goes off the air")
        say("Damkar hilang dari udara / the fire brigade goes off the air")
        await asyncio.sleep(back - gone)
        self._notes.away = left, self._notes.tell("Damkar kembali", "the fire brigade is back")
        say("Damkar kembali / the fire brigade is back")
        for extension in extensions:
            await self._bank.register(extension, self._known[extension], EXPIRES_S)

    # Afterwards.

    async def told(self) -> Told:
        """What the centre says once it has done all that there is to do."""
        await self._settled()
        records = await CallReader(self._engine).calls(100_000)
        return Told(
            await self._report(),
            tuple(sorted(records, key=lambda record: record.began)),
            list(await self._ask("/api/incidents")),
            list((await self._ask("/api/callbacks"))["tasks"]),
        )

    async def _settled(self) -> None:
        """Wait until the router has done all that there is to do; what is missing is seen later."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                while await self._busy():  # noqa: ASYNC110 (another process)
                    await asyncio.sleep(LOOK_S)

    async def _busy(self) -> bool:
        health = await self._ask("/health")
        waits = health["calls"]["followed"], health["recordings"]["waiting"]
        return any((*waits, health["database"]["unwritten"]))

    async def _ask(self, path: str) -> Any:
        return await ask(self._instance.settings, "GET", path)

    async def _report(self) -> dict[str, Any]:
        """Of yesterday, today and tomorrow, so that no midnight comes between."""
        today = datetime.now(UTC).astimezone(ZoneInfo(self._plan.centre.timezone)).date()
        first, last = (str(today + timedelta(days=days)) for days in (-1, 1))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ops", "report", "--from", first, "--to", last, "--json"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=child_environment(self._instance.settings),
        )
        output, said = await process.communicate()
        if process.returncode:
            raise EveningError(f"report: {said.decode(errors='replace').strip()}")
        found: dict[str, Any] = json.loads(output)
        return found
