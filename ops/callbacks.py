"""``siaga112 callbacks``: whom to call back, and closing by hand. Works without the router."""

from __future__ import annotations

import json
import sys
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ops.printing import printable
from ops.storage.database import opened
from router.callbacks.desk import CallbackDesk
from router.store import CallbackStore
from router.store.callback_history import closed_tasks
from siaga.errors import SettingsError
from siaga.plan import load_plan
from siaga.plan.versions import clean, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from siaga.settings import Settings

WORDS: Final = {
    "abandoned_menu": "di menu / in the menu",
    "abandoned_ringing": "saat berdering / while it rang",
    "refused": "ditolak, penuh / refused, full",
    "lost": "terputus oleh sistem / lost by the system",
}
CUT: Final = {
    "node_lost": "node {node} hilang / node {node} was lost",
    "restarted": "Asterisk di {node} mati atau mulai ulang / Asterisk of {node} died or restarted",
}
DONE: Final = {
    "got_through": "tersambung sendiri / got through",
    "reached": "terhubungi / reached",
    "unreached": "tidak terhubungi / not reached",
    "by_hand": "ditutup / closed by hand",
    "still_up": "ternyata masih tersambung / was on the line all the time",
    "erased": "nomornya dihapus / number erased",
}
TRIED: Final = {
    "answered": "diangkat / answered",
    "no_answer": "tidak diangkat / no answer",
    "unavailable": "tidak tersambung / could not be put through",
    "given_up": "dibatalkan petugas / given up by the operator",
    "not_dialled": "tidak sempat dihubungi / not dialled",
    "unknown": "tidak diketahui / not known",
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


async def show_closed(settings: Settings, limit: int, *, as_json: bool) -> None:
    """Print the tasks that were closed last, each with its tries, oldest first."""
    async with opened(settings) as engine:
        zone = ZoneInfo(load_plan(settings.plan_in_force).plan.centre.timezone)
        found = await closed_tasks(engine, limit)
    rows = [_spoken(asdict(task), zone) for task in found]
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row) + "\n")
        return
    lines = [printable(line) for row in rows for line in _past(row)]
    nothing = "Belum ada yang selesai / none is done yet."
    sys.stdout.write("\n".join(lines or [nothing]) + "\n")


def _spoken(values: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """With times as text."""
    return {name: _value(value, zone) for name, value in values.items()}


def _value(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return [_spoken(each, zone) for each in value] if isinstance(value, tuple) else value


def _past(row: dict[str, Any]) -> Iterator[str]:
    how = DONE.get(row["how"], row["how"])
    words = ", ".join(filter(None, (row["who"], row["why"])))
    yield f"{row['id']}  {row['number']}  {row['opened']}  {row['closed']}  {how}  {words}".rstrip()
    for each in row["tries"]:
        result = TRIED.get(each["result"], each["result"] or "berlangsung / under way")
        yield f"    {each['asked']}  {each['handset']}  {result}"


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
    where = CUT.get(row["reason"] or "", "").format(node=row["node"])
    where = where or WORDS.get(row["outcome"], row["outcome"])
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
    async with opened(settings) as engine:
        plan = load_plan(settings.plan_in_force).plan
        store = CallbackStore(engine, settings.callbacks)
        try:
            yield CallbackDesk(store, lambda: plan)
        finally:
            store.close()
