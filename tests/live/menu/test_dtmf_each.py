from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import pytest

from ops.phone import Dtmf
from tests.live.menu.crowd import Fate, Way, press_all

if TYPE_CHECKING:
    from tests.live.centre import Centre

EMERGENCIES = {
    "1": "fire",
    "2": "medical",
    "3": "accident",
    "4": "disaster",
    "5": "order",
    "0": "operator",
}
ENGLISH = "9"
RUBBISH = "678*#"
"""Keys that mean nothing in the plan."""
OPENING = ENGLISH + RUBBISH
"""Keys that leave the menu open for one more."""
CALLS = 100
"""Times each key is pressed at least, each way."""
CALLS_NO_MATCH = 10
"""Times each pair of keys without meaning is pressed, besides."""


def callers() -> list[tuple[str, Way]]:
    """Pairs of keys in which each of the twelve is pressed a hundred times or more.

    The second key says what became of the first. A key without meaning uses up one of two tries:
    pressed once it leaves the menu open for a digit, doubled it does not; and two of them end the
    menu as no-match, whereas one that is missed leaves the other alone. The first kind of pair
    makes up the hundred by itself: of the second, ten say what it adds.
    """
    pairs = list(product(OPENING, EMERGENCIES)) * -(-CALLS // len(OPENING))
    pairs += list(zip(RUBBISH, RUBBISH[1:] + RUBBISH[0], strict=True)) * CALLS_NO_MATCH
    # The first key comes somewhere in the first 200 ms of the greeting.
    return [(a + b, Way(after_ms=number * 7 % 200)) for number, (a, b) in enumerate(pairs)]


def expected(keys: str) -> tuple[str, str, str]:
    language = "en" if ENGLISH in keys else "id"
    if keys[1] in RUBBISH:
        return "operator", language, "no_match"
    return EMERGENCIES[keys[1]], language, "digit"


def wrong(fate: Fate) -> str | None:
    if fate.received == fate.keys and fate.choice == expected(fate.keys) and fate.record.tier == 1:
        return None
    return (
        f"pressed {fate.keys} after {fate.way.after_ms} ms: Asterisk received "
        f"{fate.received!r}, the menu understood {fate.choice} in tier {fate.record.tier}"
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("method", list(Dtmf))
async def test_no_key_is_missed_or_doubled(centre: Centre, method: Dtmf) -> None:
    """Each key, pressed 100 times while the greeting begins, reaches the menu exactly as often."""
    await centre.until_ready()
    fates = await press_all(centre, method, callers())
    pressed = Counter("".join(fate.keys for fate in fates))
    assert set(pressed) == set("0123456789*#")
    assert min(pressed.values()) >= CALLS
    assert [what for fate in fates if (what := wrong(fate))] == []
