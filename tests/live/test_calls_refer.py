"""A handset sends its caller on by its own button: whoever is not there, the caller is kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pytest

from router.ami import Action, Address, AmiLink, Connected
from siaga import secrets
from siaga.names import AmiUser, Context
from tests.live.calls import answer, choose, converse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.centre import Centre
    from tests.live.phones import Phones


@dataclass(frozen=True, slots=True)
class BlindTransfer(Action):
    """What Asterisk does with a handset's REFER: the other side is sent to an extension."""

    name: ClassVar[str] = "BlindTransfer"
    channel: str
    exten: str

    def _values(self) -> Iterator[tuple[str, str]]:
        yield "Channel", self.channel
        yield "Exten", self.exten
        yield "Context", Context.HANDSET


async def send_on(centre: Centre, handset: str, exten: str) -> None:
    """Have a handset that talks send its caller on."""
    listed = await asyncio.to_thread(centre.asterisk, "core show channels concise")
    names = [line.partition("!")[0] for line in listed.splitlines()]
    (channel,) = [name for name in names if name.startswith(f"PJSIP/{handset}-")]
    secret = secrets.read(centre.settings.secrets).ami[AmiUser.DISPATCH]
    link = AmiLink(Address("127.0.0.1", centre.settings.ports.ami, AmiUser.DISPATCH, secret))
    running = asyncio.create_task(link.run())
    try:
        assert isinstance(await link.next_event(), Connected)
        await link.act(BlindTransfer(channel, exten))
    finally:
        running.cancel()


@pytest.mark.parametrize("other", ["202", "302"], ids=["logged_out", "of_another_agency"])
async def test_a_caller_who_is_sent_to_nobody_reaches_a_human(phones: Phones, other: str) -> None:
    """The handset he was sent to is not there: he goes on to the operators."""
    centre, number = phones.centre, phones.centre.number()
    await phones.log_in("101", "201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    await send_on(centre, "201", other)
    operator = await answer(phones, "101")
    await converse(call, operator)
    await call.hang_up()
    record = await centre.record(number)
    assert record.recording is not None
    assert record.steps[-1].agency == "kominfo"


async def test_a_caller_who_is_sent_to_a_colleague_talks_with_him(phones: Phones) -> None:
    """He answers, and the call is over when he hangs up."""
    centre, number = phones.centre, phones.centre.number()
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    await phones.log_in("202")
    await send_on(centre, "201", "202")
    colleague = await answer(phones, "202")
    await converse(call, colleague)
    await colleague.hang_up()
    await call.ended()
    record = await centre.record(number)
    assert record.recording is not None
