"""What callers' waits are judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.checks.view import View
    from siaga.plan.problems import Problem
    from siaga.plan.source import Path


def goals(view: View) -> Iterator[Problem]:
    """A wait that would be red before it is amber."""
    wanted = view.plan.centre.goals
    if wanted.red.within <= wanted.amber.within:
        red: Path = ("centre", "goals", "red", "within")
        path = red if view.source.has(red) else ("centre", "goals", "amber", "within")
        yield view.value(
            path,
            Words(
                f"merah sesudah {wanted.red.within:g}s, kuning sesudah {wanted.amber.within:g}s",
                f"red after {wanted.red.within:g}s, amber after {wanted.amber.within:g}s",
            ),
            Words("biarkan kuning lebih dulu", "let amber come first"),
            "goals-order",
        )
