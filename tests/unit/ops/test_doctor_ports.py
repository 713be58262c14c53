"""The doctor's port checks, on real sockets."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops import freeports
from ops.doctor import Status, owner, ports
from siaga.settings import Ports, Settings, load

OWN = "127.112.0.1"
"""Where nobody else is: on 127.0.0.1 the other protocol's port may be a passing connection's."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


@pytest.fixture(params=["udp", "tcp"])
def held(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    kind = socket.SOCK_DGRAM if request.param == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind((OWN, 0))
        if request.param == "tcp":
            sock.listen()
        yield request.param, sock.getsockname()[1]


def port(kind: str, number: int, address: str = "127.0.0.1") -> ports.Port:
    return ports.Port("port-x", kind, address, number, "SIAGA_X_PORT")


def test_a_port_of_another_program_fails_and_names_it(
    settings: Settings, held: tuple[str, int]
) -> None:
    """Who holds the port is named by pid, with the setting that moves ours."""
    finding = ports.check_port(settings, port(*held, OWN))
    assert finding.status is Status.FAIL
    assert f"pid {os.getpid()}" in finding.found
    assert "SIAGA_X_PORT" in finding.todo
    assert "SIAGA_X_PORT" in finding.todo_en


def test_a_port_on_the_wildcard_address_is_taken_too(settings: Settings) -> None:
    """A program on all addresses, IPv6 included, is found as the holder."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as sock:
        finding = ports.check_port(settings, port("tcp", sock.getsockname()[1]))
    assert finding.status is Status.FAIL
    assert f"pid {os.getpid()}" in finding.found


def test_a_free_port_is_ok(settings: Settings, held: tuple[str, int]) -> None:
    """The same number on the other protocol is another port, and free."""
    other = "tcp" if held[0] == "udp" else "udp"
    assert ports.check_port(settings, port(other, held[1], OWN)).status is Status.OK


def test_an_address_that_is_not_ours_is_told_apart(settings: Settings) -> None:
    """SIAGA_BIND with a foreign address is named as that, not as a port in use."""
    finding = ports.check_port(settings, port("udp", 21999, "192.0.2.1"))
    assert finding.status is Status.FAIL
    assert "SIAGA_BIND" in finding.todo


@pytest.mark.parametrize("how", ["argument", "environment", "child"])
def test_a_port_held_by_this_instance_is_ok(settings: Settings, how: str) -> None:
    """A process started for SIAGA_HOME, or a child of one, may hold our ports."""
    code = (
        "import socket, sys\n"
        "s = socket.create_server(('127.0.0.1', 0))\n"
        "print(s.getsockname()[1], flush=True)\n"
        "sys.stdin.read()\n"
    )
    env = {"PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", code]
    if how == "argument":
        command.append(f"{settings.home}/etc/asterisk.conf")
    elif how == "environment":
        env["SIAGA_HOME"] = str(settings.home)
    else:
        inner = 'python=$1; code=$2; "$python" -c "$code"; exit'
        command = ["sh", "-c", inner, str(settings.home), sys.executable, code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
    ) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        finding = ports.check_port(settings, port("tcp", number))
        process.communicate()
    assert finding.status is Status.OK
    assert "pid" in finding.found


def test_another_instance_beside_ours_is_not_ours(tmp_path: Path) -> None:
    """A home whose name merely begins like ours belongs to somebody else."""
    home = os.fsencode(tmp_path / "home")
    assert owner.names_home(b"asterisk\0-C\0" + home + b"/etc/asterisk.conf", home)
    assert owner.names_home(b"x\0" + home, home)
    assert not owner.names_home(b"asterisk\0-C\0" + home + b"2/etc/asterisk.conf", home)
    assert not owner.names_home(b"", home)


def test_the_audio_range_warns_first_and_fails_when_half_is_gone(settings: Settings) -> None:
    """Single taken ports are gone around; a range that is mostly taken is a failure."""
    with freeports.reserved(settings) as ours, ExitStack() as held_ports:
        start = ours.ports.rtp_start
        span = replace(ours, ports=replace(ours.ports, rtp_end=start + 19))

        def take(number: int) -> None:
            sock = held_ports.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.bind((span.bind, number))

        assert [finding.status for finding in ports.media(span)] == [Status.OK]
        take(start)
        assert [finding.status for finding in ports.media(span)] == [Status.WARN]
        for number in range(start + 1, start + 15):
            take(number)
        assert [finding.status for finding in ports.media(span)] == [Status.FAIL]


def test_each_setting_moves_its_port(settings: Settings) -> None:
    """SIP on both protocols, AMI, AGI and console are looked at where the settings put them."""
    moved = replace(settings, ports=Ports(sip=21060, ami=21038, agi=21573, http=21112))
    found = " ".join(finding.found for finding in ports.signalling(moved))
    for shown in ("21060/udp", "21060/tcp", "21038/tcp", "21573/tcp", "21112/tcp"):
        assert shown in found


def test_a_certificate_that_cannot_be_read_fails(settings: Settings, tmp_path: Path) -> None:
    """TLS without its file is found before Asterisk is started."""
    assert list(ports.certificate(settings)) == []
    pem = tmp_path / "x.pem"
    wanted = replace(settings, tls_certificate=pem)
    assert [finding.status for finding in ports.certificate(wanted)] == [Status.FAIL]
    pem.touch()
    assert [finding.status for finding in ports.certificate(wanted)] == [Status.OK]


@given(st.ip_addresses(), st.integers(1, 65535))
def test_a_socket_collides_with_its_own_address(address: object, number: int) -> None:
    """Every address, written as the kernel writes it, is recognised with its port only."""
    packed = address.packed  # type: ignore[attr-defined]
    local = f"{owner.kernel_hex(packed)}:{number:04X}"
    assert owner.collides(local, str(address), number)
    assert not owner.collides(local, str(address), number % 65535 + 1)
