"""Whence calls for 112 come: the addresses that are never blocked."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.door.events import Peer
    from siaga.plan import Plan
    from siaga.settings import Settings


def is_trunk(settings: Settings, plan: Plan, peer: Peer) -> bool:
    """Whether any address of ``peer`` is a trunk's, of the settings or of the plan."""
    planned = (text for trunk in plan.trunks.values() for text in trunk.sources)
    return any(_overlaps(network, peer) for network in _networks((*settings.trunks, *planned)))


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[Peer, ...]:
    return tuple(_parsed(texts))


def _parsed(texts: Iterable[str]) -> Iterable[Peer]:
    for text in texts:
        yield ipaddress.ip_network(text, strict=False)


def _overlaps(network: Peer, peer: Peer) -> bool:
    return network.version == peer.version and network.overlaps(peer)
