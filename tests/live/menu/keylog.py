"""Keys out of what Asterisk logs of them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_RECEIVED: Final = re.compile(r"DTMF end '(?P<key>.)' received on (?P<channel>[^\s,]+)")
_TAKEN: Final = re.compile(
    r"DTMF (?:end accepted with(?:out)? begin '.'"
    r"|end '.' has duration \d+ but want minimum \d+, emulating"
    r"|end passthrough '.'"
    r"|begin emulation of '.' with duration \d+ queued) on (?P<channel>[^\s,]+)"
)
_ENDED: Final = re.compile(
    r"DTMF end (?:emulation of|passthrough) '(?P<key>.)'.* on (?P<channel>[^\s,]+)"
)


def keys_ended(lines: Iterable[str]) -> dict[str, str]:
    """Keys by channel that have been told to whoever reads the channel, in order."""
    ended: dict[str, str] = defaultdict(str)
    for line in lines:
        if told := _ENDED.search(line):
            ended[told["channel"]] += told["key"]
    return ended


def keys_taken(lines: Iterable[str]) -> dict[str, str]:
    """Keys by channel, in order, each as often as the channel took it.

    A key that ends while the one before it is still being made longer is put back, without a word,
    and logged as received once more when its turn comes: only what is done with it then counts.
    """
    taken: dict[str, str] = defaultdict(str)
    waiting: dict[str, str] = {}
    for line in lines:
        if received := _RECEIVED.search(line):
            waiting[received["channel"]] = received["key"]
        elif (done := _TAKEN.search(line)) and done["channel"] in waiting:
            taken[done["channel"]] += waiting.pop(done["channel"])
    return taken
