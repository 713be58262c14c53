"""The command line ``siaga112 accounts …``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from ops.cli_options import By, Rows
from siaga import settings

app = typer.Typer(
    name="accounts",
    help="Akun konsol / who may log in to the console.",
    invoke_without_command=True,
)

Name = Annotated[str, typer.Argument(help="Nama akun / the account's name.")]
Role = Annotated[str, typer.Argument(metavar="operator|supervisor|admin|auditor")]


@app.callback()
def accounts(
    context: typer.Context,
    json: Rows = False,
) -> None:
    """Tanpa perintah: daftar / without a command: the list."""
    if context.invoked_subcommand is None:
        from ops import accounts as command  # noqa: PLC0415  (loaded only when needed)

        asyncio.run(command.show(settings.load(), as_json=json))


@app.command()
def add(name: Name, role: Role, by: By = None) -> None:
    """Tambah akun, dengan sandi sekali pakai / add an account, with a one-time password."""
    from ops import accounts as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.add(settings.load(), name, role, by)))


@app.command()
def reset(name: Name, by: By = None) -> None:
    """Sandi sekali pakai yang baru / a new one-time password, also when nobody can log in."""
    from ops import accounts as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.reset(settings.load(), name, by)))


@app.command(name="role")
def role_(name: Name, role: Role, by: By = None) -> None:
    """Ganti peran / give an account another role."""
    from ops import accounts as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.change_role(settings.load(), name, role, by)))


@app.command()
def disable(name: Name, by: By = None) -> None:
    """Tidak boleh masuk lagi / may log in no more; open sessions end."""
    from ops import accounts as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.disable(settings.load(), name, by)))


@app.command()
def enable(name: Name, by: By = None) -> None:
    """Boleh masuk lagi / may log in again."""
    from ops import accounts as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.enable(settings.load(), name, by)))


@app.command(name="log-out")
def log_out(name: Name, by: By = None) -> None:
    """Akhiri semua sesinya / end all of somebody's sessions."""
    from ops import accounts as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.log_out(settings.load(), name, by)))
