"""What the link tells its consumer, in order: events of Asterisk, and what became of the link."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from router.ami.headers import Headers


class Down(StrEnum):
    """Why there is no connection; a closed list."""

    UNREACHABLE = "unreachable"
    """Nobody listens there, or not in time."""
    LOGIN_REFUSED = "login_refused"
    """Asterisk does not take the name and password."""
    LOGIN_TIMEOUT = "login_timeout"
    """Connected, but there was no greeting or no answer to the login."""
    CLOSED = "closed"
    """The peer, or the network, closed the connection."""
    SILENT = "silent"
    """Still connected, but our pings were not answered."""
    PROTOCOL = "protocol"
    """The peer sent what no Asterisk sends."""
    STOPPED = "stopped"
    """We closed it; the last word of a stream."""


@dataclass(frozen=True, slots=True)
class Connected:
    """Logged in; actions are taken from now on. Whatever happened before was not seen.

    Attributes:
        first: the first connection of this link; False: something was missed in between.
        booted: Asterisk said that all of it is up. False: it did not say so in time, its account
            lacks ``read=system`` or it is still starting (then ``FullyBooted`` follows).
    """

    first: bool
    booted: bool


@dataclass(frozen=True, slots=True)
class Disconnected:
    """There is no connection; the link goes on trying. Told once for each change of reason.

    Attributes:
        detail: a sentence for logs.
    """

    reason: Down
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Overflow:
    """The consumer was too slow and events between the last one and the next were dropped.

    Resynchronise: ask for what is so now, and take from the CEL file what was so meanwhile.

    Attributes:
        dropped: how many events.
    """

    dropped: int


@dataclass(frozen=True, slots=True)
class Event:
    """One event of Asterisk. Its values may be the caller's own words: hostile text.

    Attributes:
        name: ``CEL``, ``ContactStatus``, ...
        received_at: when its last byte was here, by our clock, in UTC.
    """

    name: str
    headers: Headers
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Response:
    """Asterisk's answer to an action that it took."""

    headers: Headers

    @property
    def message(self) -> str:
        """What Asterisk says about it, without a line end (some of its messages hold one)."""
        return self.headers.get("message", "").strip()

    @property
    def action_id(self) -> str:
        """Comes back in the events that this action leads to, such as ``OriginateResponse``."""
        return self.headers.get("actionid", "")


Marker: TypeAlias = Connected | Disconnected
Item: TypeAlias = Connected | Disconnected | Event | Overflow
