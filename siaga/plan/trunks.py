"""Which trunk of the plan a call came by. Names of the plan only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from siaga.plan.model import Plan

OWN: Final = "siaga_trunks"
"""Every address of ``SIAGA_TRUNKS`` that the plan gives no name to."""
UNKNOWN: Final = "unknown"


def trunk_of(plan: Plan, address: str | None) -> str:
    """The trunk whose calls come from ``address``, which is in its one form; None is not known.

    Of two trunks with the same address the first counts.
    """
    if address is None:
        return UNKNOWN
    return next((name for name, trunk in plan.trunks.items() if address in trunk.sources), OWN)


def sources(plan: Plan) -> dict[str, tuple[str, str]]:
    """Trunk and area by the address that its calls come from; of two the first counts."""
    found: dict[str, tuple[str, str]] = {}
    for name, trunk in plan.trunks.items():
        for address in trunk.sources:
            if trunk.area is not None:
                found.setdefault(address, (name, trunk.area))
    return found
