"""``siaga112 dispatch …``: who is with a caller, changed while the call is up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ops.api import ask
from siaga import settings as settings_module

if TYPE_CHECKING:
    from siaga.settings import Settings

WAIT_S: Final = 900.0
"""Longer than any agency rings."""

app = typer.Typer(
    help="Siapa yang bersama penelepon / who is with a caller; exit status 1 when it was not done.",
    no_args_is_help=True,
)

Call = Annotated[str, typer.Argument(help="Id panggilan / the call's id.")]
Agency = Annotated[str, typer.Argument(help="Nama instansi / agency, e.g. rsud.")]
Handset = Annotated[str, typer.Argument(help="Nomor pesawat / handset, e.g. 102.")]
LegNumber = Annotated[str, typer.Argument(help="Nomor sambungan / leg, as `calls --json` has it.")]


async def command(settings: Settings, verb: str, body: dict[str, str]) -> tuple[bool, str]:
    """Have the router do it; whether it was done, and the sentence to print.

    Raises:
        AnswerError: refused.
        MissingError: the router does not run.
    """
    answer = await ask(settings, "POST", f"/api/dispatch/{verb}", body, WAIT_S)
    return bool(answer["done"]), str(answer["message"])


def _run(verb: str, **body: str) -> None:
    done, text = asyncio.run(command(settings_module.load(), verb, body))
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
