"""``siaga112 hold``, ``release``, ``holds``, ``audit-log``: what must be kept, what was not."""

from __future__ import annotations

import json
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ops.calls import DEFAULT_ZONE
from ops.printing import printable
from ops.storage.database import opened
from router.store.custody import Custody, What
from siaga.errors import SettingsError
from siaga.plan import PlanError, load_plan
from siaga.plan.versions import clean, person
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from siaga.settings import Settings

WORDS: Final = {
    What.HELD: "ditahan / put on hold",
    What.RELEASED: "dilepas / released",
    What.RECORDING_DELETED: "rekaman dihapus / recording deleted",
    What.ORPHAN_DELETED: "rekaman tanpa panggilan dihapus / recording of no call deleted",
    What.NUMBER_ERASED: "nomor penelepon dihapus / caller's number erased",
    What.CEL_DELETED: "berkas CEL lama dihapus / old CEL file deleted",
    What.TRAIL_DELETED: "jejak perubahan lama dihapus / old audit rows deleted",
    What.LISTENED: "didengarkan pengawas / listened to by a supervisor",
}


async def hold(settings: Settings, call: str, why: str, by: str | None) -> str:
    """Put a call on hold; gives what to say.

    Raises:
        SettingsError: no reason was given.
        UnknownCallError, HeldAlreadyError: there is nothing to hold.
    """
    reason = _reason(why)
    async with _custody(settings) as custody:
        held, gone = await custody.hold(call, person(by), reason, datetime.now(UTC))
    lines = [
        (
            f"Panggilan {held.call} ditahan: rekaman dan nomornya disimpan sampai dilepas. / "
            f"Call {held.call} is on hold: its recording and number stay until it is released."
        )
    ]
    lines += [
        f"Sudah terjadi sebelumnya / has already happened: {WORDS[what]} "
        f"({COMMAND} audit-log; mungkin masih ada di cadangan / a backup may still have it)"
        for what in gone
    ]
    return "\n".join(lines)


async def release(settings: Settings, call: str, why: str, by: str | None) -> str:
    """End a hold; gives what to say.

    Raises:
        SettingsError: no reason was given.
        NotHeldError: the call is not on hold.
    """
    reason = _reason(why)
    async with _custody(settings) as custody:
        await custody.release(call, person(by), reason, datetime.now(UTC))
    return (
        f"Panggilan {call} dilepas: aturan masa simpan berlaku lagi. / "
        f"Call {call} is released: the rules of retention apply again."
    )


async def show_holds(settings: Settings, *, as_json: bool) -> None:
    """Print the calls on hold."""
    zone = _zone(settings)
    async with _custody(settings) as custody:
        found = await custody.holds()
    rows = [
        {"call": h.call, "node": h.node, "at": _iso(h.at, zone), "by": h.who, "why": h.why}
        for h in found
    ]
    _print(
        rows,
        (f"{r['at']}  {r['call']}  {r['why']} ({r['by']})" for r in rows),
        "Tidak ada panggilan yang ditahan / no call is on hold.",
        as_json=as_json,
    )


async def show_log(settings: Settings, limit: int, *, as_json: bool) -> None:
    """Print the newest rows of the audit log."""
    zone = _zone(settings)
    async with _custody(settings) as custody:
        found = await custody.log(limit)
    rows = [
        {
            "at": _iso(r.at, zone),
            "who": r.who,
            "what": str(r.what),
            "object": r.object,
            "why": r.why,
        }
        for r in found
    ]
    _print(
        rows,
        (
            f"{r['at']}  {WORDS[What(r['what'])]}: {r['object']} — {r['why']} ({r['who']})"
            for r in rows
        ),
        "Belum ada yang dihapus atau ditahan / nothing was deleted or held yet.",
        as_json=as_json,
    )


def _print(
    rows: list[dict[str, str]], lines: Iterable[str], nothing: str, *, as_json: bool
) -> None:
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row) + "\n")
        return
    shown = [printable(line) for line in lines] or [nothing]
    sys.stdout.write("\n".join(shown) + "\n")


@asynccontextmanager
async def _custody(settings: Settings) -> AsyncIterator[Custody]:
    async with opened(settings) as engine:
        custody = Custody(engine)
        try:
            yield custody
        finally:
            custody.close()


def _reason(why: str) -> str:
    reason = clean(why)
    if not reason:
        raise SettingsError(
            'Beri alasan, misalnya nomor perkara: --why "…" / '
            'Give a reason, for example the number of the case: --why "…".'
        )
    return reason


def _zone(settings: Settings) -> ZoneInfo:
    try:
        return ZoneInfo(load_plan(settings.plan_in_force).plan.centre.timezone)
    except PlanError:
        return ZoneInfo(DEFAULT_ZONE)


def _iso(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")
