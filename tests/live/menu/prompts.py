"""Where the prompts of the version in force lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.menuspec import MenuSpec
from siaga.names import SOUNDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.centre import Centre


def folder(centre: Centre, language: str) -> Path:
    """Folder of a language's prompts."""
    spec = MenuSpec.from_json(centre.settings.compiled_plan.read_text(encoding="utf-8"))
    return centre.settings.sounds / language / SOUNDS / spec.version
