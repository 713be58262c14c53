"""What callers are told in place of the greeting, switched on and off on each node by itself."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from ops.phone.g711 import Law, encode
from tests.compose.desk import Desk, ScenarioError, expect, over
from tests.compose.plan import ANNOUNCEMENT
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.phone import Call

SOUNDS: Final = "/var/lib/siaga112/sounds/id/siaga"
GREETING: Final = "menu"
ANNOUNCED: Final = f"announce-{ANNOUNCEMENT}"
LONG_MS: Final = 200
"""Of a prompt, what proves that it is this one."""
LOUD: Final = 0.01
HEARD_S: Final = 10.0
CALLS: Final = 6
"""By so many calls, which come by turns, each node has had one."""
TERMS: Final = ("--for", "1h", "--why", "uji")


async def announcements(desk: Desk) -> str:
    """Said while it is switched on, by the nodes where it is, until all are hushed."""
    node1, node2 = NODES
    prompts = {name: await prompt(desk, node1, name) for name in (GREETING, ANNOUNCED)}
    stages = 0
    try:
        for node, words, wanted in (
            ("", (), (GREETING, GREETING)),
            (node1, ("announce", ANNOUNCEMENT), (ANNOUNCED, GREETING)),
            (node2, ("announce", ANNOUNCEMENT), (ANNOUNCED, ANNOUNCED)),
            (node1, ("silence", ANNOUNCEMENT), (GREETING, ANNOUNCED)),
            (node2, ("hush",), (GREETING, GREETING)),
        ):
            if node:
                await desk.command(node, "live", *words, *TERMS)
            heard = await _heard(desk, prompts)
            expect(f"after {words} on {node}", heard, dict(zip(NODES, wanted, strict=True)))
            stages += 1
    finally:
        for node in NODES:
            for line in (await desk.command(node, "live", "--json")).splitlines():
                key = "/".join(json.loads(line)[part] for part in ("override", "name"))
                await desk.command(node, "live", "clear", key, "--why", "uji selesai")
    return f"{stages} states, each heard by calls of both nodes"


async def prompt(desk: Desk, node: str, name: str) -> bytes:
    """A prompt of the plan in force, by the bytes that callers get."""
    words = f"cat {SOUNDS}/*/{name}.alaw | base64"
    return base64.b64decode(await desk.inside(node, "sh", "-c", words))


async def _heard(desk: Desk, prompts: Mapping[str, bytes]) -> dict[str, str]:
    """What a call of each node is told at once."""
    told: dict[str, str] = {}
    for _ in range(CALLS):
        number = desk.number()
        calling = await desk.line.call(number)
        desk.up.append(calling)
        await calling.answered()
        said = await which(calling, prompts)
        await calling.hang_up()
        told.setdefault((await desk.record(number, over))["node"], said)
        if len(told) == len(NODES):
            return told
    raise ScenarioError(f"{CALLS} calls were led by {', '.join(told)} alone")


async def which(calling: Call, prompts: Mapping[str, bytes]) -> str:
    """Which of these prompts the caller hears first.

    Raises:
        PhoneTimeoutError: none.
    """

    def check() -> str | None:
        sound = calling.heard.since(0.0, LONG_MS)
        if sound.ms < LONG_MS or sound.rms < LOUD:
            return None
        said = encode(sound.samples, Law.PCMA)
        return next((name for name, whole in prompts.items() if said in whole), None)

    return await calling.changes.until(check, HEARD_S, f"one of {', '.join(prompts)}")
