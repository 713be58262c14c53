"""The menu that the rivals run: our prompts and digits, written as their users write menus."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Menu:
    """What a rival is told in its one argument, as JSON.

    Attributes:
        folder: of the sounds. ``digits``: emergency by digit. ``default``: of who presses none.
        tries: prompts at most. ``wait_ms``: silence after each.
    """

    folder: str
    digits: dict[str, str]
    default: str
    tries: int
    wait_ms: int

    def prompt(self, number: int) -> str:
        """What is said the ``number``-th time, from 0."""
        return f"{self.folder}/{'retry-no-input' if number else 'menu'}"


def told() -> tuple[Menu, dict[str, str]]:
    """The menu and whatever else this rival needs, from the command line."""
    document = json.loads(sys.argv[1])
    return Menu(**document["menu"]), document["rest"]


def from_file(path: Path, sounds: str) -> dict[str, object]:
    """The menu of a centre, from what our own menu was compiled to."""
    spec = json.loads(path.read_text(encoding="utf-8"))
    return {
        "folder": f"{sounds}/{spec['version']}",
        **{key: spec[key] for key in ("digits", "default", "tries", "wait_ms")},
    }


def ready() -> None:
    """Say that calls are taken."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
