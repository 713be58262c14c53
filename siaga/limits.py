"""How many calls at once: how many have the menu, how many are taken at all.

Asterisk decides by these natively, see docs/decisions/overload.md.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

PORTS_A_CALL: Final = 4
"""RTP and RTCP of the caller and of the handset."""
SPARE: Final = 0.1
"""Share of the ports that calls which are up leave to those that are just being refused: Asterisk
opens a call's ports before the dialplan sees it, and without any it answers 488, for which no
carrier tries another route."""
CALLS_A_PROCESSOR: Final = 100
"""A cautious round figure; whoever has measured a machine sets their own."""
LOAD_A_PROCESSOR: Final = 50
"""With so many waiting for one processor, sound comes too late to be understood."""
MOST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of admission.

    Attributes:
        soft: calls up at once, beyond which new ones go straight to the operators, without a menu.
        hard: calls up at once, beyond which new ones are refused, so that the network sends them
            elsewhere.
        load: the machine's load (average of a minute), beyond which new calls go without a menu;
            0: it does not matter.
    """

    soft: int
    hard: int
    load: int

    def within(self, rtp_ports: int) -> Limits:
        """These, but no more calls than there are ports for.

        Args:
            rtp_ports: how many ports there are for audio.
        """
        hard = min(self.hard, room(rtp_ports))
        return Limits(min(self.soft, hard), hard, self.load)


def room(rtp_ports: int) -> int:
    """How many calls so many ports are enough for, whatever each of them needs."""
    return max(2, int(rtp_ports * (1 - SPARE)) // PORTS_A_CALL)


def derived(rtp_ports: int, processors: int | None = None) -> Limits:
    """The limits of a machine of which nothing else is said.

    Args:
        rtp_ports: how many ports there are for audio.
        processors: None: this machine's.
    """
    cores = processors or os.cpu_count() or 1
    hard = min(CALLS_A_PROCESSOR * cores, room(rtp_ports))
    return Limits(max(1, hard * 3 // 4), hard, LOAD_A_PROCESSOR * cores)


def load(env: Mapping[str, str], rtp_ports: int) -> Limits | None:
    """The limits that the environment sets; None: it sets none.

    Raises:
        SettingsError: a value cannot be used.
    """
    names = ("SIAGA_MAX_CALLS", "SIAGA_HARD_CALLS", "SIAGA_MAX_LOAD")
    soft, hard, busy = (_number(env, name) for name in names)
    if soft is None and hard is None and busy is None:
        return None
    usual = derived(rtp_ports)
    if hard is None:
        hard = max(usual.hard, soft or 0)
    if soft is None:
        soft = max(1, min(usual.soft, hard * 3 // 4))
    if not 1 <= soft <= hard:
        raise SettingsError(
            f"SIAGA_MAX_CALLS={soft} and SIAGA_HARD_CALLS={hard}: the first must be at least 1, "
            f"and at most the second."
        )
    return Limits(soft, hard, usual.load if busy is None else busy)


def spelled(limits: Limits | None) -> dict[str, str]:
    """The environment that sets these."""
    if limits is None:
        return {}
    return {
        "SIAGA_MAX_CALLS": str(limits.soft),
        "SIAGA_HARD_CALLS": str(limits.hard),
        "SIAGA_MAX_LOAD": str(limits.load),
    }


def _number(env: Mapping[str, str], name: str) -> int | None:
    text = env.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        raise SettingsError(f"{name}={text!r}: give a whole number from 0 to {MOST}.")
    return int(text)
