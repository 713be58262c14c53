"""Who calls on a busy evening, when, and what each does: all of it from a seed. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Final

from ops.evening.model import MANY, QUIET_END_S, Key, Kind, Leaves, Script, Visit
from ops.evening.where import Spot, scattered
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ops.evening.model import Wanted
    from siaga.places import Places

LEAST_CALLS: Final = 40
MOST_CALLS: Final = 400
"""More real callers than that would not find places far enough from each other."""
NOISE: Final = 0.6
"""Share of calls without an emergency: ghosts and pranks."""
MOST_MINUTES: Final = 60.0
APART_S: Final = 16.0
"""Between two calls of one number, at least: the first is over by then as a rule."""
SURE_S: Final = 1.0
CHOOSES_S: Final = 7.0
"""Longest until somebody has chosen who does."""
BURST: Final = 0.1
"""Share of the calls without an emergency that come in one burst, all silent."""
BURST_S: Final = 5.0
"""Within how long."""
BURST_LASTS_S: Final = 20.0
"""Until the operators have dealt with it. Nobody can tell who is silent out of panic from the
others of a burst: they wait in turn, and this script has nobody call in panic just then."""
MENU_S: Final = 11.5
"""How long the menu lasts for who presses nothing."""
MOST_A_SECOND: Final = 1.0
"""Calls: this crew answers no more of this kind, and two processors bear no more."""


class ScriptError(SiagaError):
    """There is no such evening."""

    code = "evening_script"
    exit_status = 2


NOISES: Final = {Kind.GHOST: 0.4, Kind.POCKET: 0.35, Kind.PRANK: 0.25}
KINDS: Final = {"fire": 6, "medical": 8, "accident": 5, "disaster": 3, "order": 3}
"""Emergencies of those who are alone with theirs, by how often."""
DIGITS: Final = {"fire": "1", "medical": "2", "accident": "3", "disaster": "4", "order": "5"}
ENGLISH: Final = "9"


def make(wanted: Wanted, regency: Places) -> Script:
    """The evening of this seed; exactly so many calls.

    Raises:
        ScriptError: so many calls in so short a time, or a number that is out of bounds.
        NoRoomError: so many happenings do not fit into the regency.
    """
    if not LEAST_CALLS <= wanted.calls <= MOST_CALLS:
        raise ScriptError(f"--calls: {LEAST_CALLS}-{MOST_CALLS}.")
    if wanted.calls > MOST_A_SECOND * wanted.seconds or wanted.minutes > MOST_MINUTES:
        least = (wanted.calls / MOST_A_SECOND + QUIET_END_S) / 60
        raise ScriptError(
            f"--minutes: {least:.1f}-{MOST_MINUTES:g} untuk / for {wanted.calls} panggilan / calls."
        )
    maker = _Maker(wanted, regency)
    real = round(wanted.calls * (1 - NOISE))
    noise = maker.noise(wanted.calls - real)
    boy = next(visit.number for visit in noise if visit.kind is Kind.PRANK)
    visits = [*maker.real(real - 1), maker.in_earnest(boy), *noise]
    return Script(wanted, _parted(visits, wanted.seconds))


def _parted(visits: Iterable[Visit], seconds: float) -> tuple[Visit, ...]:
    """In the order of time, two calls of one number never too near each other."""
    by_number: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_number[visit.number].append(visit)
    placed: list[Visit] = []
    for calls in by_number.values():
        calls.sort(key=lambda visit: visit.at_s)
        apart = min(APART_S, seconds / len(calls))
        free = -apart
        for place, visit in enumerate(calls):
            latest = seconds - apart * (len(calls) - 1 - place)
            free = min(max(visit.at_s, free + apart), latest)
            placed.append(replace(visit, at_s=free, again=place > 0))
    return tuple(sorted(placed, key=lambda visit: (visit.at_s, visit.number)))


class _Maker:
    """Draws the visits."""

    def __init__(self, wanted: Wanted, regency: Places) -> None:
        self._random = Random(f"evening:{wanted.seed}")  # noqa: S311 (to be had again by its seed)
        self._wanted = wanted
        self._regency = regency
        self._numbers = 0
        self._taken: dict[str, list[Spot]] = defaultdict(list)
        self._cases = 0

    # Real callers.

    def real(self, count: int) -> list[Visit]:
        """So many calls of people who need help."""
        size = max(3, min(6, count // 8))
        crowds = [("fire", size, 0.34, 0.5), ("disaster", max(3, size - 1), 0.72, 0.86)]
        found = [visit for crowd in crowds for visit in self._crowd(*crowd)]
        leaving = max(3, count // 10)
        for place in range(leaving):
            found += self._given_up(
                Leaves.MENU if place % 3 else Leaves.RINGING, back=place % 2 == 0
            )
        found += self._asks_again()
        found += [self._in_the_absence() for _ in range(max(1, count // 12))]
        found += [self._alone() for _ in range(count - len(found))]
        return found[:count]

    def _crowd(self, emergency: str, size: int, begin: float, end: float) -> list[Visit]:
        """Many callers about one thing, within a short while, each from near it."""
        name = "Sangatta Utara" if emergency == "fire" else "Bengalon"
        middle = self._regency.district(name).centre
        case = f"{MANY}{emergency}"
        made = []
        for _ in range(size):
            spot = Spot.near(middle, name, self._random)
            self._taken[emergency].append(spot)
            visit = self._call(emergency, case, spot, self._within(begin, end))
            made.append(replace(visit, keys=self._keys(emergency)))
        return made

    def _in_the_absence(self) -> Visit:
        """A fire while the fire brigade is off the air, chosen while it still is."""
        gone, back = self._wanted.away_s
        return self._alone(self._random.uniform(gone + SURE_S, back - CHOOSES_S), "fire")

    def _alone(self, at_s: float | None = None, emergency: str = "") -> Visit:
        """Somebody whom nobody else saw; a few press nothing, a few speak English."""
        kind = emergency or self._random.choices(list(KINDS), list(KINDS.values()))[0]
        visit = self._call(kind, self._case(kind), self._spot(kind), at_s)
        how = self._random.random()
        if how < 0.1 and not emergency and not self._in_burst(visit.at_s):
            return replace(visit, keys=(), brings=self._random.random() < 0.5)
        if how < 0.2:
            digit = Key(self._random.uniform(2.0, 3.5), DIGITS[kind])
            return replace(visit, keys=(Key(self._random.uniform(1.0, 2.0), ENGLISH), digit))
        return visit

    def _given_up(self, leaves: Leaves, *, back: bool) -> list[Visit]:
        """Somebody who hangs up before a human speaks; some call again by themselves."""
        kind = self._random.choice(("medical", "accident"))
        visit = self._call(kind, self._case(kind), self._spot(kind), self._within(0.02, 0.8))
        if leaves is Leaves.MENU:
            gone = replace(visit, keys=(), leaves=leaves, stays_s=self._random.uniform(1.5, 6.0))
        else:
            gone = replace(visit, leaves=leaves, stays_s=self._random.uniform(0.4, 0.7))
        return [gone, replace(visit, at_s=visit.at_s + APART_S)] if back else [gone]

    def _asks_again(self) -> list[Visit]:
        """Somebody who is answered, and calls once more about the same."""
        visit = replace(self._alone(self._within(0.05, 0.5), "medical"), brings=False)
        later = replace(visit, at_s=visit.at_s + self._wanted.seconds * 0.2)
        return [visit, later]

    def in_earnest(self, number: str) -> Visit:
        """The last call of a number that has called in fun before: now somebody needs help."""
        visit = self._call("medical", self._case("medical"), self._spot("medical"), None)
        return replace(visit, number=number, at_s=self._wanted.seconds, brings=False)

    def _call(self, emergency: str, case: str, spot: Spot, at_s: float | None) -> Visit:
        return Visit(
            self._within(0.0, 1.0) if at_s is None else at_s,
            self._number(),
            Kind.REAL,
            self._random.uniform(6.0, 9.0),
            keys=self._keys(emergency),
            emergency=emergency,
            case=case,
            spot=spot,
            brings=self._random.random() < 0.4,
        )

    # The others.

    def noise(self, count: int) -> list[Visit]:
        """So many calls of nobody who needs anything."""
        ghosts, pockets = (round(count * NOISES[kind]) for kind in (Kind.GHOST, Kind.POCKET))
        together = round(count * BURST)
        found = [self._in_the_burst() for _ in range(together)]
        found += [self._ghost() for _ in range(ghosts - together)]
        found += [self._pocket() for _ in range(pockets)]
        left = count - len(found)
        calls_each = 5 if left >= 15 else 3
        while left > 0:
            several = min(calls_each, left)
            found += self._pranks(several)
            left -= several
        return found

    def _ghost(self) -> Visit:
        stays = self._random.uniform(7.0, 12.0)
        if self._random.random() < 0.1:
            stays = self._random.uniform(0.8, 1.5)  # Gone before the officer could say what it was.
        return Visit(self._within(0.0, 1.0), self._number(), Kind.GHOST, stays)

    def _in_the_burst(self) -> Visit:
        """One of many that say nothing and call all at once, as if somebody meant it."""
        begin = self._burst_s
        return replace(self._ghost(), at_s=self._random.uniform(begin, begin + BURST_S))

    def _pocket(self) -> Visit:
        stays = self._random.uniform(0.3, 8.5)
        return Visit(self._within(0.0, 1.0), self._number(), Kind.POCKET, stays, leaves=Leaves.MENU)

    def _pranks(self, count: int) -> list[Visit]:
        """One number that calls in fun again and again."""
        number = self._number()
        key = self._random.choice("0012")
        return [
            Visit(
                self._wanted.seconds * (place + self._random.uniform(0.1, 0.7)) / count,
                number,
                Kind.PRANK,
                self._random.uniform(6.0, 9.0),
                keys=(Key(self._random.uniform(1.0, 3.0), key),),
            )
            for place in range(count)
        ]

    # What they have.

    @property
    def _burst_s(self) -> float:
        """When the burst begins: its calls come to the operators while fires do so too."""
        return max(0.0, self._wanted.away_s[0] + SURE_S - MENU_S)

    def _in_burst(self, at_s: float) -> bool:
        """Whether somebody who presses nothing would wait among them."""
        return self._burst_s - BURST_S <= at_s <= self._burst_s + BURST_S + BURST_LASTS_S

    def _within(self, begin: float, end: float) -> float:
        return self._random.uniform(begin, end) * self._wanted.seconds

    def _keys(self, emergency: str) -> tuple[Key, ...]:
        return (Key(self._random.uniform(1.0, 4.0), DIGITS[emergency]),)

    def _number(self) -> str:
        self._numbers += 1
        return f"0813{self._wanted.seed % 1000:03d}{self._numbers:05d}"

    def _case(self, emergency: str) -> str:
        self._cases += 1
        return f"{emergency}-{self._cases}"

    def _spot(self, emergency: str) -> Spot:
        spot = scattered(self._regency, self._taken[emergency], self._random)
        self._taken[emergency].append(spot)
        return spot
