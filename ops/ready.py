"""Whether the parts of an instance answer: SIP, edge, AMI, FastAGI, router, console."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import ssl
from typing import TYPE_CHECKING

from siaga.edge import bracketed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from siaga.edge import Edge
    from siaga.settings import Settings

PROBE_S = 1.0
"""Longest one probe waits for an answer."""


async def sip(settings: Settings) -> bool:
    """Asterisk answers a SIP OPTIONS, with whatever status."""
    if settings.tls_required:
        return await _sip_tls(settings)
    return (await _sip_udp((settings.bind, settings.ports.sip))).startswith(b"SIP/2.0")


async def edge(settings: Settings) -> bool:
    """The edge answers, and reaches Asterisk; also when this instance runs none."""
    return settings.own_edge is None or await reached(settings.own_edge)


async def reached(edge: Edge) -> bool:
    """An edge answers, and reaches an Asterisk."""
    answer = await _sip_udp((edge.host, edge.port))
    return answer.startswith(b"SIP/2.0") and not answer.startswith(b"SIP/2.0 503")


async def _sip_udp(target: tuple[str, int]) -> bytes:
    """The answer to an OPTIONS; empty: none came."""
    loop = asyncio.get_running_loop()
    with socket.socket(_family(target[0]), socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)  # noqa: FBT003  (the socket API)
        sock.connect(target)
        own = sock.getsockname()[:2]
        try:
            await loop.sock_sendall(sock, _options(target, "UDP", own))
            async with asyncio.timeout(PROBE_S):
                return await loop.sock_recv(sock, 4096)
        except (TimeoutError, OSError):
            return b""


async def _sip_tls(settings: Settings) -> bool:
    context = _own()
    try:
        async with asyncio.timeout(PROBE_S):
            reader, writer = await asyncio.open_connection(
                settings.bind, settings.ports.sip_tls, ssl=context
            )
            try:
                own = writer.get_extra_info("sockname")[:2]
                writer.write(_options((settings.bind, settings.ports.sip), "TLS", own))
                return (await reader.readline()).startswith(b"SIP/2.0")
            finally:
                writer.close()
    except (TimeoutError, OSError):
        return False


def _own() -> ssl.SSLContext:
    """For what we ask of ourselves, by address: whose certificate it is does not matter here."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _options(target: tuple[str, int], transport: str, own: tuple[str, int]) -> bytes:
    token = secrets.token_hex(8)
    there, (host, port) = bracketed(target[0]), (bracketed(own[0]), own[1])
    lines = [
        f"OPTIONS sip:{there}:{target[1]} SIP/2.0",
        f"Via: SIP/2.0/{transport} {host}:{port};branch=z9hG4bK{token};rport",
        f"From: <sip:ready@{host}>;tag={token}",
        f"To: <sip:{there}>",
        f"Call-ID: {token}@{host}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:ready@{host}:{port}>",
        "Max-Forwards: 70",
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


async def _first_line(port: int, send: bytes = b"") -> bytes:
    try:
        async with asyncio.timeout(PROBE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(send)
                return await reader.readline()
            finally:
                writer.close()
    except (TimeoutError, OSError):
        return b""


async def ami(settings: Settings) -> bool:
    """Asterisk's manager greets."""
    return (await _first_line(settings.ports.ami)).startswith(b"Asterisk Call Manager")


async def agi(settings: Settings) -> bool:
    """The menu's server accepts connections."""
    try:
        async with asyncio.timeout(PROBE_S):
            _, writer = await asyncio.open_connection("127.0.0.1", settings.ports.agi)
            writer.close()
    except (TimeoutError, OSError):
        return False
    return True


async def router(settings: Settings) -> bool:
    """The router answers and its listener is logged in."""
    try:
        async with asyncio.timeout(PROBE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", settings.ports.router)
            try:
                writer.write(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
                answer = await reader.read()
            finally:
                writer.close()
        body = json.loads(answer.partition(b"\r\n\r\n")[2])
        return bool(body["ami"]["connected"])
    except (TimeoutError, OSError, ValueError, KeyError, TypeError):
        return False


async def console(settings: Settings) -> bool:
    """The console answers, whatever it says: it needs neither router nor database for that."""
    rules = settings.console
    try:
        async with asyncio.timeout(PROBE_S):
            host, context = reachable(rules.bind), _own() if rules.certificate else None
            reader, writer = await asyncio.open_connection(host, settings.ports.http, ssl=context)
            try:
                writer.write(b"GET /login HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return (await reader.readline()).startswith(b"HTTP/1.")
            finally:
                writer.close()
    except (TimeoutError, OSError):
        return False


def reachable(address: str) -> str:
    """An address of this machine at which a listener on ``address`` is found."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 (looked up)


PARTS: dict[str, Callable[[Settings], Awaitable[bool]]] = {
    "SIP": sip,
    "edge": edge,
    "AMI": ami,
    "FastAGI": agi,
    "router": router,
    "console": console,
}

FOR_CALLS = ("SIP", "edge", "AMI", "FastAGI")
"""What a call needs; the record follows when the router is there."""


async def missing(settings: Settings, parts: tuple[str, ...] = tuple(PARTS)) -> list[str]:
    """Names of the parts that do not answer now."""
    answers = await asyncio.gather(*(PARTS[name](settings) for name in parts))
    return [name for name, up in zip(parts, answers, strict=True) if not up]
