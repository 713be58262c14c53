from __future__ import annotations

import asyncio
import re
import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from ops.phone import CallerLine, PhoneError
from router.calls.record import Reason
from tests.live import srtp, wire
from tests.live.calls import IN_MENU, answer, check, choose, converse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.centre import Centre
    from tests.live.phones import Phones

ELSEWHERE = "127.0.0.2"
"""An address of this machine that is no trunk."""


@pytest.mark.parametrize("dialled", ["201", "101", "s", "h", "999", "1120", "d1", "%2a"])
@pytest.mark.parametrize("caller", ["0812", "101"])
async def test_the_trunk_reaches_nothing_but_112(phones: Phones, dialled: str, caller: str) -> None:
    """Whatever else is dialled from the trunk is refused, and rings nobody's telephone."""
    await phones.log_in("201", "101")
    call = await phones.line.call(caller, uri_user=dialled)
    end = await call.ended()
    assert end.status in (401, 404, 484)
    number = phones.centre.number()
    right = await choose(phones, number)
    ring = await answer(phones, "201")
    assert ring.caller_number == number  # the first to ring, and not the one refused
    await right.hang_up()


async def test_nobody_logs_in_with_a_wrong_password(phones: Phones) -> None:
    """REGISTER with a wrong or another handset's password is refused, and nothing rings there."""
    for password in ("wrong", "", phones.centre.password("202")):
        with pytest.raises(PhoneError, match=r"401|403"):
            await phones.bank.register("201", password)
    with pytest.raises(PhoneError, match=r"401|403|404"):
        await phones.bank.register("trunk", "x")
    await phones.log_in("101")
    call = await choose(phones, phones.centre.number())
    ring = await answer(phones, "101")  # Damkar is off the air: the operators ring
    await converse(call, ring)
    await call.hang_up()


async def test_an_address_that_is_no_trunk_is_refused(phones: Phones) -> None:
    """112 from an address outside SIAGA_TRUNKS gets 403 or 401, and leaves no record."""
    number, good = phones.centre.number(), phones.centre.number()
    async with CallerLine(phones.centre.sipp, phones.centre.target, address=ELSEWHERE) as line:
        end = await (await line.call(number)).ended()
        assert end.status in (401, 403)
    call = await phones.line.call(good)
    await call.answered()
    await call.hang_up()
    await phones.centre.record(good, filed=False)
    async with phones.centre.reader() as reader:
        assert number not in {record.caller for record in await reader.calls(50)}


async def test_a_handset_dials_another(phones: Phones) -> None:
    """Handset 101, with its password, reaches 201; without, it is refused; it is no 112 call."""
    await phones.log_in("201")
    centre = phones.centre
    async with wire.udp(centre, ELSEWHERE) as line:
        invite = wire.Request("INVITE", "201", "101", body=wire.offer(9, ELSEWHERE))
        challenge = await line.ask(invite)
        assert challenge.status == 401
        wrong = invite.authorized(challenge, "wrong", line)
        assert (await line.ask(wrong)).status == 401
        right = invite.authorized(challenge, centre.password("101"), line)
        await line.send(right)
        ring = await phones.bank.ring("201")
        assert ring.caller_number == "101"
        await ring.answer()
        taken = await line.final(right)
        assert taken.status == 200
        await line.send(right.follow("ACK", taken))
        assert (await line.ask(right.follow("BYE", taken))).status == 200
        await ring.ended()
    number = centre.number()
    call = await choose(phones, number)
    await call.hang_up()
    await centre.record(number)
    async with centre.reader() as reader:
        assert "101" not in {record.caller for record in await reader.calls(5)}


async def test_a_call_comes_in_over_tls_with_encrypted_audio(
    brisk: Centre, certificate: Path
) -> None:
    """With a certificate set, 112 is reached over TLS, and its audio comes as SRTP."""
    context = ssl.create_default_context(cafile=str(certificate))
    number = brisk.number()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as audio:
        audio.bind((brisk.settings.bind, 0))
        audio.setblocking(False)  # noqa: FBT003  (the socket API)
        async with wire.tls(brisk, context) as line:
            invite = wire.Request("INVITE", "112", number, body=srtp.offer(audio.getsockname()[1]))
            taken = await line.ask(invite)
            assert taken.status == 200
            await line.send(invite.follow("ACK", taken))
            body = taken.body.decode()
            assert "RTP/SAVP" in body
            key = re.search(r"AES_CM_128_HMAC_SHA1_80 inline:([A-Za-z0-9+/=]+)", body)
            assert key is not None
            async with asyncio.timeout(wire.ANSWER_S):
                packet = await asyncio.get_running_loop().sock_recv(audio, 2048)
            assert srtp.is_authentic(packet, key[1])
            assert (await line.ask(invite.follow("BYE", taken))).status == 200
    record = await brisk.record(number, filed=False)
    check(brisk, record, number, IN_MENU, filed=False, reason=Reason.CALLER_HUNG_UP)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_tls_takes_nothing_old(brisk: Centre, certificate: Path) -> None:
    """A client that knows no better than TLS 1.1 is turned away."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        async with wire.tls(brisk, context):
            pass
