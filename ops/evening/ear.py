"""What people hear of each other: a tone, another sound beside it, or that the call is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.phone import PhoneError, PhoneTimeoutError
from ops.phone.leg import LOUD, TONE_MS, TONE_SHARE
from ops.phone.rtp import FRAME_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ops.phone.leg import Leg

ALONE_SHARE: Final = 0.85
"""A tone with less of the energy than that is not all there is to hear."""
AMONG: Final = 0.06
"""Amplitude from which a tone counts among others; they are sent with 0.25."""


class OverError(PhoneError):
    """The call is over."""


async def first_heard(leg: Leg, tones: Sequence[int], timeout_s: float) -> int | None:
    """The first of these tones that sounds for 200 ms; None: none did in this time.

    Raises:
        OverError: the call is over.
    """

    def sounds(since: float) -> int | None:
        if not _fits(leg, since, FRAME_MS, tones):
            return None
        return _fits(leg, since, TONE_MS, tones)

    return await _listen(leg, sounds, timeout_s)


async def hears_more(leg: Leg, than: int | None, timeout_s: float) -> bool:
    """Whether something sounds for 200 ms that is not this tone, or not silence.

    Raises:
        OverError: the call is over.
    """

    def more(since: float) -> bool | None:
        heard = leg.heard.since(since, TONE_MS)
        if heard.ms < TONE_MS or heard.rms < LOUD:
            return None
        return True if than is None or heard.share(than) < ALONE_SHARE else None

    return bool(await _listen(leg, more, timeout_s))


async def hears_among(leg: Leg, hz: int, timeout_s: float) -> bool:
    """Whether this tone is one of those that sound for 200 ms.

    Raises:
        OverError: the call is over.
    """

    def among(since: float) -> bool | None:
        heard = leg.heard.since(since, TONE_MS)
        return True if heard.ms >= TONE_MS and heard.amplitude(hz) >= AMONG else None

    return bool(await _listen(leg, among, timeout_s))


async def over(leg: Leg, within_s: float) -> bool:
    """Whether the call is over within this time."""
    try:
        await leg.ended(within_s)
    except PhoneTimeoutError:
        return False
    return True


def _fits(leg: Leg, since: float, last_ms: float, tones: Sequence[int]) -> int | None:
    heard = leg.heard.since(since, last_ms)
    if heard.ms < last_ms or heard.rms < LOUD:
        return None
    return next((hz for hz in tones if heard.share(hz) >= TONE_SHARE), None)


async def _listen(leg: Leg, check: Callable[[float], int | None], timeout_s: float) -> int | None:
    mark = leg.heard.mark()

    def look() -> int | None:
        if leg.end is not None:
            raise OverError("The call is over.")
        return check(mark)

    try:
        return await leg.changes.until(look, timeout_s, "sound")
    except PhoneTimeoutError:
        return None
