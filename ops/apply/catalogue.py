"""The prompts' texts in force: the file's, or the last good ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.files import write_atomic
from siaga.prompts import Catalogue, PromptsError, load_catalogue
from siaga.shared import shared

if TYPE_CHECKING:
    from siaga.settings import Settings


def catalogue_in_force(settings: Settings) -> tuple[Catalogue, tuple[str, ...]]:
    """The prompts' texts; the last good ones when the file is no longer valid, and a warning.

    Raises:
        PromptsError: the file is not valid and there are no earlier texts.
    """
    file = shared("sounds", "prompts.yaml")
    kept = settings.home / "plan" / "prompts.yaml"
    try:
        catalogue = load_catalogue(file)
    except PromptsError as error:
        if not kept.exists():
            raise
        warning = (
            f"Teks suara {file} tidak sah; yang sebelumnya tetap dipakai."
            f"\nThe texts in {file} are not valid; the earlier ones stay in force:\n{error}"
        )
        return load_catalogue(kept), (warning,)
    write_atomic(kept, file.read_text(encoding="utf-8-sig"))
    return catalogue, ()
