"""What the plan of a call says of it: whom it rings first, its trunk and its kecamatan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from router.report.breakdowns import Planned
from router.report.collect import basis_of
from siaga.places import UnknownPlaceError
from siaga.plan.arrival import digits_of, known_numbers
from siaga.plan.calendar import local
from siaga.plan.past import KEPT
from siaga.plan.route import chain_of, entries
from siaga.plan.trunks import OWN, sources, trunk_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from router.calls.record import CallRecord
    from siaga.places import Places
    from siaga.plan import Plan
    from siaga.plan.past import PlansOfCalls

NOT_KNOWN = Planned()


@dataclass(frozen=True, slots=True)
class _Reading:
    """A plan, with the codes of the kecamatan that its areas name; None: an area of another name.

    Attributes:
        trunks: by the addresses that calls come from.
        by_number: of known callers that have an area, by each form of their numbers.
        by_address: of trunks that have an area, by the addresses that calls come from.
    """

    plan: Plan
    trunks: Mapping[str, str]
    by_number: Mapping[str, str | None]
    by_address: Mapping[str, str | None]


class Planner:
    """Judges calls by their plans.

    Args:
        plans: of past calls.
        regency: its kecamatan; None: they are not known.
    """

    def __init__(self, plans: PlansOfCalls, regency: Places | None) -> None:
        self._plans = plans
        self._regency = regency
        self._reading = lru_cache(KEPT)(self._read)

    def of(self, record: CallRecord) -> Planned:
        """What the call's plan says; nothing when that plan is not known any more."""
        found = self._reading(record.plan_version)
        if found is None:
            return NOT_KNOWN
        address = record.address
        return Planned(
            _first(found.plan, record),
            None if address is None else found.trunks.get(address, OWN),
            _district(found, record),
        )

    def come(self, version: str) -> bool:
        """Whether the text of a version that was not known is there now."""
        if not self._plans.come(version):
            return False
        self._reading.cache_clear()
        return True

    def basis(self, zone: ZoneInfo) -> str:
        """By what calls are counted, beside what the database and their plans say."""
        found = () if self._regency is None else self._regency.districts
        return basis_of(zone, (f"{one.code} {one.name}" for one in found))

    def _read(self, version: str | None) -> _Reading | None:
        loaded = self._plans.of(version)
        if loaded is None:
            return None
        plan = loaded.plan
        known = known_numbers(plan).items()
        every = (address for trunk in plan.trunks.values() for address in trunk.sources)
        return _Reading(
            plan,
            {address: trunk_of(plan, address) for address in every},
            {digits: self._code(one.area) for digits, (_, one) in known if one.area},
            {address: self._code(area) for address, (_, area) in sources(plan).items()},
        )

    def _code(self, area: str) -> str | None:
        if self._regency is None:
            return None
        try:
            return self._regency.district(area).code
        except UnknownPlaceError:
            return None


def _first(plan: Plan, record: CallRecord) -> str | None:
    if record.emergency not in plan.emergencies:
        return None
    return entries(chain_of(plan, record.emergency, local(plan, record.began)))[0].agency


def _district(found: _Reading, record: CallRecord) -> str | None:
    """As the dialplan has the area: a known number's, else its trunk's."""
    digits = digits_of(record.caller) if found.by_number else ""
    if digits in found.by_number:
        return found.by_number[digits]
    return found.by_address.get(record.address or "")
