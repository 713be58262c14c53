"""What must hold of the officers' work: classes, flags, incidents, call-backs. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from ops.evening.check import Check
from ops.evening.far import outside
from ops.evening.model import Kind
from siaga.keys import CallClass

if TYPE_CHECKING:
    from ops.evening.evidence import Evidence

SEEN_S: Final = 10.0
"""A number that was classed often enough is flagged by then: the router looks every 5 s."""
TALKED_S: Final = 1.0
"""Who is called back and talks for so long was talked to."""
CLASSES: Final = {
    Kind.REAL: CallClass.EMERGENCY,
    Kind.GHOST: CallClass.GHOST,
    Kind.POCKET: CallClass.GHOST,
    Kind.PRANK: CallClass.PRANK,
}


def called_back(evidence: Evidence) -> Check:
    """The list is empty; each real caller who left was talked to, or got through."""
    gone = {
        one.account.number: one.account
        for one in evidence.played
        if one.visit.kind is Kind.REAL and one.account.by is None
    }
    talked = {
        number
        for number, ring in evidence.far
        if ring.answered and ring.ended and ring.ended - ring.answered >= TALKED_S
    }
    through = {
        number
        for number, left in gone.items()
        if any(
            one.number == number and one.by and one.arrived > left.arrived
            for one in evidence.accounts
        )
    }
    reached_ = {number for number in gone if outside(number) in talked}
    wrong = [
        evidence.shown(left) for number, left in gone.items() if number not in reached_ | through
    ]
    wrong += [f"{task['number']}: belum / due" for task in evidence.due]
    return Check(
        "callbacks",
        "Semua yang menutup sebelum dijawab dihubungi kembali",
        "Whoever left before a human answered was called back",
        f"daftar / list {len(evidence.due)}; darurat / real {len(gone)}: "
        f"{len(reached_)} dihubungi / reached, "
        f"{len(through - reached_)} tersambung sendiri / got through; "
        f"{len(evidence.far)} kali / calls",
        tuple(wrong),
    )


def incidents(evidence: Evidence) -> Check:
    """Each happening is one incident, of exactly its calls."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for one in evidence.played:
        if one.visit.case and one.account.by is not None:
            wanted[one.visit.case].add(evidence.ids.get(one.account.call_id, "?"))
    kinds = {visit.case: visit.emergency for visit in evidence.script.visits if visit.case}
    found = {frozenset(row["calls"]): row for row in evidence.incidents}
    wrong = []
    for case, calls in wanted.items():
        row = found.pop(frozenset(calls), None)
        if row is None or row["emergency"] != kinds[case]:
            wrong.append(f"{case}: {', '.join(sorted(calls))}")
    wrong += [
        f"kejadian / incident {row['id']}: {', '.join(row['calls'])}" for row in found.values()
    ]
    for case in evidence.script.incidents:
        if len(wanted[case]) < 2:
            wrong.append(f"{case}: {len(wanted[case])}")
    sizes = ", ".join(
        f"{case.removeprefix('many-')} {len(wanted[case])}" for case in evidence.script.incidents
    )
    return Check(
        "incidents",
        "Dua kejadian besar berisi tepat para peneleponnya",
        "The two incidents hold exactly their callers",
        f"{sizes}; {len(wanted)} kejadian / incidents; "
        f"{sum(evidence.notes.joined.values())} digabung / joined",
        tuple(wrong),
    )


def flags(evidence: Evidence) -> Check:
    """Who was classed as a prank often enough was flagged by the next call."""
    pranks = evidence.plan.callers.pranks
    after = pranks.after if pranks else 0
    said: dict[str, list[float]] = defaultdict(list)
    for word in evidence.notes.said:
        if word.kind is CallClass.PRANK:
            said[word.number].append(word.at)
    due = [
        one
        for one in evidence.accounts
        if one.rings and len(said[one.number]) >= after
        and one.arrived > sorted(said[one.number])[after - 1] + SEEN_S
    ]  # fmt: skip
    wrong = [evidence.shown(one) for one in due if not one.is_flagged]
    wrong += [
        evidence.shown(one)
        for one in evidence.accounts
        if one.is_flagged and sum(at < one.arrived for at in said[one.number]) < after
    ]
    numbers = {one.number for one in evidence.accounts if one.is_flagged}
    return Check(
        "flags",
        "Penelepon iseng berulang ditandai, yang lain tidak",
        "Repeated pranksters were flagged, nobody else was",
        f"{len(numbers)} nomor / numbers, "
        f"{sum(one.is_flagged for one in evidence.accounts)} panggilan / calls",
        tuple(wrong),
    )


def classes(evidence: Evidence) -> Check:
    """Each answered call was classed as what it was."""
    answered = [one for one in evidence.played if one.account.by is not None]
    wrong = []
    for one in answered:
        word = evidence.words.get(one.account.call_id)
        if word is not CLASSES[one.visit.kind]:
            wrong.append(f"{evidence.shown(one.account)}: {one.visit.kind} → {word}")
    counts = Counter(str(word) for word in evidence.words.values())
    shown = ", ".join(f"{word} {count}" for word, count in sorted(counts.items()))
    return Check(
        "classes",
        "Setiap panggilan terjawab digolongkan menurut yang sebenarnya",
        "Each answered call was classed as what it was",
        f"{shown}; {len(answered)} terjawab / answered",
        tuple(wrong),
    )
