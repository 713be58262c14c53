"""What strangers wrote, made safe to be printed on a terminal."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """The text with U+FFFD for whatever could move the cursor, hide or turn round what follows."""
    return "".join(
        "\ufffd" if unicodedata.category(char)[0] == "C" or char in "\u2028\u2029" else char
        for char in text
    )
