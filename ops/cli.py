"""The command line ``siaga112``; exit status 0 done, 1 no, 2 wrong usage, 3 something missing."""

from __future__ import annotations

import asyncio
import sys
from json import dumps
from typing import TYPE_CHECKING, Annotated

import typer

from ops import (
    cli_accounts,
    cli_callbacks,
    cli_dispatch,
    cli_incidents,
    cli_live,
    cli_messages,
    cli_nodes,
    cli_plan,
    cli_prompts,
    cli_report,
    cli_service,
    cli_storage,
)
from ops.cli_options import Newest, Rows
from siaga import __version__
from siaga import settings as settings_module
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from siaga.settings import Settings

app = typer.Typer(
    name="siaga112",
    help="Pusat panggilan darurat 112 / a 112 emergency call centre.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli_plan.register(app)
cli_storage.register(app)
cli_report.register(app)
cli_service.register(app)
app.add_typer(cli_accounts.app, name="accounts")
app.add_typer(cli_callbacks.app, name="callbacks")
app.add_typer(cli_live.app, name="live")
app.add_typer(cli_dispatch.app, name="dispatch")
app.add_typer(cli_messages.app, name="messages")
app.add_typer(cli_nodes.app, name="nodes")
app.add_typer(cli_incidents.app, name="incidents")
app.add_typer(cli_prompts.app, name="prompts")


def _version(asked: bool) -> None:  # noqa: FBT001  (typer's own form)
    if asked:
        typer.echo(f"siaga112 {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Versi / the version, and no more."
        ),
    ] = False,
) -> None:
    """Pusat panggilan darurat 112 / a 112 emergency call centre."""


def _settings() -> Settings:
    return settings_module.load()


@app.command()
def setup() -> None:
    """Pasang alat telepon dan skrip halaman / have the telephony tools and pages' scripts made."""
    from ops import setup_installed as command  # noqa: PLC0415

    raise typer.Exit(command.setup(_settings()))


@app.command()
def up() -> None:
    """Jalankan semuanya sampai Ctrl-C / start everything, stay up until Ctrl-C."""
    from ops import up as command  # noqa: PLC0415  (each command loads only what it needs)

    asyncio.run(command.up(_settings()))


@app.command()
def demo(
    json: Annotated[
        bool, typer.Option("--json", help="Satu objek JSON / one JSON object.")
    ] = False,
    evening: Annotated[
        bool, typer.Option("--evening", help="Malam sibuk / a busy evening, played and judged.")
    ] = False,
    calls: Annotated[int, typer.Option(help="--evening: berapa panggilan / how many calls.")] = 200,
    minutes: Annotated[
        float, typer.Option(help="--evening: dalam berapa menit / within how many minutes.")
    ] = 5.0,
    seed: Annotated[
        int, typer.Option(min=0, help="--evening: malam yang sama lagi / the same evening again.")
    ] = 112,
) -> None:
    """Perlihatkan satu panggilan 112 nyata / show one real 112 call, or a whole evening."""
    if evening:
        from ops import evening as played  # noqa: PLC0415

        wanted = played.Wanted(calls, minutes, seed)
        raise typer.Exit(asyncio.run(played.evening(_settings(), wanted, as_json=json)))
    from ops import demo as command  # noqa: PLC0415

    raise typer.Exit(asyncio.run(command.demo(_settings(), as_json=json)))


@app.command()
def calls(
    json: Rows = False,
    follow: Annotated[bool, typer.Option("--follow", help="Ikuti terus / keep following.")] = False,
    limit: Newest = 50,
    tests: Annotated[
        bool, typer.Option("--tests", help="Juga panggilan uji / test calls of our own too.")
    ] = False,
) -> None:
    """Catatan panggilan / the call records."""
    from ops import calls as command  # noqa: PLC0415

    shown = command.show(_settings(), as_json=json, follow=follow, limit=limit, tests=tests)
    asyncio.run(shown)


@app.command(name="class")
def class_(
    call: Annotated[str, typer.Argument(help="Id panggilan / the call's id.")],
    kind: Annotated[
        str,
        typer.Argument(metavar="CLASS", help="emergency, information, prank, ghost, test."),
    ],
    by: Annotated[str | None, typer.Option(help="Oleh siapa / by whom.")] = None,
) -> None:
    """Golongkan panggilan / say or correct what a call was."""
    from ops import classes as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.give(_settings(), call, kind, by)))


@app.command()
def noise(
    json: Annotated[
        bool, typer.Option("--json", help="Satu objek / one object, for machines.")
    ] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Hitung mulai sekarang / count from now on.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="Oleh siapa / by whom.")] = None,
) -> None:
    """Panggilan iseng dan kosong, nomor yang ditandai / pranks, silent calls, flagged numbers."""
    from ops import noise as command  # noqa: PLC0415

    if reset:
        typer.echo(asyncio.run(command.reset(_settings(), by)))
    else:
        asyncio.run(command.show(_settings(), as_json=json))


@app.command()
def gaps(
    json: Rows = False,
    limit: Newest = 50,
) -> None:
    """Celah pendengar / when calls were not heard live, and how each was recovered."""
    from ops import gaps as command  # noqa: PLC0415

    asyncio.run(command.show(_settings(), as_json=json, limit=limit))


