"""The configuration of the edge, from the settings and the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.render.base import networks
from ops.render.templates import environment
from siaga.edge import bracketed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from siaga.edge import Edge
    from siaga.plan import Plan
    from siaga.settings import Settings

FILE: Final = "kamailio.cfg"
NODES: Final = "dispatcher.list"
RETRY_AFTER_S: Final = 5
"""After which a carrier may try us again: calls end all the time."""
ANSWER_MS: Final = 4000
"""Asterisk's first word, over UDP also when three requests in a row are lost."""
NEXT_MS: Final = 2000
"""The same where another node is behind it: two requests may be lost, and all are tried before a
carrier gives up."""
PING_S: Final = 2
"""Between two questions whether a node is there; it is left out after two without an answer."""
_IN_USE, _LAST = 1, 2
_UNASKED: Final = 32
"""DS_NOPING_DST of the dispatcher."""


def render_edge(settings: Settings, plan: Plan) -> str | None:
    """The text of ``kamailio.cfg``; None: this instance runs no edge."""
    edge = settings.own_edge
    if edge is None:
        return None
    node = edge.node(settings.bind)
    return _text(
        edge,
        # Asterisk for what it sends within a call, the edge for whoever asks it from here.
        allowed=(*networks(settings, plan), node, edge.host),
        node=f"{bracketed(node)}:{settings.ports.sip}",
        limits=settings.admission,
        nodes=(),
    )


def render_front(
    settings: Settings, plan: Plan, edge: Edge, nodes: Sequence[Edge], folder: Path
) -> dict[str, str]:
    """The files of an edge that stands apart, before these nodes."""
    hosts = (node.host for node in nodes)
    text = _text(
        edge,
        allowed=(*networks(settings, plan), *hosts, edge.host),
        nodes=nodes,
        list=folder / NODES,
    )
    # The second set is not asked for a sign of life: nothing marks who is in it as gone.
    asked = "".join(f"{_IN_USE} sip:{node} 0\n" for node in nodes)
    unasked = "".join(f"{_LAST} sip:{node} {_UNASKED}\n" for node in nodes)
    return {FILE: text, NODES: asked + unasked}


def _text(edge: Edge, *, allowed: Sequence[str], **words: object) -> str:
    return (
        environment()
        .get_template(f"edge/{FILE}.j2")
        .render(
            edge=edge,
            allowed=dict.fromkeys(allowed),
            RETRY_AFTER_S=RETRY_AFTER_S,
            ANSWER_MS=ANSWER_MS,
            NEXT_MS=NEXT_MS,
            PING_S=PING_S,
            **words,
        )
    )
