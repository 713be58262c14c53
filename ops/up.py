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

from ops.accounts import first_admin
from ops.doctor.live import console_address
from ops.instance import running
from ops.live import banner
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.instance import Instance
    from ops.prepare import Prepared
    from siaga.settings import Settings


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
        console.print(Text("! ", style="yellow") + Text(warning))
    for line in overrides:
        console.print(Text("! ", style="yellow") + Text(line))
    console.print(handset_table(instance.prepared))
    console.print(
        f"[bold green]Siap menerima panggilan[/] / ready for calls ({seconds:.1f} s)\n"
        f"  112        sip:112@{address}  ({kinds}; dari/from {', '.join(settings.trunks)})\n"
        f"  konsol     {console_address(settings)}\n"
        f"{admin}"
        f"  status     http://127.0.0.1:{settings.ports.router}/health\n"
        f"  catatan    ./siaga112 calls --follow   (log: {settings.logs})\n"
        f"Ctrl-C menghentikan / stops.",
        highlight=False,
    )


async def _first_admin(settings: Settings) -> str:
    """Of a centre's first start: who may log in to the console, told this once; else nothing."""
    try:
        made = await first_admin(settings)
    except SiagaError:
        # Calls are taken without a database; whoever needs the console reads on there.
        return "  admin      ./siaga112 accounts add admin admin\n"
    if made is None:
        return ""
    name, password = made
    return f"  admin      {name} / {password}  (sekali saja / once only)\n"


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
        overrides, admin = await banner(settings), await _first_admin(settings)
        _announce(console, instance, seconds, overrides, admin)
        try:
            await instance.ended()
        except asyncio.CancelledError:
            console.print("\nMenghentikan / stopping …")
            raise
