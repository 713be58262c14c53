"""Copies of SIP messages: only a challenge that Asterisk itself sent counts, to where it went."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.door.events import Kind, Seen
from router.door.hep import Ear, challenge

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = b"secret"
NONCE = "1795654564/b54d960de9aa07ceb510126b4fef063b"
REFUSAL = (
    "SIP/2.0 401 Unauthorized\r\n"
    "Via: SIP/2.0/UDP 203.0.113.7:5062;rport=5062;received=203.0.113.7;branch=z9hG4bKa\r\n"
    "From: <sip:201@centre>;tag=a\r\n"
    f'WWW-Authenticate: Digest realm="sip",nonce="{NONCE}",opaque="5c",algorithm=MD5,qop="auth"\r\n'
    "Content-Length:  0\r\n\r\n"
)
SENT = Seen(Kind.CHALLENGED, ip_network("203.0.113.7/32"), connected=False, account="", nonce=NONCE)


def chunk(kind: int, value: bytes) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in (0, kind, len(value) + 6)) + value


def packet(text: str = REFUSAL, *, key: bytes = KEY, to: str = "203.0.113.7") -> bytes:
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    body = b"".join(
        (
            chunk(1, b"\x02"),
            chunk(3, bytes(4)),
            chunk(6 if ":" in to else 4, socket.inet_pton(family, to)),
            chunk(14, key),
            chunk(15, text.encode()),
        )
    )
    return b"HEP3" + (len(body) + 6).to_bytes(2, "big") + body


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    """A socket like Asterisk's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        yield made


@pytest.fixture
def port() -> int:
    """A free one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


async def test_messages_are_heard_by_themselves(port: int, sender: socket.socket) -> None:
    """Again and again, in their order, challenges alone."""
    told: asyncio.Queue[Seen] = asyncio.Queue()
    ear = Ear(port, KEY.decode(), told.put_nowait)
    try:
        for _ in range(3):
            for sent in (b"rubbish", packet(), packet(key=b"guess"), packet(to="203.0.113.8")):
                sender.sendto(sent, ("127.0.0.1", port))
            async with asyncio.timeout(10):
                assert await told.get() == SENT
                assert str((await told.get()).peer) == "203.0.113.8/32"
    finally:
        ear.close()
    assert told.empty()


async def test_what_has_come_is_heard_when_it_is_asked_for(
    port: int, sender: socket.socket
) -> None:
    """An answer to a challenge is told on another way, and may be read first."""
    told: list[Seen] = []
    ear = Ear(port, KEY.decode(), told.append)
    try:
        ear.hear()
        assert told == []
        sender.sendto(packet(), ("127.0.0.1", port))
        ear.hear()
        assert told == [SENT]
    finally:
        ear.close()


async def test_a_port_that_is_taken_is_told(port: int, sender: socket.socket) -> None:
    """The door tries again later."""
    sender.bind(("127.0.0.1", port))
    with pytest.raises(OSError, match="in use"):
        Ear(port, KEY.decode(), print)


def test_a_challenge_is_read() -> None:
    """To whom it went, and its nonce."""
    assert challenge(packet(), KEY) == SENT
    six = challenge(packet(to="2001:db8::7"), KEY)
    assert six is not None
    assert six.peer == ip_network("2001:db8::/64")


@pytest.mark.parametrize(
    "text",
    [
        REFUSAL.replace("401", "403"),
        REFUSAL.replace("SIP/2.0 401", "X SIP/2.0 401"),
        REFUSAL.replace(NONCE, "mine"),
        REFUSAL.replace("WWW-", "X-"),
        REFUSAL.replace("From:", f'From: "\r\nwww-authenticate: Digest nonce="{NONCE}"\r\n"'),
        REFUSAL.replace("From:", f'From: "\r\nWWW-Authenticate : nonce="{NONCE}"\r\n\r\n"'),
        REFUSAL.replace(f'"{NONCE}"', f'"{NONCE}", nonce="{NONCE}"'),
        REFUSAL.replace("rport=5062", "Maddr=198.51.100.1"),
    ],
)
def test_what_a_stranger_may_have_written_is_no_challenge(text: str) -> None:
    """Other answers, a second header wherever it stands, and answers sent elsewhere by maddr."""
    assert challenge(packet(text), KEY) is None


def test_another_program_of_this_machine_is_not_believed() -> None:
    """Without the key nothing counts."""
    assert challenge(packet(key=b"guess"), KEY) is None


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_broken_packets_are_nothing(junk: bytes, start: int, end: int) -> None:
    """Whatever is cut out of a packet or put into it: a challenge or nothing, never an error."""
    whole = packet()
    broken = whole[:start] + junk + whole[end:]
    assert challenge(broken, KEY) in (None, SENT)
    assert challenge(junk, KEY) is None
