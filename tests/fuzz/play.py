"""Calls played for real: each case in its turn, many plans at once, and what differed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from siaga.names import RECENT_FAMILY, TEST_FAMILY
from siaga.plan import calendar
from siaga.plan.arrival import digits_of
from tests.fuzz import rings
from tests.fuzz.handsets import Does
from tests.fuzz.world import everyone

if TYPE_CHECKING:
    from tests.fuzz.callers import Caller, Exchange
    from tests.fuzz.cases import Case, Item
    from tests.fuzz.desk import Desk
    from tests.fuzz.handsets import Telephones
    from tests.fuzz.told import Follower, Told
    from tests.fuzz.world import Living, World

ANSWER_S: Final = 10.0
SLACK_S: Final = 12.0
"""A call may take so much longer than foretold, and half as long again."""
GONE_S: Final = 5.0
TIMES: Final = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A call that went another way than foretold.

    Attributes:
        told: the way it took. ``why``: what differs.
        moments: what was when, in ms from the answer's first sound.
    """

    case: Case
    told: tuple[Item, ...]
    why: str
    moments: str


@dataclass(slots=True)
class Stage:
    """Everything a call needs.

    Attributes:
        home: handsets that are logged in.
        noted: what the last call of each plan has in Asterisk's database, by the plan's index.
        unsteady: calls that went another way, and were placed again.
    """

    world: World
    desk: Desk
    follower: Follower
    exchange: Exchange
    handsets: Telephones
    trunk: Telephones
    home: set[str] = field(default_factory=set)
    unsteady: list[Difference] = field(default_factory=list)
    noted: dict[int, set[tuple[str, str]]] = field(default_factory=dict)

    async def clear(self) -> None:
        """Forget these plans: the next ones use the same extensions and names."""
        passwords = self.world.passwords
        await self.handsets.login({ext: passwords[ext] for ext in self.home}, out=True)
        self.home.clear()
        self.handsets.forget()
        self.trunk.forget()
        for index in list(self.noted):
            await self._forget(index)
        # A queue that the next plans have too keeps its paused handsets.
        for extension in passwords:
            await self.desk.resume(extension)

    async def play(self, living: Living, case: Case) -> Difference | None:
        """Place one call; what differs must do so every time, or it is only noted as unsteady.

        What is compiled wrong is wrong every time. Once in a while it is the machine that is late:
        a key comes between two prompts, where it is dropped, or a telephone that has just stopped
        ringing is still taken for one that rings.
        """
        for again in range(TIMES):
            found = await self._play(living, case)
            if found is None:
                return None
            if again < TIMES - 1:
                self.unsteady.append(found)
        return found

    async def _play(self, living: Living, case: Case) -> Difference | None:
        """Place one call and follow it until it has gone the foretold way, or another."""
        await self._set(living, case)
        began = time.time()
        told = self.follower.expect(case.number)
        caller = await self.exchange.caller(case.source, living.exten, case.number)
        try:
            async with asyncio.TaskGroup() as tasks:
                pressing = tasks.create_task(self._talk(caller, case))
                await self._follow(told, case)
                pressing.cancel()
        finally:
            caller.hang_up()
            await self._gone(told)
            self.exchange.forget(caller)
        why = differs(case, living, told) or self._rang(case, told, began)
        moments = _from_first_sound([*caller.moments, *told.moments])
        return Difference(case, tuple(told.way), why, moments) if why else None

    async def _talk(self, caller: Caller, case: Case) -> None:
        try:
            if await caller.call(ANSWER_S):
                await caller.press(case.keys)
        except TimeoutError:
            caller.hang_up()

    async def _follow(self, told: Told, case: Case) -> None:
        """Until all that was foretold has come, or something else, or nothing more."""
        way = case.way
        limit = case.foretold[-1].at_ms / 1000 * 1.5 + SLACK_S
        try:
            async with asyncio.timeout(limit):
                while (
                    len(told.way) < len(way)
                    and tuple(told.way) == way[: len(told.way)]
                    and not told.over
                ):
                    told.news.clear()
                    await told.news.wait()
        except TimeoutError:
            return

    async def _gone(self, told: Told) -> None:
        try:
            async with asyncio.timeout(GONE_S):
                while not told.over:
                    told.news.clear()
                    await told.news.wait()
        except TimeoutError:
            return

    async def _set(self, living: Living, case: Case) -> None:
        """Telephones, clock and live state as the case has them."""
        plan = living.made.loaded.plan
        await self._log(living, case)
        answers = case.scenario.answers
        for name, agency in plan.agencies.items():
            does = Does.ANSWERS if name in answers else Does.RINGS
            does = Does.DECLINES if name in case.declines else does
            numbers = list(agency.pstn)
            if name == plan.last_resort.agency:
                numbers += plan.last_resort.pstn
            self.handsets.does.update(dict.fromkeys(agency.extensions, does))
            self.trunk.does.update(dict.fromkeys(numbers, Does.FAILS if case.fails else does))
        await self._forget(living.made.index)
        await self.desk.forget(RECENT_FAMILY, digits_of(case.number))
        now = time.time()
        at = calendar.epoch(plan, case.scenario.at) + case.scenario.at.microsecond / 1e6
        offset = round(at - now)
        await self._note(living, TEST_FAMILY, digits_of(case.number), str(offset))
        for family, key, left, target in case.entries:
            value = str(round(at) + left) + (f"|{target}" if target else "")
            await self._note(living, family, key, value)

    async def _log(self, living: Living, case: Case) -> None:
        plan = living.made.loaded.plan
        away = frozenset(
            ext for name in case.scenario.down for ext in plan.agencies[name].extensions
        )
        wanted = frozenset(plan.extensions) - away
        passwords = self.world.passwords
        come = {ext: passwords[ext] for ext in wanted - self.home}
        go = {ext: passwords[ext] for ext in away & self.home}
        await self.handsets.login(come)
        await self.handsets.login(go, out=True)
        self.home |= wanted
        self.home -= away
        await self.desk.until_free([everyone(living), *queues_of(living)], away)

    async def _note(self, living: Living, family: str, key: str, value: str) -> None:
        await self.desk.put(family, key, value)
        self.noted.setdefault(living.made.index, set()).add((family, key))

    async def _forget(self, index: int) -> None:
        """Remove what the last call of a plan was given."""
        for family, key in self.noted.pop(index, set()):
            await self.desk.forget(family, key)

    def _rang(self, case: Case, told: Told, began: float) -> str:
        """What is wrong with the telephones that rang."""
        plan = case.scenario.plan
        numbers = [n for agency in plan.agencies.values() for n in agency.pstn]
        rang = self.handsets.since(began, plan.extensions)
        rang += self.trunk.since(began, [*numbers, *plan.last_resort.pstn])
        return rings.wrong(case, rang, told.spans)


def queues_of(living: Living) -> list[str]:
    """Queues of a plan's agencies and posts."""
    found = []
    for name, agency in living.made.loaded.plan.agencies.items():
        found += [name] if agency.extensions else []
        found += [f"{name}-{post}" for post in agency.posts]
    return found


def _from_first_sound(moments: list[tuple[float, str]]) -> str:
    """The moments in order, told by how far they are from the first sound."""
    heard = next((at for at, what in moments if what == "heard"), moments[0][0] if moments else 0)
    return ", ".join(f"{what} {(at - heard) * 1000:.0f}" for at, what in sorted(moments))


def differs(case: Case, living: Living, told: Told) -> str:
    """In what the way that was taken differs from the one foretold; empty: in nothing."""
    way = case.way
    for place, item in enumerate(way):
        taken = told.way[place] if place < len(told.way) else None
        if taken != item:
            return f"item {place} is {taken} instead of {item}"
    asked = [str(tier) for tier in range(1, living.tier + 1)]
    reason = way[0][2]
    if told.tiers != ([] if reason in ("known", "hidden", "repeat") else asked):
        return f"tiers {told.tiers}"
    return ""
