"""What is said to callers: the texts of the catalogue filled in from the plan.

What comes out are phrases of plain text, free of control characters, for whoever turns them into
sound; and how long they will be, for whoever only wants to know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from siaga.catalogue import (
    FIELD,
    LANGUAGES,
    OPTIONS,
    Catalogue,
    PromptsError,
    Voice,
    clean,
    load_catalogue,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siaga.catalogue import Each

__all__ = [
    "RING",
    "RING_MS",
    "Catalogue",
    "Phrase",
    "PromptsError",
    "SubMenuVoice",
    "VoicePlan",
    "clean",
    "estimated_ms",
    "load_catalogue",
    "script",
]

RING: Final = "ring"
"""Prompt that is a tone and no speech."""

RING_MS: Final = 5000
"""Length of one period of the ringing tone, silence included."""

_OF_THE_PLAN: Final = ("chosen", "calling", "submenu", "announce")
"""Texts of which each emergency, agency, sub-menu or announcement has a prompt."""

_SUBMENU: Final = {
    "submenu": "menu",
    "submenu_options": "options",
    "submenu_retry_no_input": "retry-no-input",
    "submenu_retry_no_match": "retry-no-match",
}
"""Prompt of a sub-menu by its text."""


@dataclass(frozen=True, slots=True)
class SubMenuVoice:
    """A sub-menu as it is spoken.

    Attributes:
        name: by language.
        digits: digit and emergency, most urgent first.
    """

    name: Mapping[str, str]
    digits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VoicePlan:
    """What the prompts need to know of a plan.

    Attributes:
        languages: spoken by the centre, the first is the one callers are greeted in.
        emergencies: spoken name by emergency and language.
        agencies: spoken name by agency and language.
        digits: digit and emergency or sub-menu, most urgent first, without the one that waiting
            leads to.
        language_digits: language by digit.
        menus: sub-menus by name.
        announcements: text by announcement and language.
    """

    languages: tuple[str, ...]
    emergencies: Mapping[str, Mapping[str, str]]
    agencies: Mapping[str, Mapping[str, str]]
    digits: tuple[tuple[str, str], ...]
    language_digits: Mapping[str, str]
    menus: Mapping[str, SubMenuVoice] = field(default_factory=dict)
    announcements: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words said in one breath by one voice."""

    text: str
    voice: Voice


def script(plan: VoicePlan, catalogue: Catalogue) -> dict[str, dict[str, tuple[Phrase, ...]]]:
    """The phrases of every prompt by language and prompt, :data:`RING` apart.

    A phrase with a field that has no value is left out (no digits: nothing to press); so is a
    prompt of which no phrase is left.
    """
    return {
        language: {
            prompt: phrases
            for prompt, phrases in _Speaker(plan, catalogue, language).prompts()
            if phrases
        }
        for language in plan.languages
    }


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Fills in the texts of one language."""

    plan: VoicePlan
    catalogue: Catalogue
    language: str

    def prompts(self) -> Iterator[tuple[str, tuple[Phrase, ...]]]:
        texts = self.catalogue.prompts
        for name, spec in type(texts).model_fields.items():
            if not name.startswith(_OF_THE_PLAN):
                yield spec.alias or name, self._say(name, self.plan.digits)
        for name, spoken in self.plan.emergencies.items():
            yield f"chosen-{name}", self._say("chosen", emergency=spoken[self.language])
        for name, spoken in self.plan.agencies.items():
            yield f"calling-{name}", self._say("calling", agency=spoken[self.language])
        for name, menu in self.plan.menus.items():
            for text, prompt in _SUBMENU.items():
                said = self._say(text, menu.digits, menu=menu.name[self.language])
                yield f"{prompt}-{name}", said
        for name, spoken in self.plan.announcements.items():
            said = self._say("announce", self.plan.digits, announcement=spoken[self.language])
            yield f"announce-{name}", said

    def _option(self, digit: str, target: str) -> dict[str, str]:
        menu = self.plan.menus.get(target)
        spoken = menu.name if menu is not None else self.plan.emergencies[target]
        return {
            "digit": self.catalogue.digits.of(self.language)[int(digit)],
            "emergency": spoken[self.language],
        }

    def _say(
        self, name: str, digits: tuple[tuple[str, str], ...] = (), **values: str
    ) -> tuple[Phrase, ...]:
        """The phrases of a text; ``emergency`` and ``digit`` are those of the first digit."""
        each: Each[tuple[str, ...]] = getattr(self.catalogue.prompts, name)
        known = {**(self._option(*digits[0]) if digits else {}), **values}
        return tuple(
            phrase
            for text in each.of(self.language)
            for phrase in self._phrases(text, digits, known)
        )

    def _phrases(
        self, text: str, digits: tuple[tuple[str, str], ...], values: Mapping[str, str]
    ) -> Iterator[Phrase]:
        if text == OPTIONS:
            option = self.catalogue.option.of(self.language)
            for digit, target in digits:
                yield self._phrase(option, self._option(digit, target), self.language)
        elif text == LANGUAGES:
            for digit, language in self.plan.language_digits.items():
                if language != self.language and language in self.plan.languages:
                    word = self.catalogue.digits.of(language)[int(digit)]
                    offer = self.catalogue.language.of(language)
                    yield self._phrase(offer, {"digit": word}, language)
        elif all(field in values for field in FIELD.findall(text)):
            yield self._phrase(text, values, self.language)

    def _phrase(self, text: str, values: Mapping[str, str], language: str) -> Phrase:
        spoken = clean(FIELD.sub(lambda found: values[found[1]], text))
        for written, said in self.catalogue.pronounce.of(language).items():
            word = re.compile(rf"(?<!\w){re.escape(written)}(?!\w)")
            spoken = word.sub(lambda _, said=said: said, spoken)  # type: ignore[misc]
        return Phrase(spoken, self.catalogue.voices.of(language))


def estimated_ms(plan: VoicePlan, catalogue: Catalogue) -> dict[str, dict[str, int]]:
    """Length of each prompt by language and prompt, in ms, without making it.

    Within a quarter of what the synthetic voice takes; of recorded takes it knows nothing.
    """
    return {
        language: {
            **{prompt: _estimate(phrases) for prompt, phrases in prompts.items()},
            RING: RING_MS,
        }
        for language, prompts in script(plan, catalogue).items()
    }


_LETTER: Final = 11.8
_PHRASE: Final = 12.0
_STOP: Final = 40.0
"""Seconds at one word a minute that espeak-ng's ``id`` and ``en`` take for a letter, for each
phrase, and for a comma or full stop within it; fitted to 120 phrases at 140 to 230 words."""

_SPELLED: Final = 4
"""Letters that a figure, or a capital that stands alone, counts for."""

_STOPS: Final = re.compile(r"[.,;:!?](?=\s)")
_SPELLED_CHARACTER: Final = re.compile(r"\d|\b[A-Z]\b")


def _estimate(phrases: tuple[Phrase, ...]) -> int:
    """Length of some phrases with the pauses between them, in ms."""
    pauses = (len(phrases) - 1) * phrases[0].voice.pause
    return round(1000 * (pauses + sum(_spoken(phrase) for phrase in phrases)))


def _spoken(phrase: Phrase) -> float:
    letters = sum(character.isalnum() for character in phrase.text)
    letters += (_SPELLED - 1) * len(_SPELLED_CHARACTER.findall(phrase.text))
    stops = len(_STOPS.findall(phrase.text))
    return (_PHRASE + _LETTER * letters + _STOP * stops) / phrase.voice.speed
