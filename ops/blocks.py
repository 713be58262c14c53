"""``siaga112 blocks``: addresses that may not log in for a while, because they failed too often."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ops.api import ask
from ops.printing import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siaga.settings import Settings

NOBODY: Final = "Tidak ada alamat yang diblokir.\nNo address is blocked."


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print them, the next to be lifted first.

    Raises:
        MissingError: the router does not run.
    """
    found = await ask(settings, "GET", "/api/blocks")
    if as_json:
        for row in found:
            sys.stdout.write(json.dumps(row) + "\n")
        return
    sys.stdout.write("\n".join(lines(found)) + "\n")


def lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The list for people."""
    if not rows:
        return [NOBODY]
    return [
        printable(
            f"{row['address']}  sampai / until {_time(row['until'])}  "
            f"{row['failures']} gagal masuk / failed log-ins  "
            f"({', '.join(row['accounts'])})"
        )
        for row in rows
    ]


def _time(text: str) -> str:
    """As this machine's clock has it."""
    return f"{datetime.fromisoformat(text).astimezone():%H:%M:%S %Z}"
