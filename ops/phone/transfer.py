"""What a handset's own buttons do with a call that is up: hold, a call beside it, sending it on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from ops.phone import sip
from ops.phone.errors import PhoneError
from ops.phone.leg import SIGNAL_S, Ended

if TYPE_CHECKING:
    from ops.phone.caller import Call, CallerLine
    from ops.phone.handset import Ring

HELD: Final = "sendonly"
"""As most handsets say it; some say ``inactive``."""
TALKING: Final = "sendrecv"
_STATUS = re.compile(rb"SIP/2\.0 ([1-6]\d\d)")
_TAG = re.compile(rb";\s*tag=([^;\s>]+)")


async def hold(ring: Ring, direction: str = HELD) -> None:
    """Put the far end on hold.

    Raises:
        PhoneError: the call is not up, or the far end does not take it.
    """
    await _describe(ring, direction)


async def resume(ring: Ring) -> None:
    """Take the far end back from hold.

    Raises:
        PhoneError: the call is not up, or the far end does not take it.
    """
    await _describe(ring, TALKING)


async def _describe(ring: Ring, direction: str) -> None:
    if ring.described is None:
        raise PhoneError("The call is not up.")
    ring.descriptions += 1
    mine = ring.described.encode(direction, ring.descriptions).encode()
    status = await ring.request("invite-again", {}, sdp=mine)
    if status != 200:
        raise PhoneError(f"The far end answered {status} to {direction}.")


async def dial(line: CallerLine, extension: str, password: str, whom: str) -> Call:
    """Have a handset place a call of its own, beside any that it has.

    Args:
        line: that its INVITE comes from; the centre knows the handset by its password.
        extension: whose handset it is.
        password: its password.
        whom: what is dialled.

    Raises:
        PhoneError: the centre does not ask for the password.
    """
    asked = await line.call(extension, uri_user=whom)
    end = await asked.ended()
    if end.by is not Ended.REFUSED or end.status != 401 or asked.refusal is None:
        raise PhoneError(f"A call to {whom} was not asked for a password: {end.by}, {end.status}.")
    challenge = sip.text_of(asked.refusal, "WWW-Authenticate")
    answer = sip.digest(challenge, "INVITE", asked.dialog().target, extension, password)
    return await line.call(extension, uri_user=whom, headers=(answer,))


async def refer(ring: Ring, target: str, *, by: str = "") -> int:
    """Send the far end on to an address, whatever it is; gives the status of the answer.

    Args:
        ring: the call.
        target: what stands in Refer-To, as it is.
        by: what stands in Referred-By; empty: there is none.

    Raises:
        PhoneError: the call is not up, or ended before the answer.
    """
    lines = f"Refer-To: {target}\r\n" + (f"Referred-By: {by}\r\n" if by else "")
    return await ring.request("refer", {}, headers=lines.encode())


async def send_on(ring: Ring, extension: str) -> int:
    """Send the far end on to an extension of the centre, without a word to it before."""
    return await refer(ring, f"<{_address(ring, extension)}>")


async def hand_over(ring: Ring, other: Call) -> int:
    """Connect the far end with that of another call of ours; gives the status of the answer.

    Args:
        ring: the call.
        other: the other, answered or still ringing.

    Raises:
        PhoneError: the call is not up, or ended before the answer.
    """
    tags = [_TAG.search(value) for value in (other.remote, other.dialog().local)]
    theirs, ours = ((found[1].decode() if found else "") for found in tags)
    replaces = quote(f"{other.call_id};to-tag={theirs};from-tag={ours}", safe="")
    return await refer(ring, f"<{other.called}?Replaces={replaces}>")


async def outcome(ring: Ring, timeout: float = SIGNAL_S) -> int | None:  # noqa: ASYNC109
    """What the far end tells at last of a call that was sent on; None: it ended the call before.

    Raises:
        PhoneTimeoutError: it does neither.
    """

    def final() -> list[int] | None:
        told = [status for status in progress(ring) if status >= 200]
        return told[-1:] or ([] if ring.end is not None else None)

    found = await ring.changes.until(final, timeout, "word of what became of the transfer")
    return found[0] if found else None


def progress(ring: Ring) -> list[int]:
    """What the far end has told so far of a call that was sent on (RFC 3515, sipfrag)."""
    fragments = [_STATUS.match(told.body.lstrip()) for told in ring.notified]
    return [int(found[1]) for found in fragments if found]


def _address(ring: Ring, user: str) -> str:
    """An address at the centre."""
    return f"sip:{user}@{ring.dialog().target.partition('@')[2] or ring.dialog().target[4:]}"
