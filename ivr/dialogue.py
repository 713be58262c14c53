"""The menu as a dialogue with a channel, the same for every way of speaking to Asterisk.

A generator yields one operation at a time and is sent its outcome: the FastAGI server and the
standby script each only know how to say :class:`Stream`, :class:`Listen`, :class:`Assign` and
:class:`Recall` in their own protocol. A caller who hangs up ends the generator by being closed.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.keys import LENGTHENED_MS, Keys
from siaga.menu import (
    Choose,
    Digit,
    Enter,
    Event,
    Finish,
    Missing,
    Play,
    Silence,
    Wait,
    start,
    step,
)
from siaga.names import SOUNDS, MenuReason, Var

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from siaga.menu import MenuState
    from siaga.menuspec import MenuSpec

DIGITS: Final = "0123456789*#"

WATCHDOG: Final = "TIMEOUT(absolute)"
"""The dialplan leaves a tier whose menu is not over by then, and goes one tier down. Set once, and
again when the limit moves: Asterisk drops a key that comes between two commands, and one dropped
just before a prompt is found only after it (see ``ivr.keys``). A server that hangs is not waited
for so long (see ``ivr.guard``)."""

WATCHDOG_MARGIN_S: Final = 2


@dataclass(frozen=True, slots=True)
class Stream:
    """Play ``file``, which lasts ``ms``; any digit stops it."""

    file: str
    ms: int


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait ``ms`` for a digit."""

    ms: int


@dataclass(frozen=True, slots=True)
class Assign:
    """Set a channel variable or function."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Recall:
    """Read which keys the caller has pressed since the menu began, whoever listened."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an operation.

    Attributes:
        digit: pressed meanwhile, if any.
        played: False when the prompt could not be opened.
        keys: what :class:`Recall` read.
    """

    digit: str | None = None
    played: bool = True
    keys: str = ""


Operation: TypeAlias = "Stream | Listen | Assign | Recall"
Dialogue: TypeAlias = "Generator[Operation, Outcome, None]"


@dataclass(frozen=True, slots=True)
class Begin:
    """What is known of a call when a tier's menu begins.

    Attributes:
        language: chosen in a tier above that failed.
        menu: sub-menu chosen there.
        announcement: in force at the call's arrival.
        elapsed_ms: since the call's arrival.
        seen: keys of the caller that the dialplan has looked at; what was pressed after these,
            before this tier could listen, is taken up. None: what was pressed by then is not.
    """

    language: str | None = None
    menu: str | None = None
    announcement: str | None = None
    elapsed_ms: int = 0
    seen: int | None = 0


ARRIVED: Final = Begin()
"""A call that has just arrived."""


def dialogue(spec: MenuSpec, clock: Callable[[], float], begin: Begin = ARRIVED) -> Dialogue:
    """Lead one caller through the menu.

    Args:
        spec: the compiled menu.
        clock: monotonic seconds.
        begin: what is known of the call.
    """
    began = clock() - begin.elapsed_ms / 1000
    watched_ms = 0
    state = start(
        spec,
        begin.language,
        begin.elapsed_ms,
        menu=begin.menu,
        announcement=begin.announcement,
    )
    keys = Keys(begin.seen)
    kept = (yield Recall()).keys
    pressed: deque[str] = deque()
    while not isinstance(state.command, Finish):
        event: Event = Silence()
        if isinstance(state.command, Choose | Enter):
            yield from _remember(state.command)
        elif pressed:
            event = Digit(pressed.popleft())
        else:
            # A key that is kept is about to be told, or was dropped.
            untold = keys.untold(kept)
            operation = Listen(LENGTHENED_MS) if untold else _operation(spec, state.command)
            ends_ms = _elapsed(clock, began) + operation.ms
            if ends_ms > watched_ms:
                watched_ms = max(ends_ms, state.limit_ms)
                yield _watchdog(watched_ms - _elapsed(clock, began))
            outcome = yield operation
            if outcome.digit and not untold and _decides(spec, state, outcome.digit):
                pressed.append(outcome.digit)
                continue
            kept = (yield Recall()).keys
            pressed.extend(keys.heard(kept, outcome.digit, waited=bool(untold)))
            if pressed or keys.untold(kept):
                continue
            if outcome.played:
                keys.silent(kept)
            event = Silence() if outcome.played else Missing()
        state = step(spec, state, event, _elapsed(clock, began))
    if state.command.reason is not MenuReason.DIGIT:
        yield Assign(Var.REASON, state.command.reason)
    yield Assign(Var.RESULT, state.command.emergency)


def _decides(spec: MenuSpec, state: MenuState, digit: str) -> bool:
    """Whether the key chooses an emergency: then nothing more is asked, however slow we are."""
    command = step(spec, state, Digit(digit), 0).command
    return isinstance(command, Finish) and command.reason is MenuReason.DIGIT


def _remember(command: Choose | Enter) -> Dialogue:
    if isinstance(command, Enter):
        yield Assign(Var.MENU, command.menu)
    else:
        yield Assign("CHANNEL(language)", command.language)
        yield Assign(Var.LANGUAGE, command.language)


def _elapsed(clock: Callable[[], float], began: float) -> int:
    return round((clock() - began) * 1000)


def _operation(spec: MenuSpec, command: Play | Wait) -> Stream | Listen:
    if isinstance(command, Wait):
        return Listen(command.ms)
    lasts = spec.prompt_ms.get(command.language, {}).get(command.prompt, 0)
    return Stream(f"{SOUNDS}/{spec.version}/{command.prompt}", lasts)


def _watchdog(lasts_ms: int) -> Assign:
    return Assign(WATCHDOG, str(math.ceil(lasts_ms / 1000) + WATCHDOG_MARGIN_S))
