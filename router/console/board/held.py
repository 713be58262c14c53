"""What the console knows of the board: the newest state of the router's, and how old it is. Pure.

The clock is handed in, in seconds of a clock that is never set.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from router.board.changes import merged

STALE_S: Final = 3.0
"""Without a word from the router for so long, what is shown is out of date."""


class Link(StrEnum):
    """Whether the board is true."""

    LIVE = "live"
    ASTERISK = "asterisk"
    """The router is there and does not hear Asterisk: something may be missing."""
    ROUTER = "router"
    """The router does not answer: what is shown is old."""


class OutOfStepError(Exception):
    """A change came that does not follow what is known."""


class Held:
    """The newest state.

    Attributes:
        state: of the board as :func:`router.board.changes.whole` has it; None: nothing known yet.
        seen: the router's own time when it spoke last, ISO 8601.
        version: another number whenever ``state`` is another.
    """

    def __init__(self) -> None:
        self.state: dict[str, Any] | None = None
        self.seen: str | None = None
        self.version = 0
        self._heard: float | None = None
        self._boot = ""

    def take(self, line: dict[str, Any], now: float) -> bool:
        """Take a line of the stream; says whether the state is another.

        Raises:
            OutOfStepError: it begins in the middle: connect anew.
        """
        news = "whole" in line or "change" in line
        if "whole" in line:
            self.state, self._boot = line["whole"], line["boot"]
        elif self.state is None or line["boot"] != self._boot:
            raise OutOfStepError("a change without what it changes")
        elif news:
            self.state = merged(self.state, line["change"])
        self.seen, self._heard = line["at"], now
        self.version += news
        return news

    def link(self, now: float) -> Link:
        """Whether what is held is true."""
        if self.state is None or self._heard is None or now - self._heard > STALE_S:
            return Link.ROUTER
        return Link.LIVE if self.state["centre"]["hears"] else Link.ASTERISK
