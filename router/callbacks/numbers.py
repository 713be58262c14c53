"""Which callers can be called back, in which form of their number, and over which trunk.

A caller's number is whatever somebody sent. Only what can be a subscriber's number is taken; and
only the plan's trunks, each by the beginnings that it may send, say what is dialled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from siaga.plan.arrival import HOME
from siaga.plan.phones import trunk_for

if TYPE_CHECKING:
    from siaga.plan.model import Plan

MIN_DIALLED: Final = 8
"""Characters of a subscriber's number at least: an area's code with its 0, and five digits."""
MAX_DIGITS: Final = 15
"""Digits of a number at most, ITU-T E.164."""
PREMIUM: Final = ("0809",)
"""National beginnings whose caller pays the owner of the number: sent as a caller's number to be
called back at our cost. Nobody calls from one."""

_WRITTEN: Final = re.compile(r"\+?[0-9]+", re.ASCII)


class Way(NamedTuple):
    """How a number is dialled."""

    number: str
    trunk: str


def subscriber(caller: str) -> str | None:
    """The number in the one form it is known by; None: it cannot be anybody's, or is hidden.

    Numbers of this country begin with ``0``, others with ``+``. Nothing but digits and a leading
    ``+`` is taken: what else there is was not sent by a carrier.
    """
    if len(caller) > 2 * MAX_DIGITS or not _WRITTEN.fullmatch(caller):
        return None
    number = _national(caller)
    digits = number.removeprefix("+")
    if not MIN_DIALLED <= len(digits) <= MAX_DIGITS or number.startswith(PREMIUM):
        return None
    # 00 would be another country by the international prefix, or a line's own code.
    return number if number[0] in "0+" and not digits.startswith("00") else None


def _national(caller: str) -> str:
    for home in (f"+{HOME}", HOME):
        if caller.startswith(home):
            return "0" + caller.removeprefix(home)
    return caller


def way(plan: Plan, number: str) -> Way | None:
    """How a subscriber's number is dialled; None: no trunk of the plan may send it."""
    spelled = [number]
    if number.startswith("0"):
        spelled += [f"+{HOME}{number[1:]}", f"{HOME}{number[1:]}"]
    for form in spelled:
        trunk = trunk_for(plan, form)
        if trunk is not None:
            return Way(form, trunk)
    return None
