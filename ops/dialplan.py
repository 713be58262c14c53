"""A rendered dialplan as data: contexts, extensions, priorities, labels. For lint and tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_EXTEN = re.compile(r"(?:exten\s*=>\s*([^,]+),\s*(\w+)|same\s*=>\s*(n))(?:\(([\w-]+)\))?,(.*)")


_INCLUDE = re.compile(r"^#include +(\S+)$", re.MULTILINE)
_SETTINGS: Final = ("general", "globals")


class DialplanSyntaxError(ValueError):
    """A line that Asterisk would not take, or not as meant."""


@dataclass(frozen=True, slots=True)
class Line:
    """One priority of an extension.

    Attributes:
        number: line of the file, from 1.
        application: with its arguments, as written.
    """

    number: int
    application: str

    @property
    def name(self) -> str:
        """The application's name."""
        return self.application.partition("(")[0]

    @property
    def arguments(self) -> str:
        """What stands in the application's parentheses."""
        return self.application.partition("(")[2].removesuffix(")")


@dataclass(slots=True)
class Extension:
    """An extension of a context."""

    lines: list[Line] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)


Dialplan = dict[str, dict[str, Extension]]


def with_includes(text: str, read: Callable[[str], str]) -> str:
    """``text`` with what it includes in place; ``read`` gives a file by its name."""
    return _INCLUDE.sub(lambda found: read(found[1]), text)


def parse(text: str) -> Dialplan:
    """Read ``extensions.conf``, its includes in place.

    Raises:
        DialplanSyntaxError: naming the line.
    """
    contexts: Dialplan = {}
    context: dict[str, Extension] = {}
    extension = Extension()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split(";", 1)[0].strip()
        if not line:
            continue
        if line.startswith("["):
            name = line.strip("[]")
            if name in contexts:
                raise DialplanSyntaxError(f"line {number}: context {name} stands here twice")
            context = contexts.setdefault(name, {})
        elif found := _EXTEN.fullmatch(line):
            name, _, _, label, application = found.groups()
            if name:
                if name in context:
                    raise DialplanSyntaxError(f"line {number}: extension {name} stands here twice")
                extension = context.setdefault(name, Extension())
            if label:
                extension.labels[label] = len(extension.lines)
            extension.lines.append(Line(number, application))
        elif not any(context is contexts.get(name) for name in _SETTINGS):
            raise DialplanSyntaxError(f"line {number}: not understood: {line}")
    return contexts
