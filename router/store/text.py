"""Hostile text made fit for every database, in one place.

PostgreSQL refuses NUL, and neither database's driver can encode half a surrogate pair. Everything
else stays as it was sent: what a reader must not see is for the reader's side to replace.
"""

from __future__ import annotations

import re
from typing import Final

CALLER_LIMIT: Final = 64
"""Characters kept of a caller's number; E.164 has 15 digits."""
TEXT_LIMIT: Final = 512
"""Characters kept of any other text; our own names are far shorter."""

_UNFIT = re.compile("[\x00\ud800-\udfff]")


def storable(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text, cut to ``limit`` characters, with U+FFFD for what no database can keep."""
    if text.isascii() and "\0" not in text:  # as nearly all is; tells at once
        return text[:limit]
    return _UNFIT.sub("\ufffd", text[:limit])
