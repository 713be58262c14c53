"""The command line ``siaga112 incidents …``."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import typer

from ops.cli_options import By, Rows, Why
from siaga import settings

app = typer.Typer(
    name="incidents",
    help="Kejadian: apa, di mana, siapa yang dikirim / what has happened, and who was sent.",
    invoke_without_command=True,
)

Number = Annotated[int, typer.Argument(help="Nomor kejadian / number of the incident.", min=1)]
Call = Annotated[str, typer.Argument(help="Id panggilan / call, from 'siaga112 calls'.")]
Agency = Annotated[str, typer.Argument(help="Nama instansi dalam rencana / of the plan.")]
UnitName = Annotated[str, typer.Option("--unit", help="Mobil, regu / a car, a crew.")]
NEWEST: Final = 50


@app.callback()
def incidents(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Juga yang ditutup / closed too.")] = False,
    json: Rows = False,
) -> None:
    """Tanpa perintah: yang belum ditutup / without a command: those that are not closed."""
    if context.invoked_subcommand is None:
        from ops import incidents as command  # noqa: PLC0415  (loaded only when needed)

        asyncio.run(command.show(settings.load(), NEWEST if every else None, as_json=json))


@app.command("show")
def show_one(number: Number, json: Rows = False) -> None:
    """Satu kejadian dengan catatannya / one of them with its log."""
    from ops import incidents as command  # noqa: PLC0415

    asyncio.run(command.show_one(settings.load(), number, as_json=json))


@app.command("open")
def open_one(
    call: Call,
    kind: Annotated[str | None, typer.Option("--kind", help="Darurat / emergency.")] = None,
    by: By = None,
) -> None:
    """Buka kejadian dari panggilan / open one that a call tells of."""
    _do("open", call=call, kind=kind, by=by)


@app.command()
def join(number: Number, call: Call, by: By = None) -> None:
    """Panggilan ini tentang kejadian itu / this call tells of that incident."""
    _do("join", number=number, call=call, by=by)


@app.command()
def split(call: Call, by: By = None) -> None:
    """Panggilan ini tentang kejadian lain / this call tells of another incident."""
    _do("split", call=call, by=by)


@app.command()
def merge(
    number: Number,
    into: Annotated[int, typer.Argument(help="Yang tetap / the one that stays.", min=1)],
    by: By = None,
) -> None:
    """Dua kejadian ternyata satu / two turn out to be one."""
    _do("merge", number=number, into=into, by=by)


@app.command()
def kind(
    number: Number,
    emergency: Annotated[str, typer.Argument(help="Darurat dalam rencana / of the plan.")],
    by: By = None,
) -> None:
    """Apa kejadiannya / say what it is."""
    _do("kind", number=number, kind=emergency, by=by)


@app.command()
def place(
    number: Number,
    district: Annotated[str, typer.Option("--district", help="Kecamatan.")] = "",
    village: Annotated[str, typer.Option("--village", help="Desa.")] = "",
    text: Annotated[str, typer.Option("--text", help="Jalan, patokan / street, landmark.")] = "",
    at: Annotated[str, typer.Option("--at", help="Lintang,bujur / 0.5500,117.5731.")] = "",
    by: By = None,
) -> None:
    """Di mana / say where it is; what is not told stays."""
    told = {"district": district, "village": village, "text": text, "position": at}
    _do("place", number=number, by=by, **told)


@app.command()
def note(
    number: Number,
    text: Annotated[str, typer.Argument(help="Yang dikatakan / what was said.")],
    by: By = None,
) -> None:
    """Catat yang dikatakan / keep what was said."""
    _do("note", number=number, text=text, by=by)


@app.command()
def ask(
    number: Number,
    question: Annotated[int, typer.Argument(help="Nomor pertanyaan, dari 'show' / from 'show'.")],
    answer: Annotated[str, typer.Argument(help="Jawaban penelepon / the caller's answer.")],
    by: By = None,
) -> None:
    """Catat jawaban atas pertanyaan rencana / keep the answer to a question of the plan."""
    _do("ask", number=number, place=question, answer=answer, by=by)


@app.command()
def advise(
    number: Number,
    advice: Annotated[int, typer.Argument(help="Nomor nasihat, dari 'show' / from 'show'.")],
    by: By = None,
) -> None:
    """Catat nasihat rencana yang diberikan / advice of the plan was given."""
    _do("advise", number=number, place=advice, answer="", by=by)


@app.command()
def send(number: Number, agency: Agency, unit: UnitName = "", by: By = None) -> None:
    """Instansi dikirim / an agency was sent."""
    _do("send", number=number, agency=agency, unit=unit, by=by)


@app.command()
def accept(number: Number, agency: Agency, unit: UnitName = "", by: By = None) -> None:
    """Instansi menyatakan berangkat / an agency says that it goes."""
    _do("accept", number=number, agency=agency, unit=unit, by=by)


@app.command()
def arrive(number: Number, agency: Agency, unit: UnitName = "", by: By = None) -> None:
    """Instansi sudah di lokasi / an agency is there."""
    _do("arrive", number=number, agency=agency, unit=unit, by=by)


@app.command()
def locate(call: Call, by: By = None) -> None:
    """Minta lokasi penelepon lewat SMS / ask the caller for their position by SMS."""
    from ops import incidents as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.locate(settings.load(), call, by)))


@app.command()
def close(
    number: Number,
    why: Why,
    by: By = None,
) -> None:
    """Kejadian selesai / it is over."""
    _do("close", number=number, text=why, by=by)


def _do(verb: str, **told: str | int | None) -> None:
    from ops import incidents as command  # noqa: PLC0415

    typer.echo(asyncio.run(command.change(settings.load(), verb, told)))
