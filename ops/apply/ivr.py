"""Whether the menu's server serves a version: asked as Asterisk asks, up to the first prompt."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from siaga.names import MENU_PATH, SOUNDS

if TYPE_CHECKING:
    from siaga.settings import Settings

ANSWER_S: Final = 2.0
_COMMANDS: Final = 20
"""More than the menu sends before it speaks."""


async def serves(settings: Settings, version: str) -> bool | None:
    """Whether a call on ``version`` hears its prompts; None when the server does not answer."""
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", settings.ports.agi)
            try:
                return await _first_prompt(reader, writer, version)
            finally:
                writer.close()
    except (TimeoutError, OSError):
        return None


async def _first_prompt(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, version: str
) -> bool | None:
    path = f"{MENU_PATH}/{version}"
    address = f"agi://127.0.0.1/{path}"
    values = {
        "network": "yes",
        "network_script": path,
        "request": address,
        "channel": "Local/apply",
        "language": "id",
        "type": "Local",
        "uniqueid": "apply",
        "callerid": "unknown",
        "context": "apply",
        "extension": "s",
        "priority": "1",
    }
    lines = [f"agi_{name}: {value}\n" for name, value in values.items()]
    writer.write("".join(lines).encode() + b"\n")
    for _ in range(_COMMANDS):
        command = (await reader.readline()).decode("utf-8", "replace")
        if not command:
            return None
        if f"{SOUNDS}/" in command:
            writer.write(b"HANGUP\n")
            return f"{SOUNDS}/{version}/" in command
        writer.write(b"200 result=1\n")
    return False
