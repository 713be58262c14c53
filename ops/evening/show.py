"""How an evening is told: a timeline of what mattered, then the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from ops.evening.judge import edges
from ops.evening.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from ops.evening.check import Check
    from ops.evening.evidence import Evidence, Played

MOST: Final = 24
"""Rows of the timeline, the first."""
WRONG: Final = 20
"""Of whom a check does not hold for, so many are named."""


def moments(evidence: Evidence) -> list[tuple[float, str, str]]:
    """What mattered: seconds since the evening began, in Indonesian, in English."""
    began = evidence.notes.began
    found = [(at - began, text, english) for at, text, english in evidence.notes.moments]
    found += _crowds(evidence)
    found += _flagged(evidence)
    found += _ends(evidence)
    return sorted(found)


def _at(evidence: Evidence, one: Played) -> float:
    return one.account.arrived - evidence.notes.began


def _crowds(evidence: Evidence) -> Iterator[tuple[float, str, str]]:
    for case in evidence.script.incidents:
        calls = [one for one in evidence.played if one.visit.case == case]
        if calls:
            name = evidence.plan.emergencies[calls[0].visit.emergency].name
            where = calls[0].visit.spot.district if calls[0].visit.spot else "?"
            yield (
                _at(evidence, calls[0]),
                f"{name.id} di {where}: penelepon pertama dari {len(calls)}",
                f"{name.en} in {where}: the first of {len(calls)} callers",
            )
            yield (
                _at(evidence, calls[-1]),
                f"{name.id} di {where}: penelepon terakhir",
                f"{name.en} in {where}: the last caller",
            )


def _flagged(evidence: Evidence) -> Iterator[tuple[float, str, str]]:
    seen: set[str] = set()
    for one in evidence.played:
        if one.account.is_flagged and one.visit.kind is Kind.REAL:
            text = f"{one.visit.number}, ditandai, kali ini darurat"
            yield _at(evidence, one), text, f"{one.visit.number}, flagged, is in earnest now"
        elif one.account.is_flagged and one.visit.number not in seen:
            seen.add(one.visit.number)
            text = f"{one.visit.number} ditandai: panggilan iseng berulang"
            yield _at(evidence, one), text, f"{one.visit.number} is flagged: pranks again and again"


def _ends(evidence: Evidence) -> Iterator[tuple[float, str, str]]:
    if evidence.played:
        yield _at(evidence, evidence.played[-1]), "panggilan terakhir", "the last call"
    rung = [ring.at for _, ring in evidence.far]
    if rung:
        began = evidence.notes.began
        yield min(rung) - began, "panggilan kembali pertama", "the first call-back"
        yield max(rung) - began, "panggilan kembali terakhir", "the last call-back"


def tell(console: Console, evidence: Evidence, checks: Sequence[Check]) -> None:
    """Print everything."""
    wanted = evidence.script.wanted
    table = Table(
        title=f"Malam sibuk / a busy evening: {wanted.calls} panggilan / calls, "
        f"{wanted.minutes:g} menit / minutes, seed {wanted.seed}",
        title_justify="left",
    )
    for heading, justify in (("s", "right"), ("kejadian", "left"), ("event", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for at, text, english in moments(evidence)[:MOST]:
        table.add_row(f"{at:.0f}", text, english)
    console.print(table)
    told = Table(title="Pemeriksaan / checks", title_justify="left")
    for heading in ("", "yang harus berlaku / what must hold", "angka / figure"):
        told.add_column(heading, overflow="fold")
    for check in checks:
        mark = Text("OK", "green") if check.holds else Text("TIDAK / NOT", "bold red")
        told.add_row(mark, Text(f"{check.text}\n{check.english}"), Text(check.figure))
    console.print(told)
    for line in edges(evidence):
        console.print(Text(f"di tepi batas / at the edge of a limit: {line}", "dim"))
    for check in checks:
        for wrong in check.wrong[:WRONG]:
            console.print(Text(f"{check.code}: {wrong}", "red"), soft_wrap=True)


def document(evidence: Evidence, checks: Sequence[Check], kept: Path | None) -> dict[str, Any]:
    """The same as one JSON object."""
    wanted = evidence.script.wanted
    return {
        "calls": wanted.calls,
        "minutes": wanted.minutes,
        "seed": wanted.seed,
        "holds": all(check.holds for check in checks),
        "checks": [
            {
                "check": check.code,
                "holds": check.holds,
                "figure": check.figure,
                "wrong": list(check.wrong),
            }
            for check in checks
        ],
        "timeline": [{"s": round(at, 1), "event": english} for at, _, english in moments(evidence)],
        "edges": list(edges(evidence)),
        "kept": None if kept is None else str(kept),
    }
