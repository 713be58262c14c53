"""Who calls, and what they do: drawn by a seed, in the shares that emergency numbers see.

Half of all calls to such a number say nothing or are ended at once (pockets, children, second
thoughts); of the others most press a key and talk.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from typing import Final


class Does(Enum):
    """What a caller does."""

    CANCELS = auto()
    """Gives up before the call is up."""
    LEAVES_AT_ONCE = auto()
    """Hangs up within the first second."""
    LEAVES_IN_MENU = auto()
    SAYS_NOTHING = auto()
    """Presses nothing, holds, and hangs up soon after somebody has answered."""
    TALKS = auto()
    """Presses a key, talks, hangs up."""
    IS_HUNG_UP_ON = auto()
    """Presses a key, talks, until the one who answered hangs up."""
    LEAVES_WHILE_RINGING = auto()
    PRESSES_RUBBISH = auto()
    """Presses keys that mean nothing, and holds until somebody answers."""


SHARES: Final = {
    Does.CANCELS: 4,
    Does.LEAVES_AT_ONCE: 18,
    Does.LEAVES_IN_MENU: 10,
    Does.SAYS_NOTHING: 18,
    Does.TALKS: 30,
    Does.IS_HUNG_UP_ON: 8,
    Does.LEAVES_WHILE_RINGING: 8,
    Does.PRESSES_RUBBISH: 4,
}
"""Of a hundred callers; the first four are the silent half."""

HOLDS: Final = frozenset((Does.SAYS_NOTHING, Does.TALKS, Does.IS_HUNG_UP_ON, Does.PRESSES_RUBBISH))
"""Those who stay until a human has answered."""


@dataclass(frozen=True, slots=True)
class Script:
    """One caller.

    Attributes:
        number: unlike every other's.
        keys: when after the first sound, ms, and which.
        stays_s: until they leave: since their call, its answer, or the talk's begin.
        after_s: since the call before.
    """

    number: str
    does: Does
    keys: tuple[tuple[int, str], ...]
    stays_s: float
    after_s: float


def draw(seed: int, index: int, rate: float) -> Script:
    """The caller of this seed and index.

    Args:
        seed: of the soak.
        index: in the order of calling.
        rate: calls a second, on average.
    """
    random = Random(f"soak:{seed}:{index}")  # noqa: S311 (to be had again by its seed)
    does = random.choices(list(SHARES), list(SHARES.values()))[0]
    keys: tuple[tuple[int, str], ...] = ()
    stays = {
        Does.CANCELS: random.uniform(0.0, 0.03),
        Does.LEAVES_AT_ONCE: random.uniform(0.0, 1.0),
        Does.LEAVES_IN_MENU: random.uniform(1.0, 6.0),
        Does.LEAVES_WHILE_RINGING: random.uniform(0.0, 3.0),
    }.get(does, random.uniform(0.6, 4.0))
    if does is Does.PRESSES_RUBBISH:
        keys = tuple((300 + 500 * n, random.choice("789*#")) for n in range(3))
    elif does in (Does.TALKS, Does.IS_HUNG_UP_ON, Does.LEAVES_WHILE_RINGING):
        keys = ((random.randint(200, 5000), random.choice("1234")),)
    return Script(f"0813{index:08d}", does, keys, stays, random.expovariate(rate))
