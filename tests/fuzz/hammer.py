"""``./siaga112 fuzz --bytes``: each property of :mod:`tests.fuzz.octets` for many examples."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.octets import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES: Final = 34_000
"""Of each protocol; over 100,000 of FastAGI and AMI together."""
ROUND: Final = 2_000
"""Examples of one seed. Hypothesis remembers each, and would slow down and grow."""


def hammer(name: str, examples: int, *, first: int) -> int:
    """Run a property; gives how many examples there were.

    Raises:
        BaseException: what the property raised, with the smallest example that has it do so.
    """
    done = 0
    rounds = 0
    while done < examples:
        done += _round(name, min(ROUND, examples - done), first + rounds)
        rounds += 1
    return done


def _round(name: str, examples: int, number: int) -> int:
    found = PROPERTIES[name]
    count = 0

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(found.inputs)
    def check(given_input: object) -> None:
        nonlocal count
        count += 1
        found.check(given_input)

    check()
    return count


def main(examples: int, first: int, say: Callable[[str], None]) -> int:
    """Run all of them, and say how it goes; exit status 1 when one fails."""
    failed = 0
    for name in PROPERTIES:
        began = time.monotonic()
        try:
            count = hammer(name, examples, first=first)
        except Exception as error:  # noqa: BLE001 (it is what is looked for)
            failed += 1
            notes = "\n".join(getattr(error, "__notes__", ()))
            say(f"GAGAL / FAILED {name}: {error!r}\n{notes}\nulangi / again: --seed {first}")
            continue
        took = time.monotonic() - began
        say(f"{name}: {count} contoh / examples, {took:.0f} s")
    return 1 if failed else 0
