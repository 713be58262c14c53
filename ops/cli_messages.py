"""The command line ``siaga112 messages …``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from ops.cli_options import Newest, Rows
from siaga import settings

app = typer.Typer(
    name="messages",
    help="Pesan ke instansi / what agencies were told: whether it arrived, who accepted.",
    invoke_without_command=True,
)


@app.callback()
def messages(
    context: typer.Context,
    json: Rows = False,
    dead: Annotated[
        bool, typer.Option("--dead", help="Hanya yang gagal / only those that never arrived.")
    ] = False,
    limit: Newest = 50,
) -> None:
    """Tanpa perintah: daftar / without a command: the list."""
    if context.invoked_subcommand is None:
        from ops import messages as command  # noqa: PLC0415  (loaded only when needed)

        asyncio.run(command.show(settings.load(), limit, as_json=json, dead=dead))


@app.command()
def retry(
    message: Annotated[str, typer.Argument(help="Id pesan / of the message, see --dead.")],
) -> None:
    """Coba lagi pesan yang gagal / try a message that never arrived once more."""
    from ops import messages as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.retry(settings.load(), message)))


@app.command()
def secret() -> None:
    """Rahasia tanda tangan webhook / the secret that posts to the webhook are signed by."""
    from ops import messages as command  # noqa: PLC0415

    typer.echo(command.secret(settings.load()))
