"""``./siaga112 fuzz --bytes``: each property of :mod:`tests.fuzz.octets` for many examples."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, cast

from hypothesis import HealthCheck, Phase, seed, settings

from tests.fuzz.octets import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES: Final = 100_000
ROUND: Final = 2_000
"""Examples of one seed. Hypothesis remembers each, and would slow down and grow."""


def hammer(name: str, examples: int, *, seed: int) -> int:
    """Run a property; gives how many examples there were.

    Raises:
        BaseException: what the property raised, with the smallest example that has it do so.
    """
    done = 0
    rounds = 0
    while done < examples:
        done += _round(name, min(ROUND, examples - done), seed + rounds)
        rounds += 1
    return done


def _round(name: str, examples: int, number: int) -> int:
    prop = cast("Any", PROPERTIES[name])
    inner = prop.hypothesis.inner_test
    count = 0

    def counted(*words: object, **named: object) -> None:
        nonlocal count
        count += 1
        inner(*words, **named)

    prop.hypothesis.inner_test = counted
    chosen = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    try:
        run: Callable[[], None] = seed(number)(chosen(prop))
        run()
    finally:
        prop.hypothesis.inner_test = inner
    # Fewer than asked for: there are no more different ones.
    return max(count, 1)


def main(examples: int, seed: int, say: Callable[[str], None]) -> int:
    """Run all of them, and say how it goes; exit status 1 when one fails."""
    failed = 0
    for name in PROPERTIES:
        began = time.monotonic()
        try:
            count = hammer(name, examples, seed=seed)
        except Exception as error:  # noqa: BLE001 (it is what is looked for)
            failed += 1
            notes = "\n".join(getattr(error, "__notes__", ()))
            say(f"GAGAL / FAILED {name}: {error!r}\n{notes}\nulangi / again: --seed {seed}")
            continue
        took = time.monotonic() - began
        say(f"{name}: {count} contoh / examples, {took:.0f} s")
    return 1 if failed else 0
