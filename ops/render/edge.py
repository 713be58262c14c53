"""The configuration of the edge, from the settings and the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.render.base import networks
from ops.render.templates import environment
from siaga.edge import bracketed

if TYPE_CHECKING:
    from siaga.plan import Plan
    from siaga.settings import Settings

FILE: Final = "kamailio.cfg"
RETRY_AFTER_S: Final = 5
"""After which a carrier may try us again: calls end all the time."""
ANSWER_MS: Final = 4000
"""Asterisk's first word, over UDP also when three requests in a row are lost."""


def render_edge(settings: Settings, plan: Plan) -> str | None:
    """The text of ``kamailio.cfg``; None: this instance has no edge."""
    edge = settings.edge
    if edge is None:
        return None
    node = edge.node(settings.bind)
    return (
        environment()
        .get_template(f"edge/{FILE}.j2")
        .render(
            edge=edge,
            node=f"{bracketed(node)}:{settings.ports.sip}",
            # Asterisk for what it sends within a call, the edge for whoever asks it from here.
            allowed=dict.fromkeys((*networks(settings, plan), node, edge.host)),
            limits=settings.admission,
            RETRY_AFTER_S=RETRY_AFTER_S,
            ANSWER_MS=ANSWER_MS,
        )
    )
