"""How far the CEL file of a node has been taken into the database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CelPosition:
    """A place in a node's CEL file; everything before it is in the database.

    Attributes:
        node: name of the Asterisk node.
        file: identity of the file, so that a rotated one is told from its successor.
        offset: bytes from its beginning.
    """

    node: str
    file: str
    offset: int
