"""Random valid plans, each known by a seed and an index.

Everything that one Asterisk shares between plans (agencies, extensions, numbers, trunks) bears the
plan's slot in its name, so that many plans live in one Asterisk side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

import yaml

from siaga.plan import PlanError
from siaga.plan.loader import parse_plan
from tests.fuzz import people, times
from tests.fuzz.draw import Draw, Tree, given

if TYPE_CHECKING:
    from siaga.plan import LoadedPlan

SLOTS: Final = 80
"""Plans that can live in one Asterisk at a time."""
TRIES: Final = 40
AREAS: Final = ("utara", "selatan", "kota")
ZONES: Final = ("Asia/Makassar", "Asia/Jakarta", "Asia/Jayapura", "UTC")
WORDS: Final = ("fire", "medical", "police", "flood", "crash", "help", "other", "snake")
SUBMENUS: Final = ("more", "kind")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a plan's trunks lead: to a far side that answers, or to nobody.

    Attributes:
        up: UDP port. ``down``: one that nobody listens on.
    """

    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Made:
    """A plan that was made.

    Attributes:
        index: in the order of being made; ``slot`` is its place in Asterisk.
        trunk_up: outside numbers can be reached.
    """

    index: int
    loaded: LoadedPlan
    text: str
    trunk_up: bool

    @property
    def slot(self) -> int:
        """Its place in Asterisk."""
        return self.index % SLOTS


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice: a plan has no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class NoPlanError(RuntimeError):
    """No try gave a valid plan: the generator and the rules of a plan have grown apart."""


def make(seed: int, index: int, ports: Ports) -> Made:
    """The plan of this seed and index.

    Raises:
        NoPlanError: the generator makes invalid plans only; tells the last one's problems.
    """
    random = Random(f"plan:{seed}:{index}")  # noqa: S311 (to be had again by its seed)
    trouble = ""
    for _ in range(TRIES):
        up = random.random() < 0.75
        draw = Draw(random, index % SLOTS, ports.up if up else ports.down)
        text = yaml.dump(_tree(draw), Dumper=_Plain, sort_keys=False, width=100)
        try:
            return Made(index, parse_plan(text.encode(), f"plan-{seed}-{index}.yaml"), text, up)
        except PlanError as error:
            trouble = f"{error}\n{text}"
    raise NoPlanError(trouble)


def _tree(draw: Draw) -> Tree:
    languages = draw.pick(["id", "en"], ["en", "id"], ["id"])
    names = [f"p{draw.slot}{letter}" for letter in "abcdef"[: draw.random.randint(2, 6)]]
    areas = list(AREAS[: draw.random.randint(0, 3)])
    schedules = times.schedules(draw)
    agencies = people.agencies(draw, names, areas, list(schedules))
    asked = _asked(draw, languages)
    emergencies = {name: _emergency(draw, name, names, list(schedules)) for name in asked[0]}
    schedules = {n: s for n, s in schedules.items() if _is_needed(n, agencies, emergencies)}
    tree: Tree = {
        "centre": {
            "name": f"Uji {draw.slot}",
            "timezone": draw.pick(*ZONES),
            "languages": languages,
        },
        "areas": areas,
        "schedules": schedules,
        "holidays": {str(draw.day()): "Libur" for _ in range(draw.random.randint(0, 3))},
        "exceptions": times.exceptions(draw, list(schedules)),
        "agencies": agencies,
        "closures": list(times.closures(draw, names)),
        "emergencies": emergencies,
        "menu": asked[1],
        "menus": asked[2],
        "announcements": times.announcements(draw),
        "callers": people.callers(draw, asked[0], areas),
        "last_resort": people.resort(draw, agencies),
    }
    return given({**tree, "trunks": people.trunks(draw, areas)})


def _is_needed(schedule: str, agencies: Tree, emergencies: Tree) -> bool:
    return any(agency.get("hours") == schedule for agency in agencies.values()) or any(
        schedule in emergency.get("during", {}) for emergency in emergencies.values()
    )


def _emergency(draw: Draw, name: str, names: list[str], schedules: list[str]) -> Tree:
    found = {
        "name": {"id": f"Darurat {name}", "en": name.title()},
        **people.chain(draw, names),
    }
    if schedules and draw.chance(0.4):
        pair = ["day", "night"] if "night" in schedules else [draw.pick(*schedules)]
        found["during"] = {s: people.chain(draw, names) for s in pair[: draw.pick(1, 2)]}
    return found


def _asked(draw: Draw, languages: list[str]) -> tuple[list[str], Tree, Tree]:
    """Names of emergencies, the menu and its sub-menus: every emergency can be reached."""
    names = draw.random.sample(WORDS, draw.random.randint(2, 6))
    digits = draw.random.sample("0123456789", 10)
    first: Tree = {}
    menus: Tree = {}
    reached: set[str] = set()
    for menu in SUBMENUS[: draw.pick(0, 0, 1, 2)]:
        inside = draw.random.sample("0123456789", draw.random.randint(1, 3))
        leads = {digit: draw.pick(*names) for digit in inside}
        menus[menu] = {"name": menu.title(), "digits": leads, "default": draw.pick(*names)}
        reached |= {*leads.values(), menus[menu]["default"]}
        first[digits.pop()] = menu
    default = draw.pick(*names)
    for name in names:
        if name not in reached and (name != default or draw.chance(0.7)):
            first[digits.pop()] = name
    if not first or draw.chance(0.3):
        first[digits.pop()] = draw.pick(*names)
    spoken = [language for language in languages if draw.chance(0.8)]
    menu_tree = {
        "digits": first,
        "languages": {digits.pop(): language for language in spoken if digits},
        "tries": draw.pick("1", "2"),
        "wait": f"{draw.random.randint(6, 14) * 100}ms",
        "human_within": f"{draw.random.randint(30, 50) * 100}ms",
        "default": default,
    }
    return names, given(menu_tree), menus
