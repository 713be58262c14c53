"""The command line ``siaga112 prompts …``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.cli_options import By, Rows
from siaga import settings

app = typer.Typer(
    name="prompts",
    help="Suara yang didengar penelepon / what callers hear, and recordings of it.",
    invoke_without_command=True,
)

Where = Annotated[str, typer.Argument(help="bahasa/suara / language/prompt, e.g. id/menu.")]
Sound = Annotated[Path, typer.Argument(help="Berkas suara / sound file: WAV, MP3, OGG, M4A …")]
Take = Annotated[str, typer.Argument(help="Rekaman / recording, as 'add' has printed it.")]


@app.callback()
def prompts(
    context: typer.Context,
    json: Rows = False,
) -> None:
    """Tanpa perintah: daftar / without a command: the list."""
    if context.invoked_subcommand is None:
        from ops import voice_takes  # noqa: PLC0415  (each command loads only what it needs)

        voice_takes.show(settings.load(), as_json=json)


@app.command()
def add(
    where: Where,
    file: Sound,
    by: By = None,
    name: Annotated[str, typer.Option(help="Nama berkas asal / the file's own name.")] = "",
    json: Rows = False,
) -> None:
    """Simpan rekaman, belum dipakai / keep a recording, not in use yet."""
    from ops import voice_takes  # noqa: PLC0415

    async def deed() -> dict[str, Any]:
        return await asyncio.to_thread(voice_takes.add, settings.load(), where, file, by, name)

    raise typer.Exit(asyncio.run(voice_takes.tell(deed(), as_json=json)))


@app.command()
def use(where: Where, take: Take, by: By = None, json: Rows = False) -> None:
    """Pakai rekaman / put a recording in use; the next caller hears it."""
    from ops import voice_takes  # noqa: PLC0415

    deed = voice_takes.use(settings.load(), where, take, by)
    raise typer.Exit(asyncio.run(voice_takes.tell(deed, as_json=json)))


@app.command()
def delivered(where: Where, by: By = None, json: Rows = False) -> None:
    """Kembali ke suara bawaan / back to the delivered voice; recordings are kept."""
    from ops import voice_takes  # noqa: PLC0415

    deed = voice_takes.use(settings.load(), where, "", by)
    raise typer.Exit(asyncio.run(voice_takes.tell(deed, as_json=json)))


@app.command()
def drop(where: Where, take: Take, json: Rows = False) -> None:
    """Hapus rekaman yang tidak dipakai / remove a recording that is not in use."""
    from ops import voice_takes  # noqa: PLC0415

    async def deed() -> dict[str, Any]:
        return voice_takes.drop(settings.load(), where, take)

    raise typer.Exit(asyncio.run(voice_takes.tell(deed(), as_json=json)))
