"""Prompts without words: short silences, so that a menu is over soon and its moments known."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING, Final

from siaga.catalogue import load_catalogue
from siaga.names import SOUNDS
from siaga.plan.compile import compile_menu
from siaga.plan.voice import voice_plan
from siaga.prompts import estimated_ms
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from siaga.catalogue import Catalogue
    from siaga.menuspec import MenuSpec
    from tests.fuzz.plans import Made

OPENINGS_MS: Final = (500, 700, 900)
OTHERS_MS: Final = (400, 700)
COMFORT_MS: Final = 300
WAITING_MS: Final = 3000
"""What is heard while telephones ring: the longer, the fewer files are opened."""
SILENCE: Final = b"\xd5"
"""One sample of A-law."""


def spec_of(seed: int, made: Made) -> MenuSpec:
    """The plan's menu, with prompts of random lengths, each language its own."""
    loaded = made.loaded
    # Not by its version: that changes with the ports of its trunks, from one run to the next.
    random = Random(f"sounds:{seed}:{made.index}")  # noqa: S311 (to be had again by its seed)

    def length(prompt: str) -> int:
        if prompt in ("all-busy", "ring"):
            return COMFORT_MS
        if prompt in ("hold", "overload") or prompt.startswith(("chosen-", "calling-")):
            return WAITING_MS
        opening = prompt == "menu" or prompt.startswith(("menu-", "announce-"))
        return random.choice(OPENINGS_MS if opening else OTHERS_MS)

    named = estimated_ms(voice_plan(loaded.plan), _catalogue())
    prompt_ms = {lang: {name: length(name) for name in names} for lang, names in named.items()}
    return compile_menu(loaded.plan, loaded.version, prompt_ms)


@cache
def _catalogue() -> Catalogue:
    return load_catalogue(PROJECT / "sounds" / "prompts.yaml")


def place(sounds: Path, spec: MenuSpec) -> None:
    """Put the prompts of a plan where Asterisk plays them from."""
    for language, prompts in spec.prompt_ms.items():
        folder = sounds / language / SOUNDS / spec.version
        folder.mkdir(parents=True, exist_ok=True)
        for prompt, length in prompts.items():
            file = folder / f"{prompt}.alaw"
            file.unlink(missing_ok=True)
            file.hardlink_to(_silence(sounds, length))


@cache
def _silence(sounds: Path, ms: int) -> Path:
    file = sounds / f"silence-{ms}.alaw"
    file.unlink(missing_ok=True)
    file.write_bytes(SILENCE * 8 * ms)
    return file
