"""When an officer is freed of a silent caller: a pure function of what is known of one call.

Whatever says that somebody is there, or that a human has judged the call, keeps the caller where he
is for good. So does anything that is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from siaga.keys import CallClass
from siaga.names import SILENT_REASONS

WARN_S: Final = 4.0
"""How long before it the officer is told that he is going to be freed."""
STILL_GHOST: Final = f"class-{CallClass.GHOST}"
"""The one of an officer's keys that does not say that he wants to keep the caller."""


@dataclass(frozen=True, slots=True)
class Listening:
    """An officer talks with the caller, as far as that can be said.

    Attributes:
        channel: Asterisk's name of his; it is never used again.
        since: when he was seen to, seconds of a clock that is never set.
        warned: whether he was told.
    """

    channel: str
    since: float
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Silent:
    """A call whose arrival was seen as it happened, and all of it since.

    Attributes:
        call: its id. ``channel``: the caller's.
        listen_s: so long an officer listens.
        kept: why the caller is not moved any more, whatever comes; empty: he may be.
        choice: why the menu ended; empty: it has not.
        officer: who listens.
        freed: the channels of officers who were freed of him.
        watched: he is watched, or on his way there: the next who answers listens anew.
    """

    call: str
    channel: str
    listen_s: float
    kept: str = ""
    choice: str = ""
    officer: Listening | None = None
    freed: tuple[str, ...] = ()
    watched: bool = False

    @property
    def due(self) -> float | None:
        """When there is something to be done; None: not before something happens."""
        if self.kept or self.officer is None or not self.choice:
            return None
        wait = self.listen_s - (0 if self.officer.warned else WARN_S)
        return self.officer.since + wait


@dataclass(frozen=True, slots=True)
class Seen:
    """How the call stands now.

    Attributes:
        now: on the same clock.
        choice: why the menu ended; empty: it has not.
        talking: channels of those who talk with the caller.
        alone: nobody else was ever brought in, and the call was never sent on nor in a room.
        heard: he was heard while he was watched.
    """

    now: float
    choice: str
    talking: tuple[str, ...]
    alone: bool
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound of the caller's was heard."""


@dataclass(frozen=True, slots=True)
class Key:
    """An officer pressed a key that Asterisk takes for a command."""

    name: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Something else says that the caller stays."""

    why: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""

    now: float


Event: TypeAlias = Seen | Sound | Key | Keep | Tick


@dataclass(frozen=True, slots=True)
class Warn:
    """Tell the officer that he is going to be freed."""

    officer: str


@dataclass(frozen=True, slots=True)
class Free:
    """Lead the caller from this officer, if he still has him, to where he is watched."""

    officer: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Tell the officer, who was told otherwise, that the caller stays."""

    officer: str


Command: TypeAlias = Warn | Free | Kept


def step(call: Silent, event: Event) -> tuple[Silent, tuple[Command, ...]]:
    """The call after ``event``, and what is to be done."""
    if call.kept:
        return call, ()
    match event:
        case Sound():
            return replace(call, kept="sound"), ()
        case Keep(why):
            return replace(call, kept=why), ()
        case Key(name):
            return _pressed(call, name)
        case Seen():
            return _seen(call, event), ()
        case Tick(now):
            return _ticked(call, now)


def _pressed(call: Silent, name: str) -> tuple[Silent, tuple[Command, ...]]:
    if name == STILL_GHOST:
        return call, ()
    told = call.officer is not None and call.officer.warned
    commands = (Kept(call.officer.channel),) if told and call.officer is not None else ()
    return replace(call, kept=f"key {name}"), commands


def _seen(call: Silent, event: Seen) -> Silent:
    call = replace(call, choice=event.choice)
    why = _why(call, event)
    if why:
        return replace(call, kept=why)
    officers = [one for one in event.talking if one not in call.freed]
    if not officers:
        # He left by himself: the call ends, or he has sent it on.
        return call if call.officer is None else replace(call, kept="officer left")
    if call.officer is not None:
        return call if officers == [call.officer.channel] else replace(call, kept="others")
    if call.freed and not call.watched:
        return replace(call, kept="others")
    return replace(call, officer=Listening(officers[0], event.now), watched=False)


def _why(call: Silent, event: Seen) -> str:
    """What of the call's state keeps the caller; empty: nothing."""
    if event.choice and event.choice not in SILENT_REASONS:
        return "choice"
    if not event.alone:
        return "others"
    if event.heard:
        return "heard"
    if len([one for one in event.talking if one not in call.freed]) > 1:
        return "others"
    return ""


def _ticked(call: Silent, now: float) -> tuple[Silent, tuple[Command, ...]]:
    officer = call.officer
    if officer is None or call.due is None or now < call.due:
        return call, ()
    if not officer.warned:
        told = replace(officer, warned=True, since=max(officer.since, now + WARN_S - call.listen_s))
        return replace(call, officer=told), (Warn(officer.channel),)
    freed = (*call.freed, officer.channel)
    return replace(call, officer=None, freed=freed, watched=True), (Free(officer.channel),)
