"""Who calls again: the numbers of the last minutes, and no more of them than that."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from router.calls.record import ERASED
from router.report.call import is_hidden
from siaga.plan.arrival import forms

if TYPE_CHECKING:
    from datetime import datetime

    from router.calls.record import CallRecord

WITHIN: Final = timedelta(minutes=10)
"""A call is a repeat when another call from its number began so short a while before. Fixed, not
the plan's ``callers.repeat``: months must compare."""


class Repeats:
    """Is shown all calls, oldest first."""

    def __init__(self) -> None:
        self._recent: OrderedDict[str, datetime] = OrderedDict()

    def see(self, record: CallRecord) -> bool:
        """Whether this call is a repeat."""
        while self._recent and record.began - next(iter(self._recent.values())) > WITHIN:
            self._recent.popitem(last=False)
        if record.caller == ERASED or is_hidden(record.caller):
            return False
        # The same telephone may come as 0812… and as +62812…, by the trunk.
        number = min(forms(record.caller))
        is_repeat = number in self._recent
        self._recent[number] = record.began
        self._recent.move_to_end(number)
        return is_repeat
