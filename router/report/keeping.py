"""What reports keep is made, and made anew where something has changed since: a piece at a time.

Nothing depends on it: what is not kept is counted of the calls themselves, only later.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from router.report.collect import counted, hours_responded, responded
from router.report.hour import Hour, PackedHour, by_time
from router.report.period import midnight
from router.report.planned import NOT_KNOWN
from router.report.responses import Responses
from router.report.spans import Part
from router.report.sums import Sums
from router.store.report_sums import (
    KeptDay,
    KeptHour,
    Made,
    Standing,
    Stretch,
    Stretches,
    SumStore,
    hour_of,
)
from router.store.report_tables import HOUR
from router.store.rows import from_us, to_us

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from zoneinfo import ZoneInfo

    from router.calls.record import CallRecord
    from router.report.breakdowns import Planned
    from router.report.collect import Readers

ENOUGH: Final = 3000
"""Calls of one step, about: a step is as long as the thread is busy."""
STEP: Final = 24 * HOUR
AWAY: Final = timedelta(minutes=2)
"""Who has written nothing for so long does not keep the sums any more."""


@dataclass(frozen=True, slots=True)
class Counting:
    """By what calls are counted.

    Attributes:
        planned: what the plan that a call began with says of it.
        come: whether the text of a plan version that was not there is there now.
        basis: see :func:`router.report.collect.basis_of`. ``zone``: in whose time days begin.
    """

    planned: Callable[[CallRecord], Planned]
    come: Callable[[str], bool]
    basis: str
    zone: ZoneInfo


class Keeper:
    """Keeps the sums.

    Args:
        readers: of the database.
        store: of the same one.
        counting: by what.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, readers: Readers, store: SumStore, counting: Counting) -> None:
        self._readers = readers
        self._store = store
        self._counting = counting

    async def step(self, now: datetime) -> bool:
        """Make some of what is to be made; gives whether there is more."""
        written = await self._readers.sums.written()
        standing = await self._readers.sums.standing(self._counting.basis)
        if standing is None:
            # Who counts by something else and lives is not robbed of it: both would begin for ever.
            alive = written is not None and now - from_us(written[1]) < AWAY
            return False if alive else await self._begin(now)
        stale = [*standing.stale.all, *await self._planned_since()]
        if stale or standing.marks:
            return await self._renew(standing, Stretches(stale), now)
        if standing.since:
            return await self._go_back(standing, now)
        if now - from_us(standing.at) > AWAY / 2:
            await self._put(standing, self._made_of(standing, now))
        return False

    async def _begin(self, now: datetime) -> bool:
        """Nothing is kept yet: everything from the next hour on is, for there is nothing in it."""
        positions = await self._readers.sums.positions()
        last = await self._readers.sums.last_before(2**62)
        since = hour_of(max(to_us(now), last or 0)) + HOUR
        made = Made(self._counting.basis, since, to_us(now), positions=positions)
        # What was told to be stale before is before that.
        await self._store.put(None, made)
        return True

    async def _planned_since(self) -> list[Stretch]:
        """Hours with calls whose plans were not there and are now."""
        unknown = await self._readers.sums.unknown()
        versions = {each for text in unknown.values() for each in text.split()}
        there = {each for each in versions if self._counting.come(each)}
        return [(at, at + HOUR) for at, text in unknown.items() if there & set(text.split())]

    async def _renew(self, standing: Standing, stale: Stretches, now: datetime) -> bool:
        done: dict[int, KeptHour | None] = {}
        many, rest = 0, list[Stretch]()
        last = hour_of(max(to_us(now), await self._readers.sums.last_before(2**62) or 0))
        for begin, end in reversed(stale.all):
            low, high = max(begin, standing.since), min(end, last + HOUR)
            while low < high:
                if many >= ENOUGH:
                    rest.append((low, high))
                    break
                first = max(low, high - 4 * HOUR)
                made, calls = await self._made(first, high)
                done |= made
                many, high = many + calls, first
        # What will be of the hours that have not begun is told by its calls.
        made_ = self._made_of(standing, now)
        await self._put(standing, replace(made_, hours=done, stale=rest, marks=standing.marks))
        return bool(rest) or standing.since > 0

    async def _go_back(self, standing: Standing, now: datetime) -> bool:
        """Keep what is older than what is kept."""
        since, many, done = standing.since, 0, dict[int, KeptHour | None]()
        while since > 0 and many < ENOUGH:
            last = await self._readers.sums.last_before(since)
            if last is None:
                since = 0
                break
            high = hour_of(last) + HOUR
            low = high - (STEP if many < ENOUGH // 10 else 4 * HOUR)
            made, calls = await self._made(low, high)
            done |= made
            many, since = many + calls, low
        if since != standing.since:
            await self._put(
                standing, replace(self._made_of(standing, now), since=since, hours=done)
            )
        return since > 0

    async def _made(self, begin: int, end: int) -> tuple[dict[int, KeptHour | None], int]:
        """The hours of that time, whole ones, and how many calls they have."""
        missing: defaultdict[int, set[str]] = defaultdict(set)

        def planned(record: CallRecord) -> Planned:
            found = self._counting.planned(record)
            if found is NOT_KNOWN and record.plan_version is not None:
                missing[hour_of(to_us(record.began))].add(record.plan_version)
            return found

        span = Part(from_us(begin), from_us(end), self._counting.zone)
        responses = await hours_responded(self._readers, span.begin, span.end)
        whole = await counted(self._readers, span, planned)
        found: dict[int, KeptHour | None] = dict.fromkeys(range(begin, end, HOUR))
        hours = by_time(whole.calls, _hour)
        for at in {*map(to_us, hours), *responses}:
            sums, hour = Sums(), hours.get(from_us(at), Hour(()))
            hour.add_to(sums)
            unknown = " ".join(sorted(missing.get(at, ()))) or None
            responded_ = responses.get(at, Responses()).pack()
            found[at] = KeptHour(hour.pack(), *sums.pack(), responded_, unknown)
        return found, len(whole.calls)

    async def _put(self, standing: Standing, made: Made) -> None:
        """Keep it, with the days of it."""
        days = {
            begin: await self._day(begin, end, made.hours)
            for begin, end in self._days(made.hours, made.since, standing.since)
        }
        await self._store.put(standing, replace(made, days=days))

    def _made_of(self, standing: Standing, now: datetime) -> Made:
        """What stays as it is."""
        since, positions = standing.since, standing.positions
        return Made(self._counting.basis, since, to_us(now), positions=positions)

    def _days(self, hours: Iterable[int], since: int, before: int) -> list[Stretch]:
        """The days that these hours are in, and that are whole."""
        zone, found = self._counting.zone, set[Stretch]()
        # The day that was not whole before, of which there may be no hour without calls.
        known = {*hours, *(() if since == before else (hour_of(before),))}
        for hour in known:
            for moment in (hour, hour + HOUR - 1):
                day = from_us(moment).astimezone(zone).date()
                bounds = midnight(day, zone), midnight(day + timedelta(days=1), zone)
                found.add((to_us(bounds[0]), to_us(bounds[1])))
        return [each for each in sorted(found) if each[0] >= since]

    async def _day(
        self, begin: int, end: int, made: Mapping[int, KeptHour | None]
    ) -> KeptDay | None:
        """A day's sums of its hours, of which some were made just now."""
        hours = range(hour_of(begin), end, HOUR)
        known = await self._readers.sums.hours([each for each in hours if each not in made])
        sums, is_empty = Sums(), True
        responses = await self._responses(begin, end, made)
        for hour in hours:
            one = made.get(hour)
            row = known.get(hour) if one is None else (one.counts, one.waits)
            if row is None:
                continue
            is_empty = False
            if begin <= hour <= end - HOUR:
                sums.add(*row)
            else:
                inside = (await self._calls(hour, one)).between(from_us(begin), from_us(end))
                inside.add_to(sums)
        return None if is_empty else KeptDay(*sums.pack(), responses.pack())

    async def _responses(
        self, begin: int, end: int, made: Mapping[int, KeptHour | None]
    ) -> Responses:
        """Those of a day of its hours; where it begins or ends within one, of the rows themselves.

        What is written meanwhile is told to be stale after what is known to be.
        """
        found, hours = Responses(), range(hour_of(begin), end, HOUR)
        whole = [each for each in hours if begin <= each <= end - HOUR]
        known = await self._readers.sums.responses([], [each for each in whole if each not in made])
        for hour in whole:
            one = made.get(hour)
            data = known.get(hour) if one is None else one.responses
            if data is not None:
                found.add_packed(data)
        for hour in set(hours).difference(whole):
            first, last = from_us(max(hour, begin)), from_us(min(hour + HOUR, end))
            found.merge(await responded(self._readers, first, last))
        return found

    async def _calls(self, hour: int, one: KeptHour | None) -> Hour:
        data = one.calls if one else (await self._readers.sums.calls([hour]))[hour]
        return PackedHour(data).unpack()


def _hour(at: datetime) -> datetime:
    return from_us(hour_of(to_us(at)))
