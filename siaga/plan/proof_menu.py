"""Proof that the menu ends in time, whatever the caller does, in every language and sub-menu."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from siaga.menu import (
    HANDOVER_MS,
    Choose,
    Digit,
    Enter,
    Finish,
    MenuState,
    Missing,
    Play,
    Silence,
    Wait,
    start,
    step,
)
from siaga.names import MenuReason
from siaga.plan.words import Words, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.menu import Event
    from siaga.menuspec import MenuSpec
    from siaga.plan.source import Path

LANGUAGES: Final = {
    "id": Words("bahasa Indonesia", "Indonesian"),
    "en": Words("bahasa Inggris", "English"),
}
RUBBISH: Final = "*"
TIERS_MS: Final = (0, 2000, 6000)
"""When a tier begins: at once, after the limit of the first, and of the first two, that hung."""


@dataclass(frozen=True, slots=True)
class MenuFault:
    """A way through the menu that ends too late, or nowhere.

    Attributes:
        story: what happens, for people. ``path``: what in the plan's file to look at.
        cause: faults of equal cause are one.
    """

    story: Words
    path: Path
    cause: tuple[str, ...]


def menu_faults(spec: MenuSpec, announcements: tuple[str, ...]) -> tuple[MenuFault, ...]:
    """Every fault of a menu, one a cause.

    Args:
        spec: the compiled menu.
        announcements: names of those that may be said in place of the greeting.
    """
    found: dict[tuple[str, ...], MenuFault] = {}
    for fault in _Walk(spec).faults(announcements):
        found.setdefault(fault.cause, fault)
    return tuple(found.values())


class _Walk:
    """Walks every way of the menu; what follows an answer is walked once."""

    def __init__(self, spec: MenuSpec) -> None:
        self.spec = spec
        self.entered: set[tuple[str, str, str]] = set()
        means = {*spec.digits, *spec.language_digits}
        for menu in spec.menus.values():
            means |= {*menu.digits}
        self.keys = (*sorted(means), RUBBISH)
        most = spec.human_within_ms - HANDOVER_MS
        self.tiers = tuple(elapsed for elapsed in TIERS_MS if elapsed <= most)

    def faults(self, announcements: tuple[str, ...]) -> Iterator[MenuFault]:
        spec = self.spec
        for said in ("", *announcements):
            for elapsed in self.tiers:
                begun = start(spec, None, elapsed, announcement=said or None)
                yield from self._from(begun, elapsed, ())
        for language in spec.prompt_ms:
            for menu in ("", *spec.menus):
                for elapsed in self.tiers:
                    begun = start(spec, language, elapsed, menu=menu or None)
                    yield from self._from(begun, elapsed, ())

    def _from(self, state: MenuState, now: int, done: tuple[str, ...]) -> Iterator[MenuFault]:
        """Every way on from a state, ``now`` being the time since the caller last led on."""
        command = state.command
        if isinstance(command, Finish):
            # The key that leads to an emergency is an answer itself, whenever it comes.
            if command.reason is not MenuReason.DIGIT:
                yield from self._end(state, now, done)
            return
        if isinstance(command, Choose | Enter):
            entry = (state.language, state.menu, state.announcement)
            if entry not in self.entered:
                self.entered.add(entry)
                # The time begins anew with an answer, so that nothing before it counts.
                fresh = replace(state, limit_ms=state.limit_ms - now)
                yield from self._from(step(self.spec, fresh, Silence(), 0), 0, done)
            return
        for event, after, told in self._events(command):
            after_ms = now + after
            then = (*done, told) if told else done
            yield from self._from(step(self.spec, state, event, after_ms), after_ms, then)

    def _events(self, command: Play | Wait) -> Iterator[tuple[Event, int, str]]:
        """What may happen, when, and how to tell it: at once, and at the last moment."""
        if isinstance(command, Play):
            length = self.spec.prompt_ms.get(command.language, {}).get(command.prompt)
            if length is None:
                yield Missing(), 0, ""
                return
        else:
            length = command.ms
        yield Silence(), length, ""
        for key in self.keys:
            for after in {0, length}:
                yield Digit(key), after, key

    def _end(self, state: MenuState, taken: int, done: tuple[str, ...]) -> Iterator[MenuFault]:
        limit = self.spec.human_within_ms
        if taken + HANDOVER_MS <= limit:
            return
        keys = ", ".join(done)
        pressed = (
            Words(f"setelah menekan {keys}", f"{keys} pressed")
            if done
            else Words("tanpa menekan apa pun", "nothing pressed")
        )
        language = LANGUAGES.get(state.language, same(state.language))
        opening, path = _opening(state)
        late = (taken + HANDOVER_MS) / 1000
        yield MenuFault(
            Words(
                f"{opening.id} dalam {language.id}, {pressed.id}: {late:g} s berlalu, "
                f"belum ada telepon yang berdering (human_within: {limit / 1000:g} s)",
                f"{opening.en} in {language.en}, {pressed.en}: {late:g} s in, "
                f"nobody's telephone rings yet (human_within: {limit / 1000:g} s)",
            ),
            path,
            (*map(str, path), state.language),
        )


def _opening(state: MenuState) -> tuple[Words, Path]:
    if state.menu:
        return same(f"menu {state.menu}"), ("menus", state.menu)
    if state.announcement:
        name = state.announcement
        return Words(f"pengumuman {name}", f"announcement {name}"), ("announcements", name, "text")
    return Words("menu utama", "the menu"), ("menu", "human_within")
