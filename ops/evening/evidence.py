"""Everything that an evening is judged by. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.evening.account import Account, Rung
    from ops.evening.model import Script, Visit
    from ops.evening.notes import Notes
    from router.calls.record import CallRecord
    from siaga.keys import CallClass
    from siaga.plan import Plan


@dataclass(frozen=True, slots=True)
class Played:
    """A call with what it was in truth."""

    visit: Visit
    account: Account


@dataclass(frozen=True)
class Evidence:
    """What is known of an evening.

    Attributes:
        script: what was to happen.
        plan: the centre's.
        notes: what the people noted.
        accounts: every call, by SIPp's own messages.
        far: who was rung outside, by the same.
        report: what ``siaga112 report`` says of it.
        records: our records, by their beginning.
        incidents: those that were not joined to others.
        due: who is still to be called back.
    """

    script: Script
    plan: Plan
    notes: Notes
    accounts: Sequence[Account]
    far: Sequence[tuple[str, Rung]]
    report: Mapping[str, Any]
    records: Sequence[CallRecord]
    incidents: Sequence[Mapping[str, Any]]
    due: Sequence[Mapping[str, Any]]

    @cached_property
    def played(self) -> tuple[Played, ...]:
        """The calls that somebody of the script made."""
        placed = self.notes.placed
        return tuple(
            Played(placed[one.call_id], one) for one in self.accounts if one.call_id in placed
        )

    @cached_property
    def agencies(self) -> dict[str, str]:
        """Agency by extension."""
        return {
            extension: name
            for name, agency in self.plan.agencies.items()
            for extension in agency.extensions
        }

    @cached_property
    def words(self) -> dict[str, CallClass]:
        """The officers' last word on each call, by its Call-ID."""
        by_ring = {said.ring: said.kind for said in self.notes.said}
        found: dict[str, CallClass] = {}
        for account in self.accounts:
            for ring in account.rings:
                if ring.call_id in by_ring:
                    found[account.call_id] = by_ring[ring.call_id]
        return found

    @cached_property
    def ids(self) -> dict[str, str]:
        """The id of each call's record by its Call-ID: a number's calls came in the same order."""
        waiting: dict[str, list[str]] = defaultdict(list)
        for record in self.records:
            waiting[record.caller].append(record.id)
        found: dict[str, str] = {}
        for account in self.accounts:
            if waiting[account.number]:
                found[account.call_id] = waiting[account.number].pop(0)
        return found

    def shown(self, account: Account) -> str:
        """A call as it is named when something is wrong with it."""
        at = account.arrived - self.notes.began
        return f"{account.number} +{at:.1f}s {self.ids.get(account.call_id, '?')}"
