from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.handsets import Does
from tests.soak.holding import ROUND_S, holding

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 4
"""What a round leaves behind, the next one adds to."""
SPARE = 4


@pytest.mark.live
async def test_a_round_of_waiting_leaves_nothing_behind(tmp_path: Path) -> None:
    """Round after round, stack, variables, files and threads stay; then somebody answers."""
    async with holding(tmp_path, "201") as held:
        await held.until(2)  # by then each variable of a round has been set once
        first = await held.left()
        await held.until(ROUNDS)
        last = await held.left()
        assert last.variables == first.variables
        assert last.stack == first.stack
        # A prompt that is just being played, or the console that is asked, are open for a moment.
        assert last.files <= first.files + SPARE
        assert last.threads <= first.threads + SPARE
        numbers = [int(item[1]) for item in held.told.way if item[0] == "last_resort"]
        assert numbers == list(range(1, held.rounds + 1))

        held.handsets.does["201"] = Does.ANSWERS
        async with asyncio.timeout(ROUND_S):
            while held.told.way[-1][-1] != "answered":
                held.told.news.clear()
                await held.told.news.wait()
        assert not held.told.over
