"""A finding: what a check saw, and what a person should do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """The centre runs; look at it in daylight."""
    FAIL = "fail"
    """The centre cannot run, or cannot be trusted, until this is mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report.

    Attributes:
        name: what was looked at; stable, for machines.
        status: how bad it is.
        found: what was seen.
        todo: what to do about it in Indonesian; empty when nothing is to be done.
        todo_en: the same in English.
    """

    name: str
    status: Status
    found: str
    todo: str = ""
    todo_en: str = ""


def ok(name: str, found: str) -> Finding:
    """Nothing is to be done."""
    return Finding(name, Status.OK, found)


def warn(name: str, found: str, todo: str, todo_en: str) -> Finding:
    """The centre runs, but somebody should see to this."""
    return Finding(name, Status.WARN, found, todo, todo_en)


def fail(name: str, found: str, todo: str, todo_en: str) -> Finding:
    """The centre cannot run, or cannot be trusted, until this is mended."""
    return Finding(name, Status.FAIL, found, todo, todo_en)
