"""Keys as fast as a thumb can press them.

With the machine to itself: the same key twice may count once in a menu that is stalled
(docs/limits.md), and beside other tests a menu is stalled as it is in no call centre.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ops.phone import Dtmf
from tests.live.menu.crowd import Way, press_all

if TYPE_CHECKING:
    from tests.live.centre import Centre

FAST = Way(ms=80, gap_ms=60)
"""As fast as a thumb can, and as short as a network may hand a key on."""
CALLS = 10
SEQUENCES = {
    "12": ("fire", "id", "digit"),
    "11": ("fire", "id", "digit"),
    "0123456789": ("operator", "id", "digit"),
    "93": ("accident", "en", "digit"),
    "992": ("medical", "en", "digit"),
    "9#4": ("disaster", "en", "digit"),
    "9##": ("operator", "en", "no_match"),
    "75": ("order", "id", "digit"),
    "#1": ("fire", "id", "digit"),
    "*2": ("medical", "id", "digit"),
    "77": ("operator", "id", "no_match"),
    "*#": ("operator", "id", "no_match"),
}
"""Keys in quick succession, and the emergency, language and reason that they lead to."""


@pytest.mark.alone
@pytest.mark.parametrize("method", list(Dtmf))
async def test_keys_in_quick_succession_are_taken_in_order(centre: Centre, method: Dtmf) -> None:
    """Two digits fast, repeated digits, `*` and `#` mean what they would pressed slowly."""
    await centre.until_ready()
    fates = await press_all(centre, method, [(keys, FAST) for keys in SEQUENCES] * CALLS)
    wrong = [
        (fate.keys, fate.received, fate.choice)
        for fate in fates
        if fate.choice != SEQUENCES[fate.keys]
    ]
    assert wrong == []
