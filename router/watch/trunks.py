"""Which trunk a call came by, by the address it came from. Names of the plan only."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from siaga.plan import Plan

OWN: Final = "siaga_trunks"
"""Every address of ``SIAGA_TRUNKS`` that the plan gives no name to."""
UNKNOWN: Final = "unknown"


def trunk_of(plan: Plan, address: str) -> str:
    """The trunk whose calls come from ``address``, written ``10.1.2.3:5060`` or ``[fe80::1]:5060``.

    Of two trunks with the same address the first counts.
    """
    host = address.rpartition(":")[0].strip("[]")
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return UNKNOWN
    for name, trunk in plan.trunks.items():
        if any(
            found in ipaddress.ip_network(str(source), strict=False) for source in trunk.sources
        ):
            return name
    return OWN