@app.command()
def handsets(
    json: Rows = False,
    rotate: Annotated[
        list[str] | None, typer.Option(help="Sandi baru untuk pesawat ini / new password.")
    ] = None,
    rotate_all: Annotated[
        bool, typer.Option("--rotate-all", help="Sandi baru untuk semua / for all.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="Oleh siapa / by whom.")] = None,
) -> None:
    """Pesawat dan sandinya / the handsets, their logins and whether they are logged in."""
    if rotate or rotate_all:
        from ops.apply.rotate import rotate as renew  # noqa: PLC0415

        chosen = None if rotate_all else rotate
        try:
            status = asyncio.run(renew(_settings(), chosen, by=by, as_json=json))
        except SiagaError as error:
            if not json:
                raise
            from ops.plan_changes import refusal  # noqa: PLC0415

            typer.echo(dumps(refusal(error), ensure_ascii=False))
            status = error.exit_status
        raise typer.Exit(status)
    from ops import handsets as command  # noqa: PLC0415

    asyncio.run(command.show(_settings(), as_json=json))


@app.command()
def officers(
    json: Rows = False,
    new_pin: Annotated[
        str | None, typer.Option(metavar="NOMOR", help="PIN baru / a new PIN for this officer.")
    ] = None,
    log_out: Annotated[
        str | None, typer.Option(metavar="NOMOR", help="Keluarkan / log this officer out.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Oleh siapa / by whom.")] = None,
) -> None:
    """Petugas, PIN-nya, dan pesawatnya / the officers, their PINs, and where they are logged in."""
    from ops import officers as command  # noqa: PLC0415

    if new_pin is not None:
        typer.echo(command.new_pin(_settings(), new_pin, by))
    if log_out is not None:
        typer.echo(asyncio.run(command.log_out(_settings(), log_out, by)))
    if new_pin is None and log_out is None:
        asyncio.run(command.show(_settings(), as_json=json))


@app.command()
def blocks(
    json: Rows = False,
) -> None:
    """Alamat yang diblokir / addresses that failed to log in too often, and until when."""
    from ops import blocks as command  # noqa: PLC0415

    asyncio.run(command.show(_settings(), as_json=json))


@app.command()
def transfer(
    call: Annotated[str, typer.Argument(help="Id panggilan / the call's id.")],
    agency: Annotated[str, typer.Argument(help="Nama instansi / agency, e.g. rsud.")],
) -> None:
    """Pindahkan panggilan / move a waiting or answered call to another agency."""
    from ops import transfer as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.transfer(_settings(), call, agency)))


@app.command()
def restart(
    part: Annotated[str, typer.Argument(metavar="ivr|router|console")],
) -> None:
    """Ganti menu, router atau konsol tanpa jeda / let a new one take over."""
    from ops import restart as command  # noqa: PLC0415

    if part not in command.PARTS:
        raise typer.BadParameter(" / ".join(command.PARTS))
    asyncio.run(command.restart(_settings(), part, typer.echo))


@app.command()
def doctor(
    json: Annotated[
        bool, typer.Option("--json", help="Satu objek JSON / one JSON object.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Juga yang sedang berjalan / the running parts too.")
    ] = False,
) -> None:
    """Periksa semua bagian / check every part and say what to do."""
    from ops import doctor as command  # noqa: PLC0415

    raise typer.Exit(command.run(_settings(), json, live))


@app.command()
def alarms(
    json: Rows = False,
    trial: Annotated[
        bool, typer.Option("--trial", help="Coba apakah alarm sampai / see whether one arrives.")
    ] = False,
) -> None:
    """Alarm yang berlaku / the alarms that stand; exit status 1 when there are any."""
    from ops import alarms as command  # noqa: PLC0415

    raise typer.Exit(asyncio.run(command.show(_settings(), as_json=json, trial=trial)))


@app.command()
def canary(
    once: Annotated[
        bool, typer.Option("--once", help="Satu panggilan uji / one test call, now.")
    ] = False,
    way: Annotated[
        str | None, typer.Option(help="Jalur, mis. 1/damkar / way; without: the next due.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Semua jalur sekarang / every way, now.")
    ] = False,
    json: Rows = False,
) -> None:
    """Panggilan uji / test calls: the latest results, or one now; exit status 1 when one failed."""
    from ops.canary import command  # noqa: PLC0415

    asked = command.Asked(once=once, way=way, every=every, as_json=json)
    raise typer.Exit(asyncio.run(command.run(_settings(), asked)))


@app.command()
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Lebih singkat / fewer calls.")] = False,
) -> None:
    """Ukur kecepatan / measure, side by side in one run."""
    from ops import bench as command  # noqa: PLC0415

    raise typer.Exit(asyncio.run(command.bench(_settings(), quick=quick)))


def shown(text: str) -> str:
    """What went wrong, on a terminal: it may quote what a stranger or a file says."""
    from ops.printing import printable  # noqa: PLC0415

    return "\n".join(map(printable, text.split("\n")))


def main() -> None:
    """Entry of the command line."""
    try:
        app(prog_name="siaga112")
    except SiagaError as error:
        typer.echo(f"siaga112: {shown(str(error))}", err=True)
        sys.exit(error.exit_status)
    except (OSError, KeyboardInterrupt) as error:
        typer.echo(f"siaga112: {error or 'dibatalkan / interrupted'}", err=True)
        sys.exit(1)
