"""The command ``siaga112 report``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from siaga import settings

Folder = Annotated[Path | None, typer.Option(help="Folder untuk HTML dan CSV / for the files.")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(report)


def report(
    month: Annotated[str | None, typer.Option(help="Bulan / month, 2026-11.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="Hari pertama / first day, 2026-11-03.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Hari terakhir / last day, 2026-11-09.")
    ] = None,
    out: Folder = None,
    national: Annotated[
        str, typer.Option(help="Format berkas pusat / of the national file: csv, json.")
    ] = "csv",
    json: Annotated[bool, typer.Option("--json", help="Untuk mesin / for machines.")] = False,
) -> None:
    """Laporan bulanan / the figures of a month or of some days; no callers' numbers in it."""
    from ops.report import command  # noqa: PLC0415  (each command loads only what it needs)

    asked = command.Asked(month, first, last, out, national, json)
    asyncio.run(command.report(settings.load(), asked))
