"""The command line ``siaga112 nodes …``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from ops.cli_options import By, Rows
from siaga import settings

app = typer.Typer(
    name="nodes",
    help="Node pada satu basis data / the nodes that share a database.",
    invoke_without_command=True,
)


@app.callback()
def nodes(context: typer.Context, json: Rows = False) -> None:
    """Tanpa perintah: daftar / without a command: the list."""
    if context.invoked_subcommand is None:
        from ops import nodes as command  # noqa: PLC0415  (loaded only when needed)

        asyncio.run(command.show(settings.load(), as_json=json))


@app.command()
def forget(
    name: Annotated[str, typer.Argument(help="Nama node / the node's name.")], by: By = None
) -> None:
    """Hapus node yang tidak akan kembali / take a node off the list that will not come back."""
    from ops import nodes as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.forget(settings.load(), name, by)))
