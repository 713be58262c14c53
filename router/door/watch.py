"""Who is blocked: decided from what is seen of log-ins; no socket, no clock, bounded memory.

Anybody can write any sender's address on a UDP packet, so an address is blocked only for what its
owner has shown to have done himself: he answered a challenge that went to that address. Trunks, and
addresses that a handset has logged in from, are never blocked, whatever else comes from there.
See docs/decisions/blocked-addresses.md.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from router.door.events import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from router.door.events import Peer, Seen


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the door is. Times in seconds.

    Attributes:
        failures: within ``within_s`` that block an address. A telephone with a wrong password asks
            again every half minute or so, three of them behind one address less than this often.
        block_s: how long; 0 blocks nobody.
        good_s: how long an address is good after a handset logged in from it. Handsets log in anew
            every hour at least: a weekend's power cut does not make an office a stranger.
        challenges: remembered for one address.
        peers: addresses remembered of each sort, the least recently seen forgotten first.
        blocks: addresses blocked at once, the first to end forgotten first.
    """

    failures: int = 10
    within_s: float = 60.0
    block_s: float = 600.0
    good_s: float = 7 * 86400.0
    challenges: int = 8
    peers: int = 4096
    blocks: int = 256


@dataclass(frozen=True, slots=True)
class Block:
    """An address that may not log in.

    Attributes:
        since: and ``until``, seconds of the clock that the watch is told.
        failures: that it was blocked for. ``accounts``: tried, some of them.
    """

    peer: Peer
    since: float
    until: float
    failures: int
    accounts: tuple[str, ...]


@dataclass(slots=True)
class Counters:
    """What was seen since the start, for metrics.

    Attributes:
        failures: answers to a challenge that were wrong.
        unproven: of these, those whose sender may be somebody else.
        spared: failures of good addresses and trunks, which count for nothing.
        blocked: addresses blocked.
    """

    failures: int = 0
    unproven: int = 0
    spared: int = 0
    blocked: int = 0


V = TypeVar("V")


class _Recent(Generic[V]):
    """A table of the addresses seen last."""

    def __init__(self, size: int, new: Callable[[], V]) -> None:
        self._size = size
        self._new = new
        self._rows: OrderedDict[Peer, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, peer: Peer) -> V | None:
        return self._rows.get(peer)

    def touch(self, peer: Peer) -> V:
        if peer in self._rows:
            self._rows.move_to_end(peer)
            return self._rows[peer]
        row = self._rows[peer] = self._new()
        if len(self._rows) > self._size:
            self._rows.popitem(last=False)
        return row

    def drop(self, peer: Peer) -> None:
        self._rows.pop(peer, None)


@dataclass(slots=True)
class _Failures:
    """Failures of one address: when, and on which accounts."""

    times: deque[float]
    accounts: OrderedDict[str, None] = field(default_factory=OrderedDict)


@dataclass(slots=True)
class _Good:
    until: float = 0.0


ACCOUNTS_TOLD = 5


class Watch:
    """Blocks addresses. Every method is told the time, in seconds that never go back.

    Args:
        policy: how patient.
        is_trunk: whether 112 calls come from there.

    Attributes:
        counters: for metrics.
    """

    def __init__(self, policy: Policy, is_trunk: Callable[[Peer], bool]) -> None:
        self.counters = Counters()
        self._policy = policy
        self._is_trunk = is_trunk
        self._challenges: _Recent[deque[str]] = _Recent(
            policy.peers, lambda: deque(maxlen=policy.challenges)
        )
        self._failures: _Recent[_Failures] = _Recent(
            policy.peers, lambda: _Failures(deque(maxlen=policy.failures))
        )
        self._good: _Recent[_Good] = _Recent(policy.peers, _Good)
        self._blocks: dict[Peer, Block] = {}

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Who is blocked now, as of the last time told; the next to end first."""
        return tuple(sorted(self._blocks.values(), key=lambda block: block.until))

    def see(self, what: Seen, now: float) -> bool:
        """Take an event; True when who is blocked has changed."""
        changed = self.expire(now)
        if what.kind is Kind.CHALLENGED:
            self._challenges.touch(what.peer).append(what.nonce)
            return changed
        if what.kind is Kind.SUCCEEDED:
            return self.known_good([what.peer], now) or changed
        return self._failed(what, now) or changed

    def known_good(self, peers: Iterable[Peer], now: float) -> bool:
        """Handsets are logged in from there; True when one of them was blocked."""
        lifted = False
        for peer in peers:
            self._good.touch(peer).until = now + self._policy.good_s
            self._failures.drop(peer)
            lifted |= self._blocks.pop(peer, None) is not None
        return lifted

    def spare_trunks(self) -> bool:
        """Lift what became a trunk's meanwhile; True when there was any."""
        found = [peer for peer in self._blocks if self._is_trunk(peer)]
        for peer in found:
            del self._blocks[peer]
        return bool(found)

    def expire(self, now: float) -> bool:
        """Lift what is over; True when there was any."""
        over = [peer for peer, block in self._blocks.items() if block.until <= now]
        for peer in over:
            del self._blocks[peer]
        return bool(over)

    def _failed(self, what: Seen, now: float) -> bool:
        self.counters.failures += 1
        good = self._good.get(what.peer)
        if (good is not None and good.until > now) or self._is_trunk(what.peer):
            self.counters.spared += 1
            return False
        sent = self._challenges.get(what.peer) or ()
        if not what.connected and what.nonce not in sent:
            self.counters.unproven += 1
            return False
        row = self._failures.touch(what.peer)
        row.times.append(now)
        row.accounts[what.account] = None
        if len(row.accounts) > ACCOUNTS_TOLD:
            row.accounts.popitem(last=False)
        few = len(row.times) < self._policy.failures
        if few or row.times[0] < now - self._policy.within_s or not self._policy.block_s:
            return False
        self._failures.drop(what.peer)
        if len(self._blocks) >= self._policy.blocks:
            del self._blocks[self.blocks[0].peer]
        self._blocks[what.peer] = Block(
            what.peer, now, now + self._policy.block_s, len(row.times), tuple(row.accounts)
        )
        self.counters.blocked += 1
        return True
