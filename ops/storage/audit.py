"""``siaga112 audit``: is there audio on disk for every second of talk?"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ops.printing import printable
from ops.replay import parse_since
from ops.storage.database import opened
from router.storage.faults import Fault
from router.storage.survey import Scope, Survey, survey
from router.store import CallReader
from router.store.custody import Custody
from siaga.plan import PlanError, load_plan

if TYPE_CHECKING:
    from siaga.plan import Plan
    from siaga.settings import Settings

SHOWN: Final = 200
"""Findings listed for people; ``--json`` has them all."""

WORDS: Final = {
    Fault.MISSING: "tidak ada berkas / no file",
    Fault.EMPTY: "kosong / empty",
    Fault.UNREADABLE: "tidak terbaca / unreadable",
    Fault.SHORT: "kurang panjang / too short",
    Fault.SILENT: "sunyi / silent",
    Fault.STALLED: "berhenti bertambah / stalled",
    Fault.ALTERED: "berubah / altered",
    Fault.UNFILED: "belum dicatat / not filed",
    Fault.ORPHANED: "tanpa panggilan / belongs to no call",
}


async def audit(settings: Settings, since: str, *, as_json: bool) -> int:
    """Hold every recording to its call and print what is wrong.

    Returns:
        0, or 1 when something is.

    Raises:
        SettingsError: ``since`` is neither a span nor a date.
        StoreUnavailableError, SchemaOtherError: the database cannot be read.
    """
    now = datetime.now(UTC)
    scope = Scope(settings.recordings, settings.node, parse_since(since, _plan(settings), now), now)
    async with opened(settings) as engine:
        custody = Custody(engine)
        try:
            found = await survey(CallReader(engine), custody, scope)
        finally:
            custody.close()
    if as_json:
        row = {"since": scope.since.isoformat(timespec="seconds"), **found.row()}
        sys.stdout.write(json.dumps(row) + "\n")
    else:
        sys.stdout.write("\n".join(for_people(found)) + "\n")
    return 1 if found.findings else 0


def for_people(found: Survey) -> list[str]:
    """The audit as lines."""
    seconds = found.coverage
    share = 100.0 if not seconds.answered_s else 100 * seconds.covered_s / seconds.answered_s
    lines = [
        (
            f"Panggilan diperiksa / calls looked at: {found.calls}"
            f" (belum selesai / not over: {found.pending},"
            f" sudah dihapus menurut aturan / deleted by the rule: {found.deleted})"
        ),
        (
            f"Detik bicara / seconds of talk: {seconds.answered_s},"
            f" terekam / on disk: {seconds.covered_s} ({share:.3f} %)"
        ),
    ]
    for finding in found.findings[:SHOWN]:
        missing = f", {finding.missing_s} s hilang / missing" if finding.missing_s else ""
        detail = f" ({printable(finding.detail)})" if finding.detail else ""
        lines.append(
            f"  {WORDS[finding.fault]}: {printable(finding.path)}"
            f" {printable(finding.call)}{missing}{detail}"
        )
    if len(found.findings) > SHOWN:
        lines.append(f"  … {len(found.findings) - SHOWN} lagi / more: --json")
    if not found.findings:
        lines.append("Semua sesuai / everything is as it should be.")
    return lines


def _plan(settings: Settings) -> Plan:
    """The plan whose time zone counts."""
    try:
        return load_plan(settings.plan_in_force).plan
    except PlanError:
        return load_plan(settings.plan).plan
