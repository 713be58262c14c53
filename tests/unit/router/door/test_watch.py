"""Who is blocked, and above all who never is."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from router.door.events import Kind, Seen, peer_of
from router.door.watch import Policy, Watch

if TYPE_CHECKING:
    from router.door.events import Peer

POLICY = Policy(failures=3, within_s=60, block_s=600, peers=8, blocks=4)
STRANGER = peer_of("203.0.113.7")
OFFICE = peer_of("198.51.100.1")
TRUNK = peer_of("192.0.2.1")


def watch(policy: Policy = POLICY) -> Watch:
    return Watch(policy, lambda peer: peer == TRUNK)


def failed(peer: Peer = STRANGER, nonce: str = "n", *, connected: bool = False) -> Seen:
    return Seen(Kind.FAILED, peer, connected, "201", nonce)


def challenged(peer: Peer = STRANGER, nonce: str = "n") -> Seen:
    return Seen(Kind.CHALLENGED, peer, connected=False, account="201", nonce=nonce)


def good(peer: Peer) -> Seen:
    return Seen(Kind.SUCCEEDED, peer, connected=False, account="201")


def fail(door: Watch, times: int, now: float = 0.0, peer: Peer = STRANGER) -> None:
    """Answer a challenge wrongly, so many times."""
    door.see(challenged(peer), now)
    for _ in range(times):
        door.see(failed(peer), now)


def test_the_last_of_too_many_failures_blocks_and_time_lifts_it() -> None:
    """Two failures are borne, the third blocks, and the block ends to the second."""
    door = watch()
    fail(door, 2)
    assert door.blocks == ()
    fail(door, 1, now=5.0)
    (block,) = door.blocks
    assert (block.peer, block.since, block.until) == (STRANGER, 5.0, 605.0)
    assert (block.failures, block.accounts) == (3, ("201",))
    assert not door.expire(604.9)
    assert door.expire(605.0)
    assert door.blocks == ()
    fail(door, 2, now=606.0)
    assert door.blocks == ()  # begun anew


def test_failures_far_apart_block_nobody() -> None:
    """A telephone with an old password, asking every half minute, is not taken for an attack."""
    door = watch(Policy())
    for second in range(0, 3000, 30):
        fail(door, 1, now=float(second))
        assert door.blocks == ()


def test_a_connection_proves_who_it_is() -> None:
    """Over TCP and TLS no challenge has to be remembered."""
    door = watch()
    for _ in range(3):
        door.see(failed(connected=True), 0.0)
    assert [block.peer for block in door.blocks] == [STRANGER]


def test_a_forged_sender_blocks_nobody() -> None:
    """Without a challenge that went to that very address, no number of failures counts."""
    door = watch()
    door.see(challenged(OFFICE, "theirs"), 0.0)
    for _ in range(1000):
        door.see(failed(STRANGER, "theirs"), 0.0)
        door.see(failed(OFFICE, "guessed"), 0.0)
    assert door.blocks == ()
    assert door.counters.unproven == 2000


def test_a_trunk_is_never_blocked() -> None:
    """Nor stays blocked what becomes one."""
    door = watch()
    fail(door, 100, peer=TRUNK)
    assert door.blocks == ()
    trunks: list[Peer] = []
    other = Watch(POLICY, lambda peer: peer in trunks)
    fail(other, 3)
    trunks.append(STRANGER)
    assert other.spare_trunks()
    assert other.blocks == ()


def test_where_a_handset_is_logged_in_nobody_is_blocked() -> None:
    """One telephone with a wrong password does not take its office off the air."""
    door = watch()
    door.see(good(OFFICE), 0.0)
    fail(door, 100, now=1.0, peer=OFFICE)
    fail(door, 100, now=POLICY.good_s - 1, peer=OFFICE)
    assert door.blocks == ()
    assert door.counters.spared == 200
    fail(door, 3, now=POLICY.good_s + 1, peer=OFFICE)
    assert len(door.blocks) == 1


def test_a_log_in_lifts_a_block() -> None:
    """Known handsets are good from the start, and whoever gets in is let in."""
    door = watch()
    fail(door, 3, peer=OFFICE)
    assert door.known_good([OFFICE], 1.0)
    assert door.blocks == ()


def test_nobody_is_blocked_when_it_is_switched_off() -> None:
    """``SIAGA_BLOCK_S=0``."""
    door = watch(Policy(failures=3, block_s=0))
    fail(door, 100)
    assert door.blocks == ()


ADDRESSES = st.integers(1, 40).map(lambda number: ip_network(f"10.0.0.{number}/32"))
NONCES = st.sampled_from(["a", "b", "c"])
EVENTS = st.lists(
    st.tuples(
        st.builds(challenged, ADDRESSES, NONCES)
        | st.builds(failed, ADDRESSES, NONCES)
        | st.builds(good, ADDRESSES),
        st.floats(0, 100),
    ),
    max_size=300,
)


@given(EVENTS)
def test_only_the_proven_are_blocked_and_memory_is_bounded(
    events: list[tuple[Seen, float]],
) -> None:
    """Blocked is who answered enough of his own challenges wrongly; tables keep their size."""
    door = watch()
    now, proven, sent, inside = 0.0, dict[object, int](), set[tuple[object, str]](), set[object]()
    for what, wait in events:
        now += wait
        door.see(what, now)
        if what.kind is Kind.CHALLENGED:
            sent.add((what.peer, what.nonce))
        elif what.kind is Kind.SUCCEEDED:
            inside.add(what.peer)
        elif (what.peer, what.nonce) in sent:
            proven[what.peer] = proven.get(what.peer, 0) + 1
        for table in (door._challenges, door._failures, door._good):
            assert len(table) <= POLICY.peers
        assert len(door.blocks) <= POLICY.blocks
        for block in door.blocks:
            assert proven[block.peer] >= POLICY.failures
            assert block.since <= now < block.until
