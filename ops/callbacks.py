"""``siaga112 callbacks``: whom to call back, and closing by hand. Works without the router."""

from __future__ import annotations

import json
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from ops.apply.versions import clean, person
from ops.calls import printable
from ops.storage.database import opened
from router.callbacks.desk import CallbackDesk
from router.store import CallbackStore
from siaga.errors import SettingsError
from siaga.plan import load_plan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from siaga.settings import Settings

WORDS: Final = {
    "abandoned_menu": "di menu / in the menu",
    "abandoned_ringing": "saat berdering / while it rang",
    "refused": "ditolak, penuh / refused, full",
    "lost": "terputus oleh sistem / lost by the system",
}


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print the open tasks, the one due longest first."""
    async with _desk(settings) as desk:
        found = await desk.rows()
    if as_json:
        for row in found["tasks"]:
            sys.stdout.write(json.dumps(row) + "\n")
        return
    lines = [printable(line) for row in found["tasks"] for line in _told(row)]
    if not lines:
        lines = ["Tidak ada yang harus dihubungi kembali / nobody is to be called back."]
    if found["without_number"]:
        lines.append(
            f"Tanpa nomor yang dapat dihubungi, 24 jam terakhir / "
            f"without a usable number, last 24 hours: {found['without_number']}"
        )
    sys.stdout.write("\n".join(lines) + "\n")


async def close(settings: Settings, task: int, why: str, by: str | None) -> str:
    """Close a task by hand; gives what to say.

    Raises:
        SettingsError: no reason was given.
        NotOpenError: there is no such task, or it is closed already.
    """
    reason = clean(why)
    if not reason:
        raise SettingsError('Beri alasan / give a reason: --why "…".')
    async with _desk(settings) as desk:
        await desk.close(task, person(by), reason)
    return f"Tugas {task} ditutup. / Task {task} is closed."


def _told(row: dict[str, Any]) -> Iterator[str]:
    where = WORDS.get(row["outcome"], row["outcome"])
    chosen = " ".join(filter(None, (row["emergency"], row["language"]))) or "-"
    rang = f" ({row['agency']})" if row["agency"] else ""
    yield (
        f"{row['id']}  {row['number']}  {row['opened']}  {where}{rang}  {chosen}  "
        f"menelepon / called: {row['calls']}, dicoba / tried: {row['tries']}"
    )
    if row["trunk"] is None:
        yield "    tidak ada saluran untuk nomor ini / no trunk of the plan may send this number"
    elif row["trying"]:
        yield f"    sedang dihubungi dari / being called from {row['trying']}"
    elif not row["is_due"]:
        yield f"    berikutnya / next: {row['due']}"


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncIterator[CallbackDesk]:
    plan = load_plan(settings.plan_in_force).plan
    async with opened(settings) as engine:
        store = CallbackStore(engine, settings.callbacks)
        try:
            yield CallbackDesk(store, lambda: plan)
        finally:
            store.close()
