"""Days and numbers as a search has them in its address."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import tzinfo

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)


def day(text: str, zone: tzinfo, days: int = 0) -> datetime | None:
    """The beginning of a day there, or of one so many days later; None: it is no day."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None


def whole(text: str) -> int | None:
    """A number; None: it is none."""
    return int(text) if _WHOLE.fullmatch(text) else None
