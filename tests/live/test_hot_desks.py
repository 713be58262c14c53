"""Officers log in at whichever handset they sit at: who answered is known, wherever it was."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

from siaga import secrets
from siaga.keys import DESK_KEYS, LOGIN, LOGOUT
from tests.live.calls import until_quiet
from tests.live.desk import dialling, quiet_line
from tests.live.dispatch import talking
from tests.live.phones import telephones

if TYPE_CHECKING:
    from tests.live.centre import Centre


async def log_in(centre: Centre, handset: str, number: str, pin: str = "") -> None:
    """Dial it at a handset, and enter number and PIN."""
    known = secrets.read(centre.settings.secrets).officers
    async with (
        dialling(centre, handset, DESK_KEYS[LOGIN]) as desk,
        quiet_line(desk.taken),
    ):
        await desk.enter(f"{number}#{pin or known[number]}#")
        await desk.ended()


async def seats(centre: Centre) -> dict[str, str]:
    """Where each officer is, as ``./siaga112 officers`` tells."""
    shown = await asyncio.to_thread(centre.command, "officers", "--json")
    assert shown.returncode == 0, shown.stderr
    found = [json.loads(line) for line in shown.stdout.splitlines()]
    return {row["officer"]: row["handset"] for row in found}


async def who_answered(centre: Centre, call: str) -> str | None:
    """The officer whom the call's row names."""
    shown = await asyncio.to_thread(centre.command, "calls", "--json")
    rows = {row["id"]: row for row in map(json.loads, shown.stdout.splitlines())}
    return rows[call]["officer"]


async def test_an_officer_is_known_at_every_handset(brisk: Centre) -> None:
    """Logged in at one, then at another agency's, then out; a wrong PIN changes nothing."""
    async with telephones(brisk) as phones:
        await phones.log_in("101", "201")
        await log_in(brisk, "101", "7101")
        assert await seats(brisk) == {"7101": "101", "7102": ""}
        first = await talking(phones, brisk.number())
        await first.call.hang_up()
        await first.officer.ended()
        await log_in(brisk, "201", "7101")
        await log_in(brisk, "101", "7102", pin="0000")
        assert await seats(brisk) == {"7101": "201", "7102": ""}
        second = await talking(phones, brisk.number(), "201", "1")
        await second.call.hang_up()
        await second.officer.ended()
        async with dialling(brisk, "201", DESK_KEYS[LOGOUT]) as desk:
            await desk.ended()
        assert await seats(brisk) == {"7101": "", "7102": ""}
        third = await talking(phones, brisk.number())
        await third.call.hang_up()
        await third.officer.ended()
        await until_quiet(brisk)
        told = [await who_answered(brisk, talk.id) for talk in (first, second, third)]
    assert told == ["7101", "7101", None]
    cel = brisk.settings.cel_file.read_text(encoding="utf-8", errors="replace")
    assert LOGIN in cel
    pin = secrets.read(brisk.settings.secrets).officers["7101"]
    # Not as a number by itself; a fraction of a second may be the same.
    assert not re.search(rf"(?<![\d.]){pin}(?!\d)", cel)
