"""Checks of the ports: each is free, or held by this very instance."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops.doctor.finding import Status, fail, ok, warn
from ops.doctor.owner import belongs_to, find_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

LOOPBACK: Final = "127.0.0.1"
PLAIN: Final = ("port-sip-udp", "port-sip-tcp")
"""Ports that are not opened when TLS is required."""
SAMPLES: Final = 16
"""Ports tried of the RTP range."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port of one instance.

    Attributes:
        name: the finding's name.
        kind: ``udp`` or ``tcp``.
        address: local address it is bound to.
        number: the port.
        setting: the environment variable that moves it.
    """

    name: str
    kind: str
    address: str
    number: int
    setting: str


def signalling_ports(settings: Settings) -> tuple[Port, ...]:
    """SIP, AMI, FastAGI, console and router ports."""
    ports = settings.ports
    found: tuple[Port, ...] = (
        Port("port-sip-udp", "udp", settings.bind, ports.sip, "SIAGA_SIP_PORT"),
        Port("port-sip-tcp", "tcp", settings.bind, ports.sip, "SIAGA_SIP_PORT"),
        Port("port-ami", "tcp", LOOPBACK, ports.ami, "SIAGA_AMI_PORT"),
        Port("port-agi", "tcp", LOOPBACK, ports.agi, "SIAGA_AGI_PORT"),
        Port("port-http", "tcp", settings.console.bind, ports.http, "SIAGA_HTTP_PORT"),
        Port("port-router", "tcp", LOOPBACK, ports.router, "SIAGA_ROUTER_PORT"),
        Port("port-ws", "tcp", LOOPBACK, ports.ws, "SIAGA_WS_PORT"),
    )
    if edge := settings.own_edge:
        found = (
            *found,
            Port("port-edge-udp", "udp", edge.host, edge.port, "SIAGA_EDGE"),
            Port("port-edge-tcp", "tcp", edge.host, edge.port, "SIAGA_EDGE"),
        )
        if settings.tls_certificate is not None:
            tls = Port("port-edge-tls", "tcp", edge.host, edge.tls_port, "SIAGA_EDGE_TLS_PORT")
            found = (*found, tls)
    if settings.gateways.public_url:
        public = Port("port-public", "tcp", LOOPBACK, ports.public, "SIAGA_PUBLIC_PORT")
        found = (*found, public)
    if settings.tls_certificate is None:
        return found
    return (
        *(port for port in found if not (settings.tls_required and port.name in PLAIN)),
        Port("port-sip-tls", "tcp", settings.bind, ports.sip_tls, "SIAGA_SIP_TLS_PORT"),
    )


def signalling(settings: Settings) -> Iterator[Finding]:
    """Each signalling port is free, or this instance's own."""
    return (check_port(settings, port) for port in signalling_ports(settings))


def occupied(settings: Settings) -> Iterator[Finding]:
    """The signalling ports that cannot be had now, by this instance's own leftovers too."""
    for port in signalling_ports(settings):
        if try_bind(port) is None:
            continue
        finding = check_port(settings, port)
        if finding.status is Status.FAIL:
            yield finding
        else:
            yield fail(
                port.name,
                finding.found,
                "Sisa dari pusat yang dimatikan paksa: hentikan proses itu, lalu jalankan lagi.",
                "A leftover of a centre that was killed: end that process, then run this again.",
            )


def media(settings: Settings) -> Iterator[Finding]:
    """A sample of the RTP range; Asterisk goes around single ports that are taken."""
    ports = settings.ports
    step = max(1, (ports.rtp_end - ports.rtp_start) // (SAMPLES - 1))
    numbers = sorted({*range(ports.rtp_start, ports.rtp_end + 1, step), ports.rtp_end})
    found = [
        check_port(settings, Port("", "udp", settings.bind, number, "SIAGA_RTP_START"))
        for number in numbers
    ]
    taken = [finding for finding in found if finding.status is Status.FAIL]
    shown = (
        f"{ports.rtp_start}-{ports.rtp_end}: {len(found) - len(taken)}/{len(found)} bebas / free"
    )
    if not taken:
        yield ok("ports-rtp", shown)
        return
    # With half of them gone, calls would find no port for their audio.
    say = fail if len(taken) * 2 >= len(found) else warn
    yield say(
        "ports-rtp",
        f"{shown}; {taken[0].found}",
        "Program lain memakai port suara ini: pindahkan SIAGA_RTP_START dan SIAGA_RTP_END.",
        "Another program uses these audio ports: move SIAGA_RTP_START and SIAGA_RTP_END.",
    )


def certificate(settings: Settings) -> Iterator[Finding]:
    """The TLS certificate, when one is set, can be read."""
    path = settings.tls_certificate
    if path is None:
        return
    if path.is_file() and os.access(path, os.R_OK):
        yield ok("tls-certificate", str(path))
    else:
        yield fail(
            "tls-certificate",
            f"{path}: tidak terbaca / cannot be read",
            f"Letakkan berkas PEM (sertifikat dan kunci) di {path}, terbaca oleh pengguna ini.",
            f"Put the PEM file (certificate and key) at {path}, readable by this user.",
        )


def check_port(settings: Settings, port: Port) -> Finding:
    """Try to bind the port as the instance would; say who holds it when that fails."""
    where = f"{port.address}:{port.number}/{port.kind}"
    error = try_bind(port)
    if error is None:
        return ok(port.name, f"{where} bebas / free")
    if error == errno.EADDRINUSE:
        return _taken(settings, port, where)
    if error in (errno.EACCES, errno.EPERM):
        return fail(
            port.name,
            f"{where}: {os.strerror(error)}",
            f"Port di bawah 1024 hanya untuk root: pilih yang lain dengan {port.setting}.",
            f"Ports below 1024 are for root only: choose another by {port.setting}.",
        )
    return fail(
        port.name,
        f"{where}: {os.strerror(error)}",
        f"SIAGA_BIND={port.address} bukan alamat mesin ini: lihat 'ip address', lalu perbaiki.",
        f"SIAGA_BIND={port.address} is not an address of this machine: see 'ip address'.",
    )


def try_bind(port: Port) -> int | None:
    """The errno that binding gives, or None when the port is free."""
    version = ipaddress.ip_address(port.address).version
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    kind = socket.SOCK_DGRAM if port.kind == "udp" else socket.SOCK_STREAM
    with socket.socket(family, kind) as sock:
        if port.kind == "tcp":
            # Without it, connections of an instance that has just ended would count as taken.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((port.address, port.number))
            if port.kind == "tcp":
                sock.listen(1)
        except OSError as error:
            return error.errno or errno.EADDRNOTAVAIL
    return None


def _taken(settings: Settings, port: Port, where: str) -> Finding:
    owner = find_owner(port.kind, port.address, port.number)
    if owner and owner.pid and belongs_to(owner.pid, settings.home):
        return ok(port.name, f"{where} dipakai pusat ini / held by this instance, pid {owner.pid}")
    if owner and owner.pid:
        who, stop = f"pid {owner.pid}: {owner.command}", f"kill {owner.pid}"
    else:
        who = f"pengguna / user {owner.uid}" if owner else "?"
        stop = f"sudo ss -lpn 'sport = :{port.number}'"
    return fail(
        port.name,
        f"{where} dipakai / in use, {who}",
        f"Hentikan program itu ({stop}), atau pindahkan port dengan {port.setting}.",
        f"Stop that program ({stop}), or move the port by {port.setting}.",
    )
