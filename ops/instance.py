"""One running instance: started, awaited until it takes calls, stopped with nothing left."""

from __future__ import annotations

import asyncio
import fcntl
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from ops import astdb, ready, supervisor
from ops.catch_up import catch_up
from ops.doctor import ports
from ops.prepare import Prepared, prepare
from siaga.errors import SiagaError
from siaga.shared import COMMAND

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator, Callable, Iterator

    from siaga.settings import Settings

START_S = 60.0
POLL_S = 0.1


class StartError(SiagaError):
    """The instance did not come up; the sentence says what to look at."""

    code = "start"


class StoppedError(SiagaError):
    """The supervisor ended by itself."""

    code = "stopped"


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance."""

    settings: Settings
    prepared: Prepared
    process: subprocess.Popen[bytes]

    async def ended(self) -> None:
        """Wait for the supervisor to end by itself, which it never should.

        Raises:
            StoppedError: it did.
        """
        # A child's end has no event of its own in asyncio.
        while self.process.poll() is None:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S * 5)
        raise StoppedError(
            f"Pengawas berhenti sendiri; lihat {self.settings.logs}.\n"
            f"The supervisor ended by itself: look into {self.settings.logs}."
        )


@contextmanager
def _lock(settings: Settings) -> Iterator[IO[str]]:
    """One instance a home; a lock left by a killed one does not hold."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartError(
                f"{settings.home} sedang dipakai siaga112 yang lain; hentikan dulu, atau pilih "
                f"SIAGA_HOME lain.\n{settings.home} is in use by another siaga112: stop it first, "
                f"or choose another SIAGA_HOME."
            ) from error
        yield file


def _free_ports(settings: Settings) -> None:
    """Another program on one of our ports would be taken for our own part by whoever asks it."""
    taken = list(ports.occupied(settings))
    if taken:
        raise StartError(
            "\n".join(f"{found.found}\n  {found.todo}\n  {found.todo_en}" for found in taken)
        )


@asynccontextmanager
async def running(settings: Settings, say: Callable[[str], None]) -> AsyncIterator[Instance]:
    """Run an instance as long as the block lasts; it takes calls when the block is entered.

    Raises:
        StartError: it did not come up, or its home is in use.
        MissingError, PlanError, OSError: as :func:`ops.prepare.prepare`.
    """
    with _lock(settings):
        _free_ports(settings)
        await catch_up(settings, say)
        prepared = await asyncio.to_thread(prepare, settings, say)
        say("Menjalankan Asterisk, menu, router / starting Asterisk, menu, router")
        with astdb.roomy(settings.home, say):
            process = supervisor.start(settings, prepared.runtime)
            try:
                await _until_ready(settings, process)
                yield Instance(settings, prepared, process)
            finally:
                await asyncio.to_thread(supervisor.stop, process)


async def _until_ready(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + START_S
    while lacking := await ready.missing(settings):
        if process.poll() is not None or loop.time() > deadline:
            # The record's part and the pages may lag behind; 112 is answered without them.
            if process.poll() is None and set(lacking) <= {"router", "console"}:
                return
            raise StartError(
                f"Belum siap: {', '.join(lacking)}. Lihat {settings.logs}, lalu jalankan "
                f"'{COMMAND} doctor'.\nNot ready: {', '.join(lacking)}. Look into "
                f"{settings.logs}, then run '{COMMAND} doctor'."
            )
        await asyncio.sleep(POLL_S)
