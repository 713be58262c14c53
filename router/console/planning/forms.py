"""The plan as forms: made of its text's values, whether they are right or not, and written back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from router.console.planning.fields import Field, english, shown, typed
from siaga.plan.edit import EditError, put
from siaga.plan.model import Strategy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from router.console.planning.judge import Judged
    from siaga.plan import Problem
    from siaga.plan.source import Path, Source

DIGITS: Final = "1234567890"
STRATEGIES: Final[tuple[str, ...]] = get_args(Strategy)
GROUPS: Final = ("agencies", "emergencies", "schedules")
"""Parts of the plan that have as many forms as there are names in them."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A field with what is in it.

    Attributes:
        value: as shown. ``english``: in the second language, for words.
        options: what may be chosen, what is chosen now among it.
        problems: what is wrong with it.
    """

    field: Field
    value: str
    english: str
    options: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A form.

    Attributes:
        root: the part of the plan that it is for.
        title: what it is called in the plan; empty: it has a word of its own.
        problems: what is wrong with it, but not with one field.
    """

    root: Path
    title: str
    fields: tuple[Filled, ...]
    problems: tuple[Problem, ...]

    @property
    def name(self) -> str:
        """As the page calls it."""
        return "/".join(str(part) for part in self.root)

    @property
    def is_wrong(self) -> bool:
        """Whether anything of it is."""
        return bool(self.problems) or any(each.problems for each in self.fields)

    @property
    def digest(self) -> str:
        """Another one whenever it is to be shown anew."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def parts(judged: Judged) -> tuple[Part, ...]:
    """The forms of a text; none while it cannot be read."""
    source = judged.source
    if source is None or not isinstance(source.value, dict):
        return ()
    made = [(root, tuple(fields)) for root, fields in _parts(source)]
    at_fields: dict[Path, list[Problem]] = {}
    known = {field.path for _root, fields in made for field in fields} | {root for root, _ in made}
    for problem in judged.problems:
        if (path := _place(source, problem, known)) is not None:
            at_fields.setdefault(path, []).append(problem)
    return tuple(
        Part(
            root,
            _title(source, root),
            tuple(_filled(source, field, at_fields.get(field.path, [])) for field in fields),
            tuple(at_fields.get(root, [])),
        )
        for root, fields in made
    )


def _parts(source: Source) -> Iterator[tuple[Path, Iterator[Field]]]:
    yield ("centre",), _centre()
    yield ("menu",), _menu(source)
    for group, fields in (("emergencies", _emergency), ("agencies", _agency)):
        for name in _names(source, group):
            yield (group, name), fields(source, (group, name))
    yield ("last_resort",), _last_resort(source)
    for name in _names(source, "schedules"):
        yield ("schedules", name), _schedule(source, ("schedules", name))


def _names(source: Source, group: str) -> tuple[str, ...]:
    value = source.at((group,))
    return tuple(value) if isinstance(value, dict) else ()


def _title(source: Source, root: Path) -> str:
    if len(root) == 1:
        return ""
    value = source.at((*root, "name"))
    return shown("words", value) or str(root[-1])


def _filled(source: Source, field: Field, problems: list[Problem]) -> Filled:
    value = source.at(field.path)
    text = shown(field.kind, value)
    options = tuple(field.options)
    if field.kind == "choice" and text not in options:
        options = (*options, text)
    if field.kind == "choice" and not field.needed and "" not in options:
        options = ("", *options)
    return Filled(field, text, english(value), options, tuple(problems))


def _place(source: Source, problem: Problem, known: set[Path]) -> Path | None:
    """The field or form that a problem is with."""
    at = problem.position
    paths = [
        path for where in (source.positions, source.values) for path in where if where[path] == at
    ]
    for path in sorted(paths, key=len, reverse=True):
        for length in range(len(path), 0, -1):
            if path[:length] in known:
                return path[:length]
    return None


def _centre() -> Iterator[Field]:
    yield Field(("centre", "name"), "words", "plan_field.name", needed=True)
    yield Field(("centre", "timezone"), "text", "plan_field.timezone", needed=True)
    yield Field(("centre", "limits", "reach"), "text", "plan_field.reach")
    yield Field(("centre", "supervisors"), "lines", "plan_field.supervisors")
    options = ("none", "short", "full")
    yield Field(("centre", "messages", "caller"), "choice", "plan_field.caller", options)
    yield Field(("centre", "confirm"), "text", "plan_field.confirm")


def _menu(source: Source) -> Iterator[Field]:
    leads = (*_names(source, "emergencies"), *_names(source, "menus"))
    for digit in DIGITS:
        yield Field(("menu", "digits", digit), "choice", "plan_field.digit", leads)
    emergencies = _names(source, "emergencies")
    yield Field(("menu", "default"), "choice", "plan_field.default", emergencies, needed=True)
    yield Field(("menu", "tries"), "choice", "plan_field.tries", ("1", "2"))
    yield Field(("menu", "wait"), "text", "plan_field.wait")
    yield Field(("menu", "human_within"), "text", "plan_field.human_within")


def _agency(source: Source, root: Path) -> Iterator[Field]:
    yield Field((*root, "name"), "words", "plan_field.name", needed=True)
    yield Field((*root, "handsets"), "handsets", "plan_field.handsets")
    yield Field((*root, "strategy"), "choice", "plan_field.strategy", STRATEGIES)
    yield Field((*root, "ring_each"), "text", "plan_field.ring_each")
    yield Field((*root, "wrap_up"), "text", "plan_field.wrap_up")
    yield Field((*root, "pstn"), "lines", "plan_field.pstn")
    yield Field((*root, "pstn_ring"), "text", "plan_field.pstn_ring")
    yield Field((*root, "hours"), "choice", "plan_field.hours", _names(source, "schedules"))
    others = tuple(name for name in _names(source, "agencies") if name != root[-1])
    yield Field((*root, "cover"), "choice", "plan_field.cover", others)
    yield Field((*root, "notify"), "contacts", "plan_field.contacts")
    yield Field((*root, "escalate"), "text", "plan_field.escalate")


def _emergency(source: Source, root: Path) -> Iterator[Field]:
    agencies = _names(source, "agencies")
    yield Field((*root, "name"), "words", "plan_field.name", needed=True)
    yield Field((*root, "via"), "choice", "plan_field.via", agencies)
    yield Field((*root, "agency"), "choice", "plan_field.agency", agencies, needed=True)
    yield Field((*root, "ring"), "text", "plan_field.ring")
    yield Field((*root, "overflow"), "rung", "plan_field.overflow")
    yield Field((*root, "notify"), "lines", "plan_field.notify")


def _last_resort(source: Source) -> Iterator[Field]:
    root, agencies = ("last_resort",), _names(source, "agencies")
    yield Field((*root, "agency"), "choice", "plan_field.agency", agencies, needed=True)
    yield Field((*root, "ring"), "text", "plan_field.ring")
    yield Field((*root, "overflow"), "rung", "plan_field.overflow")
    yield Field((*root, "pstn"), "lines", "plan_field.pstn")
    yield Field((*root, "pstn_ring"), "text", "plan_field.pstn_ring")
    yield Field((*root, "everyone"), "text", "plan_field.everyone")


def _schedule(source: Source, root: Path) -> Iterator[Field]:
    if not isinstance(source.at(root), dict):  # its lines alone, for short
        yield Field(root, "lines", "plan_field.lines", needed=True)
        return
    yield Field((*root, "hours"), "lines", "plan_field.lines", needed=True)
    options = ("closed", "as_usual")
    yield Field((*root, "holidays"), "choice", "plan_field.holidays", options)


def filled_in(judged: Judged, form: Mapping[str, str]) -> str:
    """The text with what was changed in a form; what is as it was shown stays untouched.

    Raises:
        EditError: it is written in a way that a form cannot change.
    """
    text, source = judged.text, judged.source
    if source is None:
        return text
    for part in parts(judged):
        for each in part.fields:
            field = each.field
            said, other = _said(form, field.name), _said(form, field.name + "#en")
            if said is None or (said == each.value and (other or "") == each.english):
                continue
            value = typed(field.kind, said, other or "", source.at(field.path))
            # What must be there and was emptied is for the loader to complain of, at its place.
            text = put(text, field.path, "" if value is None and field.needed else value)
    return text


def _said(form: Mapping[str, str], name: str) -> str | None:
    value = form.get(name)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else None


def added(text: str, source: Source, group: str, name: str, title: str) -> str:
    """The text with one more agency, emergency or schedule.

    Raises:
        EditError: there is one of that name, or there is no place for it.
    """
    if name in _names(source, group):
        raise EditError
    first = next(iter(_names(source, "agencies")), "")
    match group:
        case "agencies":
            return put(text, (group, name), {"name": title, "handsets": []})
        case "emergencies":
            return put(text, (group, name), {"name": title, "agency": first})
        case _:
            return put(text, (group, name), ["mon-fri 08:00-16:00"])
