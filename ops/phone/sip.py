"""SIP as far as many small telephones need it: messages put together, and sockets of asyncio."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import socket
from typing import TYPE_CHECKING, Final, cast

from ops.phone import message, sdp
from ops.phone.g711 import Law

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ops.phone.message import Message

Address = tuple[str, int]

SIP_VERSION: Final = "SIP/2.0"
BUFFER: Final = 4 << 20
"""Bytes a socket may hold back while we are busy: a hundred telephones share one."""
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Socket(asyncio.DatagramProtocol):
    """A UDP socket that gives messages to whoever listens.

    Attributes:
        address: ours.
    """

    def __init__(self, hear: Callable[[Message, Address], None]) -> None:
        self._hear = hear
        self._transport: asyncio.DatagramTransport | None = None
        self.address: Address = ("", 0)

    @classmethod
    async def bound(cls, address: Address, hear: Callable[[Message, Address], None]) -> Socket:
        """A socket at this address; port 0 is any."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        plain = socket.socket(family, socket.SOCK_DGRAM)
        plain.setblocking(False)  # noqa: FBT003 (the socket API)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        plain.bind(address)
        loop = asyncio.get_running_loop()
        _, made = await loop.create_datagram_endpoint(lambda: cls(hear), sock=plain)
        made.address = plain.getsockname()[:2]
        return made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # Its class does not say that it is one.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there now; whoever waits for an answer sends again."""

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Pass a message on; keep-alives are none."""
        if len(data) > 8:
            self._hear(message.parse(data), addr)

    def send(self, text: str, to: Address) -> None:
        """Send a message."""
        if self._transport is not None:
            self._transport.sendto(text.encode(), to)

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()


def text_of(found: Message, name: str) -> str:
    """First value of a header as text."""
    return found.first(name).decode("utf-8", "replace")


def compose(start: str, headers: Iterable[str], body: str = "", kind: str = "") -> str:
    """A message."""
    typed = [f"Content-Type: {kind}"] if body else []
    return "\r\n".join((start, *headers, *typed, f"Content-Length: {len(body)}", "", body))


def respond(
    request: Message, status: str, tag: str, *, headers: Iterable[str] = (), body: str = ""
) -> str:
    """The response to a request: its own Via, From, To, Call-ID and CSeq."""
    to = text_of(request, "To")
    kept = [f"Via: {via.decode()}" for via in request.all("Via")]
    kept += [f"Record-Route: {route.decode()}" for route in request.all("Record-Route")]
    kept += [f"From: {text_of(request, 'From')}", f"To: {to}" + ("" if "tag=" in to else tag)]
    kept += [f"{name}: {text_of(request, name)}" for name in ("Call-ID", "CSeq")]
    return compose(f"{SIP_VERSION} {status}", (*kept, *headers), body, "application/sdp")


def branch() -> str:
    """A new transaction's name."""
    return f"z9hG4bK{secrets.token_hex(8)}"


def offer(address: Address) -> str:
    """A session description that wants audio at this address."""
    return sdp.Media(*address, (Law.PCMA,), sdp.KEYS_EVENT).encode() + "\r\n"


def digest(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The answer to a challenge (RFC 2617, MD5) as a header."""
    asked = dict(_PARAMETER.findall(challenge))
    cnonce = secrets.token_hex(8)
    secret = _md5(f"{user}:{asked['realm']}:{password}")
    between = f"{asked['nonce']}:00000001:{cnonce}:auth"
    response = _md5(f"{secret}:{between}:{_md5(f'{method}:{uri}')}")
    return (
        f'Authorization: Digest username="{user}", realm="{asked["realm"]}", '
        f'nonce="{asked["nonce"]}", opaque="{asked.get("opaque", "")}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{cnonce}"'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
