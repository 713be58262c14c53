"""SRTP (RFC 3711) as far as telling that a packet is: its key offered, its tag verified."""

from __future__ import annotations

import base64
import hmac
import subprocess
from typing import Final

from tests.live import wire

KEY: Final = 16
SALT: Final = 14
TAG: Final = 10
AUTH: Final = 20
_AUTH_LABEL: Final = 1


def offer(port: int) -> str:
    """A session description that wants encrypted audio at ``port``."""
    key = base64.b64encode(bytes(range(KEY + SALT))).decode()
    plain = wire.offer(port).replace("RTP/AVP", "RTP/SAVP")
    return f"{plain}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n"


def is_authentic(packet: bytes, inline: str) -> bool:
    """Whether a packet of the first 65536 carries the tag that the key gives."""
    master = base64.b64decode(inline)
    key, salt = master[:KEY], master[KEY:]
    # RFC 3711, 4.3.1 and 4.3.3: the label lies 48 bits from the salt's end, then 16 bits count.
    vector = (int.from_bytes(salt, "big") ^ (_AUTH_LABEL << 48)) << 16
    blocks = b"".join((vector + number).to_bytes(16, "big") for number in range(2))
    session = _aes(key, blocks)[:AUTH]
    body, tag = packet[:-TAG], packet[-TAG:]
    rollover = bytes(4)
    return hmac.digest(session, body + rollover, "sha1")[:TAG] == tag


def _aes(key: bytes, blocks: bytes) -> bytes:
    words = ["openssl", "enc", "-aes-128-ecb", "-nopad", "-K", key.hex()]
    return subprocess.run(words, input=blocks, capture_output=True, check=True).stdout
