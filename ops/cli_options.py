"""Options that several commands take, each said in the same words."""

from __future__ import annotations

from typing import Annotated

import typer

Rows = Annotated[bool, typer.Option("--json", help="Satu objek per baris / one a line.")]
By = Annotated[str | None, typer.Option("--by", help="Oleh siapa / by whom.")]
Why = Annotated[str, typer.Option("--why", help="Alasan, wajib / reason, required.")]
Newest = Annotated[int, typer.Option(min=1, max=100000, help="Terbaru / newest.")]
