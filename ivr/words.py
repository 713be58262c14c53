"""Words the dialplan starts a tier with, taken only in the form that they have.

They are ours, but stand next to what the caller sends, and two of them become part of a file name.
"""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
"""Like ``siaga.plan.forms.NAME_FORM``, without loading what that needs."""

KEYS: Final = "0123456789*#ABCD"

_VERSION: Final = re.compile(r"[0-9a-f]{12}")


def name(text: str) -> str | None:
    """The name of a sub-menu, an announcement or a language; None for any other text."""
    return text if _NAME.fullmatch(text) else None


def version(text: str) -> str | None:
    """The version of a plan; None for any other text."""
    return text if _VERSION.fullmatch(text) else None


def keys(text: str) -> str:
    """The keys in a text that should be nothing else."""
    return "".join(key for key in text if key in KEYS)


def count(text: str) -> int | None:
    """How many; None for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
