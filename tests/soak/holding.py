"""Callers who hold: round after round of the last resort on a real Asterisk, without Python."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops import freeports
from siaga import settings as settings_module
from siaga.plan import compile_menu, load_plan
from tests.fuzz import world
from tests.fuzz.callers import Exchange
from tests.fuzz.handsets import Telephones
from tests.fuzz.plans import Made
from tests.fuzz.told import Follower, Told
from tests.fuzz.world import Living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.fuzz.callers import Caller
    from tests.fuzz.world import World

NUMBER: Final = "08123456789"
SAID_MS: Final = 60
"""Length of every prompt: rounds are to be many."""
ROUND_S: Final = 60.0
"""A round takes some seconds."""
NATIVE: Final = 3


@dataclass(frozen=True, slots=True)
class Left:
    """What rounds leave behind, to be compared with that of later ones.

    Attributes:
        variables: of the caller's channel, with how often each is there: a subroutine that is not
            returned from leaves its arguments.
        stack: subroutines that the channel is in.
        files: open in Asterisk. ``threads``: running in it.
        kib: Asterisk's memory.
    """

    variables: Counter[str]
    stack: int
    files: int
    threads: int
    kib: int


@dataclass(slots=True)
class Holding:
    """A caller who holds.

    Attributes:
        told: what Asterisk's CEL file tells of the call.
        handsets: who may answer.
    """

    world: World
    caller: Caller
    told: Told
    handsets: Telephones

    @property
    def rounds(self) -> int:
        """Rounds of the last resort that have begun."""
        return sum(item[0] == "last_resort" for item in self.told.way)

    async def until(self, rounds: int) -> None:
        """Wait until so many rounds have begun.

        Raises:
            TimeoutError: one takes far too long.
            AssertionError: the call is over.
        """
        while self.rounds < rounds:
            self.told.news.clear()
            assert not self.told.over, f"over in round {self.rounds}"
            async with asyncio.timeout(ROUND_S):
                await self.told.news.wait()

    async def left(self) -> Left:
        """What is left behind by now; to be asked at the same place of a round."""
        shown = await self.world.command(f"core show channel {self.told.channel}")
        variables = Counter(re.findall(r"^([A-Z_a-z~()]+)=", shown, re.MULTILINE))
        assert "SIAGA_ROUND" in variables, shown
        assert self.world.asterisk is not None
        process = Path("/proc") / str(self.world.asterisk.pid)
        status = (process / "status").read_text()
        return Left(
            variables,
            variables["ARGC"],
            len(list((process / "fd").iterdir())),
            len(list((process / "task").iterdir())),
            int(re.findall(r"VmRSS:\s+(\d+)", status)[0]),
        )


@asynccontextmanager
async def holding(home: Path, *extensions: str) -> AsyncIterator[Holding]:
    """A caller who has pressed nothing, with these handsets logged in, which ring and ring."""
    fast = {"SIAGA_TEST_CLOCK": "1", "SIAGA_TEST_SPEED": "1000"}
    asked = {**os.environ, "SIAGA_HOME": str(home), **fast}
    with freeports.reserved(settings_module.load(asked)) as settings:
        target = settings.bind, settings.ports.sip
        exchange, handsets = Exchange(target), Telephones(target)
        await handsets.open(0)
        living = _plan(settings.plan)
        async with world.running(settings, [living]) as running:
            await handsets.login({one: running.passwords[one] for one in extensions})
            follower = Follower(settings.cel_file)
            following = asyncio.create_task(follower.follow())
            caller = await exchange.caller("127.0.0.1", living.exten, NUMBER)
            try:
                told = follower.expect(NUMBER)
                assert await caller.call(ROUND_S)
                yield Holding(running, caller, told, handsets)
            finally:
                caller.hang_up()
                following.cancel()
                exchange.forget(caller)
                exchange.close()
                handsets.close()


def _plan(file: Path) -> Living:
    loaded = load_plan(file)
    made = Made(0, loaded, "", trunk_up=False)
    named = ("menu", "options", "all-busy", "ring", "hold")
    lengths = dict.fromkeys(named, SAID_MS)
    spec = compile_menu(loaded.plan, loaded.version, dict.fromkeys(("id", "en"), lengths))
    return Living(replace(made, trunk_up=False), spec, NATIVE)
