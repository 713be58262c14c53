"""What must hold of an evening, each check with its figure and whom it does not hold for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.evening import judge_work
from ops.evening.check import Check
from ops.evening.crew import ABSENT
from ops.evening.figures import compared
from ops.evening.model import Kind, Leaves
from ops.evening.turns import turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.evening.account import Account
    from ops.evening.evidence import Evidence, Played

GOALS: Final = ((90, 15), (95, 20))
"""Per cent within seconds, as in the report."""
LONGEST_S: Final = 20.0
"""No real caller who stays may wait longer."""
SURE_S: Final = 1.0


def judge(evidence: Evidence) -> tuple[Check, ...]:
    """All checks."""
    return tuple(check(evidence) for check in CHECKS)


def _stayed(evidence: Evidence, *kinds: Kind) -> list[Played]:
    """Calls of those who were to wait for a human."""
    return [
        one
        for one in evidence.played
        if one.visit.kind in kinds and one.visit.leaves is Leaves.NEVER
    ]


def placed(evidence: Evidence) -> Check:
    """Each call of the script was made, and is one INVITE."""
    wanted = len(evidence.script.visits)
    known = {one.account.call_id for one in evidence.played}
    wrong = [evidence.shown(one) for one in evidence.accounts if one.call_id not in known]
    if len(known) != wanted:
        wrong.append(f"{len(known)}/{wanted}")
    return Check(
        "placed",
        "Semua panggilan naskah dilakukan",
        "Every call of the script was made",
        f"{len(known)}/{wanted}",
        (*wrong, *evidence.notes.faults),
    )


def goal(evidence: Evidence) -> Check:
    """Every real caller who stayed was answered within the goal."""
    stayed = _stayed(evidence, Kind.REAL)
    waits = [one.account.wait_s for one in stayed]
    known = [wait for wait in waits if wait is not None]
    shares, wrong = [], []
    for percent, seconds in GOALS:
        within = sum(wait <= seconds for wait in known)
        shares.append(f"≤{seconds} s: {_percent(within, len(stayed))}")
        if within * 100 < percent * len(stayed):
            wrong.append(f"≤{seconds} s: {within}/{len(stayed)} < {percent} %")
    for one in stayed:
        wait = one.account.wait_s
        if wait is None or wait > LONGEST_S:
            wrong.append(f"{evidence.shown(one.account)}: {_seconds(wait)}")
    slowest = _seconds(max(known, default=None))
    return Check(
        "goal",
        "Setiap penelepon darurat yang bertahan dijawab dalam batas",
        "Every real caller who stayed was answered within the goal",
        f"{len(known)}/{len(stayed)}; {'; '.join(shares)}; terlama / slowest {slowest}",
        tuple(wrong),
    )


def behind(evidence: Evidence) -> Check:
    """No real caller was behind a prank or a ghost."""
    found = turns(evidence)
    wrong = [f"{evidence.shown(one)} < {evidence.shown(other)}" for one, other in found.behind]
    by_key = f"; {found.by_key} dengan tombol / by a key" if found.by_key else ""
    return Check(
        "turns",
        "Tidak ada yang darurat di belakang panggilan iseng atau kosong",
        "No real caller was behind a prank or a ghost",
        f"{len(wrong)} dari / of {found.seen}{by_key}; {found.ahead} kali mendahului yang sudah "
        f"menunggu / times went before one who waited",
        tuple(wrong),
    )


def reached(evidence: Evidence) -> Check:
    """Nobody is refused: whoever stayed was answered by a human, ghost and prank too."""
    stayed = _stayed(evidence, Kind.GHOST, Kind.PRANK)
    wrong = [evidence.shown(one.account) for one in stayed if one.account.by is None]
    return Check(
        "reached",
        "Yang iseng dan kosong pun sampai ke petugas",
        "Pranks and ghosts reached a human too",
        f"{len(stayed) - len(wrong)}/{len(stayed)}",
        tuple(wrong),
    )


def lost(evidence: Evidence) -> Check:
    """No call was refused, or ended by the centre before a human had answered."""
    wrong = [
        f"{evidence.shown(one)}: {one.status}"
        for one in evidence.accounts
        if one.up is None and not one.left
    ]
    wrong += [
        evidence.shown(one)
        for one in evidence.accounts
        if one.up is not None and one.by is None and not one.left
    ]
    if len(evidence.records) != len(evidence.accounts):
        wrong.append(f"catatan / records: {len(evidence.records)}")
    unknown = {record.caller for record in evidence.records} - {
        one.number for one in evidence.accounts
    }
    return Check(
        "lost",
        "Tidak ada panggilan yang hilang",
        "No call was lost",
        f"{len(evidence.accounts)} panggilan / calls, {len(evidence.records)} catatan / records",
        (*wrong, *sorted(unknown)),
    )


def outage(evidence: Evidence) -> Check:
    """Fires that were chosen while the fire brigade was off the air reached others in time."""
    away = evidence.notes.away
    fires = [
        one.account
        for one in _stayed(evidence, Kind.REAL)
        if away
        and one.visit.emergency == "fire"
        and away[0] + SURE_S
        <= evidence.notes.chosen.get(one.account.call_id, 0.0)
        <= away[1] - SURE_S
    ]
    wrong = [evidence.shown(one) for one in fires if not _elsewhere(evidence, one)]
    if not fires:
        wrong.append("tidak ada kebakaran / no fire")
    return Check(
        "outage",
        "Selama Damkar hilang, kebakaran sampai ke petugas lain",
        "While the fire brigade was off the air, fires reached others",
        f"{len(fires) - len(wrong) if fires else 0}/{len(fires)}",
        tuple(wrong),
    )


def _elsewhere(evidence: Evidence, one: Account) -> bool:
    by, wait = one.by, one.wait_s
    if by is None or wait is None or wait > LONGEST_S:
        return False
    return evidence.agencies[by.extension] != ABSENT


def report(evidence: Evidence) -> Check:
    """The report's figures are those computed from SIPp's messages."""
    found = compared(evidence)
    wrong = [f"{one.name}: SIPp {one.ours}, laporan / report {one.theirs}" for one in found
             if not one.equal]  # fmt: skip
    edges = {id(each): each for one in found for each in one.ours.edges}
    near = f"; di tepi / at an edge: {len(edges)}" if edges else ""
    return Check(
        "report",
        "Angka laporan sama dengan hitungan dari catatan SIPp",
        "The report's figures equal those computed from SIPp's logs",
        f"{len(found) - len(wrong)}/{len(found)} angka / figures{near}",
        tuple(wrong),
    )


CHECKS: Final = (
    placed,
    goal,
    behind,
    reached,
    outage,
    judge_work.flags,
    judge_work.classes,
    judge_work.incidents,
    judge_work.called_back,
    lost,
    report,
)


def edges(evidence: Evidence) -> Iterator[str]:
    """The calls that either side of a limit may have, with the figures."""
    for one in compared(evidence):
        for each in one.ours.edges:
            yield f"{one.name}: {evidence.shown(each)}"


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.1f} %" if whole else "-"


def _seconds(wait: float | None) -> str:
    return "tidak dijawab / not answered" if wait is None else f"{wait:.1f} s"
