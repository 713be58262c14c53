"""Toll fraud: whoever dials whatever from wherever reaches what he may, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live import wire
from tests.live.calls import choose, until_quiet
from tests.live.door.conftest import NUMBER
from tests.live.phones import telephones

if TYPE_CHECKING:
    from tests.live.centre import Centre
    from tests.live.door.carrier import Carrier

STRANGER = "127.0.0.20"
HANDSETS = "127.0.0.21"
"""Addresses that are no trunk; from the second, handsets log in."""

USERS = (
    *(NUMBER, "+62549123456", "62549123456", "0062549123456", "081234567890", "+6281234567890"),
    *("0", "00", "1", "999", "911", "110", "0112", "1120", "112112", "00112", "9112", "0549112"),
    *("*72", "*8", "%2321%23", "%2a", "s", "h", "i", "t", "T", "start", "damkar", "everyone"),
    *("caller", "officer", "leg", "to-rsud", "phone-301", "siaga-room", "siaga-officer"),
    *("to-damkar", "from-trunk", "siaga-transfer", "trunk", "trunk-carrier", "1" * 400),
    *(
        f"{NUMBER};phone-context=+62",
        f"{NUMBER}%40trunk-carrier",
        f"PJSIP%2F{NUMBER}%40trunk-carrier",
    ),
    *(
        f"Local%2F{NUMBER}%40siaga-out",
        "112%26201",
        f"s%2C1%2CDial(PJSIP%2F{NUMBER}%40trunk-carrier)",
    ),
    "%24%7BSHELL(true)%7D",
)
"""What is dialled. None of it is anybody's number."""


def attempts(centre: Centre, carrier: Carrier) -> list[wire.Request]:
    """Each as an INVITE, and some that name the carrier itself."""
    host, far = centre.settings.bind, f"127.0.0.1:{carrier.port}"
    targets = (
        *(f"sip:{user}@{host}" for user in USERS),
        f"sip:{NUMBER}@{far}",
        f"sip:{NUMBER}@{host};maddr=127.0.0.1;transport=udp",
        f"sips:{NUMBER}@{host}",
        f"tel:{NUMBER}",
        "sip:evil.example",
    )
    made = [wire.Request("INVITE", "x", "x", body=wire.offer(9), target=to) for to in targets]
    routed = (f"Route: <sip:{far};lr>", f"Diversion: <sip:112@{host}>")
    made.append(wire.Request("INVITE", NUMBER, "x", routed, wire.offer(9)))
    replaces = ("Replaces: 1;to-tag=a;from-tag=b",)
    made.append(wire.Request("INVITE", NUMBER, "x", replaces, wire.offer(9)))
    made.append(wire.Request("REFER", NUMBER, "x", (f"Refer-To: <sip:{NUMBER}@{far}>",)))
    return made


def channels(centre: Centre) -> bytes:
    """All that was ever written of a channel."""
    file = centre.settings.cel_file
    return file.read_bytes() if file.exists() else b""


@pytest.mark.parametrize("who", ["trunk", "handset", "stranger", "as_handset", "as_trunk"])
async def test_no_attempt_gets_anywhere(guarded: Centre, carrier: Carrier, who: str) -> None:
    """Over forty attempts each: all are refused, none makes a channel, none reaches the carrier."""
    before = channels(guarded)
    address = {"trunk": "127.0.0.1", "handset": HANDSETS}.get(who, STRANGER)
    caller = {"handset": "101", "as_handset": "101", "as_trunk": "trunk"}.get(who, "0811")
    tried = attempts(guarded, carrier)
    assert len(tried) >= 40
    for attempt in tried:
        request = wire.replace(attempt, caller=caller)
        async with wire.udp(guarded, address) as line:
            answer = await line.ask(request)
            if who == "handset":
                assert answer.status == 401
                request = request.authorized(answer, guarded.password("101"), line)
                answer = await line.ask(request)
            # To whoever is not known here every attempt looks the same.
            wanted = range(400, 607) if who in ("trunk", "handset") else (401,)
            assert answer.status in wanted, request
            assert who != "handset" or answer.status != 401, request
    await until_quiet(guarded)
    assert channels(guarded) == before
    assert carrier.called == []


