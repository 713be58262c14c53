"""The commands of ``siaga112`` that are about what is kept: holds, audit, backup, restore."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ops.cli_options import By, Newest, Why
from siaga import settings

Call = Annotated[str, typer.Argument(help="Id panggilan / the call's id.")]
Archive = Annotated[Path, typer.Argument(help="Berkas cadangan / backup file.")]
Json = Annotated[bool, typer.Option("--json", help="Untuk mesin / for machines.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (hold, release, holds, audit, backup, restore):
        app.command()(command)
    app.command("audit-log")(audit_log)


def hold(call: Call, why: Why, by: By = None) -> None:
    """Tahan panggilan / keep a call's recording and number, whatever the rules say."""
    from ops.storage import holds as command  # noqa: PLC0415  (each loads only what it needs)

    typer.echo(asyncio.run(command.hold(settings.load(), call, why, by)))


def release(call: Call, why: Why, by: By = None) -> None:
    """Lepas panggilan / end a hold."""
    from ops.storage import holds as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.release(settings.load(), call, why, by)))


def holds(json: Json = False) -> None:
    """Panggilan yang ditahan / the calls on hold."""
    from ops.storage import holds as command  # noqa: PLC0415

    asyncio.run(command.show_holds(settings.load(), as_json=json))


def audit_log(
    limit: Newest = 100,
    json: Json = False,
) -> None:
    """Yang dihapus, ditahan, dilepas / what was deleted, held, released, by whom and why."""
    from ops.storage import holds as command  # noqa: PLC0415

    asyncio.run(command.show_log(settings.load(), limit, as_json=json))


def audit(
    since: Annotated[str, typer.Option(help="30d, 12h, 2026-11-01")] = "30d",
    json: Json = False,
) -> None:
    """Periksa rekaman / is every second of talk on disk? Exit status 1 when something is wrong."""
    from ops.storage import audit as command  # noqa: PLC0415

    raise typer.Exit(asyncio.run(command.audit(settings.load(), since, as_json=json)))


def backup(
    file: Archive,
    without_database: Annotated[
        bool,
        typer.Option("--without-database", help="PostgreSQL dicadangkan sendiri / separately."),
    ] = False,
) -> None:
    """Cadangkan semuanya selagi melayani / back up everything while calls are up."""
    from ops.backup import make  # noqa: PLC0415

    typer.echo(make.backup(settings.load(), file, without_database=without_database))


def restore(
    file: Archive,
    force: Annotated[
        bool, typer.Option("--force", help="Pindahkan isi lama ke samping / move the old aside.")
    ] = False,
) -> None:
    """Pulihkan ke SIAGA_HOME yang kosong / restore into an empty SIAGA_HOME."""
    from ops.backup import restore as command  # noqa: PLC0415

    typer.echo(command.restore(settings.load(), file, force=force))
