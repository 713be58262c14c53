"""Security events as read: exactly Asterisk's own form, and nothing that a stranger could forge."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from router.ami import Event
from router.ami.frames import GREETING, FrameParser
from router.door.events import Kind, Seen, peer_of, seen

NONCE = "1764116421/0123456789abcdef0123456789abcdef"
FAILED = {
    "Event": "ChallengeResponseFailed",
    "Privilege": "security,all",
    "Timestamp": "1764116421.123456",
    "SystemName": "node1",
    "EventTV": "2026-11-26T00:40:21.123+0000",
    "Severity": "Error",
    "Service": "PJSIP",
    "EventVersion": "1",
    "AccountID": "201",
    "SessionID": "abc@host",
    "LocalAddress": "IPV4/UDP/127.0.0.1/5060",
    "RemoteAddress": "IPV4/UDP/203.0.113.7/5062",
    "Challenge": NONCE,
    "Response": "0" * 32,
    "ExpectedResponse": "",
}


def written(headers: dict[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


def read(data: bytes) -> list[Seen | None]:
    """What is made of bytes from Asterisk."""
    parser = FrameParser()
    parser.receive(GREETING + b"11.0.0\r\n" + data)
    found = []
    while (frame := parser.next_frame()) is not None:
        event = Event(frame.get("event", ""), frame, datetime.now(UTC))
        found.append(seen(event))
    return found


def without(*names: str, **more: str) -> dict[str, str]:
    return {key: value for key, value in {**FAILED, **more}.items() if key not in names}


def test_each_kind_is_read() -> None:
    """A wrong answer and a log-in say who, from where and with which nonce."""
    good = without(
        "Challenge",
        "Response",
        "ExpectedResponse",
        Event="SuccessfulAuth",
        RemoteAddress="IPV6/TLS/2001:db8:1:2:3:4:5:6/5062",
        UsingPassword="1",
    )
    peer = ip_network("203.0.113.7/32")
    assert read(written(FAILED) + written(good)) == [
        Seen(Kind.FAILED, peer, connected=False, account="201", nonce=NONCE),
        Seen(Kind.SUCCEEDED, ip_network("2001:db8:1:2::/64"), connected=True, account="201"),
    ]


def test_who_is_not_ours_is_unknown() -> None:
    """An account that does not exist is told as Asterisk tells it."""
    (found,) = read(written({**FAILED, "AccountID": "<unknown>"}))
    assert found is not None
    assert found.account == "<unknown>"


@pytest.mark.parametrize("name", sorted(FAILED))
def test_a_header_missing_doubled_or_odd_is_refused(name: str) -> None:
    """Whatever differs from the form in one header is nobody's fault."""
    line = f"{name}: {FAILED[name]}\r\n".encode()
    assert read(written(FAILED).replace(line, b"")) == [None]
    assert read(line + written(FAILED)) == [None]
    if name != "SessionID":
        assert read(written({**FAILED, name: FAILED[name] + " "})) == [None]
    assert read(written({**FAILED, "X": "1"})) == [None]


def test_a_nonce_and_response_with_line_ends_make_no_event_about_another() -> None:
    """The longest that a stranger can write into the two forges nothing, wherever he breaks it."""
    victim = "RemoteAddress: IPV4/UDP/9.9.9.9/1\r\n"
    told = {**FAILED, "RemoteAddress": victim[15:-2], "AccountID": "1", "SessionID": "1"}
    told |= {"LocalAddress": "IPV4/UDP/1.1.1.1/1", "SystemName": "n"}
    for kind in (
        told,
        without("Response", "ExpectedResponse", **{**told, "Event": "ChallengeSent"}),
    ):
        whole = "\r\n\r\n" + written(kind).decode()
        for at in range(64):
            # What stands between the two is written by Asterisk, and may serve the forger.
            for gap in ("", "\r\nResponse: "):
                rest = whole[at:].removeprefix(gap)
                mine = {**FAILED, "Challenge": whole[:at], "Response": rest[:255]}
                found = read(written(mine))
                assert all(what is None or what.peer != ip_network("9.9.9.9/32") for what in found)


def test_an_address_is_itself_or_its_network() -> None:
    """IPv6 counts by /64, and IPv4 in IPv6's clothes as IPv4."""
    assert peer_of("::ffff:192.0.2.1") == ip_network("192.0.2.1/32")
    assert peer_of("2001:db8::1") == ip_network("2001:db8::/64")
    with pytest.raises(ValueError, match="address"):
        peer_of("1.2.3")
