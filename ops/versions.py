"""``siaga112 versions`` and ``diff``: the plans that were in force, and what changed since."""

from __future__ import annotations

import difflib
import json
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from siaga.plan import PlanError, load_plan
from siaga.plan.compare import compare
from siaga.plan.versions import VersionStore
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.versions import Entry
    from siaga.settings import Settings


def show(settings: Settings, *, as_json: bool) -> None:
    """Print them, oldest first; the last is in force."""
    entries = VersionStore(settings.home / "plan").entries()
    if as_json:
        for entry in entries:
            current = entry is entries[-1]
            sys.stdout.write(json.dumps({**entry.document(), "in_force": current}) + "\n")
        return
    if not entries:
        sys.stdout.write(
            f"Belum ada versi: jalankan {COMMAND} up. / No version yet: run {COMMAND} up.\n"
        )
        return
    Console().print(
        _table(entries, ZoneInfo(load_plan(settings.plan_in_force).plan.centre.timezone))
    )


def _table(entries: tuple[Entry, ...], zone: ZoneInfo) -> Table:
    table = Table(title="Versi rencana / versions of the plan", title_justify="left")
    table.add_column("No")
    for heading in ("Versi / version", "Sejak / since"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Oleh / by", "Tindakan / what"):
        table.add_column(heading, overflow="fold")
    table.add_column("Baris / lines", justify="right")
    table.add_column("Alasan / why", overflow="fold")
    for entry in entries:
        style = "bold green" if entry is entries[-1] else ""
        table.add_row(
            str(entry.number),
            entry.version,
            f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M}",
            Text(" + ".join(filter(None, (entry.change.by, entry.change.approved)))),
            entry.change.what,
            f"+{entry.stat.added} -{entry.stat.removed}",
            Text(entry.change.why),
            style=style,
        )
    return table


def diff(settings: Settings, old: int, new: int) -> None:
    """Print what changed between two versions: the text, and for whom calls go elsewhere.

    Raises:
        UnknownVersionError: there is no such version.
        OSError: its text is gone.
    """
    store = VersionStore(settings.home / "plan")
    for line in _lines(store, store.numbered(old), store.numbered(new)):
        sys.stdout.write(line + "\n")


def _lines(store: VersionStore, old: Entry, new: Entry) -> Iterator[str]:
    files = store.text(old.version), store.text(new.version)
    before, after = (file.read_text(encoding="utf-8-sig").splitlines() for file in files)
    left, right = (f"{entry.number} ({entry.version})" for entry in (old, new))
    yield from difflib.unified_diff(before, after, left, right, lineterm="")
    try:
        plans = [load_plan(file).plan for file in files]
    except PlanError:
        return  # A text from before the language changed: only its lines can be compared.
    yield ""
    yield "Yang berubah bagi penelepon / what changes for callers:"
    changes = compare(*plans)
    if not changes:
        yield "  tidak ada / nothing"
    for change in changes:
        yield f"  {change.id}"
        yield f"  {change.en}"
