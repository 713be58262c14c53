"""The check of the recordings that people made: each says what the plan in force wants said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.apply.revoice import outdated
from ops.doctor.finding import ok, warn
from siaga.errors import MissingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

NAME: Final = "recordings-own"
SHOWN: Final = 5


def voices(settings: Settings) -> Iterator[Finding]:
    """No recording of people's own is left aside because its words were changed."""
    if not settings.takes.exists():
        return
    try:
        old = outdated(settings)
    except MissingError:
        return
    if not old:
        yield ok(NAME, "sesuai kata-katanya / as the words are")
        return
    more = f" (+{len(old) - SHOWN})" if len(old) > SHOWN else ""
    yield warn(
        NAME,
        f"usang / outdated: {', '.join(old[:SHOWN])}{more}",
        "Penelepon mendengar suara bawaan: rekam lagi di halaman Suara, atau pakai suara bawaan.",
        "Callers hear the delivered voice: record again on the page Prompts, or choose that.",
    )
