"""SIP spelled out message by message, for what a telephone would not say."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ops.phone import message, sdp
from ops.phone.g711 import Law

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from ops.phone.message import Message
    from tests.live.centre import Centre

ANSWER_S: Final = 10.0
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass
class Wire:
    """One socket to the centre.

    Attributes:
        centre: whom to talk to; None: each request has its target.
        transport: as written into Via, ``UDP`` or ``TLS``.
        local: our address and port.
        write: sends bytes. ``read``: gives one message's bytes.
    """

    centre: Centre | None
    transport: str
    local: tuple[str, int]
    write: Callable[[bytes], Awaitable[None]]
    read: Callable[[], Awaitable[bytes]]

    async def send(self, request: Request) -> None:
        """Send a request."""
        await self.write(request.encode(self))

    async def receive(self) -> Message:
        """The next message.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(ANSWER_S):
            return message.parse(await self.read())

    async def final(self, request: Request) -> Message:
        """The final response to a request; acknowledged when it is an INVITE's refusal."""
        wanted = f"{request.cseq} {request.method}".encode()
        while True:
            answer = await self.receive()
            if answer.status >= 200 and answer.first("CSeq") == wanted:
                break
        if request.method == "INVITE" and answer.status >= 300:
            await self.send(request.follow("ACK", answer))
        return answer

    async def ask(self, request: Request) -> Message:
        """Send a request; gives its final response."""
        await self.send(request)
        return await self.final(request)


def _branch() -> str:
    return f"z9hG4bK{secrets.token_hex(8)}"


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: INVITE, REGISTER, …
        user: whom it is for. ``caller``: whom it is from.
        headers: further lines.
        target: its address when that is not the user's at the centre.
        body: session description, if any; or something else, of this ``content_type``.
        to_tag: of the far end, once known. ``from_tag``: ours, when it is not the Call-ID.
        to: whom To names, when it is not whom the request is for.
    """

    method: str
    user: str
    caller: str
    headers: Sequence[str] = ()
    body: str = ""
    content_type: str = "application/sdp"
    target: str = ""
    cseq: int = 1
    to_tag: str = ""
    from_tag: str = ""
    to: str = ""
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    branch: str = field(default_factory=_branch)

    def uri(self, wire: Wire) -> str:
        """Its address."""
        if self.target or wire.centre is None:
            return self.target
        host = wire.centre.settings.bind
        return f"sip:{self.user}@{host}" if self.user else f"sip:{host}"

    def encode(self, wire: Wire) -> bytes:
        """The request as sent."""
        host, port = wire.local
        to = f"<{self.to or self.uri(wire)}>" + (f";tag={self.to_tag}" if self.to_tag else "")
        transport = wire.transport.lower()
        lines = [
            f"{self.method} {self.uri(wire)} SIP/2.0",
            f"Via: SIP/2.0/{wire.transport} {host}:{port};branch={self.branch};rport",
            f"From: <sip:{self.caller}@{host}>;tag={self.from_tag or self.call_id}",
            f"To: {to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {self.method}",
            f"Contact: <sip:{self.caller}@{host}:{port};transport={transport}>",
            "Max-Forwards: 70",
            *self.headers,
            *([f"Content-Type: {self.content_type}"] if self.body else []),
            f"Content-Length: {len(self.body)}",
            "",
            self.body,
        ]
        return "\r\n".join(lines).encode()

    def cancel(self) -> Request:
        """The CANCEL of this INVITE."""
        return replace(self, method="CANCEL", headers=(), body="")

    def follow(self, method: str, answer: Message) -> Request:
        """The ACK of this INVITE's answer, or a BYE in the dialog that the answer made."""
        tag = answer.first("To").partition(b"tag=")[2].decode()
        refused = method == "ACK" and answer.status >= 300
        return replace(
            self,
            method=method,
            headers=(),
            body="",
            cseq=self.cseq + (method != "ACK"),
            to_tag=tag,
            branch=self.branch if refused else _branch(),
        )

    def authorized(self, challenge: Message, password: str, wire: Wire) -> Request:
        """This request once more, with the answer to a challenge (RFC 2617, MD5)."""
        asked = dict(_PARAMETER.findall(challenge.first("WWW-Authenticate").decode()))
        qop = {"nc": "00000001", "cnonce": secrets.token_hex(8), "qop": "auth"}
        uri = self.uri(wire)
        secret = _md5(f"{self.caller}:{asked['realm']}:{password}")
        between = f"{asked['nonce']}:{qop['nc']}:{qop['cnonce']}:auth"
        response = _md5(f"{secret}:{between}:{_md5(f'{self.method}:{uri}')}")
        line = (
            f'Authorization: Digest username="{self.caller}", realm="{asked["realm"]}", '
            f'nonce="{asked["nonce"]}", opaque="{asked.get("opaque", "")}", uri="{uri}", '
            f'response="{response}", algorithm=MD5, qop=auth, nc={qop["nc"]}, '
            f'cnonce="{qop["cnonce"]}"'
        )
        return replace(self, headers=(*self.headers, line), cseq=self.cseq + 1, branch=_branch())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def offer(port: int, address: str = "127.0.0.1") -> str:
    """A session description that wants audio at ``port``."""
    return sdp.Media(address, port, (Law.PCMA,), sdp.KEYS_EVENT).encode() + "\r\n"


@asynccontextmanager
async def udp(
    centre: Centre | None, address: str = "127.0.0.1", target: tuple[str, int] | None = None
) -> AsyncIterator[Wire]:
    """A wire over UDP; to Asterisk unless told otherwise."""
    place = target or (centre and centre.target)
    assert place is not None
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)  # noqa: FBT003  (the socket API)
        sock.bind((address, 0))
        sock.connect(place)

        async def write(data: bytes) -> None:
            await loop.sock_sendall(sock, data)

        async def read() -> bytes:
            return await loop.sock_recv(sock, 65536)

        yield Wire(centre, "UDP", sock.getsockname(), write, read)


@asynccontextmanager
async def tls(
    centre: Centre | None, context: ssl.SSLContext, target: tuple[str, int] | None = None
) -> AsyncIterator[Wire]:
    """A wire over TLS; to Asterisk unless told otherwise."""
    place = target or (centre and (centre.settings.bind, centre.settings.ports.sip_tls))
    assert place is not None
    host, port = place
    async with asyncio.timeout(ANSWER_S):
        reader, writer = await asyncio.open_connection(host, port, ssl=context)

    async def write(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def read() -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"^content-length:\s*(\d+)", head, re.IGNORECASE | re.MULTILINE)
        return head + await reader.readexactly(int(length[1]) if length else 0)

    try:
        yield Wire(centre, "TLS", writer.get_extra_info("sockname"), write, read)
    finally:
        writer.close()
