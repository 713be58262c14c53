"""How long whoever guesses passwords has to wait: longer with each failure, and never an account.

An account as such is never held up, or a stranger could keep the whole centre out by its names.
Held up are an address, and an account together with an address; a browser that an account has
logged in from before is counted for itself, whatever its address fails at.

What is remembered is bounded: the entries that were used longest ago go first.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ENTRIES: Final = 10_000
MAX_DELAY_S: Final = 300.0
FORGET_S: Final = 1800.0
"""Seconds without a failure after which nothing is remembered."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How often something may fail.

    Attributes:
        kind: name of what is counted.
        free: failures that cost nothing.
    """

    kind: str
    free: int


PAIR: Final = Rule("pair", 4)
"""An account from an address."""
ADDRESS: Final = Rule("address", 30)
"""An address, whichever the accounts: a whole office may be behind it."""
DEVICE: Final = Rule("device", 10)
"""A browser that the account has logged in from."""
CODE: Final = Rule("code", 10)
"""Codes of an account from unknown browsers: whoever is held up by this knows its password."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is counted: a rule and whom it is about."""

    rule: Rule
    whom: str


@dataclass(frozen=True, slots=True)
class _Entry:
    failures: int
    last: float


def delay_s(rule: Rule, failures: int) -> float:
    """Seconds to wait after so many failures: doubled by each that is not free."""
    over = failures - rule.free
    return 0.0 if over <= 0 else min(MAX_DELAY_S, 2.0 ** min(over, 16))


def network(address: str) -> str:
    """What one person has of addresses: one of IPv4, a /64 of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


class Throttle:
    """Remembers failures.

    Args:
        entries: most that are remembered.
    """

    def __init__(self, entries: int = MAX_ENTRIES) -> None:
        self._most = entries
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def wait_s(self, keys: Iterable[Key], now: float) -> float:
        """Seconds until another try counts; ``now`` is of a clock that never goes back."""
        return max((self._wait_s(key, now) for key in keys), default=0.0)

    def failed(self, keys: Iterable[Key], now: float) -> None:
        """Count a failure."""
        for key in keys:
            entry = self._entries.pop(key, None)
            fresh = entry is None or now - entry.last >= FORGET_S
            failures = 1 if entry is None or fresh else entry.failures + 1
            self._entries[key] = _Entry(failures, now)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def succeeded(self, keys: Iterable[Key]) -> None:
        """Forget the failures of whoever proved who they are."""
        for key in keys:
            self._entries.pop(key, None)

    def forgiven(self, keys: Iterable[Key]) -> None:
        """Take back one failure: tries are counted before it is known what becomes of them."""
        for key in keys:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries[key] = _Entry(max(0, entry.failures - 1), entry.last)

    def _wait_s(self, key: Key, now: float) -> float:
        entry = self._entries.get(key)
        if entry is None:
            return 0.0
        return max(0.0, entry.last + delay_s(key.rule, entry.failures) - now)
