"""Floods a port with keys by RFC 4733 until its input ends, in a process of its own.

``python -m tests.live.door.flood FD HOST PORT RATE`` sends from the open socket FD, the one that
the call's session description told: Asterisk takes no notice of packets from elsewhere. It prints
how many packets it has sent.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import time

BURST = 10
EVENTS = (0, *range(6, 17), 66)
"""Keys of which only 0 chooses, a hook flash, and what no telephone sends."""


def packet(number: int, ssrc: int = 7) -> bytes:
    """Keys that begin, change and end without order."""
    head = 0x80, 101 | (number % 2) << 7, number & 0xFFFF, number * 160 & 0xFFFFFFFF, ssrc
    key, end = EVENTS[number % len(EVENTS)], 0x80 * (number % 3 == 0)
    return struct.pack("!BBHII", *head) + struct.pack("!BBH", key, end | 10, number & 0xFFFF)


def main(fd: int, host: str, port: int, rate: int) -> None:
    """Send."""
    count, began = 0, time.monotonic()
    with socket.socket(fileno=fd) as sock:
        # For a second at least, however short the other's call is.
        while count < rate or not select.select([sys.stdin], [], [], 0)[0]:
            time.sleep(BURST / rate)
            # As many as are due: a process that was kept waiting makes up for it.
            while count < (time.monotonic() - began) * rate:
                sock.sendto(packet(count), (host, port))
                count += 1
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
