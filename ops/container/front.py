"""Settings of an edge that stands apart: where it takes calls, which nodes are behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.edge import NAME, Edge, load
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
    edge = _address(env, NAME)
    texts = [text.strip() for text in env.get(NODES, "").split(",") if text.strip()]
    nodes = tuple(_address({NODES: text}, NODES) for text in texts)
    if not nodes or len(set(nodes)) < len(nodes) or edge in nodes:
        raise SettingsError(
            f"{NODES}={env.get(NODES, '')[:200]!r}: give the address and port of each node's "
            f"Asterisk once, separated by commas, and not the edge's own."
        )
    return Front(edge, nodes)


def _address(env: Mapping[str, str], name: str) -> Edge:
    text = env.get(name, "").strip()
    version = 6 if text.startswith("[") else 4
    try:
        found = load({NAME: text}, _ANY[version], 0, tls_required=False)
    except SettingsError as error:
        raise SettingsError(str(error).replace(NAME, name)) from error
    if found is None:
        raise SettingsError(f"{name} is not set: give an address and a port, 203.0.113.5:5060.")
    return found
