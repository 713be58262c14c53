"""The plans that come with the centre, to begin one's own with."""

from __future__ import annotations

import sys

from siaga.errors import MissingError
from siaga.shared import shared


def show(name: str) -> None:
    """Print a plan.

    Raises:
        MissingError: there is none of this name; says which there are.
    """
    plans = {file.stem: file for file in sorted(shared("plans").glob("*.yaml"))}
    if name not in plans:
        there = ", ".join(plans)
        raise MissingError(
            f"Tidak ada contoh {name[:64]}; yang ada: {there}.\n"
            f"There is no example {name[:64]}, but these: {there}."
        )
    sys.stdout.write(plans[name].read_text(encoding="utf-8"))
