"""What two nodes do together: a plan on both or on none, commands and the board across nodes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
import urllib.error
import urllib.request
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp

from ops.apply import lock
from siaga import secrets
from siaga.plan.versions import VersionStore
from siaga.settings import PROJECT
from tests.kills.scene import power_off, start

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ops.phone import Call
    from tests.kills.scene import Scene
    from tests.live.centre import Centre

PLAN = PROJECT / "plans" / "kutim.yaml"
WAIT_S = 30.0
CALLS = 11
"""Calls of which it is seen when they are on boards, one ``EVERY_S``."""
EVERY_S = 0.73


def version(centre: Centre) -> str:
    """Of the plan in force."""
    now = VersionStore(centre.settings.home / "plan").in_force
    assert now is not None
    return now.version


def ask(centre: Centre, path: str, body: dict[str, str] | None = None) -> tuple[int, Any]:
    """What a node's router answers."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{centre.settings.ports.router}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {secrets.read(centre.settings.secrets).api}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=90) as response:  # noqa: S310 (loopback)
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def is_away(centre: Centre) -> bool:
    """Whether the other node is away, by a node's board."""
    _, board = ask(centre, "/api/board")
    return [node["away"] for node in board["whole"]["nodes"]] == [True]


async def until(check: Callable[[], bool], what: str) -> None:
    """Wait until it is so."""
    try:
        async with asyncio.timeout(WAIT_S):
            while not await asyncio.to_thread(check):  # noqa: ASYNC110 (other processes)
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"not so within {WAIT_S} s: {what}") from None


def variant(stage: Scene, name: str, say: str) -> str:
    """A plan with another name of the centre."""
    text = PLAN.read_text(encoding="utf-8")
    changed = text.replace("name: 112 Kutai Timur", f"name: {say}", 1)
    assert changed != text
    file = stage.desks[0].centre.settings.home / f"{name}.yaml"
    file.write_text(changed, encoding="utf-8")
    return str(file)


