"""What Asterisk has to have after a reload, read from the files it was given; and what it lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 (a field's type)
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from siaga.plan import Plan

_SECTION: Final = re.compile(r"\[([A-Za-z0-9_-]+)\](\(!\))?")
_EXTEN: Final = re.compile(r"exten => ([A-Za-z0-9-]+),1(?:\(|,)")
_MEMBER: Final = re.compile(r"member\s*=>?\s*([A-Za-z]+/[A-Za-z0-9_-]+)")

Place = tuple[str, str]
"""A context, and an extension in it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to run.

    Attributes:
        version: in force.
        places: one for each context.
        members: handsets by queue, as ``PJSIP/201``.
        endpoints: handsets that may log in.
    """

    version: str
    places: frozenset[Place] = frozenset()
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    endpoints: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Running:
    """What runs; as :class:`Expected`, of Asterisk's own telling."""

    version: str
    places: frozenset[Place]
    members: Mapping[str, frozenset[str]]
    endpoints: frozenset[str]


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each section with its lines; templates are none."""
    name, lines = "", list[str]()
    for line in text.splitlines():
        if found := _SECTION.match(line):
            if name:
                yield name, lines
            name, lines = "" if found[2] else found[1], []
        else:
            lines.append(line)
    if name:
        yield name, lines


def places(text: str) -> Iterator[Place]:
    """The first plain extension of each context of a dialplan."""
    for context, lines in _sections(text):
        for line in lines:
            if found := _EXTEN.match(line):
                yield context, found[1]
                break


def members(text: str) -> dict[str, frozenset[str]]:
    """The members of each queue of a ``queues.conf``."""
    return {
        name: frozenset(found[1] for line in lines if (found := _MEMBER.match(line)))
        for name, lines in _sections(text)
        if name != "general"
    }


def expected(version: str, plan: Plan, queues: str, dialplans: Iterable[str]) -> Expected:
    """What has to run, of the files given to Asterisk."""
    return Expected(
        version=version,
        places=frozenset(place for text in dialplans for place in places(text)),
        members=members(queues),
        endpoints=frozenset(plan.extensions),
    )


def lacking(wanted: Expected, running: Running) -> tuple[str, ...]:
    """What does not run as it has to, a line each; none: all is well."""
    found = []
    if running.version != wanted.version:
        found.append(f"version {running.version or '-'} instead of {wanted.version}")
    found += [f"no context {name}" for name, _ in sorted(wanted.places - running.places)]
    found += [f"no endpoint {name}" for name in sorted(wanted.endpoints - running.endpoints)]
    for queue, handsets in sorted(wanted.members.items()):
        if queue not in running.members:
            found.append(f"no queue {queue}")
        elif running.members[queue] != handsets:
            odd = ", ".join(sorted(running.members[queue] ^ handsets))
            found.append(f"queue {queue} differs in {odd}")
    return tuple(found)
