"""The command ``siaga112 service``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(service)


def service(
    edge: Annotated[
        bool, typer.Option("--edge", help="Kamailio di depan beberapa simpul / before nodes.")
    ] = False,
    root: Annotated[
        Path, typer.Option(help="Folder lain, untuk dilihat / another folder, to look at them.")
    ] = Path("/"),
) -> None:
    """Pasang sebagai layanan systemd / install as a service of systemd."""
    from ops.service.install import install  # noqa: PLC0415  (each command loads what it needs)

    install(root, typer.echo, edge=edge)