async def plans(stage: Scene) -> list[str]:
    """One plan on all nodes, or on none."""
    one, two = (desk.centre for desk in stage.desks)
    first = version(one)
    await until(lambda: version(two) == first, "both nodes begin with one plan")
    done = await asyncio.to_thread(one.command, "apply", variant(stage, "a", "112 A"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert version(one) == version(two) != first
    said = ["applied on node 1: in force on both when the command ends"]
    held = version(one)
    with lock.held(two.settings.home / "plan", "somebody"):
        refused = await asyncio.to_thread(one.command, "apply", variant(stage, "b", "112 B"))
    assert refused.returncode != 0
    assert "node2" in refused.stdout + refused.stderr, refused.stderr
    assert (version(one), version(two)) == (held, held)
    said.append("refused by node 2: in force on neither, node 2's words on node 1's terminal")
    back = await asyncio.to_thread(two.command, "rollback", "1")
    assert back.returncode == 0, back.stdout + back.stderr
    assert version(one) == version(two)
    said.append("rolled back on node 2: on both")
    await asyncio.to_thread(power_off, two)
    await until(partial(is_away, one), "node 1's board says that node 2 is away")
    alone = await asyncio.to_thread(one.command, "apply", variant(stage, "c", "112 C"))
    assert alone.returncode == 0, alone.stdout + alone.stderr
    await asyncio.to_thread(start, two)
    assert version(two) == version(one)
    assert "took the plan of all nodes" in two.output.read_text(encoding="utf-8")
    said.append("applied while node 2 was off: taken by it before its Asterisk started")
    return said


async def _first_seen(centre: Centre, wanted: Collection[str], ready: asyncio.Event) -> list[float]:
    """When each of these callers is first on a node's board, as it is streamed."""
    seen: dict[str, float] = {}
    address = f"http://127.0.0.1:{centre.settings.ports.router}/api/board/stream"
    token = {"Authorization": f"Bearer {secrets.read(centre.settings.secrets).api}"}
    whole = aiohttp.ClientTimeout(total=WAIT_S)
    async with (
        aiohttp.ClientSession(timeout=whole, read_bufsize=1 << 20) as session,
        session.get(address, headers=token) as answer,
    ):
        async for line in answer.content:
            at, told = time.monotonic(), json.loads(line)
            ready.set()
            calls = (told.get("whole") or told.get("change") or {}).get("calls", {})
            for call in calls.values():
                if call is not None and call["caller"] in wanted:
                    seen.setdefault(call["caller"], at)
            if len(seen) == len(wanted):
                break
    return [seen[number] for number in wanted]


async def boards(stage: Scene) -> list[str]:
    """How much later a call of node 1 is on node 2's board than on its own."""
    one, two = stage.desks
    numbers = [one.centre.number() for _ in range(CALLS)]
    ready = [asyncio.Event(), asyncio.Event()]
    looking = [
        asyncio.create_task(_first_seen(desk.centre, numbers, here))
        for desk, here in zip((one, two), ready, strict=True)
    ]
    await asyncio.gather(*(here.wait() for here in ready))
    for number in numbers:
        call = await one.phones.line.call(number)
        await call.answered()
        # Not in step with what is done once a second.
        await asyncio.sleep(EVERY_S)
    own, others = await asyncio.gather(*looking)
    late = sorted((there - here) * 1000 for here, there in zip(own, others, strict=True))
    middle, last = late[len(late) // 2], late[-1]
    late_by = f"{middle:.0f} ms (median) and {last:.0f} ms (the last)"
    return [f"{CALLS} calls of node 1 were on node 2's board {late_by} after they were on its own"]


async def recording(stage: Scene, call: Call, name: str, number: str) -> str:
    """A recording of node 1, got by node 2's router once the call is over."""
    one, two = (desk.centre for desk in stage.desks)
    await call.hang_up()
    record = await one.record(number)
    assert record.recording is not None
    body = {"call": name, "begin": "0", "most": str(1 << 20)}
    began = time.monotonic()
    status, answer = await asyncio.to_thread(ask, two, "/api/recordings/piece", body)
    took = time.monotonic() - began
    content = base64.b64decode(answer["data"])
    assert status == 200, answer
    assert hashlib.sha256(content).hexdigest() == record.recording.sha256
    return (
        f"its recording ({len(content)} bytes), had by node 2 from node 1 in {took:.2f} s: the same"
    )


async def commands(stage: Scene) -> list[str]:
    """A board of both, and a command on node 2 for a call of node 1."""
    one, two = stage.desks
    await one.phones.log_in("101")
    number = one.centre.number()
    call = await one.phones.line.call(number)
    await call.answered()
    await call.press("1")
    ring = await one.phones.bank.ring("201")
    await ring.answer()
    await ring.confirmed()
    found: list[dict[str, Any]] = []

    def seen() -> bool:
        _, board = ask(two.centre, "/api/board")
        found[:] = [each for each in board["whole"]["calls"].values() if each["caller"] == number]
        talks = bool(found) and found[0]["where"] == "talking"
        return talks and [node["name"] for node in board["whole"]["nodes"]] == ["node1"]

    await until(seen, "node 2's board has the call of node 1")
    assert found[0]["node"] == "node1"
    said = ["node 2's board has the call of node 1, and node 1"]
    body = {"call": found[0]["id"], "agency": "kominfo"}
    asked = asyncio.create_task(asyncio.to_thread(ask, two.centre, "/api/dispatch/add", body))
    second = await one.phones.bank.ring("101")
    await second.answer()
    status, answer = await asked
    assert (status, answer["result"]) == (200, "joined"), answer
    said.append("an agency added by node 2's router to a call of node 1: joined")
    said.append(await recording(stage, call, found[0]["id"], number))
    await asyncio.to_thread(power_off, one.centre)

    await until(partial(is_away, two.centre), "node 2's board says that node 1 is away")
    status, answer = await asyncio.to_thread(ask, two.centre, "/api/dispatch/add", body)
    assert (status, answer["error"]) == (503, "node_away"), answer
    said.append("node 1 killed: away on node 2's board, and a command for it refused in words")
    await asyncio.to_thread(start, one.centre)
    return said
