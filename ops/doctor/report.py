"""The doctor's report, for people as a table, for machines as JSON."""

from __future__ import annotations

import asyncio
import json as jsonlib
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.doctor.checks import diagnose
from ops.doctor.finding import Status
from ops.doctor.live import live as running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

_STYLE: Final = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red"}
_WORD: Final = {Status.OK: "baik", Status.WARN: "awas", Status.FAIL: "RUSAK"}


def table(findings: Sequence[Finding]) -> Table:
    """The findings as a table; what was found is shown as it is, never as markup."""
    shown = Table(box=None, pad_edge=False)
    for heading in ("", "bagian / part", "temuan / found"):
        shown.add_column(heading, overflow="fold")
    for finding in findings:
        text = Text(finding.found)
        if finding.todo:
            text.append(f"\n→ {finding.todo}\n→ {finding.todo_en}", style="bold")
        shown.add_row(Text(_WORD[finding.status], style=_STYLE[finding.status]), finding.name, text)
    return shown


def verdict(findings: Sequence[Finding]) -> str:
    """The last line: how many things are to be done."""
    count = {status: sum(1 for f in findings if f.status is status) for status in Status}
    fails, warns = count[Status.FAIL], count[Status.WARN]
    if fails:
        return f"{fails} rusak, {warns} peringatan / {fails} broken, {warns} warnings"
    if warns:
        return f"Siap, dengan {warns} peringatan / Ready, with {warns} warnings"
    return "Semua baik / All is well"


def run(settings: Settings, json: bool = False, live: bool = False) -> int:  # noqa: FBT001, FBT002 - the command's flags
    """Check everything and print it; 0 when nothing is broken, else 1.

    Args:
        settings: of the instance.
        json: one JSON object.
        live: the parts of a running centre too.
    """
    findings = diagnose(settings)
    if live:
        findings += asyncio.run(running(settings))
    failed = any(finding.status is Status.FAIL for finding in findings)
    if json:
        document = {"ok": not failed, "findings": [asdict(finding) for finding in findings]}
        sys.stdout.write(jsonlib.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        # In a log or a pipe nothing should be folded at 80 columns.
        console = Console(width=None if sys.stdout.isatty() else 160)
        console.print(table(findings))
        console.print(Text(verdict(findings)))
    return int(failed)
