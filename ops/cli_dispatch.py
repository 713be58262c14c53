"""The command line ``siaga112 dispatch …``."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from siaga import settings

app = typer.Typer(
    help="Siapa yang bersama penelepon / who is with a caller; exit status 1 when it was not done.",
    no_args_is_help=True,
)

Call = Annotated[str, typer.Argument(help="Id panggilan / the call's id.")]
Agency = Annotated[str, typer.Argument(help="Nama instansi / agency, e.g. rsud.")]
Handset = Annotated[str, typer.Argument(help="Nomor pesawat / handset, e.g. 102.")]
LegNumber = Annotated[str, typer.Argument(help="Nomor sambungan / leg, as `calls --json` has it.")]


def _run(verb: str, **body: str) -> None:
    from ops.dispatch import command  # noqa: PLC0415  (loaded only when needed)

    done, text = asyncio.run(command(settings.load(), verb, body))
    typer.echo(text)
    raise typer.Exit(0 if done else 1)


@app.command("add")
def add(call: Call, agency: Agency) -> None:
    """Sambungkan instansi / bring an agency in; whoever has the caller stays."""
    _run("add", call=call, agency=agency)


@app.command("transfer")
def transfer(call: Call, agency: Agency) -> None:
    """Serahkan ke instansi / give the call to an agency once it has answered."""
    _run("transfer", call=call, agency=agency)


@app.command("swap")
def swap(call: Call, agency: Agency, handset: Handset) -> None:
    """Ganti instansi / bring an agency in; when it has answered, all but the handset are let go."""
    _run("swap", call=call, agency=agency, handset=handset)


@app.command("leave")
def leave(call: Call, handset: Handset) -> None:
    """Keluar dari panggilan / let a handset go; the others stay with the caller."""
    _run("leave", call=call, handset=handset)


@app.command("take-over")
def take_over(call: Call, handset: Handset) -> None:
    """Ambil alih / ring a handset into the call in place of who has it."""
    _run("take-over", call=call, handset=handset)


@app.command("hang-up")
def hang_up(call: Call, leg: LegNumber) -> None:
    """Akhiri satu sambungan / end one leg, whether it rings or talks."""
    _run("hang-up", call=call, leg=leg)
