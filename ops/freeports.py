"""Ports for an instance beside others: a block that no other demonstration or test has.

Each block is held by a lock on a file for as long as it is used, so that several processes that
look for ports at the same time never choose the same.
"""

from __future__ import annotations

import fcntl
import os
import random
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.doctor import ports as checks
from siaga.errors import MissingError
from siaga.settings import Ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.settings import Settings

FIRST: Final = 20_000
"""Below the ports that Linux gives out by itself (32768 and up)."""
SIZE: Final = 500
BLOCKS: Final = 24
EDGE: Final = 8
"""Its port in the block."""
EDGE_TLS: Final = 6


def block(start: int) -> Ports:
    """The ports of the block that begins at ``start``."""
    return Ports(
        sip=start,
        sip_tls=start + 1,
        ami=start + 2,
        agi=start + 3,
        http=start + 4,
        router=start + 7,
        ws=start + 5,
        public=start + 9,
        rtp_start=start + 10,
        rtp_end=start + SIZE - 1,
    )


@contextmanager
def reserved(settings: Settings) -> Iterator[Settings]:
    """The settings with ports that are free, and stay ours as long as the block lasts.

    Raises:
        MissingError: all blocks are in use.
    """
    folder = Path(tempfile.gettempdir()) / f"siaga112-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    starts = [FIRST + number * SIZE for number in range(BLOCKS)]
    random.shuffle(starts)
    for start in starts:
        with (folder / str(start)).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            edge = settings.edge
            if edge is not None and not edge.apart:
                edge = replace(edge, port=start + EDGE, own_tls_port=start + EDGE_TLS)
            moved = replace(settings, ports=block(start), edge=edge)
            if not any(checks.occupied(moved)):
                yield moved
                return
    raise MissingError(
        f"Tidak ada port bebas di {FIRST}-{FIRST + BLOCKS * SIZE}: hentikan uji yang lain. / "
        f"No free ports in {FIRST}-{FIRST + BLOCKS * SIZE}: stop other tests."
    )
