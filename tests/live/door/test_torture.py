"""Torture: after each batch of what cannot be read, a citizen's call goes the whole way."""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from ops.phone import message
from siaga.settings import PROJECT
from tests.live import wire
from tests.live.calls import answer, check, choose, converse, until_quiet
from tests.live.centre import RECORD_S
from tests.live.door import torture
from tests.live.phones import telephones

if TYPE_CHECKING:
    from tests.live.centre import Centre

A_SECOND = 1000
"""Packets in a second; a telephone sends fifty. The machine plays the other call and more too."""
BURST = 10
FLOOD = 3000
"""Packets at least, for as long as the other's call lasts."""
NO_PORT = 9
"""Where audio is thrown away."""
FLOODED = "101"
"""The handset that the flooding caller comes to, so that the other's is free."""
INFORMED = "0*#6789ABCD"
"""Keys of which only 0 chooses, and leads to that handset."""


async def canary(centre: Centre) -> None:
    """A call: menu, key, handset, both sides heard, record complete; in the same Asterisk."""
    async with telephones(centre) as phones:
        await phones.log_in("201")
        number = centre.number()
        call = await choose(phones, number)
        ring = await answer(phones, "201")
        await converse(call, ring)
        await call.hang_up()
        check(centre, await centre.record(number), number)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.60"])
async def test_what_cannot_be_read_harms_no_call(guarded: Centre, address: str) -> None:
    """From the trunk and from a stranger; Asterisk stays the same process, and goes on."""
    pid = guarded.pid("asterisk")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 0))
        port = sock.getsockname()[1]
        sent = torture.messages(address, port) + torture.bodies(address, port)
        assert len(sent) >= 75
        for data in sent:
            sock.sendto(data, guarded.target)
        async with wire.udp(guarded, address) as line:
            # Taken in order, so that the batch is over when this is answered.
            await line.ask(wire.Request("OPTIONS", "", "0811"))
        await hang_up_all(guarded, sock)
        await canary(guarded)
        assert guarded.pid("asterisk") == pid
        await hang_up_all(guarded, sock)
    await until_quiet(guarded)


async def hang_up_all(centre: Centre, sock: socket.socket) -> None:
    """End the calls that came of it after all, those too that come up only now."""
    sock.setblocking(False)  # noqa: FBT003 (the socket API)
    async with asyncio.timeout(RECORD_S):
        while channels := centre.asterisk("core show channels concise").splitlines():
            _say_goodbye(centre, sock)
            for channel in channels:
                centre.asterisk(f"channel request hangup {channel.partition('!')[0]}")
            await asyncio.sleep(0)


def _say_goodbye(centre: Centre, sock: socket.socket) -> None:
    while True:
        try:
            found = message.parse(sock.recv(65536))
        except BlockingIOError:
            return
        if found.status != 200 or not found.first("CSeq").endswith(b" INVITE"):
            continue
        for cseq, method in ((1, "ACK"), (2, "BYE")):
            lines = [
                f"{method} sip:112@{centre.settings.bind} SIP/2.0",
                f"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{secrets.token_hex(8)};rport",
                *(f"{name}: {found.first(name).decode()}" for name in ("From", "To", "Call-ID")),
                f"CSeq: {cseq} {method}",
                "Max-Forwards: 70",
                "Content-Length: 0",
                "",
                "",
            ]
            sock.sendto("\r\n".join(lines).encode(), centre.target)


async def test_a_flood_of_keys_by_info_harms_no_other_call(guarded: Centre) -> None:
    """While one caller sends a thousand keys a second by SIP INFO, another's goes all the way."""
    async with wire.udp(guarded) as line, telephones(guarded, media=False) as phones:
        await phones.log_in(FLOODED)
        invite, taken = await called(guarded, line, NO_PORT)
        over = asyncio.Event()
        flooding = asyncio.create_task(informed(line, invite, taken, over))
        try:
            await answer(phones, FLOODED)
            await canary(guarded)
        finally:
            over.set()
            count = await flooding
            await line.send(wire.replace(invite, cseq=count + 9).follow("BYE", taken))
        assert count >= FLOOD
        await keys_came(guarded, invite)
    await until_quiet(guarded)


async def test_a_flood_of_keys_by_rtp_harms_no_other_call(guarded: Centre) -> None:
    """The same with the events of RFC 4733, which begin, change and end without order."""
    async with wire.udp(guarded) as line, telephones(guarded, media=False) as phones:
        await phones.log_in(FLOODED)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media:
            media.bind(("127.0.0.1", 0))
            invite, taken = await called(guarded, line, media.getsockname()[1])
            port = taken.body.partition(b"m=audio ")[2].split()[0].decode()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.live.door.flood", str(media.fileno())),
                *(guarded.settings.bind, port, str(A_SECOND)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=PROJECT,
                pass_fds=(media.fileno(),),
            )
            try:
                await answer(phones, FLOODED)
                await canary(guarded)
            finally:
                told, _ = await process.communicate(b"")
                await line.send(wire.replace(invite, cseq=9).follow("BYE", taken))
        assert int(told) >= A_SECOND
        await keys_came(guarded, invite)
    await until_quiet(guarded)


async def called(
    centre: Centre, line: wire.Wire, port: int
) -> tuple[wire.Request, message.Message]:
    """A call for 112 that is answered; its audio is at ``port``."""
    invite = wire.Request("INVITE", "112", centre.number(), body=wire.offer(port))
    taken = await line.ask(invite)
    assert taken.status == 200
    await line.send(invite.follow("ACK", taken))
    return invite, taken


async def keys_came(centre: Centre, invite: wire.Request) -> None:
    """The flood's keys came to the menu: one chose, or two that mean nothing came before it."""
    record = await centre.record(invite.caller)
    assert record.emergency == "operator"
    assert record.choice in {"digit", "no_match"}


async def informed(
    line: wire.Wire, invite: wire.Request, taken: message.Message, over: asyncio.Event
) -> int:
    """Press keys by INFO, a thousand a second, until it is over; gives how many."""
    count = 0
    while not over.is_set() or count < FLOOD:
        request = wire.replace(invite, cseq=2 + count).follow("INFO", taken)
        body = f"Signal={INFORMED[count % len(INFORMED)]}\r\nDuration=100\r\n"
        kinds = ("Content-Type: application/dtmf-relay",)
        data = wire.replace(request, headers=kinds).encode(line)
        head = data.replace(b"Content-Length: 0", b"Content-Length: %d" % len(body))
        await line.write(head + body.encode())
        count += 1
        if count % BURST == 0:
            await asyncio.sleep(BURST / A_SECOND)
    return count
