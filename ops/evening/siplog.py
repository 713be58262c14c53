"""SIPp's own log of messages, read: every message with its time and its way. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from ops.phone import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.phone.message import Message

_HEAD: Final = re.compile(
    rb"^-{20,} (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\r?\n"
    rb"(?:UDP|TCP|TLS) (control )?message (sent|received) ?\[(\d+)\] bytes ?:\r?\n\r?\n",
    re.MULTILINE,
)
"""What stands before a message; a ``control`` message is between SIPp and us."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message.

    Attributes:
        at: when, seconds since the epoch.
        sent: whether SIPp sent it.
        message: the message itself.
        since: when SIPp noted what came before. What is sent is noted once it is gone, on a busy
            machine much later; but it went after this.
    """

    at: float
    sent: bool
    message: Message
    since: float

    @property
    def call_id(self) -> str:
        """Its Call-ID."""
        return self._text("Call-ID")

    @property
    def method(self) -> str:
        """Of a request, or of the request that a response is to."""
        if self.message.status:
            return self._text("CSeq").rpartition(" ")[2]
        return self.message.start.partition(b" ")[0].decode("latin-1")

    @property
    def is_request(self) -> bool:
        """Whether it is no response."""
        return not self.message.status

    def _text(self, name: str) -> str:
        return self.message.first(name).decode("utf-8", "replace")


def read(log: bytes) -> Iterator[Line]:
    """Every SIP message of a log, in order.

    A message is as many bytes as its heading says, whatever is in it: what a caller sends cannot
    make a heading.
    """
    place, before = 0, math.inf
    while (found := _HEAD.search(log, place)) is not None:
        begin = found.end()
        place = begin + int(found[4])
        at, sent = _time(found[1]), found[3] == b"sent"
        if found[2] is None:
            yield Line(at, sent, message.parse(log[begin:place]), min(before, at))
        before = at


def _time(text: bytes) -> float:
    return datetime.fromisoformat(text.decode("ascii")).timestamp()
