"""A caller whose officer's browser is gone: led on, instead of left with nobody who hears him.

A browser that reloads, crashes or is taken over says no goodbye, and Asterisk has no way to know:
for it that handset talks. The console knows, because it is the way of that browser.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.console.handset.tunnel import LOGGED_OUT
from router.console.link import RefusedError, RouterAwayError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.console.context import Desk
    from router.console.handset.leases import Lease

log = structlog.get_logger(__name__)

BACK_S: Final = 10.0
"""So long a page may take to connect again; meanwhile its sound goes on, if it is there at all."""
LOG_IN_S: Final = 300.0
"""The same for one whose session is over: somebody sits before it and types a password."""


def left_alone(state: Mapping[str, Any] | None, extension: str) -> tuple[str, str] | None:
    """Call and agency of a caller whom this handset alone has, by the board, if there is one."""
    calls = (state or {}).get("calls", {})
    for call in calls.values():
        parties = call["talking"]
        if len(parties) == 1 and parties[0]["handset"] == extension:
            return call["id"], parties[0]["agency"]
    return None


async def rescue(stands: Desk, lease: Lease, code: int) -> None:
    """Wait for the page to come back; when it does not, have its agency ring for its caller."""
    extension = lease.extension
    if left_alone(stands.feed.follower.held.state, extension) is None:
        return
    limit = LOG_IN_S if code == LOGGED_OUT else BACK_S
    try:
        async with asyncio.timeout(limit):
            if await stands.handsets.is_back(lease):
                return
    except TimeoutError:
        pass
    found = left_alone(stands.feed.follower.held.state, extension)
    if found is None:
        return
    call, agency = found
    try:
        await stands.link.post("transfer", body={"call": call, "agency": agency})
    except (RefusedError, RouterAwayError) as error:
        log.warning("handset_caller_left", call=call, reason=str(error)[:200])
    else:
        log.warning("handset_caller_led_on", call=call, extension=extension, agency=agency)
