"""What listens where, and who could read a secret, at a running centre."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from tests.live import wire
from tests.live.calls import choose
from tests.live.door.conftest import TOKEN
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.centre import Centre

LISTENS = "0A"
HOLD_SECRETS = {"secrets.json", "etc/manager.conf", "etc/pjsip.conf", "etc/hep.conf"}


def processes(centre: Centre) -> list[Path]:
    """Every process of the centre, by what its environment says."""
    mark = f"SIAGA_HOME={centre.settings.home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(entry)
        except OSError:
            continue
    return found


def sockets(centre: Centre) -> Iterator[tuple[str, str, int]]:
    """Kind, address and port of every socket that the centre's processes listen on."""
    inodes = set()
    for process in processes(centre):
        for handle in (process / "fd").iterdir():
            try:
                inodes.add(handle.readlink().name)
            except OSError:
                continue
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path("/proc/net", kind).read_text("ascii").splitlines()[1:]:
            words = line.split()
            if f"socket:[{words[9]}]" not in inodes:
                continue
            if kind.startswith("tcp") and words[3] != LISTENS:
                continue
            address, port = words[1].split(":")
            yield kind, _address(address), int(port, 16)


def first_given() -> int:
    """The first of the ports that Linux gives out by itself."""
    return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0])


def _address(digits: str) -> str:
    words = [bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8)]
    return str(ipaddress.ip_address(b"".join(words)))


async def test_only_sip_and_its_audio_listen_outside(guarded: Centre) -> None:
    """Manager, menu, router and what else there is are on 127.0.0.1, by the kernel's own list."""
    ports = guarded.settings.ports
    async with wire.udp(guarded) as line:
        invite = wire.Request("INVITE", "112", guarded.number(), body=wire.offer(9))
        taken = await line.ask(invite)
        await line.send(invite.follow("ACK", taken))
        found = set(sockets(guarded))
        await line.ask(invite.follow("BYE", taken))
    outside = {entry for entry in found if entry[1] != "127.0.0.1"}
    # Whoever sends by UDP without a port of his own is given one of these; nobody serves there.
    first = first_given()
    senders = {(kind, port) for kind, _, port in outside if port >= first}
    assert {kind for kind, _ in senders} <= {"udp", "udp6"}
    serving = {entry for entry in outside if entry[2] < first}
    bind = guarded.settings.bind
    audio = {port for kind, _, port in serving if kind == "udp"} - {ports.sip}
    assert audio
    assert audio <= set(range(ports.rtp_start, ports.rtp_end + 1))
    assert serving == {
        ("tcp", bind, ports.sip),
        ("udp", bind, ports.sip),
        *(("udp", bind, port) for port in audio),
    }
    inside = {(kind, port) for kind, address, port in found - outside}
    ours = (ports.ami, ports.agi, ports.http, ports.router, ports.ws)
    assert {("tcp", port) for port in ours} <= inside


def secret_values(centre: Centre) -> dict[str, bytes]:
    """Every secret of the centre by what it is for."""
    known = json.loads(centre.settings.secrets.read_text("utf-8"))
    words = {f"handset {name}": word for name, word in known["handsets"].items()}
    words |= {f"ami {name}": word for name, word in known["ami"].items()}
    words |= {"api": known["api"], "webhook": TOKEN}
    assert all(len(word) > 10 for word in words.values())
    return {name: word.encode() for name, word in words.items()}


def told(secrets: dict[str, bytes], text: bytes, where: object) -> list[str]:
    return [f"{name} in {where}" for name, word in secrets.items() if word in text]


async def test_secrets_are_nowhere_but_in_their_files(guarded: Centre) -> None:
    """After a call, a notification and failed log-ins: no log, process list or answer has one.

    Files that hold one are for the owner alone. ``handsets`` and ``up`` show handsets' passwords to
    whoever runs them: that is what they are for.
    """
    secrets = secret_values(guarded)
    async with telephones(guarded) as phones:
        await phones.log_in("201")
        call = await choose(phones, guarded.number())
        ring = await phones.bank.ring("201")
        await ring.answer()
        async with wire.udp(guarded, "127.0.0.50") as line:
            request = wire.Request("REGISTER", "", "201")
            challenge = await line.ask(request)
            await line.ask(request.authorized(challenge, "wrong", line))
        lines = [(entry / "cmdline").read_bytes() for entry in processes(guarded)]
        await call.hang_up()
        await ring.ended()
    assert len(lines) >= 4
    found = told(secrets, b"\n".join(lines), "a command line")
    asked = (
        ["calls", "--json"],
        ["doctor", "--json"],
        ["live", "--json"],
        ["transfer", "1.1", "x"],
    )
    answers = await asyncio.gather(*(asyncio.to_thread(guarded.command, *words) for words in asked))
    for words, shown in zip(asked, answers, strict=True):
        found += told(secrets, f"{shown.stdout}{shown.stderr}".encode(), words)
    found += told(secrets, await health(guarded), "/health")
    others = {name: word for name, word in secrets.items() if not name.startswith("handset")}
    found += told(others, guarded.output.read_bytes(), "up")
    home = guarded.settings.home
    for file in home.rglob("*"):
        name = str(file.relative_to(home))
        if file.is_symlink() or not file.is_file() or file == guarded.output:
            continue
        here = told(secrets, file.read_bytes(), name)
        if name in HOLD_SECRETS:
            assert here, name
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, name
        else:
            found += here
    assert not found
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


async def health(centre: Centre) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", centre.settings.ports.http)
    writer.write(b"GET /health HTTP/1.0\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert b"200 OK" in answer
    return answer


async def test_the_router_answers_nobody_without_its_token(guarded: Centre) -> None:
    """Every path below /api, whether it exists or not, is closed to other users of the machine."""
    for path in ("/api/blocks", "/api/handsets", "/api/live", "/api/x"):
        reader, writer = await asyncio.open_connection("127.0.0.1", guarded.settings.ports.router)
        writer.write(f"GET {path} HTTP/1.0\r\nAuthorization: Bearer x\r\n\r\n".encode())
        assert b" 401 " in (await reader.readline())
        writer.close()


def test_the_manager_takes_no_stranger(guarded: Centre) -> None:
    """A wrong password is refused."""
    with socket.create_connection(("127.0.0.1", guarded.settings.ports.ami), 30) as plain:
        plain.sendall(b"Action: Login\r\nUsername: admin\r\nSecret: x\r\n\r\n")
        text = b""
        while b"\r\n\r\n" not in text:
            text += plain.recv(4096)
        assert b"Response: Error" in text
