"""Which call a handset rings for, by the channels that Asterisk makes for it.

The board's calls tell which agency is rung. Where several calls ring at an agency together, only
the channel tells whose caller is behind a handset's ringing.

A handset that another node has refuses at once, and is tried again each second: the edge says so.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from router.handsets import PREFIX
from siaga.names import Milestone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from router.calls.events import CelEvent

MOST: Final = 2_000
"""Channels remembered; the oldest goes first, should the end of some never be told."""
ELSEWHERE_S: Final = 3.0
"""How long a handset is taken for another node's after the edge said so: some tries of a queue."""
_OVER: Final = frozenset(("ANSWER", "BRIDGE_ENTER", "HANGUP", "CHAN_END"))


class Rings:
    """The channels of handsets that nobody has answered yet.

    Args:
        clock: a clock that is never set.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calls: OrderedDict[str, str] = OrderedDict()
        self._elsewhere: dict[str, float] = {}

    @property
    def calls(self) -> Mapping[str, str]:
        """Id of the call by extension; of several, the newest."""
        return {_extension(channel): call for channel, call in self._calls.items()}

    def of(self, call: str) -> frozenset[str]:
        """The extensions that ring for a call."""
        return frozenset(_extension(ch) for ch, known in self._calls.items() if known == call)

    @property
    def elsewhere(self) -> frozenset[str]:
        """The extensions that another node had a moment ago."""
        since = self._clock() - ELSEWHERE_S
        return frozenset(ext for ext, at in self._elsewhere.items() if at > since)

    def take(self, event: CelEvent) -> None:
        """Take an event that AMI told."""
        if event.kind == "CHAN_START":
            # A channel that began the call itself is somebody who calls.
            if event.channel.startswith(PREFIX) and event.unique != event.linked:
                self._calls[event.channel] = event.linked
                if len(self._calls) > MOST:
                    self._calls.popitem(last=False)
        elif event.kind == Milestone.ELSEWHERE:
            # Only a handset of the plan that was rung says so: there are no more of them than that.
            self._elsewhere[_extension(event.channel)] = self._clock()
        elif event.kind in _OVER:
            self._calls.pop(event.channel, None)


def _extension(channel: str) -> str:
    """Of ``PJSIP/201-0000001a``."""
    return channel.removeprefix(PREFIX).rpartition("-")[0]
