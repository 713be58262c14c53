"""Whose handset it was that answered when all handsets of all agencies rang."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.calls.record import LegKind, Outcome
from siaga.changes import changed
from siaga.plan.route import EVERYONE

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from siaga.plan import Plan


def owned(record: CallRecord, plan: Plan) -> CallRecord:
    """The record with the agency of the handset that answered in place of "everyone".

    The same for each leg, whoever stood in for the agency that was asked for.

    A handset that the plan does not have leaves it as it is. A call that was answered and sent on
    by a handset's own button is transferred when that led to another agency.
    """
    owners = [
        _owner(leg.handset, plan, leg.agency) if leg.handset else leg.agency for leg in record.legs
    ]
    if owners != [leg.agency for leg in record.legs]:
        legs = tuple(
            changed(leg, agency=owner) for leg, owner in zip(record.legs, owners, strict=True)
        )
        record = changed(record, legs=legs)
    if record.answered_by == EVERYONE:
        record = changed(record, answered_by=_owner(record.handset, plan, EVERYONE))
    if record.outcome is Outcome.ANSWERED and _went_elsewhere(record):
        record = changed(record, outcome=Outcome.TRANSFERRED)
    return record


def _went_elsewhere(record: CallRecord) -> bool:
    """Whether a handset sent the caller to an agency that was not in the call until then."""
    there = {record.answered_by}
    for leg in record.legs:
        if leg.joined is None:
            continue
        if leg.kind is LegKind.REFERRED and leg.agency not in there:
            return True
        there.add(leg.agency)
    return False


def _owner(handset: str | None, plan: Plan, otherwise: str) -> str:
    for name, agency in plan.agencies.items():
        if handset in agency.extensions:
            return name
    return otherwise
