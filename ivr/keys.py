"""Keys that a menu was not told of, found again in what Asterisk keeps of the call.

A menu is told of a key by the command that the key ends; one that comes between two commands,
Asterisk drops, unless it can be made longer until the next (``mindtmfduration``). ``StoreDTMF``
keeps every key that reaches the channel, whoever listens, with three things to know:

* It keeps a key as it comes; one that is made longer is told of up to ``LENGTHENED_MS`` later.
* It keeps a key twice that had to wait until the one before it was long enough. So of what is kept,
  the same key again counts only so far as no waiting explains it. The first of a call, and the
  first after a silence, cannot have waited, and is kept once.
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
        # Where those begin that came after the last silence, of which the first is kept once.
        self._calm = 0
        # Which run of the same key was last taken from (-1: none), how many keys were taken of it,
        # and how often it was kept when the last of them was: what is kept later is another key's.
        self._run = -1
        self._of_run = 0
        self._kept_then = 0

    def heard(self, kept: str, told: str | None, *, waited: bool) -> str:
        """Keys to take in, in their order, after a command has ended.

        Args:
            kept: what Asterisk keeps now.
            told: the key that ended the command, after those dropped before it.
            waited: whether nobody will tell any more of those that were kept.
        """
        new = self.untold(kept)
        if told is not None:
            # If it is none of them, it is the same key once more, or one that is not kept.
            new = new[: new.index(told) + 1] if told in new else told
        elif not waited:
            new = ""
        for key in new:
            self._take(kept, key)
        return new

    def silent(self, kept: str) -> None:
        """Know that for a while no key was pressed and none is on its way."""
        self._seen, self._calm = 0, len(kept)
        self._run, self._of_run, self._kept_then = -1, 0, 0

    def untold(self, kept: str) -> str:
        """Keys that are kept and not taken in."""
        if self._seen is None or self._seen > 0:
            looked = _runs(kept if self._seen is None else kept[: self._seen])
            self._seen, self._run = 0, len(looked) - 1
            if looked:
                self._of_run, self._kept_then = len(looked[-1]), 2 * len(looked[-1])
        runs = self._runs(kept)
        again = ""
        if 0 <= self._run < len(runs):
            run = runs[self._run]
            more = max(
                self._least(self._run, run) - self._of_run, _least(len(run) - self._kept_then)
            )
            again = run[0] * max(0, more)
        later = enumerate(runs[self._run + 1 :], self._run + 1)
        return again + "".join(run[0] * self._least(place, run) for place, run in later)

    def _runs(self, kept: str) -> list[str]:
        return _runs(kept[self._calm :])

    def _least(self, place: int, run: str) -> int:
        once = 1 if place == 0 else 0
        return once + _least(len(run) - once)

    def _take(self, kept: str, key: str) -> None:
        runs = self._runs(kept)
        here = runs[self._run] if 0 <= self._run < len(runs) else ""
        if here[:1] == key:
            self._of_run += 1
        elif runs[self._run + 1 :][:1] and runs[self._run + 1][0] == key:
            self._run, self._of_run = self._run + 1, 1
            here = runs[self._run]
        else:
            return
        self._kept_then = len(here)


def _runs(keys: str) -> list[str]:
    return ["".join(run) for _, run in groupby(keys)]


def _least(kept: int) -> int:
    """How many keys at least were pressed that are kept so often."""
    return -(-kept // 2)
