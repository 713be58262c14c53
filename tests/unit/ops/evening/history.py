"""Made-up evenings, as telephones would have noted them, good ones unless changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ops.evening.account import Account, Rung
from ops.evening.evidence import Evidence
from ops.evening.far import outside
from ops.evening.figures import GROUPS, compared
from ops.evening.model import MANY, Kind, Leaves, Script, Visit, Wanted
from ops.evening.notes import Notes, Said
from ops.evening.stage import PLAN
from router.calls.record import CallRecord
from siaga.keys import CallClass
from siaga.plan import parse_plan

EVENING = parse_plan(PLAN.read_bytes().replace(b"PORT", b"5099")).plan
BEGAN = datetime(2026, 11, 27, 12, 0, tzinfo=UTC).timestamp()
"""20:00 in Makassar."""
WORDS = {
    Kind.REAL: CallClass.EMERGENCY,
    Kind.GHOST: CallClass.GHOST,
    Kind.POCKET: CallClass.GHOST,
    Kind.PRANK: CallClass.PRANK,
}
LABELS = {"fire": "KEBAKARAN", "medical": "MEDIS", "disaster": "BENCANA", "": "PETUGAS"}
AGENCIES = {"fire": "201", "medical": "301", "disaster": "401", "": "101"}


@dataclass
class History:
    """An evening that is put together call by call; times in seconds since it began."""

    visits: list[Visit] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    far: list[tuple[str, Rung]] = field(default_factory=list)
    notes: Notes = field(default_factory=lambda: Notes(began=BEGAN))
    due: list[dict[str, Any]] = field(default_factory=list)

    def call(
        self,
        number: str,
        kind: Kind,
        at: float,
        *,
        emergency: str = "",
        case: str = "",
        rung: float | None = 3.0,
        answered: float | None = 5.0,
        ended: float = 12.0,
        chosen: float | None = 2.0,
        extension: str = "",
        mark: str = "",
        word: CallClass | None = None,
        leaves: Leaves = Leaves.NEVER,
    ) -> Account:
        """A call; ``rung``, ``answered``, ``ended`` and ``chosen`` since its arrival."""
        visit = Visit(at, number, kind, 5.0, emergency=emergency, case=case, leaves=leaves)
        call_id = f"c{len(self.accounts)}"
        arrived = BEGAN + at
        rings: tuple[Rung, ...] = ()
        if rung is not None:
            ring = Rung(
                extension or AGENCIES[emergency],
                f"r{len(self.accounts)}",
                arrived + rung,
                LABELS[emergency] + mark,
                None if answered is None else arrived + answered,
                arrived + ended,
            )
            rings = (ring,)
            if answered is not None:
                said = Said(ring.call_id, number, word or WORDS[kind], arrived + ended)
                self.notes.said.append(said)
        if chosen is not None:
            self.notes.chosen[call_id] = arrived + chosen
        account = Account(
            number, call_id, arrived, 200, arrived + 0.01, arrived + ended, left=True, rings=rings
        )
        self.visits.append(visit)
        self.accounts.append(account)
        self.notes.placed[call_id] = visit
        return account

    def called_back(self, number: str, at: float, lasts: float = 2.0) -> None:
        """Somebody outside answers an operator."""
        begun = BEGAN + at
        ring = Rung(outside(number), f"f{len(self.far)}", begun, "", begun + 1, begun + 1 + lasts)
        self.far.append((outside(number), ring))

    def change(self, old: Account, **changes: Any) -> None:
        """Have a call gone otherwise."""
        self.accounts[self.accounts.index(old)] = replace(old, **changes)

    def evidence(self, **changes: Any) -> Evidence:
        """What it is judged by; the report agrees with SIPp unless told otherwise."""
        wanted = Wanted(len(self.visits), 1, 1)
        made = Evidence(
            Script(wanted, tuple(self.visits)),
            EVENING,
            self.notes,
            tuple(self.accounts),
            tuple(self.far),
            {"total": {}, "by": {by: {} for by in GROUPS}},
            tuple(_record(account, place) for place, account in enumerate(self.accounts)),
            (),
            tuple(self.due),
        )
        made = replace(made, report=agreeing(made), incidents=tuple(_incidents(made)))
        return replace(made, **changes)


def _record(account: Account, place: int) -> CallRecord:
    began = datetime.fromtimestamp(account.arrived, UTC)
    return CallRecord(f"evening-{place}.0", "evening", account.number, began)


def _incidents(made: Evidence) -> list[dict[str, Any]]:
    rows = []
    for number, (case, visits) in enumerate(made.script.cases.items(), 1):
        calls = [
            made.ids[one.account.call_id]
            for one in made.played
            if one.visit.case == case and one.account.by
        ]
        if calls:
            rows.append({"id": number, "emergency": visits[0].emergency, "calls": calls})
    return rows


def agreeing(made: Evidence) -> dict[str, Any]:
    """A report that says what SIPp's messages do."""
    total: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {by: {} for by in GROUPS}
    for one in compared(made):
        by, equals, key = one.name.partition("=")
        if equals:
            groups[by][key.replace("-", "")] = {"calls": one.ours.least}
        else:
            total[one.name] = one.ours.least
    return {"total": total, "by": groups}


def good() -> History:
    """An evening in which everything went as it must."""
    made = History()
    for place in range(3):
        made.call(f"08131{place}", Kind.REAL, 5.0 + place, emergency="fire", case=f"{MANY}fire")
        at = 40.0 + place
        made.call(f"08132{place}", Kind.REAL, at, emergency="disaster", case=f"{MANY}disaster")
    made.notes.away = (BEGAN + 18, BEGAN + 35)
    made.call("081330", Kind.REAL, 20.0, emergency="fire", case="fire-1", extension="102")
    made.call("081340", Kind.GHOST, 8.0, rung=11.5, answered=12.8, ended=18.0, chosen=None)
    made.call(
        "081350", Kind.POCKET, 9.0, rung=None, answered=None, ended=4.0, chosen=None,
        leaves=Leaves.MENU,
    )  # fmt: skip
    for place in range(3):
        mark = " DITANDAI" if place == 2 else ""
        made.call("081360", Kind.PRANK, 1.0 + place * 25, mark=mark)
    for number in ("081370", "081380"):
        made.call(
            number, Kind.REAL, 30.0, emergency="medical", case=f"medical-{number}", rung=None,
            answered=None, ended=3.0, chosen=None, leaves=Leaves.MENU,
        )  # fmt: skip
    made.call("081380", Kind.REAL, 50.0, emergency="medical", case="medical-081380")
    made.called_back("081350", 60.0)
    made.called_back("081370", 65.0)
    return made
