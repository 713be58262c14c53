"""What a call's arrival decides before the menu: who calls, from where, and whether it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.names import MenuReason

if TYPE_CHECKING:
    from siaga.plan.model import KnownCaller, Plan

MIN_DIGITS: Final = 3
"""A caller's number with fewer digits is hidden."""

HOME: Final = "62"
"""Indonesia's country code; nationally a 0 stands in its place."""

FLAG_FORM: Final = r"^[1-9][0-9]{7,14}$"
"""A number that can be flagged: a subscriber's, with its country's code."""


def digits_of(number: str) -> str:
    """A number reduced to its ASCII digits, as the dialplan's ``FILTER`` does."""
    if number.isascii() and number.isdigit():
        return number
    return "".join(char for char in number if char in "0123456789")


def flag_of(digits: str) -> str:
    """The one form of a caller's digits by which the number is flagged: internationally."""
    return HOME + digits[1:] if digits.startswith("0") else digits


def forms(number: str) -> frozenset[str]:
    """The digits in which a number may arrive: as written, nationally, internationally."""
    digits = digits_of(number)
    if digits.startswith("0"):
        return frozenset((digits, HOME + digits[1:]))
    if digits.startswith(HOME):
        return frozenset((digits, "0" + digits[len(HOME) :]))
    return frozenset((digits,))


def known_numbers(plan: Plan) -> dict[str, tuple[int, KnownCaller]]:
    """The known callers by each form of their numbers; of two the first counts."""
    found: dict[str, tuple[int, KnownCaller]] = {}
    for index, known in enumerate(plan.callers.known):
        for digits in sorted(forms(known.number)):
            found.setdefault(digits, (index, known))
    return found


def known_caller(plan: Plan, number: str) -> KnownCaller | None:
    """The caller of the plan whose number this is; None: not known, or hidden."""
    digits = digits_of(number)
    if len(digits) < MIN_DIGITS:
        return None
    return next((known for known in plan.callers.known if digits in forms(known.number)), None)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is decided before the menu.

    Attributes:
        emergency: reached without a menu; None: the menu.
        reason: why there is no menu; None: there is one.
        area: of the caller, when it is known.
    """

    emergency: str | None
    reason: MenuReason | None
    area: str | None


def arrive(
    plan: Plan,
    number: str | None,
    area: str | None,
    recent: str | None,
    *,
    flagged: MenuReason | None = None,
) -> Arrival:
    """What the plan makes of a caller.

    Args:
        plan: the plan.
        number: as the network sent it; None is one that the plan does not know.
        area: that of the trunk.
        recent: emergency this caller chose by a key within ``callers.repeat``.
        flagged: how the caller of a flagged number takes the warning; None: it is not flagged.
    """
    if number is not None and len(digits_of(number)) < MIN_DIGITS:
        hidden = plan.callers.hidden
        return Arrival(hidden, MenuReason.HIDDEN if hidden else None, area)
    known = known_caller(plan, number) if number is not None else None
    if known is not None:
        reason = MenuReason.KNOWN if known.emergency else None
        return Arrival(known.emergency, reason, known.area or area)
    if flagged is not None:
        return Arrival(plan.menu.default, flagged, area)
    if plan.callers.repeat is not None and recent in plan.emergencies:
        return Arrival(recent, MenuReason.REPEAT, area)
    return Arrival(None, None, area)
