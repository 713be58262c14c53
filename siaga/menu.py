"""The voice menu as a state machine without input or output.

It is given what happened (:class:`Silence`, :class:`Digit`, :class:`Missing`) with the time since
the call's arrival, and says what to do next (:class:`Play`, :class:`Wait`, :class:`Choose`,
:class:`Enter`, :class:`Finish`). Whoever drives it owns the channel and
the clock; a hang-up simply ends the driving.

The clock this service is judged by runs from the call's arrival to two-way talk, so the whole menu
ends early enough for a human's phone to ring within the plan's ``human_within``, whatever the
caller does or does not press. Choosing a language or a sub-menu is an answer: the time and the
tries begin anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from siaga.changes import changed
from siaga.names import MenuReason

if TYPE_CHECKING:
    from siaga.menuspec import MenuSpec

HANDOVER_MS: Final = 700
"""Kept free before ``human_within`` for the way from the menu's end to the ringing phone."""

MIN_WAIT_MS: Final = 400
"""A prompt is only begun when this much silence to answer in is left after it."""

MENU: Final = "menu"
OPTIONS: Final = "options"
RETRY_NO_INPUT: Final = "retry-no-input"
RETRY_NO_MATCH: Final = "retry-no-match"
ANNOUNCE: Final = "announce"
"""Prompt ``announce-<name>``: said in place of the greeting."""


def prompt_of(prompt: str, name: str) -> str:
    """The ``prompt`` of the sub-menu or announcement ``name``; the first menu's for no name."""
    return f"{prompt}-{name}" if name else prompt


@dataclass(frozen=True, slots=True)
class Silence:
    """The prompt or wait ended without a digit."""


@dataclass(frozen=True, slots=True)
class Digit:
    """The caller pressed ``digit``, one of ``0-9*#A-D``."""

    digit: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The prompt could not be played."""


@dataclass(frozen=True, slots=True)
class Play:
    """Play ``prompt`` in ``language``; any digit stops it."""

    prompt: str
    language: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for a digit for ``ms``."""

    ms: int


@dataclass(frozen=True, slots=True)
class Choose:
    """Keep the caller's language on the channel, then report :class:`Silence`."""

    language: str


@dataclass(frozen=True, slots=True)
class Enter:
    """Keep the caller's sub-menu on the channel, then report :class:`Silence`."""

    menu: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The menu is over: route to ``emergency``."""

    emergency: str
    reason: MenuReason


Event: TypeAlias = "Silence | Digit | Missing"
Command: TypeAlias = "Play | Wait | Choose | Enter | Finish"


@dataclass(frozen=True, slots=True)
class MenuState:
    """Where a call is in the menu.

    Attributes:
        language: spoken to the caller now.
        command: what was asked for last; the next event is its outcome.
        limit_ms: since arrival; the menu is over by then.
        no_input: times nothing was pressed. ``no_match``: times something without meaning was.
        reason: kind of the last failed try.
        menu: sub-menu the caller is in; empty: the first.
        announcement: said in place of the greeting; empty: none.
    """

    language: str
    command: Command
    limit_ms: int
    no_input: int = 0
    no_match: int = 0
    reason: MenuReason = MenuReason.TIMEOUT
    menu: str = ""
    announcement: str = ""

    @property
    def tries(self) -> int:
        """Failed tries in all."""
        return self.no_input + self.no_match


def start(
    spec: MenuSpec,
    language: str | None = None,
    elapsed_ms: int = 0,
    *,
    menu: str | None = None,
    announcement: str | None = None,
) -> MenuState:
    """The first state of a call.

    Args:
        spec: the compiled menu.
        language: already chosen in a tier that failed, if any.
        elapsed_ms: since the call's arrival; more than 0 when a tier above failed.
        menu: sub-menu already chosen in a tier that failed, if any.
        announcement: in force at arrival, if any.
    """
    known = spec.prompt_ms.keys() if language else ()
    spoken = language if language is not None and language in known else spec.language
    entered = menu if menu is not None and menu in spec.menus else ""
    limit = spec.human_within_ms - HANDOVER_MS
    begun = MenuState(spoken, Wait(0), limit, menu=entered, announcement=announcement or "")
    opening = _opening(spec, begun)
    if elapsed_ms and elapsed_ms + _length(spec, spoken, opening) > limit:
        return _prompt(spec, begun, (OPTIONS, RETRY_NO_INPUT), elapsed_ms)
    return changed(begun, command=Play(opening, spoken))


def step(spec: MenuSpec, state: MenuState, event: Event, elapsed_ms: int) -> MenuState:
    """The next state after ``event``, ``elapsed_ms`` after the call's arrival."""
    if isinstance(state.command, Finish):
        return state
    if isinstance(event, Digit):
        return _pressed(spec, state, event.digit, elapsed_ms)
    if isinstance(event, Missing):
        return changed(state, command=Finish(_default(spec, state), MenuReason.ERROR))
    return _silent(spec, state, elapsed_ms)


