"""Who holds a port: read from ``/proc`` (Linux), which needs no tool and no root for one's own."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
MAX_ANCESTORS: Final = 20

_LISTENING: Final = "0A"
"""State of a TCP socket that keeps others from its port."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds a port, as far as this user may see.

    Attributes:
        pid: its process id, or None where it belongs to another user.
        uid: the user that opened the port.
        command: its command line, shortened.
    """

    pid: int | None
    uid: int
    command: str


def find_owner(kind: str, address: str, port: int) -> Owner | None:
    """The process that keeps others from this address and port, or None.

    Args:
        kind: ``udp`` or ``tcp``.
        address: local IPv4 or IPv6 address.
        port: local port.
    """
    for table in (PROC / "net" / kind, PROC / "net" / f"{kind}6"):
        for line in _lines(table)[1:]:
            # The fields are: sl, local address, remote address, state, queues, timer,
            # retransmits, uid, timeout, inode.
            fields = line.split()
            if len(fields) < 10 or not collides(fields[1], address, port):
                continue
            if kind == "tcp" and fields[3] != _LISTENING:
                continue
            pid = _pid_of(fields[9])
            return Owner(pid, int(fields[7]), _command(pid) if pid else "")
    return None


def collides(local: str, address: str, port: int) -> bool:
    """Whether a socket bound to ``local`` (``0100007F:13C4``) excludes the address and port."""
    host, _, number = local.partition(":")
    if int(number, 16) != port:
        return False
    wanted = ipaddress.ip_address(address)
    packed = wanted.packed
    forms = {kernel_hex(packed)}
    if wanted.version == 4:
        forms.add(kernel_hex(b"\0" * 10 + b"\xff\xff" + packed))
    return host in forms or not host.strip("0")


def kernel_hex(packed: bytes) -> str:
    """An address as ``/proc/net`` writes it: words of 32 bits in the machine's byte order."""
    words = (packed[start : start + 4] for start in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)


def belongs_to(pid: int, home: Path) -> bool:
    """Whether the process or one of its ancestors was started for the instance in ``home``."""
    needle = os.fsencode(home)
    for _ in range(MAX_ANCESTORS):
        if pid <= 1:
            return False
        if names_home(_bytes(PROC / str(pid) / "cmdline"), needle):
            return True
        if b"SIAGA_HOME=" + needle in _bytes(PROC / str(pid) / "environ").split(b"\0"):
            return True
        pid = _parent(pid)
    return False


def names_home(cmdline: bytes, home: bytes) -> bool:
    """Whether an argument is the folder or a path in it (``-C /srv/siaga/etc/asterisk.conf``)."""
    return any(
        argument == home or home + b"/" in argument for argument in cmdline.split(b"\0") if argument
    )


def _parent(pid: int) -> int:
    for line in _lines(PROC / str(pid) / "status"):
        if line.startswith("PPid:"):
            return int(line.split()[1])
    return 0


def _command(pid: int) -> str:
    text = _bytes(PROC / str(pid) / "cmdline").replace(b"\0", b" ").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "?" for c in text).strip()[:80]


def _pid_of(inode: str) -> int | None:
    wanted = f"socket:[{inode}]"
    for process in PROC.iterdir():
        if not process.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # gone meanwhile, or another user's
            for descriptor in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(descriptor.readlink()) == wanted:
                        return int(process.name)
    return None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _lines(path: Path) -> list[str]:
    return _bytes(path).decode("ascii", "replace").splitlines()