@pytest.mark.parametrize("dialled", ["112", "62112", "+62112", "112;phone-context=+62"])
async def test_112_is_reached_from_trunk_and_handset_alone(guarded: Centre, dialled: str) -> None:
    """However a carrier writes it; a handset elsewhere with its password, a stranger never."""
    for address, caller in (("127.0.0.1", "0811"), (HANDSETS, "101"), (STRANGER, "0811")):
        async with wire.udp(guarded, address) as line:
            invite = wire.Request("INVITE", dialled, caller, body=wire.offer(9, address))
            answer = await line.ask(invite)
            if address != "127.0.0.1":
                assert answer.status == 401
                password = guarded.password("101") if caller == "101" else "guess"
                invite = invite.authorized(answer, password, line)
                answer = await line.ask(invite)
            if caller == "0811" and address == STRANGER:
                assert answer.status == 401
                continue
            assert answer.status == 200
            await line.send(invite.follow("ACK", answer))
            assert (await line.ask(invite.follow("BYE", answer))).status == 200
    await until_quiet(guarded)


async def test_a_caller_sends_his_call_nowhere(guarded: Centre, carrier: Carrier) -> None:
    """REFER within a call for 112 is refused, and the call goes on."""
    async with wire.udp(guarded) as line:
        invite = wire.Request("INVITE", "112", guarded.number(), body=wire.offer(9))
        taken = await line.ask(invite)
        await line.send(invite.follow("ACK", taken))
        host = guarded.settings.bind
        last = invite
        for target in (f"sip:{NUMBER}@{host}", f"sip:201@{host}", f"sip:112@{host}"):
            last = wire.replace(last, cseq=last.cseq + 1)
            refer = wire.replace(last.follow("REFER", taken), headers=(f"Refer-To: <{target}>",))
            assert (await line.ask(refer)).status >= 400
        bye = wire.replace(last, cseq=last.cseq + 1).follow("BYE", taken)
        assert (await line.ask(bye)).status == 200
    await until_quiet(guarded)
    assert carrier.called == []


async def test_a_handset_transfers_to_no_number_outside(guarded: Centre, carrier: Carrier) -> None:
    """A handset that talks with another cannot send him to the telephone network."""
    async with telephones(guarded) as phones, wire.udp(guarded, HANDSETS) as line:
        await phones.log_in("201")
        invite = wire.Request("INVITE", "201", "101", body=wire.offer(9, HANDSETS))
        challenge = await line.ask(invite)
        invite = invite.authorized(challenge, guarded.password("101"), line)
        await line.send(invite)
        ring = await phones.bank.ring("201")
        await ring.answer()
        taken = await line.final(invite)
        assert taken.status == 200
        await line.send(invite.follow("ACK", taken))
        target = f"Refer-To: <sip:{NUMBER}@{guarded.settings.bind}>"
        refer = wire.replace(invite.follow("REFER", taken), headers=(target,))
        assert (await line.ask(refer)).status == 202
        # What became of it is told in the dialog: "SIP/2.0 404 Not Found" for an unknown number.
        told = b""
        while not told.startswith(b"SIP/2.0 ") or told.startswith(b"SIP/2.0 1"):
            told = (await line.receive()).body
        assert told.startswith((b"SIP/2.0 4", b"SIP/2.0 5"))
        last = wire.replace(invite, cseq=refer.cseq)
        assert (await line.ask(last.follow("BYE", taken))).status in (200, 481)
        await ring.ended()
    await until_quiet(guarded)
    assert carrier.called == []


async def test_the_plans_own_number_is_dialled(guarded: Centre, carrier: Carrier) -> None:
    """With nobody logged in the carrier is called, so that the tests above could have seen it."""
    async with telephones(guarded) as phones:
        call = await choose(phones, guarded.number())
        async with wire.asyncio.timeout(20):
            while not carrier.called:
                await wire.asyncio.sleep(0.05)
        await call.hang_up()
    assert set(carrier.called) == {NUMBER}
    await until_quiet(guarded)
    carrier.called.clear()
