"""The stories of the proof: when, what, which failures, and what then happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.plan.words import Words, joined, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.model import Plan
    from siaga.plan.stranded import Alive, Fault, Phones

NAMED: Final = 3
"""Agencies a story names; of more it tells how many."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the faults of a plan.

    Attributes:
        phones: its telephones.
    """

    plan: Plan
    phones: Phones

    def story(self, when: Words, what: Words, fault: Fault) -> Words:
        """The story of a fault that a call meets."""
        told = joined(", ", (when, what, *self._failures(fault.alive)))
        at = f"{fault.at_ms / 1000:g} s"
        return told + Words(f": {at} berlalu, ", f": {at} in, ") + self._end(fault)

    def transferred(self, agency: str) -> Words:
        """A call that was sent to an agency."""
        return Words("disambungkan ke ", "transferred to ") + self._name(agency)

    def _end(self, fault: Fault) -> Words:
        if not fault.for_ever:
            limit = f"{self.phones.limit_ms / 1000:g} s"
            return Words(
                f"sudah {limit} tidak ada telepon yang berdering",
                f"nobody's telephone has rung for {limit}",
            )
        end = Words("tidak ada lagi yang berdering", "nobody left to ring")
        left = [self._name(n) for n in self.phones.agencies if n in fault.alive.agencies]
        if fault.alive.trunk and self.phones.numbers:
            left.append(Words("nomor luar", "outside numbers"))
        if not left:
            return end
        could = _listed(left)
        return end + Words(f", padahal {could.id} masih bisa", f", though {could.en} could be")

    def _failures(self, alive: Alive) -> Iterator[Words]:
        known = self.phones.agencies
        gone = [self._name(name) for name in known if name not in alive.agencies]
        if not known:
            yield Words("tidak ada pesawat yang boleh berdering", "no handset is to be rung")
        elif len(gone) == len(known) > 1:
            yield Words("semua instansi tanpa pesawat siap", "no agency has a handset")
        elif gone:
            have = "has" if len(gone) == 1 else "have"
            yield _listed(gone) + Words(" tanpa pesawat siap", f" {have} no handset")
        if self.phones.numbers and not alive.trunk:
            yield Words("saluran luar terputus", "the trunk is down")

    def _name(self, agency: str) -> Words:
        name = self.plan.agencies[agency].name
        return Words(name.id, name.en)


def _listed(names: list[Words]) -> Words:
    """Names for a sentence."""
    more = len(names) - NAMED
    shown = names[:NAMED]
    if more > 0:
        shown.append(Words(f"{more} lainnya", f"{more} more"))
    *first, last = shown
    return joined(", ", first) + Words(" dan ", " and ") + last if first else last


def as_it_turns(label: Words) -> Words:
    """The moment at which the hours change."""
    return Words("saat beralih ke ", "as it turns ") + label


def no_emergency(name: str) -> Words:
    """A menu that is another plan's."""
    return (
        Words("menu menuju ", "the menu leads to ")
        + same(f"'{name}'")
        + Words(", yang bukan keadaan darurat dalam rencana", ", which is no emergency of the plan")
    )
