"""A human at a handset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.phone import Ring

CONNECTED_S = 10.0


async def take(ring: Ring) -> None:
    """Answer, hang up as soon as the caller's audio arrives: caller and human were connected."""
    await ring.answer()
    await ring.changes.until(lambda: ring.heard.packets or None, CONNECTED_S, "caller's audio")
    await ring.hang_up()
