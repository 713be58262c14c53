"""``python -m ops.container.health node|edge``: the health check of a container, by exit status."""

from __future__ import annotations

import asyncio
import os
import sys

from ops import ready
from ops.container.front import front
from siaga import settings
from siaga.errors import SiagaError


async def edge() -> list[str]:
    """What is missing of an edge that stands apart: an answer, and a node behind it."""
    at = front(os.environ).edge
    return [] if await ready.reached(at) else [f"edge {at}"]


async def node() -> list[str]:
    """What is missing of a node for a call to be taken; a record may follow later."""
    return await ready.missing(settings.load(), ready.FOR_CALLS)


def main(kind: str) -> int:
    """Ask; say what is missing."""
    try:
        lacking = asyncio.run({"edge": edge, "node": node}[kind]())
    except SiagaError as error:
        lacking = [str(error)]
    sys.stdout.write(", ".join(lacking) or "ready")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
