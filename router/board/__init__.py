"""The live board: what the centre is doing at this moment, and what of it has changed.

``model`` is the whole of it, ``calls`` and ``view`` make it of what the router knows, ``changes``
tells two of them apart; all pure. ``hub`` owns the clock and the readers.
"""

from router.board.hub import Hub, Sources
from router.board.model import Board

__all__ = ["Board", "Hub", "Sources"]
