"""The configuration of the edge, from the settings and the plan."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ops.render.base import networks
from ops.render.templates import environment
from siaga.edge import bracketed
from siaga.secrets import edge_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.container.front import Front
    from siaga.edge import Edge
    from siaga.plan import Plan
    from siaga.secrets import Secrets
    from siaga.settings import Settings

FILE: Final = "kamailio.cfg"
NODES: Final = "dispatcher.list"
REALM: Final = "sip"
"""As Asterisk says it (``default_realm``): a telephone set up for it need not be set up anew."""
RETRY_AFTER_S: Final = 5
"""After which a carrier may try us again: calls end all the time."""
ANSWER_MS: Final = 4000
"""Asterisk's first word, over UDP also when three requests in a row are lost."""
NEXT_MS: Final = 2000
"""The same where another node is behind it: two requests may be lost, and all are tried before a
carrier gives up."""
HANDSET_MS: Final = 8000
"""A handset's first word: its network may be poor, and its queue rings others meanwhile."""
PING_S: Final = 2
"""Between two questions whether a node is there; it is left out after two without an answer."""
_IN_USE, _LAST = 1, 2
_UNASKED: Final = 32
"""DS_NOPING_DST of the dispatcher."""
CALLER_S: Final = 10
"""How long calls of one number are counted together."""
CALLER_MOST: Final = 20
"""Calls of one number in that time, which no person makes."""
CALLER_KEPT: Final = 3
"""Calls of one number in that time which are let through however many come from where it is."""
FLOOD: Final = 4
"""Times the rate: so many calls of ever other numbers a second are let through."""
FAILED_MOST: Final = 10
"""Wrong passwords a minute after which an address gets no answer any more."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What an edge must know and nobody else.

    Attributes:
        own: by which it hides addresses. ``handsets``: passwords by extension.
    """

    own: str
    handsets: Mapping[str, str] = field(default_factory=dict)


def render_edge(settings: Settings, plan: Plan, known: Secrets) -> str | None:
    """The text of ``kamailio.cfg``; None: this instance runs no edge."""
    edge = settings.own_edge
    if edge is None:
        return None
    node = edge.node(settings.bind)
    return _text(
        settings,
        edge,
        Keys(edge_key(b"", known)),
        # Asterisk for what it sends within a call, the edge for whoever asks it from here.
        allowed=(*networks(settings, plan), node, edge.host),
        node=f"{bracketed(node)}:{settings.ports.sip}",
        limits=settings.admission,
        nodes=(),
    )


def render_front(settings: Settings, plan: Plan, front: Front, keys: Keys) -> dict[str, str]:
    """The files of an edge that stands apart, before these nodes."""
    nodes = front.nodes
    hosts = (node.host for node in nodes)
    text = _text(
        settings,
        front.edge,
        keys,
        allowed=(*networks(settings, plan), *hosts, front.edge.host),
        nodes=nodes,
        list=settings.etc / NODES,
    )
    # The second set is not asked for a sign of life: nothing marks who is in it as gone.
    asked = "".join(f"{_IN_USE} sip:{node} 0\n" for node in nodes)
    unasked = "".join(f"{_LAST} sip:{node} {_UNASKED}\n" for node in nodes)
    return {FILE: text, NODES: asked + unasked}


def _text(
    settings: Settings, edge: Edge, keys: Keys, *, allowed: Sequence[str], **words: object
) -> str:
    names = {
        "edge": edge,
        "certificate": settings.tls_certificate,
        "host": bracketed(edge.host),
        "allowed": dict.fromkeys(allowed),
        "key": keys.own,
        "digests": {name: _digest(name, word) for name, word in keys.handsets.items()},
        "block_s": round(settings.block_s),
        "RETRY_AFTER_S": RETRY_AFTER_S,
        "ANSWER_MS": ANSWER_MS,
        "NEXT_MS": NEXT_MS,
        "HANDSET_MS": HANDSET_MS,
        "PING_S": PING_S,
        "CALLER_S": CALLER_S,
        "CALLER_MOST": CALLER_MOST,
        "CALLER_KEPT": CALLER_KEPT,
        "FLOOD": FLOOD,
        "FAILED_MOST": FAILED_MOST,
        "REALM": REALM,
        "IN_USE": _IN_USE,
        "LAST": _LAST,
    }
    return environment().get_template(f"edge/{FILE}.j2").render({**names, **words})


def _digest(extension: str, password: str) -> str:
    """HA1 of RFC 2617: what digest needs of a password."""
    text = f"{extension}:{REALM}:{password}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
