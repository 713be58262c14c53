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
GATHER_S: Final = 0.03
"""How long messages are gathered."""
AT_ONCE: Final = 1000
"""Messages that are read in one go, before others have their turn."""
_LONGEST: Final = 65_536


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


class Ear:
    """Listens on loopback; tells each challenge.

    A call has some twenty-five messages: what has come is read in one go, a moment later, or when
    :meth:`hear` asks for it.

    Args:
        port: of loopback.
        key: only Asterisk and we know it.
        tell: is told each challenge.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, port: int, key: str, tell: Callable[[Seen], None]) -> None:
        self._key = key.encode()
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)  # noqa: FBT003 (the socket API)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            self._socket.bind(("127.0.0.1", port))
        except BaseException:
            self._socket.close()
            raise
        self._loop.add_reader(self._socket, self._gather)

    def hear(self) -> None:
        """Tell what has come by now."""
        for _ in range(AT_ONCE):
            try:
                data = self._socket.recv(_LONGEST)
            except OSError:  # nothing more
                return
            what = challenge(data, self._key)
            if what is not None:
                self._tell(what)

    def close(self) -> None:
        """Listen no more."""
        self._loop.remove_reader(self._socket)
        if self._timer is not None:
            self._timer.cancel()
        self._socket.close()

    def _gather(self) -> None:
        self._loop.remove_reader(self._socket)
        self._timer = self._loop.call_later(GATHER_S, self._gathered)

    def _gathered(self) -> None:
        self.hear()
        self._loop.add_reader(self._socket, self._gather)
