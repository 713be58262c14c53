"""Keys that a menu was not told of, found again in what Asterisk keeps of the call.

A menu is told of a key by the command that the key ends; one that comes between two commands,
Asterisk drops. ``StoreDTMF`` keeps every key that reaches the channel, whoever listens, with three
things to know:

* It keeps a key as it comes; a short one is told of when it has been made longer
  (``mindtmfduration``), up to ``LENGTHENED_MS`` later.
* It keeps a key twice that had to wait until the one before it was long enough. So of what is kept,
  a key that follows the same key says nothing; only commands tell of those.
* It may keep nothing, when it could not be started.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

LENGTHENED_MS: Final = 500
"""A kept key of which no command has told for so long was dropped: ``mindtmfduration`` of our
``asterisk.conf``, and some for a machine that is busy."""


class Keys:
    """Which of a caller's keys have been taken in, and in what order the others come."""

    def __init__(self, seen: int | None = 0) -> None:
        """Begin after the first ``seen`` keys that are kept; None: after those kept at first."""
        self._seen = seen
        self._taken: int | None = None

    def told(self, kept: str, key: str) -> str:
        """Take in a key that a command told of, after those dropped before it: these and it."""
        new = self.untold(kept)
        if key in new:
            new = new[: new.index(key) + 1]
            self._advance(len(new))
            return new
        # The same key once more, or one that is not kept.
        return key

    def untold(self, kept: str) -> str:
        """Keys that are kept and not taken in."""
        if self._taken is None:
            self._taken = len(_runs(kept if self._seen is None else kept[: self._seen]))
        return _runs(kept)[self._taken :]

    def dropped(self, kept: str) -> str:
        """Take in all that are kept: nobody will tell of them any more."""
        new = self.untold(kept)
        self._advance(len(new))
        return new

    def _advance(self, by: int) -> None:
        self._taken = (self._taken or 0) + by


def _runs(keys: str) -> str:
    return "".join(key for key, _ in groupby(keys))
