"""Whose handset it was that answered when all handsets of all agencies rang."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from siaga.plan.route import EVERYONE

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from siaga.plan import Plan


def owned(record: CallRecord, plan: Plan) -> CallRecord:
    """The record with the agency of the handset that answered in place of "everyone".

    A handset that the plan does not have leaves it as it is.
    """
    if record.answered_by != EVERYONE:
        return record
    for name, agency in plan.agencies.items():
        if record.handset in agency.extensions:
            return replace(record, answered_by=name)
    return record
