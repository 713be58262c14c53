"""Hold and REFER of a handset's own buttons, by real SIPp; the far end is a line that refuses."""

from __future__ import annotations

import pytest

from ops.phone import PhoneError, transfer
from ops.phone.handset import Ring
from tests.unit.ops.test_phone_exchange import PATIENT, telephones


async def test_the_far_end_is_held_and_taken_back() -> None:
    """Each re-INVITE is answered, more than once, and the call is up after them."""
    async with telephones() as (line, bank, _):
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        await ring.answer()
        await call.answered(PATIENT)
        await transfer.hold(ring)
        await transfer.resume(ring)
        await transfer.hold(ring, "inactive")
        await transfer.resume(ring)
        ring.play_tone(440)
        await call.hears(440, PATIENT)
        await call.hang_up()
        await ring.ended(PATIENT)


async def test_a_call_that_is_not_up_is_neither_held_nor_sent_on() -> None:
    """Both say so, and the call can be answered all the same."""
    async with telephones() as (line, bank, _):
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        assert isinstance(ring, Ring)
        with pytest.raises(PhoneError, match="not up"):
            await transfer.hold(ring)
        with pytest.raises(PhoneError, match="not up"):
            await transfer.send_on(ring, "202")
        await ring.answer()
        await call.answered(PATIENT)
