"""``siaga112 restart ivr|router|console``: a new program takes over, one part at a time.

The menu: a second process of the new program listens beside the old one first; the old one then
lets the calls it has finish, is replaced, and the second goes. Whoever calls meanwhile is led by
one of them. A new program that does not start leaves the old one at work.

The router: no call needs it to go on. It is stopped and started, and what happened meanwhile comes
from the CEL file.

The console: no call knows of it. Its pages say that it is away, and go on when it is back.
"""

from __future__ import annotations

import asyncio
import http.client
import time
import xmlrpc.client
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from supervisor.xmlrpc import Faults, SupervisorTransport

from ops import ready
from ops.parts import CONSOLE, SPARE
from siaga.errors import MissingError, SiagaError
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from siaga.settings import Settings

PARTS: Final = ("ivr", "router", CONSOLE)
TAKES_OVER_S: Final = 60.0
"""Longest a new program may take until it listens: a start takes some seconds on a busy machine."""
POLL_S: Final = 0.05
_LISTENS: Final = "0A"
"""Of a socket that listens, in ``/proc/net/tcp``."""


class RestartError(SiagaError):
    """A part was not restarted; the sentence says what still runs."""

    code = "restart"


def listening(table: str, port: int) -> int:
    """How many sockets listen on a port, by ``/proc/net/tcp``."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return sum(
        row[1].endswith(f":{port:04X}") and row[3] == _LISTENS for row in rows if len(row) > 3
    )


def _menus(settings: Settings) -> int:
    return listening(Path("/proc/net/tcp").read_text(encoding="ascii"), settings.ports.agi)


class Supervisor:
    """The supervisor of a running instance.

    Args:
        settings: of the instance.
    """

    def __init__(self, settings: Settings) -> None:
        path = settings.home / "run" / "supervisor.sock"
        transport = SupervisorTransport(None, None, f"unix://{path}")
        # The address is never used: the transport has its own.
        proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        self._calls: Any = cast("Any", proxy).supervisor
        self._where = path

    def start(self, program: str) -> None:
        """Start a program, unless it runs."""
        self._ask(self._calls.startProcess, program, Faults.ALREADY_STARTED)

    def stop(self, program: str) -> None:
        """Stop a program and wait for its end, unless it does not run."""
        self._ask(self._calls.stopProcess, program, Faults.NOT_RUNNING)

    def _ask(self, call: Callable[[str], object], program: str, done: int) -> None:
        try:
            call(program)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != done:
                raise RestartError(
                    f"{program}: {fault.faultString}. Lihat log / look into the log."
                ) from fault
        except (OSError, http.client.HTTPException) as error:
            raise MissingError(
                f"Tidak ada siaga112 yang berjalan di sini ({self._where}); '{COMMAND} up' dulu.\n"
                f"No siaga112 runs here: '{COMMAND} up' first."
            ) from error


async def restart(settings: Settings, part: str, say: Callable[[str], None]) -> None:
    """Restart ``ivr``, ``router`` or ``console``.

    Args:
        settings: of the running instance.
        part: one of :data:`PARTS`.
        say: told each step.

    Raises:
        RestartError: it was not; the sentence says what runs.
        MissingError: no instance runs in this home.
    """
    supervisor = Supervisor(settings)
    if part == "ivr":
        await _menu(settings, supervisor, say)
    elif part == CONSOLE:
        await _console(settings, supervisor, say)
    else:
        await _router(settings, supervisor, say)


async def _menu(settings: Settings, supervisor: Supervisor, say: Callable[[str], None]) -> None:
    say("Menu cadangan mulai / a second menu starts beside the first")
    supervisor.stop(SPARE)  # One that was left behind may be of an older program.
    before = _menus(settings)
    try:
        supervisor.start(SPARE)
        await _until_menus(settings, before + 1)
    except RestartError as error:
        supervisor.stop(SPARE)  # The supervisor would go on trying.
        raise RestartError(f"{_STAYS}\n{error}") from error
    say("Menu lama selesai dulu / the old menu lets its calls finish")
    supervisor.stop("ivr")
    supervisor.start("ivr")
    try:
        await _until_menus(settings, 2)
    except RestartError as error:
        raise RestartError(
            "Menu baru tidak mulai; menu cadangan tetap melayani. Lihat log/ivr.out.log.\n"
            "The new menu does not start; the second one goes on. Look into log/ivr.out.log."
        ) from error
    say("Menu cadangan selesai / the second menu lets its calls finish")
    supervisor.stop(SPARE)


_STAYS: Final = (
    f"Program baru tidak mulai; menu lama tetap melayani. Lihat log/{SPARE}.out.log.\n"
    f"The new program does not start; the old menu goes on. Look into log/{SPARE}.out.log."
)


async def _router(settings: Settings, supervisor: Supervisor, say: Callable[[str], None]) -> None:
    say("Router berhenti dan mulai lagi / the router stops and starts again")
    supervisor.stop("router")
    supervisor.start("router")
    if not await until(lambda: ready.router(settings)):
        raise RestartError(
            "Router belum siap; panggilan tetap dilayani. Lihat log/router.out.log.\n"
            "The router is not ready; calls go on without it. Look into log/router.out.log."
        )


async def _console(settings: Settings, supervisor: Supervisor, say: Callable[[str], None]) -> None:
    say("Konsol berhenti dan mulai lagi / the console stops and starts again")
    supervisor.stop(CONSOLE)
    supervisor.start(CONSOLE)
    if not await until(lambda: ready.console(settings)):
        raise RestartError(
            "Konsol belum siap; panggilan tetap dilayani. Lihat log/console.out.log.\n"
            "The console is not ready; calls go on without it. Look into log/console.out.log."
        )


async def _until_menus(settings: Settings, menus: int) -> None:
    async def listens() -> bool:
        return _menus(settings) >= menus

    if not await until(listens):
        raise RestartError(f"Tak ada yang mendengar / nobody listens: {settings.ports.agi}.")


async def until(check: Callable[[], Awaitable[bool]]) -> bool:
    """Ask until it is so; False when it is not within a minute."""
    deadline = time.monotonic() + TAKES_OVER_S
    while not await check():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_S)
    return True
