"""The command line ``siaga112 live …``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from ops.cli_options import By, Rows, Why
from siaga import settings

app = typer.Typer(
    name="live",
    help="Yang berlaku sementara di atas rencana / what overrides the plan for a while.",
    invoke_without_command=True,
)

Agency = Annotated[str, typer.Argument(help="Nama instansi / agency, e.g. damkar.")]
Announcement = Annotated[str, typer.Argument(help="Nama pengumuman / announcement of the plan.")]
For = Annotated[str | None, typer.Option("--for", help="Berapa lama / how long: 30m, 2h, 3d.")]
Until = Annotated[
    str | None, typer.Option("--until", help='Sampai / until: "16:30", "2026-12-25 07:30".')
]
Force = Annotated[
    bool, typer.Option("--force", help="Walau ada yang tak terlayani / though some reach nobody.")
]


@app.callback()
def live(
    context: typer.Context,
    json: Rows = False,
) -> None:
    """Tanpa perintah: daftar / without a command: the list."""
    if context.invoked_subcommand is None:
        from ops.live import show  # noqa: PLC0415  (each command loads only what it needs)

        asyncio.run(show.show(settings.load(), as_json=json))


@app.command()
def close(
    agency: Agency,
    why: Why,
    for_: For = None,
    until: Until = None,
    by: By = None,
    force: Force = False,
) -> None:
    """Tutup instansi / have an agency not answer; its cover, or the next, is rung."""
    from ops.live import commands  # noqa: PLC0415

    terms = commands.Terms(for_, until, why, by, force)
    typer.echo(asyncio.run(commands.close(settings.load(), agency, terms)))


@app.command("open")
def open_(
    agency: Agency,
    why: Why,
    for_: For = None,
    until: Until = None,
    by: By = None,
    force: Force = False,
) -> None:
    """Buka instansi / have an agency answer although the plan has it closed."""
    from ops.live import commands  # noqa: PLC0415

    terms = commands.Terms(for_, until, why, by, force)
    typer.echo(asyncio.run(commands.open_(settings.load(), agency, terms)))


@app.command()
def divert(
    agency: Agency,
    to: Annotated[str, typer.Argument(help="Yang berdering / who is rung instead.")],
    why: Why,
    for_: For = None,
    until: Until = None,
    by: By = None,
    force: Force = False,
) -> None:
    """Alihkan instansi / have another agency rung instead."""
    from ops.live import commands  # noqa: PLC0415

    terms = commands.Terms(for_, until, why, by, force)
    typer.echo(asyncio.run(commands.divert(settings.load(), agency, to, terms)))


@app.command()
def pause(
    extension: Annotated[str, typer.Argument(help="Nomor pesawat / extension.")],
    why: Why,
    for_: For = None,
    until: Until = None,
    by: By = None,
    force: Force = False,
) -> None:
    """Jeda pesawat / have a handset not rung for emergencies."""
    from ops.live import commands  # noqa: PLC0415

    terms = commands.Terms(for_, until, why, by, force)
    typer.echo(asyncio.run(commands.pause(settings.load(), extension, terms)))


@app.command()
def announce(
    name: Announcement,
    why: Why,
    for_: For = None,
    until: Until = None,
    by: By = None,
    force: Force = False,
) -> None:
    """Perdengarkan pengumuman / have an announcement of the plan said."""
    from ops.live import commands  # noqa: PLC0415

    terms = commands.Terms(for_, until, why, by, force)
    typer.echo(asyncio.run(commands.announce(settings.load(), name, terms)))


@app.command()
def silence(
    name: Announcement,
    why: Why,
    for_: For = None,
    until: Until = None,
    by: By = None,
    force: Force = False,
) -> None:
    """Diamkan pengumuman / have an announcement not said."""
    from ops.live import commands  # noqa: PLC0415

    terms = commands.Terms(for_, until, why, by, force)
    typer.echo(asyncio.run(commands.silence(settings.load(), name, terms)))


@app.command()
def hush(why: Why, for_: For = None, until: Until = None, by: By = None) -> None:
    """Diamkan semua pengumuman / have no announcement said at all; a day, unless told otherwise."""
    from ops.live import commands  # noqa: PLC0415

    usual = "1d" if for_ is None and until is None else for_
    typer.echo(asyncio.run(commands.hush(settings.load(), commands.Terms(usual, until, why, by))))


@app.command()
def flag(
    number: Annotated[str, typer.Argument(help="Nomor penelepon / caller: 081234567890.")],
    why: Why,
    for_: For = None,
    until: Until = None,
    by: By = None,
) -> None:
    """Tandai nomor iseng / have a prankster's number warned and ranked last, never refused."""
    from ops.live import commands  # noqa: PLC0415

    terms = commands.Terms(for_, until, why, by)
    typer.echo(asyncio.run(commands.flag(settings.load(), number, terms)))


@app.command()
def clear(
    name: Annotated[
        str, typer.Argument(help="closed/damkar, pause/201, 0812…, … — daftar / the list.")
    ],
    why: Why,
    by: By = None,
) -> None:
    """Akhiri sekarang / end it now."""
    from ops.live import commands  # noqa: PLC0415

    typer.echo(asyncio.run(commands.clear(settings.load(), name, why, by)))
