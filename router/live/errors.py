"""Why live state is not changed, each with a stable code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siaga.plan.words import Words


class LiveError(SiagaError):
    """Base of everything this package raises on purpose; nothing was changed."""

    code = "live"


class UnknownNameError(LiveError):
    """The plan in force has no such agency, handset or announcement."""

    code = "live_unknown_name"


class TermsError(LiveError):
    """End, reason, author or target cannot be taken as they are."""

    code = "live_terms"
    exit_status = 2


class NotSetError(LiveError):
    """There is no such override."""

    code = "live_not_set"


class StrandedError(LiveError):
    """With it, some callers would reach nobody.

    Attributes:
        stories: how, each in both languages.
    """

    code = "live_stranded"

    def __init__(self, stories: Sequence[Words]) -> None:
        self.stories = tuple(stories)
        shown = self.stories[:5]
        lines = (
            "Ditolak: dengan ini ada penelepon yang tidak terlayani (--force untuk memaksa):",
            *(f"  - {story.id}" for story in shown),
            "Refused: with this some callers would reach nobody (--force to insist):",
            *(f"  - {story.en}" for story in shown),
        )
        super().__init__("\n".join(lines))
