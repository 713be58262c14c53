"""Whether the menu really answers: a trial call over FastAGI gets its first command."""

from __future__ import annotations

import asyncio
from typing import Final

from siaga.names import MENU_PATH

ANSWER_S: Final = 2.0
"""Longest it may take: what the dialplan gives it before it goes one tier down."""


async def answers(port: int, version: str, timeout_s: float = ANSWER_S) -> bool:
    """Begin a menu as Asterisk does and hang up at its first command.

    Args:
        port: of FastAGI, on loopback.
        version: of the plan.
        timeout_s: for all of it.
    """
    hello = (
        "agi_network: yes\n"
        f"agi_network_script: {MENU_PATH}/{version}\n"
        "agi_request: health\n"
        "agi_uniqueid: health\n"
        "agi_callerid: unknown\n"
        "\n"
    )
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(hello.encode())
                command = await reader.readline()
                writer.write(b"HANGUP\n")
                await writer.drain()
            finally:
                writer.close()
    except (TimeoutError, OSError):
        return False
    return command.endswith(b"\n") and bool(command.strip())
