"""Handsets at an exchange: logging in, being asked whether they are there.

The exchange stands between a line and handsets: it passes messages on as they are and keeps them.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from ops.phone import CallerLine, HandsetBank, PhoneError
from ops.phone.message import parse
from ops.runtime import SIPP, find_tool
from siaga.settings import load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from ops.phone.message import Message

Address = tuple[str, int]
PASSWORD = "rahasia"
REALM = "uji"
NONCE = "4f1e"
PATIENT = 20.0
"""Seconds for what is sure to come on the slowest machine."""


def sipp() -> Path:
    program = find_tool(load(), SIPP)
    assert program is not None, "set-up was not run"
    return program


class Exchange(asyncio.DatagramProtocol):
    """Passes SIP on between one line and one bank; is the registrar of the bank."""

    def __init__(self) -> None:
        self.passed: list[bytes] = []
        self.registered: dict[str, str] = {}
        self.bank: Address | None = None
        self.replies: asyncio.Queue[Message] = asyncio.Queue()
        self.holds = False
        self._held: list[bytes] = []
        self._line: Address | None = None

    @property
    def address(self) -> Address:
        host, port = self._transport.get_extra_info("sockname")
        return host, port

    def requests(self, method: bytes) -> list[Message]:
        return [parse(data) for data in self.passed if data.startswith(method + b" ")]

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.passed.append(data)
        message = parse(data)
        if data.startswith(b"REGISTER "):
            self._transport.sendto(self._register(message), addr)
        elif message.all("CSeq") and message.first("CSeq").endswith(b" OPTIONS"):
            self.replies.put_nowait(message)
        elif addr == self.bank:
            self._held.append(data)
            if not self.holds:
                self.release()
        elif self.bank is not None:
            self._line = addr
            self._transport.sendto(data, self.bank)

    def release(self) -> None:
        """Hold back no more what handsets say."""
        self.holds = False
        for data in self._held:
            if self._line is not None:
                self._transport.sendto(data, self._line)
        self._held.clear()

    def ask(self, extension: str) -> None:
        """Ask the bank, as Asterisk qualifies a contact."""
        host, port = self.address
        lines = [
            f"OPTIONS sip:{extension}@{host} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bK77",
            f"From: <sip:exchange@{host}>;tag=77",
            f"To: <sip:{extension}@{host}>",
            f"Call-ID: 77@{host}",
            "CSeq: 7 OPTIONS",
            "Content-Length: 0",
            "",
            "",
        ]
        self._transport.sendto("\r\n".join(lines).encode(), self.bank)

    def _register(self, request: Message) -> bytes:
        user = request.caller_number
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', request.first("Authorization").decode()))
        first = hashlib.md5(f"{user}:{REALM}:{PASSWORD}".encode(), usedforsecurity=False)
        second = hashlib.md5(f"REGISTER:{given.get('uri')}".encode(), usedforsecurity=False)
        digest = f"{first.hexdigest()}:{NONCE}:{second.hexdigest()}".encode()
        right = hashlib.md5(digest, usedforsecurity=False).hexdigest()
        if given.get("response") == right:
            self.registered[user] = request.first("Expires").decode()
            return self._reply(request, "200 OK", "")
        challenge = f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}"\r\n'
        return self._reply(request, "401 Unauthorized", challenge)

    def _reply(self, request: Message, status: str, more: str) -> bytes:
        kept = b"".join(
            b"%b: %b\r\n" % (name, value)
            for name, value in request.headers
            if name in (b"via", b"from", b"to", b"call-id", b"cseq")
        )
        return f"SIP/2.0 {status}\r\n{more}".encode() + kept + b"Content-Length: 0\r\n\r\n"


@asynccontextmanager
async def exchange() -> AsyncIterator[Exchange]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        Exchange, local_addr=("127.0.0.1", 0)
    )
    try:
        yield protocol
    finally:
        transport.close()


@asynccontextmanager
async def telephones(
    *, line_media: bool = True, bank_media: bool = True
) -> AsyncIterator[tuple[CallerLine, HandsetBank, Exchange]]:
    """A line whose calls reach the handsets of a bank."""
    async with (
        exchange() as between,
        HandsetBank(sipp(), between.address, media=bank_media) as bank,
        CallerLine(sipp(), between.address, media=line_media) as line,
    ):
        between.bank = bank.address
        yield line, bank, between


async def test_handsets_log_in_and_out() -> None:
    """Extensions log in by digest for the time asked for, several at once, and log out again."""
    async with telephones() as (_, bank, between):
        await asyncio.gather(*(bank.register(ext, PASSWORD, 120) for ext in ("201", "202", "301")))
        assert between.registered == {"201": "120", "202": "120", "301": "120"}
        await bank.unregister("202", PASSWORD)
        assert between.registered["202"] == "0"
        await bank.register("202", PASSWORD)
        assert between.registered["202"] == "300"


async def test_a_wrong_password_is_told() -> None:
    """A login that is refused raises, and says with what status."""
    async with telephones() as (_, bank, between):
        with pytest.raises(PhoneError, match=r"201 .*401"):
            await bank.register("201", "salah")
        assert between.registered == {}


async def test_handsets_say_that_they_are_there() -> None:
    """OPTIONS from the exchange is answered 200, so that a contact counts as reachable."""
    async with telephones() as (_, _, between):
        between.ask("201")
        async with asyncio.timeout(PATIENT):
            reply = await between.replies.get()
        assert reply.status == 200
        assert reply.first("Call-ID").startswith(b"77@")
