"""``siaga112 alarms``: what is wrong now, and whether anybody was told."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.api import ask

if TYPE_CHECKING:
    from siaga.settings import Settings

NOBODY = (
    "Alarm tidak sampai ke siapa pun: setel SIAGA_WEBHOOK. / "
    "Alarms reach nobody: set SIAGA_WEBHOOK."
)
DEAF = (
    "Penerima alarm (SIAGA_WEBHOOK) tidak menerima. / "
    "The receiver of alarms (SIAGA_WEBHOOK) does not take them."
)
WELL = "Tidak ada alarm. / No alarms."


def table(rows: list[dict[str, Any]]) -> Table:
    """The alarms that stand, for people; what comes from outside is shown as it is."""
    shown = Table(box=None, pad_edge=False)
    for heading in ("sejak / since", "alarm", "apa / what", "didengar / heard"):
        shown.add_column(heading, overflow="fold")
    for row in rows:
        what = Text(f"{row['text']['id']} / {row['text']['en']}")
        if row["detail"]:
            what.append(f"\n  {row['detail']} ({row['count']}x)")
        what.append(f"\n→ {row['todo']['id']}\n→ {row['todo']['en']}", style="bold")
        style = "bold red" if row["severity"] == "critical" else "yellow"
        name = f"{row['alarm']} {row['subject']}".strip()
        heard = row["heard"] or "TIDAK / NO"
        shown.add_row(row["began"], Text(name, style=style), what, heard)
    return shown


async def show(settings: Settings, *, as_json: bool, trial: bool) -> int:
    """Print the alarms that stand; 0 when there are none, else 1.

    Args:
        settings: of the instance.
        as_json: one object a line.
        trial: raise one on trial first, to see whether it arrives.

    Raises:
        MissingError, AnswerError: the router does not run, or refuses.
    """
    if trial:
        await ask(settings, "POST", "/api/alarms/trial")
    found = await ask(settings, "GET", "/api/alarms")
    rows = found["alarms"]
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row) + "\n")
        return int(bool(rows))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table(rows) if rows else Text(WELL))
    if found["receiver"] != "ok":
        console.print(Text(NOBODY if found["receiver"] == "none" else DEAF, style="bold red"))
    return int(bool(rows))
