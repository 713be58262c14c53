"""The voice menu driven in virtual time: what a caller hears and presses, by the millisecond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from siaga.menu import Digit, Finish, Missing, Play, Silence, Wait, start, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.menuspec import MenuSpec


@dataclass(frozen=True, slots=True)
class Press:
    """A key the caller presses.

    Attributes:
        key: one of ``0-9*#A-D``.
        after_ms: since the key before it, or since the menu's beginning; None: at the end of what
            is being said.
    """

    key: str
    after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A prompt begins to be said."""

    at_ms: int
    prompt: str
    language: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key takes effect."""

    at_ms: int
    key: str


@dataclass(frozen=True, slots=True)
class Over:
    """The menu has ended."""

    at_ms: int
    language: str
    finish: Finish


MenuEvent: TypeAlias = "Heard | Pressed | Over"


def drive(
    spec: MenuSpec, presses: tuple[Press, ...], announcement: str | None = None
) -> Iterator[MenuEvent]:
    """What happens in the menu, the last event being :class:`Over`; times since its beginning."""
    state = start(spec, announcement=announcement)
    now, pressed_at, left = 0, 0, list(presses)
    while not isinstance(state.command, Finish):
        command = state.command
        if isinstance(command, Play):
            length = spec.prompt_ms.get(command.language, {}).get(command.prompt)
            if length is None:
                state = step(spec, state, Missing(), now)
                continue
            yield Heard(now, command.prompt, command.language)
        elif isinstance(command, Wait):
            length = command.ms
        else:
            state = step(spec, state, Silence(), now)
            continue
        end = now + length
        moment = _moment(left[0], now, end, pressed_at, command) if left else None
        if moment is None or moment > end:
            now = end
            state = step(spec, state, Silence(), now)
            continue
        now = pressed_at = moment
        key = left.pop(0).key
        yield Pressed(now, key)
        state = step(spec, state, Digit(key), now)
    yield Over(now, state.language, state.command)


def _moment(press: Press, now: int, end: int, before: int, command: Play | Wait) -> int:
    if press.after_ms is None:
        return end if isinstance(command, Play) else now
    return max(now, before + press.after_ms)
