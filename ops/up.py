"""``siaga112 up``: start everything, say how to reach it, stay up until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.accounts import first_admin, first_password_stands
from ops.doctor.live import console_address
from ops.instance import running
from ops.live import banner
from ops.service import told
from siaga.errors import SiagaError
from siaga.files import write_atomic
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ops.instance import Instance
    from ops.prepare import Prepared
    from siaga.settings import Settings


FIRST_LOGIN: Final = "first-login"
"""File in the home: of the account that a first start made."""

BROWSER: Final = "(peramban / browser)"
"""In place of the password of a handset in a browser."""


def handset_table(prepared: Prepared) -> Table:
    """The handsets' logins as a table."""
    table = Table(title="Pesawat / handsets", title_justify="left")
    for heading in ("Instansi / agency", "Nomor / extension", "Sandi / password"):
        table.add_column(heading)
    for agency in prepared.loaded.plan.agencies.values():
        for handset in agency.every_handset:
            password = BROWSER if handset.browser else prepared.secrets.handsets[handset.extension]
            table.add_row(Text(agency.name.id), handset.extension, password)
    return table


def _announce(
    console: Console, instance: Instance, seconds: float, overrides: Sequence[str], admin: str
) -> None:
    settings = instance.settings
    port, kinds = (
        (settings.ports.sip_tls, "tls")
        if settings.tls_required
        else (settings.ports.sip, "udp, tcp")
    )
    address = str(settings.edge or f"{settings.bind}:{port}")
    for warning in instance.prepared.warnings:
        # Not markup: it may quote a file's name or its content.
        console.print(Text("! ", style="yellow") + Text(warning), soft_wrap=True)
    for line in overrides:
        console.print(Text("! ", style="yellow") + Text(line), soft_wrap=True)
    if console.is_terminal:
        console.print(handset_table(instance.prepared))
    else:
        # What is printed is kept in a log that others may read.
        console.print(f"Sandi pesawat / handsets' passwords: {COMMAND} handsets", highlight=False)
    console.print(
        f"[bold green]Siap menerima panggilan[/] / ready for calls ({seconds:.1f} s)\n"
        f"  112        sip:112@{address}  ({kinds}; dari/from {', '.join(settings.trunks)})\n"
        f"  konsol     {console_address(settings)}\n"
        f"{admin}"
        f"  status     http://127.0.0.1:{settings.ports.router}/health\n"
        f"  catatan    {COMMAND} calls --follow   (log: {settings.logs})\n"
        f"{'Ctrl-C menghentikan / stops.' if console.is_terminal else ''}",
        highlight=False,
        soft_wrap=True,
    )


async def _first_admin(settings: Settings, *, terminal: bool) -> str:
    """Of a centre's first start: who may log in to the console, told this once; else nothing.

    Where nobody is at a terminal the password goes into a file of the home, not into a log.
    """
    file = settings.home / FIRST_LOGIN
    try:
        made = await first_admin(settings)
    except SiagaError:
        # Calls are taken without a database; whoever needs the console reads on there.
        return f"  admin      {COMMAND} accounts add admin admin\n"
    if made is None:
        await _forget_first(settings, file)
        return ""
    name, password = made
    if terminal:
        return f"  admin      {name} / {password}  (sekali saja / once only)\n"
    try:
        write_atomic(file, f"{name} / {password}\n", mode=0o600)
    except OSError:
        return f"  admin      {COMMAND} accounts reset {name}\n"
    return (
        f"  admin      {name}, sandi di / password in {file}: catat, hapus / note it, remove it\n"
    )


async def _forget_first(settings: Settings, file: Path) -> None:
    """The file goes once its password was changed."""
    with contextlib.suppress(SiagaError, OSError):
        if not await first_password_stands(settings):
            await asyncio.to_thread(file.unlink, missing_ok=True)


async def up(settings: Settings) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP.

    Raises:
        StartError, MissingError, PlanError: it could not be started.
    """
    console = Console()
    serving = asyncio.create_task(_serve(settings, console))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    console.print("Berhenti / stopped.")


async def _serve(settings: Settings, console: Console) -> None:
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]· {text} …[/]", highlight=False)

    async with running(settings, say) as instance:
        seconds = time.monotonic() - began
        overrides = await banner(settings)
        admin = await _first_admin(settings, terminal=console.is_terminal)
        _announce(console, instance, seconds, overrides, admin)
        told.tell(told.READY)
        try:
            await instance.ended()
        except asyncio.CancelledError:
            told.tell(told.STOPPING)
            console.print("\nMenghentikan / stopping …")
            raise
