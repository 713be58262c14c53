"""Which challenges Asterisk has really sent, and to whom: taken from its copies of SIP (HEP).

Asterisk's security events tell of a wrong answer, and not whether the nonce in it ever went to
where the packet claims to come from. Asterisk shows each SIP message on a socket of this machine;
only its own 401s are looked at, and everything in them that a stranger has written is suspected.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re
import socket
from typing import TYPE_CHECKING, Final

from router.door.events import Kind, Seen, peer_of

if TYPE_CHECKING:
    from collections.abc import Callable

_MAGIC: Final = b"HEP3"
_REFUSED: Final = b"SIP/2.0 401 "
_DESTINATION: Final = frozenset({4, 6})
_KEY: Final = 14
_PAYLOAD: Final = 15
_HEADER: Final = re.compile(rb"^(?:www-authenticate)[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_NONCE: Final = re.compile(rb'\bnonce="([0-9]{10}/[0-9a-f]{32})"')
BUFFER: Final = 1 << 20
"""Bytes that may wait for us; what is more is lost, and with it a proof, but never memory."""


def challenge(packet: bytes, key: bytes) -> Seen | None:
    """The challenge that a packet tells of; None for everything else.

    Args:
        packet: of one message, as Asterisk copies it.
        key: only Asterisk and we know it.
    """
    if _REFUSED not in packet:
        return None
    chunks = _chunks(packet)
    payload = chunks.get(_PAYLOAD, b"")
    if not payload.startswith(_REFUSED) or not hmac.compare_digest(chunks.get(_KEY, b""), key):
        return None
    # A second header is of a stranger's making. By maddr, an answer goes where he wants it to.
    found = _HEADER.findall(payload)
    if len(found) != 1 or b"maddr" in payload.lower():
        return None
    nonces = _NONCE.findall(found[0])
    address = next((chunks[kind] for kind in _DESTINATION if kind in chunks), b"")
    if len(nonces) != 1 or len(address) not in (4, 16):
        return None
    peer = peer_of(str(ipaddress.ip_address(address)))
    return Seen(Kind.CHALLENGED, peer, connected=False, account="", nonce=nonces[0].decode())


def _chunks(packet: bytes) -> dict[int, bytes]:
    """Chunks by type; none when the packet is not whole."""
    found: dict[int, bytes] = {}
    if packet[:4] != _MAGIC or int.from_bytes(packet[4:6], "big") != len(packet):
        return found
    at = 6
    while at + 6 <= len(packet):
        vendor, kind, size = (
            int.from_bytes(packet[at + step : at + step + 2], "big") for step in (0, 2, 4)
        )
        if size < 6 or at + size > len(packet):
            return {}
        if vendor == 0 and kind not in found:
            found[kind] = packet[at + 6 : at + size]
        at += size
    return found


class Ear(asyncio.DatagramProtocol):
    """Listens on loopback; tells each challenge."""

    def __init__(self, key: str, tell: Callable[[Seen], None]) -> None:
        self._key = key.encode()
        self._tell = tell

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        """Take one message's copy."""
        what = challenge(data, self._key)
        if what is not None:
            self._tell(what)

    @classmethod
    async def opened(
        cls, port: int, key: str, tell: Callable[[Seen], None]
    ) -> asyncio.DatagramTransport:
        """Listen until closed.

        Raises:
            OSError: the port is taken.
        """
        plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            plain.setblocking(False)  # noqa: FBT003 (the socket API)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            plain.bind(("127.0.0.1", port))
            loop = asyncio.get_running_loop()
            made, _ = await loop.create_datagram_endpoint(lambda: cls(key, tell), sock=plain)
        except BaseException:
            plain.close()
            raise
        return made
