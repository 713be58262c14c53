"""Which fields the form of each part of the plan has, and which parts may come and go.

A word of the plan that has no field stands in :data:`TEXT_ONLY`; a test walks the model for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from router.console.planning.fields import Field
from router.console.planning.tables import Column
from siaga.plan.approval import SECOND_PERSON
from siaga.plan.model import WAITS_S, Strategy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.source import Path, Source

ANY: Final = "*"
"""In a path: whatever name the plan has there."""
TEXT_ONLY: Final[frozenset[Path]] = frozenset()
"""Words that are edited in the text alone, by their paths; each has to be told on the page."""
GROUPS: Final = (
    ("emergencies",),
    ("agencies",),
    ("menus",),
    ("announcements",),
    ("schedules",),
    ("trunks",),
)
"""Parts of the plan that have as many forms as there are names in them."""
INNER: Final = {"agencies": "posts", "emergencies": "during"}
"""Such parts within each part of a group."""
DIGITS: Final = "1234567890"
STRATEGIES: Final[tuple[str, ...]] = get_args(Strategy)
OPTIONAL: Final = frozenset(
    {"limits", "goals", "amber", "red", "messages", "repeat", "pranks", "silent"}
)
"""Parts that go when their last word does."""


def names(source: Source, path: Path) -> tuple[str, ...]:
    """The names that stand at a path of the plan."""
    value = source.at(path)
    return tuple(value) if isinstance(value, dict) else ()


def is_group(path: Path) -> bool:
    """Whether parts of any name may be there."""
    return path in GROUPS or (len(path) == 3 and INNER.get(str(path[0])) == path[2])


def fields(source: Source) -> Iterator[tuple[Path, Iterator[Field]]]:
    """The fields of each part, in the order of the page."""
    yield ("centre",), _centre()
    yield ("menu",), _menu(source)
    root: Path
    for name in names(source, ("menus",)):
        yield ("menus", name), _sub_menu(source, ("menus", name))
    for name in names(source, ("emergencies",)):
        root = ("emergencies", name)
        yield root, _emergency(source, root)
        for schedule in names(source, (*root, "during")):
            yield (*root, "during", schedule), _chain(source, (*root, "during", schedule))
    for name in names(source, ("agencies",)):
        root = ("agencies", name)
        yield root, _agency(source, root)
        for post in names(source, (*root, "posts")):
            yield (*root, "posts", post), _post((*root, "posts", post))
    yield ("last_resort",), _last_resort(source)
    yield ("callers",), _callers(source)
    yield from _rest(source)


def _rest(source: Source) -> Iterator[tuple[Path, Iterator[Field]]]:
    """What is changed now and then, or seldom."""
    for name in names(source, ("announcements",)):
        yield ("announcements", name), _announcement(("announcements", name))
    for name in names(source, ("schedules",)):
        yield ("schedules", name), _schedule(source, ("schedules", name))
    yield ("holidays",), _holidays(source)
    yield ("closures",), _closures(source)
    yield ("areas",), iter((Field(("areas",), "lines", "plan_field.areas"),))
    for name in names(source, ("trunks",)):
        yield ("trunks", name), _trunk(source, ("trunks", name))


def _centre() -> Iterator[Field]:
    yield Field(("centre", "name"), "words", "plan_field.name", needed=True)
    yield Field(("centre", "timezone"), "text", "plan_field.timezone", needed=True)
    languages = ("id, en", "en, id", "id", "en")
    yield Field(("centre", "languages"), "several", "plan_field.languages", languages)
    yield Field(("centre", "limits", "reach"), "text", "plan_field.reach")
    waits, goals = tuple(f"{each}s" for each in WAITS_S), ("centre", "goals")
    yield Field((*goals, "amber", "within"), "choice", "plan_field.amber_within", waits)
    yield Field((*goals, "amber", "percent"), "text", "plan_field.amber_percent", is_number=True)
    yield Field((*goals, "red", "within"), "choice", "plan_field.red_within", waits)
    yield Field((*goals, "red", "percent"), "text", "plan_field.red_percent", is_number=True)
    yield Field(("centre", "supervisors"), "lines", "plan_field.supervisors")
    options = ("none", "short", "full")
    yield Field(("centre", "messages", "caller"), "choice", "plan_field.caller", options)
    yield Field(("centre", "confirm"), "text", "plan_field.confirm")
    approvals = ("none", SECOND_PERSON)
    yield Field(("centre", "approval"), "choice", "plan_field.approval", approvals)


def _digits(root: Path, leads: tuple[str, ...]) -> Iterator[Field]:
    for digit in DIGITS:
        yield Field((*root, "digits", digit), "choice", "plan_field.digit", leads)


def _menu(source: Source) -> Iterator[Field]:
    emergencies = names(source, ("emergencies",))
    yield from _digits(("menu",), (*emergencies, *names(source, ("menus",))))
    yield Field(("menu", "default"), "choice", "plan_field.default", emergencies, needed=True)
    path = ("menu", "languages")
    yield Field(path, "pairs", "plan_field.language_keys", help="plan_help.language_keys")
    yield Field(("menu", "tries"), "choice", "plan_field.tries", ("1", "2"), is_number=True)
    yield Field(("menu", "wait"), "text", "plan_field.wait")
    yield Field(("menu", "human_within"), "text", "plan_field.human_within")


def _sub_menu(source: Source, root: Path) -> Iterator[Field]:
    emergencies = names(source, ("emergencies",))
    yield Field((*root, "name"), "words", "plan_field.name", needed=True)
    yield from _digits(root, emergencies)
    yield Field((*root, "default"), "choice", "plan_field.default", emergencies, needed=True)


def _chain(source: Source, root: Path) -> Iterator[Field]:
    agencies = names(source, ("agencies",))
    yield Field((*root, "via"), "choice", "plan_field.via", agencies)
    yield Field((*root, "agency"), "choice", "plan_field.agency", agencies, needed=True)
    yield Field((*root, "ring"), "text", "plan_field.ring")
    yield Field((*root, "overflow"), "rung", "plan_field.overflow", help="plan_kind.rung")


def _emergency(source: Source, root: Path) -> Iterator[Field]:
    yield Field((*root, "name"), "words", "plan_field.name", needed=True)
    yield from _chain(source, root)
    yield Field((*root, "notify"), "lines", "plan_field.notify")
    yield Field((*root, "ask"), "lines", "plan_field.ask", help="plan_help.ask")
    yield Field((*root, "advise"), "lines", "plan_field.advise", help="plan_help.advise")


def _agency(source: Source, root: Path) -> Iterator[Field]:
    yield Field((*root, "name"), "words", "plan_field.name", needed=True)
    yield Field((*root, "handsets"), "handsets", "plan_field.handsets", help="plan_kind.handsets")
    yield Field((*root, "strategy"), "choice", "plan_field.strategy", STRATEGIES)
    yield Field((*root, "ring_each"), "text", "plan_field.ring_each")
    yield Field((*root, "wrap_up"), "text", "plan_field.wrap_up")
    yield Field((*root, "officers"), "pairs", "plan_field.officers", help="plan_help.officers")
    yield Field((*root, "pstn"), "lines", "plan_field.pstn")
    yield Field((*root, "pstn_ring"), "text", "plan_field.pstn_ring")
    yield Field((*root, "hours"), "choice", "plan_field.hours", names(source, ("schedules",)))
    others = tuple(name for name in names(source, ("agencies",)) if name != root[-1])
    yield Field((*root, "cover"), "choice", "plan_field.cover", others)
    yield Field((*root, "notify"), "contacts", "plan_field.contacts", help="plan_kind.contacts")
    yield Field((*root, "escalate"), "text", "plan_field.escalate")


def _post(root: Path) -> Iterator[Field]:
    yield Field((*root, "name"), "words", "plan_field.name", needed=True)
    yield Field((*root, "handsets"), "handsets", "plan_field.handsets", help="plan_kind.handsets")
    yield Field((*root, "areas"), "lines", "plan_field.post_areas")
    yield Field((*root, "ring"), "text", "plan_field.ring")


def _last_resort(source: Source) -> Iterator[Field]:
    root, agencies = ("last_resort",), names(source, ("agencies",))
    yield Field((*root, "agency"), "choice", "plan_field.agency", agencies, needed=True)
    yield Field((*root, "ring"), "text", "plan_field.ring")
    yield Field((*root, "overflow"), "rung", "plan_field.overflow", help="plan_kind.rung")
    yield Field((*root, "pstn"), "lines", "plan_field.pstn")
    yield Field((*root, "pstn_ring"), "text", "plan_field.pstn_ring")
    yield Field((*root, "everyone"), "text", "plan_field.everyone")


def _areas(source: Source) -> tuple[str, ...]:
    value = source.at(("areas",))
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _callers(source: Source) -> Iterator[Field]:
    emergencies, root = names(source, ("emergencies",)), ("callers",)
    yield Field((*root, "hidden"), "choice", "plan_field.hidden", emergencies)
    yield Field((*root, "repeat", "within"), "text", "plan_field.repeat")
    yield Field((*root, "pranks", "after"), "text", "plan_field.pranks_after", is_number=True)
    yield Field((*root, "pranks", "within"), "text", "plan_field.pranks_within")
    yield Field((*root, "pranks", "for"), "text", "plan_field.pranks_for")
    yield Field((*root, "pranks", "reviewer"), "text", "plan_field.reviewer")
    yield Field((*root, "silent", "listen"), "text", "plan_field.listen")
    yield Field((*root, "silent", "hold"), "text", "plan_field.hold")
    yield Field((*root, "rank"), "lines", "plan_field.rank", help="plan_help.rank")
    columns = (
        Column("number", "plan_column.number", example="0549…"),
        Column("name", "plan_column.name"),
        Column("emergency", "plan_column.emergency", emergencies),
        Column("area", "plan_column.area", _areas(source)),
    )
    yield Field((*root, "known"), "table", "plan_field.known", columns=columns)


def _announcement(root: Path) -> Iterator[Field]:
    yield Field((*root, "text"), "notice", "plan_field.text", needed=True)
    yield Field((*root, "from"), "text", "plan_field.from", help="plan_help.moment")
    yield Field((*root, "until"), "text", "plan_field.until")


def _schedule(source: Source, root: Path) -> Iterator[Field]:
    if not isinstance(source.at(root), dict):  # its lines alone, for short
        yield Field(root, "lines", "plan_field.lines", needed=True)
        return
    yield Field((*root, "hours"), "lines", "plan_field.lines", needed=True)
    options = ("closed", "as_usual")
    yield Field((*root, "holidays"), "choice", "plan_field.holidays", options)


def _holidays(source: Source) -> Iterator[Field]:
    yield Field(("holidays",), "pairs", "plan_field.public_holidays", help="plan_help.holidays")
    columns = (
        Column("on", "plan_column.on", example="2026-12-24"),
        Column("schedule", "plan_column.schedule", names(source, ("schedules",))),
        Column("hours", "plan_column.hours", example="07:30-11:30", listed=True),
    )
    path = ("exceptions",)
    yield Field(path, "table", "plan_field.exceptions", help="plan_help.hours", columns=columns)


def _closures(source: Source) -> Iterator[Field]:
    columns = (
        Column("agency", "plan_column.agency", names(source, ("agencies",))),
        Column("from", "plan_column.from", example="2026-11-30 08:00"),
        Column("until", "plan_column.until", example="2026-12-02 20:00"),
        Column("reason", "plan_column.reason"),
    )
    yield Field(("closures",), "table", "plan_field.closures", columns=columns)


def _trunk(source: Source, root: Path) -> Iterator[Field]:
    yield Field((*root, "host"), "text", "plan_field.host")
    yield Field((*root, "port"), "text", "plan_field.port", is_number=True)
    yield Field((*root, "from"), "lines", "plan_field.sources")
    yield Field((*root, "may_send"), "lines", "plan_field.may_send")
    yield Field((*root, "area"), "choice", "plan_field.trunk_area", _areas(source))