def too_long(spec: MenuSpec) -> tuple[str, ...]:
    """Openings, as ``<language>/<prompt>``, after which there is no time left to answer in.

    They are played to their end all the same, so that whoever presses nothing reaches a human
    later than the plan's ``human_within``: such a plan is not to be put in force.
    """
    most = spec.human_within_ms - HANDOVER_MS - MIN_WAIT_MS
    return tuple(
        f"{language}/{prompt}"
        for language, lengths in spec.prompt_ms.items()
        for prompt, length in lengths.items()
        if length > most and _is_opening(spec, prompt)
    )


def _is_opening(spec: MenuSpec, prompt: str) -> bool:
    openings = {MENU, *(prompt_of(MENU, name) for name in spec.menus)}
    return prompt in openings or prompt.startswith(f"{ANNOUNCE}-")


def _pressed(spec: MenuSpec, state: MenuState, digit: str, elapsed_ms: int) -> MenuState:
    digits = spec.menus[state.menu].digits if state.menu else spec.digits
    chosen = digits.get(digit)
    if chosen is not None and not state.menu and chosen in spec.menus:
        return changed(_anew(spec, state, elapsed_ms), menu=chosen, command=Enter(chosen))
    if chosen is not None:
        return changed(state, command=Finish(chosen, MenuReason.DIGIT))
    language = None if state.menu else spec.language_digits.get(digit)
    if language is not None and language != state.language:
        begun = _anew(spec, state, elapsed_ms)
        return changed(begun, language=language, command=Choose(language))
    failed = changed(state, no_match=state.no_match + 1, reason=MenuReason.NO_MATCH)
    return _prompt(spec, failed, (OPTIONS, RETRY_NO_MATCH), elapsed_ms)


def _anew(spec: MenuSpec, state: MenuState, elapsed_ms: int) -> MenuState:
    """The caller has answered: time and tries begin anew."""
    limit = elapsed_ms + spec.human_within_ms - HANDOVER_MS
    return changed(state, limit_ms=limit, no_input=0, no_match=0, reason=MenuReason.TIMEOUT)


def _silent(spec: MenuSpec, state: MenuState, elapsed_ms: int) -> MenuState:
    if isinstance(state.command, Choose | Enter):
        return changed(state, command=Play(_opening(spec, state), state.language))
    left = state.limit_ms - elapsed_ms
    if isinstance(state.command, Play) and left > 0:
        wait = min(spec.wait_ms, left) if state.tries == 0 else left
        return changed(state, command=Wait(wait))
    failed = changed(state, no_input=state.no_input + 1, reason=MenuReason.NO_INPUT)
    return _prompt(spec, failed, (RETRY_NO_INPUT,), elapsed_ms)


def _prompt(spec: MenuSpec, state: MenuState, kinds: tuple[str, ...], elapsed_ms: int) -> MenuState:
    """Another try with the first prompt there is time for, else a human without further delay."""
    if state.tries < spec.tries:
        for kind in kinds:
            prompt = prompt_of(kind, state.menu)
            length = _length(spec, state.language, prompt)
            if length and elapsed_ms + length + MIN_WAIT_MS <= state.limit_ms:
                return changed(state, command=Play(prompt, state.language))
    return changed(state, command=Finish(_default(spec, state), state.reason))


def _opening(spec: MenuSpec, state: MenuState) -> str:
    """What is said first: the sub-menu, else the announcement if it was made, else the menu."""
    if state.menu or not state.announcement:
        return prompt_of(MENU, state.menu)
    announced = prompt_of(ANNOUNCE, state.announcement)
    return announced if _length(spec, state.language, announced) else MENU


def _default(spec: MenuSpec, state: MenuState) -> str:
    return spec.menus[state.menu].default if state.menu else spec.default


def _length(spec: MenuSpec, language: str, prompt: str) -> int:
    return spec.prompt_ms.get(language, {}).get(prompt, 0)
