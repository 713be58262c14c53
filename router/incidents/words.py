"""What may be said of an incident. Pure."""

from __future__ import annotations

from typing import Final

from siaga.errors import SiagaError

MAX_WORDS: Final = 2000
"""Characters of what is said of an incident."""


class WrongWordError(SiagaError):
    """Something that was said of an incident cannot be; the sentence tells what can."""

    code = "wrong_word"


def said(text: str) -> str:
    """The text without spaces around it.

    Raises:
        WrongWordError: there is nothing else in it, or too much.
    """
    found = text.strip()
    if not found or len(found) > MAX_WORDS:
        raise WrongWordError(f"Isi dengan 1-{MAX_WORDS} huruf. / Give 1 to {MAX_WORDS} characters.")
    return found
