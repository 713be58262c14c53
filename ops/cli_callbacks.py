"""The command line ``siaga112 callbacks …``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from ops.cli_options import By, Newest, Rows, Why
from siaga import settings

app = typer.Typer(
    name="callbacks",
    help="Siapa yang harus dihubungi kembali / whoever left before a human answered.",
    invoke_without_command=True,
)


@app.callback()
def callbacks(
    context: typer.Context,
    json: Rows = False,
) -> None:
    """Tanpa perintah: daftar / without a command: the list."""
    if context.invoked_subcommand is None:
        from ops import callbacks as command  # noqa: PLC0415  (loaded only when needed)

        asyncio.run(command.show(settings.load(), as_json=json))


@app.command()
def close(
    task: Annotated[int, typer.Argument(help="Nomor tugas / number of the task.", min=1)],
    why: Why,
    by: By = None,
) -> None:
    """Tutup tugas tanpa menelepon / close a task without calling."""
    from ops import callbacks as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.close(settings.load(), task, why, by)))


@app.command()
def closed(
    json: Rows = False,
    limit: Newest = 50,
) -> None:
    """Yang sudah selesai / those that are done: how, by whom, and every try."""
    from ops import callbacks as command  # noqa: PLC0415

    asyncio.run(command.show_closed(settings.load(), limit, as_json=json))
