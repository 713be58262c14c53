"""The bench's centre: a real instance of its own, its telephones, and what it uses."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.api import ask
from ops.bench import plan, proc
from ops.bench.entries import extra
from ops.bench.phones import phones
from ops.dialplan import with_includes
from ops.instance import running
from ops.prepare import child_environment
from siaga.errors import SiagaError
from siaga.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from ops.bench.phones import Phones, Sample, Script
    from ops.instance import Instance
    from siaga.settings import Settings

LAG_S: Final = 4.2
"""The router reads the CEL file, and so ends its work on a call, up to 4 s behind."""
SETTLE_S: Final = 20.0
POLL_S: Final = 0.5
RELOAD_S: Final = 20.0


class BenchError(SiagaError):
    """Something could not be measured."""

    code = "bench"


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU used, user and system, in seconds; and how idle the machine was.

    Attributes:
        asterisk: Asterisk itself. ``children``: the AGI processes that it started.
        idle: share of all processors, 0 to 1.
        calls: that went as scripted.
    """

    asterisk: float
    children: float
    ivr: float
    router: float
    idle: float
    calls: int

    @property
    def python(self) -> float:
        """IVR and router."""
        return self.ivr + self.router

    @property
    def total(self) -> float:
        """All of it."""
        return self.asterisk + self.children + self.python

    def each(self, seconds: float) -> float:
        """Milliseconds a call."""
        return seconds * 1000 / self.calls if self.calls else float("nan")

    def __add__(self, other: Usage) -> Usage:
        calls = self.calls + other.calls
        weighed = self.idle * self.calls + other.idle * other.calls
        return Usage(
            self.asterisk + other.asterisk,
            self.children + other.children,
            self.ivr + other.ivr,
            self.router + other.router,
            weighed / calls if calls else 0.0,
            calls,
        )


NOTHING: Final = Usage(0.0, 0.0, 0.0, 0.0, 0.0, 0)


@dataclass(slots=True)
class Centre:
    """A running centre that is measured.

    Attributes:
        samples: of every call so far.
    """

    instance: Instance
    phones: Phones
    pids: Mapping[str, int]
    samples: list[Sample]

    async def load(
        self, scripts: Sequence[Script], rate: float, by: Phones | None = None
    ) -> list[Sample]:
        """Place these calls, so many a second, by these telephones or the centre's silent ones."""
        found = await (by or self.phones).load(scripts, rate)
        self.samples += found
        return found

    async def settled(self) -> None:
        """Wait until the router has done all that there is to do.

        Raises:
            BenchError: it does not come to an end.
        """
        await asyncio.sleep(LAG_S)
        try:
            async with asyncio.timeout(SETTLE_S):
                while await self._busy():  # noqa: ASYNC110 (another process)
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            raise BenchError(
                f"Router belum selesai setelah {SETTLE_S:g} s. / The router is not done after "
                f"{SETTLE_S:g} s."
            ) from error

    async def _busy(self) -> bool:
        health = await ask(self.instance.settings, "GET", "/health")
        open_ = health["calls"]["followed"], health["recordings"]["waiting"]
        return any((*open_, health["database"]["unwritten"]))

    async def used(self, scripts: Sequence[Script], rate: float, by: Phones | None = None) -> Usage:
        """Place these calls; give what they cost, all that follows them included.

        Raises:
            BenchError, ProcessGoneError: it could not be measured.
        """
        before, machine = self._times(), proc.machine()
        samples = await self.load(scripts, rate, by)
        idle = proc.machine().idle_since(machine)
        await self.settled()
        after = self._times()
        spent = {name: after[name].own - before[name].own for name in before}
        return Usage(
            asterisk=spent["asterisk"],
            children=after["asterisk"].children - before["asterisk"].children,
            ivr=spent["ivr"],
            router=spent["router"],
            idle=idle,
            calls=sum(not sample.fault for sample in samples),
        )

    def _times(self) -> dict[str, proc.Times]:
        return {name: proc.times(pid) for name, pid in self.pids.items()}

    def memory(self) -> dict[str, proc.Memory]:
        """Memory of the Python processes now.

        Raises:
            ProcessGoneError: one is not there.
        """
        return {name: proc.memory(self.pids[name]) for name in ("ivr", "router")}

    async def stop_router(self) -> None:
        """Stop the router for good: calls go on without it.

        Raises:
            BenchError: it does not stop.
        """
        program = Path(sys.executable).parent / "supervisorctl"
        file = self.instance.settings.etc / "supervisord.conf"
        process = await asyncio.create_subprocess_exec(
            *(program, "-c", file, "stop", "router"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            # The file names the folders by the variables that the supervisor was started with.
            env=child_environment(self.instance.settings),
        )
        if await process.wait():
            raise BenchError("Router tidak mau berhenti. / The router does not stop.")

    def check(self) -> None:
        """Make sure that the processes are still those that were measured.

        Raises:
            ProcessGoneError: one was restarted.
        """
        if proc.parts(self.instance.process.pid) != self.pids:
            raise proc.ProcessGoneError(
                f"Ada bagian yang dimulai ulang; lihat {self.instance.settings.logs}. / A part was "
                f"restarted: look into {self.instance.settings.logs}."
            )


@asynccontextmanager
async def opened(
    settings: Settings, say: Callable[[str], None], ways: Callable[[str], str] = extra
) -> AsyncIterator[Centre]:
    """A centre on the bench's plan, with the bench's ways in, for as long as the block lasts.

    Args:
        settings: of the centre.
        say: told what is being done.
        ways: makes of the rendered dialplan what is put behind it.

    Raises:
        StartError, MissingError, PlanError, PhoneError: it could not be started.
        BenchError: Asterisk did not take the bench's ways.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    file = settings.home / "bench-plan.yaml"
    write_atomic(file, plan.TEXT)
    async with running(replace(settings, plan=file), say) as instance:
        await asyncio.to_thread(_add_ways, instance, ways)
        async with phones(instance) as made:
            yield Centre(instance, made, proc.parts(instance.process.pid), [])


def _add_ways(instance: Instance, ways: Callable[[str], str]) -> None:
    path = instance.settings.etc / "extensions.conf"
    rendered = path.read_text(encoding="utf-8")
    whole = with_includes(rendered, lambda name: (path.parent / name).read_text(encoding="utf-8"))
    write_atomic(path, rendered + ways(whole), mode=0o600)
    program = instance.prepared.runtime.asterisk
    command(program, instance.settings.etc, "dialplan reload")
    if "1123" not in command(program, instance.settings.etc, "dialplan show 1123@from-trunk"):
        raise BenchError(
            "Asterisk menolak dialplan bench. / Asterisk refused the bench's dialplan."
        )


def command(asterisk: Path, etc: Path, words: str) -> str:
    """What Asterisk answers to a command of its command line."""
    return subprocess.run(  # noqa: S603  (fixed words and our own paths)
        [str(asterisk), "-C", str(etc / "asterisk.conf"), "-rx", words],
        capture_output=True,
        text=True,
        timeout=RELOAD_S,
        check=False,
    ).stdout
