"""What callers are told in place of the greeting, switched on and off by either node for both."""

from __future__ import annotations

import base64
import json
import time
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
TOLD_S: Final = 30.0
TERMS: Final = ("--for", "1h", "--why", "uji")


async def announcements(desk: Desk) -> str:
    """Said by both nodes while it is switched on, by whichever, until all are hushed."""
    node1, node2 = NODES
    prompts = {name: await prompt(desk, node1, name) for name in (GREETING, ANNOUNCED)}
    stages = 0
    try:
        for node, words, wanted in (
            ("", (), GREETING),
            (node1, ("announce", ANNOUNCEMENT), ANNOUNCED),
            (node2, ("silence", ANNOUNCEMENT), GREETING),
            (node2, ("announce", ANNOUNCEMENT), ANNOUNCED),
            (node1, ("hush",), GREETING),
        ):
            if node:
                await desk.command(node, "live", *words, *TERMS)
                override = "silence" if wanted == GREETING else "announce"
                await overridden(desk, f"{override}/{ANNOUNCEMENT}")
            heard = await _heard(desk, prompts)
            expect(f"after {words} on {node}", heard, dict.fromkeys(NODES, wanted))
            stages += 1
    finally:
        await cleared(desk, node2)
    return f"{stages} states, each heard by calls of both nodes"


async def overridden(desk: Desk, *wanted: str) -> None:
    """Wait until exactly these are in force on both nodes, wherever they were said."""
    deadline = time.monotonic() + TOLD_S
    for node in NODES:
        while (found := await _in_force(desk, node)) != list(wanted):
            if time.monotonic() > deadline:
                raise ScenarioError(f"{node}: {found}, not {wanted}")


async def cleared(desk: Desk, node: str) -> None:
    """End all there is by one node, and wait until it is so on both."""
    for key in await _in_force(desk, node):
        await desk.command(node, "live", "clear", key, "--why", "uji selesai")
    await overridden(desk)


async def _in_force(desk: Desk, node: str) -> list[str]:
    told = (await desk.command(node, "live", "--json")).splitlines()
    return sorted(f"{row['override']}/{row['name']}" for row in map(json.loads, told))


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
