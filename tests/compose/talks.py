"""Scenarios of calls that are led, answered, handed on, and read on the console afterwards."""

from __future__ import annotations

import asyncio
import io
import json
import time
import wave
from subprocess import CalledProcessError
from typing import TYPE_CHECKING, Any, Final

from ops.phone.transfer import dial, hand_over
from tests.compose.desk import Desk, ScenarioError, converse, expect, over
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.phone import Ring

OVERFLOW_S: Final = 45.0
CHOICES: Final = {
    "1": ("fire", "damkar", "201"),
    "2": ("medical", "rsud", "301"),
    "3": ("accident", "bpbd", "401"),
    "4": ("disaster", "bpbd", "401"),
    "5": ("order", "kominfo", "101"),
    "0": ("operator", "kominfo", "101"),
}


def _filed(row: Mapping[str, Any]) -> bool:
    return over(row) and row["recording_sha256"] is not None


async def each_choice(desk: Desk) -> str:
    """Each key of the menu leads to its agency's handset, and both talk."""
    for key, (emergency, agency, extension) in CHOICES.items():
        number, calling = await desk.call(key)
        ring = await desk.ring(extension)
        await ring.answer()
        await converse(calling, ring)
        await calling.hang_up()
        row = await desk.record(number, over)
        told = row["emergency"], row["answered_by"], row["handset"], row["outcome"], row["tier"]
        expect(f"key {key}", told, (emergency, agency, extension, "answered", 1))
    return f"{len(CHOICES)} keys"


async def silent(desk: Desk) -> str:
    """Who presses nothing gets an officer."""
    began = time.monotonic()
    number, calling = await desk.call("")
    ring = await desk.ring("101")
    waited = time.monotonic() - began
    await ring.answer()
    await converse(calling, ring)
    await calling.hang_up()
    expect("nothing pressed", (await desk.record(number, over))["answered_by"], "kominfo")
    return f"rang after {waited:.1f} s"


async def overflow(desk: Desk) -> str:
    """Who is not answered by the agency rings at the next, and talks there."""
    number, calling = await desk.call("1")
    await desk.ring("201")
    began = time.monotonic()
    ring = await desk.ring("101", OVERFLOW_S)
    waited = time.monotonic() - began
    await ring.answer()
    await converse(calling, ring)
    await calling.hang_up()
    row = await desk.record(number, over)
    steps = [(step["agency"], step["result"]) for step in row["steps"]]
    expect("steps", steps, [("damkar", "no_answer"), ("kominfo", "answered")])
    return f"the next rang after {waited:.1f} s"


async def transfer(desk: Desk) -> str:
    """An answered call is sent on by the command line of its node, and the two talk."""
    number, calling = await desk.call("1")
    ring = await desk.ring("201")
    await ring.answer()
    await converse(calling, ring)
    row = await desk.record(number, lambda row: row["answered"] is not None)
    await desk.command(row["node"], "transfer", row["id"], "rsud")
    other = await desk.ring("301")
    await other.answer()
    await converse(calling, other)
    await calling.hang_up()
    row = await desk.record(number, over)
    steps = [(step["agency"], step["result"]) for step in row["steps"]]
    expect("steps", steps, [("damkar", "answered"), ("rsud", "answered")])
    return f"at {row['node']}"


async def foreign_transfer(desk: Desk) -> str:
    """The other node's command line leads the call on, or refuses and the two talk on."""
    number, calling = await desk.call("1")
    ring = await desk.ring("201")
    await ring.answer()
    row = await desk.record(number, lambda row: row["answered"] is not None)
    other = next(node for node in NODES if node != row["node"])
    try:
        await desk.command(other, "transfer", row["id"], "rsud")
    except CalledProcessError as error:
        said = f"refused (exit status {error.returncode}), they talk on"
    else:
        said, ring = "led on", await desk.ring("301")
        await ring.answer()
    await converse(calling, ring)
    await calling.hang_up()
    await desk.record(number, over)
    return said


async def classed(desk: Desk) -> str:
    """An officer says by keys what the call is, and it stands in the record."""
    number, calling = await desk.call("1")
    ring = await desk.ring("201")
    await ring.answer()
    await converse(calling, ring)
    await ring.press_many("*43")
    await desk.record(number, lambda row: row["class"] == "prank")
    await calling.hang_up()
    await desk.record(number, over)
    return "*43: prank"


async def left(desk: Desk) -> str:
    """Who leaves while it rings is on the list of those to be called back, on both nodes."""
    number, calling = await desk.call("2")
    await desk.ring("301")
    await calling.hang_up()
    row = await desk.record(number, over)
    expect("outcome", row["outcome"], "abandoned_ringing")
    for node in NODES:
        listed = await desk.command(node, "callbacks", "--json")
        numbers = [json.loads(one) for one in listed.splitlines()]
        if not any(number in one.values() for one in numbers):
            raise ScenarioError(f"{node} does not list {number}: {listed}")
    return "on both nodes"


async def heard(desk: Desk) -> str:
    """A recording is played by each node's console, all of it."""
    number, calling = await desk.call("1")
    ring = await desk.ring("201")
    await ring.answer()
    await converse(calling, ring)
    await calling.hang_up()
    row = await desk.record(number, _filed)
    for node, console in desk.consoles.items():
        status, body = await console.fetch(f"/records/{row['node']}/{row['id']}/recording.wav")
        expect(f"recording at {node}", status, 200)
        with wave.open(io.BytesIO(body)) as sound:
            length = sound.getnframes() / sound.getframerate()
        if abs(length * 1000 - row["recording_ms"]) > 1:
            raise ScenarioError(f"recording of {length} s, {row['recording_ms']} ms on record")
    return f"call of {row['node']}, heard at {', '.join(desk.consoles)}"


async def handed_over(desk: Desk) -> str:
    """An officer asks a colleague by the handset's own buttons, and hands the caller over."""
    number, calling = await desk.call("1")
    ring = await desk.ring("201")
    await ring.answer()
    await converse(calling, ring)
    asking = dial(desk.desk, "201", desk.passwords["201"], "101")
    asked, colleague = await asyncio.gather(asking, _take(desk, "101"))
    expect("REFER", await hand_over(ring, asked), 202)
    await converse(calling, colleague)
    await asyncio.gather(ring.leave(), asked.leave())
    await calling.hang_up()
    row = await desk.record(number, over)
    expect("outcome", row["outcome"], "transferred")
    return f"at {row['node']}"


async def _take(desk: Desk, extension: str) -> Ring:
    ring = await desk.ring(extension)
    await ring.answer()
    return ring
