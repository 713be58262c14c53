"""A number from hell, through everything that the centre puts out."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.live.calls import answer, choose
from tests.live.phones import telephones

if TYPE_CHECKING:
    from tests.live.centre import Centre

HELL = "\x1b[2J\x1b]0,x\x07\x9b31m\u202e\u2066\u2028\u200b\t\b\x7f<b>&'\";--\\"
"""Clears the screen, names the window, turns text round, hides, ends a line, and more."""


def moves(text: str) -> list[str]:
    """Characters that do something to a terminal, line ends apart."""
    return [
        char
        for char in text
        if char != "\n" and (unicodedata.category(char)[0] == "C" or char in "\u2028\u2029")
    ]


async def test_a_number_from_hell_moves_no_terminal(guarded: Centre) -> None:
    """It is recorded as it came, and told in no list, log or answer but escaped."""
    async with telephones(guarded) as phones:
        await phones.log_in("201")
        call = await choose(phones, quote(HELL, safe=""))
        ring = await answer(phones, "201")
        assert moves(ring.caller_name) == []
        await call.hang_up()
        await ring.ended()
    # What follows a semicolon is a parameter of the address.
    kept = HELL.partition(";--")[0]
    record = await guarded.record(kept, filed=False)
    for words in (["calls"], ["calls", "--json"], ["transfer", record.id, HELL]):
        shown = await asyncio.to_thread(guarded.command, *words)
        assert moves(shown.stdout + shown.stderr) == [], words
    shown = await asyncio.to_thread(guarded.command, "calls", "--json")
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    assert kept in {row["caller"] for row in rows}
    for file in filter(Path.is_file, guarded.settings.logs.rglob("*")):
        assert moves(file.read_text("utf-8", "surrogateescape")) == [], file.name
