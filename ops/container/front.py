"""Settings of an edge that stands apart: where it takes calls, which nodes are behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.edge import APART, NAME, Edge, load, written
from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

NODES: Final = "SIAGA_EDGE_NODES"
_ANY: Final = {4: "0.0.0.0", 6: "::"}  # noqa: S104  (nothing listens on it)


@dataclass(frozen=True, slots=True)
class Front:
    """An edge before several nodes.

    Attributes:
        edge: where carriers send calls. ``nodes``: where each Asterisk takes them.
    """

    edge: Edge
    nodes: tuple[Edge, ...]


def front(env: Mapping[str, str]) -> Front:
    """The edge that the environment sets.

    Raises:
        SettingsError: it cannot be used; says what to give instead.
    """
    edge = _edge(env)
    texts = [text.strip() for text in env.get(NODES, "").split(",") if text.strip()]
    nodes = tuple(_address(text) for text in texts)
    places = {(known.host, known.port) for known in (*nodes, edge)}
    if not nodes or len(places) <= len(nodes):
        raise SettingsError(
            f"{NODES}={env.get(NODES, '')[:200]!r}: give the address and port of each node's "
            f"Asterisk once, separated by commas, and not the edge's own."
        )
    return Front(edge, nodes)


def _edge(env: Mapping[str, str]) -> Edge:
    text = env.get(NAME, "").strip()
    any_ = _ANY[6 if text.startswith("[") else 4]
    found = load({**env, NAME: text, APART: "1"} if text else {}, any_, 0, tls_required=False)
    if found is None:
        raise SettingsError(f"{NAME} is not set: give an address and a port, 203.0.113.5:5060.")
    return found


def _address(text: str) -> Edge:
    address, port = written(NODES, text)
    return Edge(str(address), port)
