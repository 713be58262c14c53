"""Every prompt of the plan in force, with its words, its place in a call and its voice."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from router.console.prompting.heard import heard
from siaga.names import SOUNDS
from siaga.plan.versions import VersionStore
from siaga.plan.voice import voice_plan
from siaga.prompts import RING, PromptsError, estimated_ms, load_catalogue, script
from siaga.shared import shared
from siaga.takes import Takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from router.console.prompting.heard import Heard
    from siaga.plan import Plan
    from siaga.prompts import Catalogue, Phrase
    from siaga.settings import Settings
    from siaga.takes import Take


class Voice(Enum):
    """Whose voice a prompt is heard in; a closed list."""

    DELIVERED = "delivered"
    OWN = "own"
    """A recording of this centre."""
    FILE = "file"
    """A recording that lies in the project's folder of takes."""
    OUTDATED = "outdated"
    """There is a recording of other words; the delivered voice is heard."""
    MISSING = "missing"


SECTIONS: Final = ("menu", "call", "officer")
"""Who hears it when: the choice, the rest of a call, an officer."""

_MENU: Final = ("announce", "menu", "options", "retry-no-input", "retry-no-match")
_CALL: Final = (
    "chosen",
    "calling",
    RING,
    "hold",
    "all-busy",
    "overload",
    "challenge",
    "silent",
)
_OFFICER: Final = ("silent-freed", "silent-kept", "callback", "dispatch", "class", "desk")
_OF_THE_PLAN: Final = frozenset({*_MENU, "chosen", "calling"})
"""Those of which there is one for a thing of the plan, whose name follows."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A prompt in one language.

    Attributes:
        language: of it. ``prompt``: its name.
        phrases: its words, one a line; none: a tone.
        expected_ms: how long they take.
        voice: that is heard. ``used``: its recording, if it is one of the centre's.
        heard: what it is like; None: it is missing.
    """

    language: str
    prompt: str
    phrases: tuple[str, ...]
    expected_ms: int
    voice: Voice
    used: Take | None
    heard: Heard | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a call a prompt is heard.

    Attributes:
        section: of :data:`SECTIONS`. ``kind``: of what is told about it, a word.
        thing: name in the plan of what it is about; empty: of nothing in it.
    """

    section: str
    kind: str
    thing: str = ""


def place_of(prompt: str) -> Place:
    """Where a prompt is heard."""
    for kind in (*_MENU, *_CALL):
        if prompt == kind or (kind in _OF_THE_PLAN and prompt.startswith(f"{kind}-")):
            section = "menu" if kind in _MENU else "call"
            thing = prompt.removeprefix(kind).removeprefix("-")
            return Place(section, kind.replace("-", "_"), thing)
    for kind in _OFFICER:
        if prompt.startswith(kind):
            return Place("officer", kind.replace("-", "_"))
    return Place("officer", "other")


class Prompts:
    """The prompts of an instance's plan in force.

    Args:
        settings: of the instance. ``plan``: in force.
    """

    def __init__(self, settings: Settings, plan: Plan) -> None:
        self._settings = settings
        self._plan = voice_plan(plan)
        self._texts = texts(settings)
        self.takes = Takes(settings.takes)
        entry = VersionStore(settings.home / "plan").in_force
        self._version = entry.version if entry else ""
        self._script = script(self._plan, self._texts)
        self._lengths = estimated_ms(self._plan, self._texts)

    @property
    def languages(self) -> tuple[str, ...]:
        """That callers are spoken to in."""
        return self._plan.languages

    def names(self) -> Iterator[str]:
        """Of every prompt, in the order in which a call meets them."""
        known = [*self._script[self.languages[0]], RING]
        order = {
            kind.replace("-", "_"): at
            for at, kind in enumerate(("announce", *_MENU, *_CALL, *_OFFICER))
        }
        yield from sorted(known, key=lambda name: _rank(name, order))

    def get(self, language: str, prompt: str) -> Spoken | None:
        """A prompt; None: there is none of this name."""
        phrases = self._script.get(language, {}).get(prompt)
        if phrases is None and not (prompt == RING and language in self._script):
            return None
        used = self.takes.used(language, prompt)
        found = heard(self.file(language, prompt))
        return Spoken(
            language=language,
            prompt=prompt,
            phrases=tuple(phrase.text for phrase in phrases or ()),
            expected_ms=self._lengths[language].get(prompt, 0),
            voice=self._voice(language, prompt, phrases or (), used, found),
            used=used,
            heard=found,
        )

    def file(self, language: str, prompt: str) -> Path:
        """What callers hear now."""
        return self._settings.sounds / language / SOUNDS / self._version / f"{prompt}.ulaw"

    def _voice(
        self,
        language: str,
        prompt: str,
        phrases: tuple[Phrase, ...],
        used: Take | None,
        found: Heard | None,
    ) -> Voice:
        if found is None or found.level is None:
            return Voice.MISSING
        if used is not None:
            same = used.text == "\n".join(phrase.text for phrase in phrases)
            return Voice.OWN if same else Voice.OUTDATED
        take = shared("sounds", "takes", language, f"{prompt}.wav")
        return Voice.FILE if os.path.lexists(take) else Voice.DELIVERED


def _rank(name: str, order: Mapping[str, int]) -> tuple[int, int, str]:
    place = place_of(name)
    return SECTIONS.index(place.section), order.get(place.kind, len(order)), place.thing


def texts(settings: Settings) -> Catalogue:
    """The texts in force: the file's, or the last good ones."""
    try:
        return load_catalogue(shared("sounds", "prompts.yaml"))
    except PromptsError:
        return load_catalogue(settings.home / "plan" / "prompts.yaml")
