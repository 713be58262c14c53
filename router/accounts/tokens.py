"""Random words that stand for a log-in: whoever has one is let in; only its digest is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final

MACHINE: Final = "siaga_"
"""What a machine's begins with, so that it is known for one where it must not be."""
_FORM_BYTES: Final = 32
_MASKED: Final = re.compile(r"[0-9a-f]{128}")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new() -> str:
    """256 bits."""
    return secrets.token_urlsafe(32)


def digest(word: str) -> str | None:
    """What is kept of it; None: it is not of that form, and is nobody's.

    No salt and no slowness: it is as random as a key.
    """
    if not _WORD.fullmatch(word):
        return None
    return hashlib.sha256(word.encode("ascii")).hexdigest()


def form_word(session_word: str) -> str:
    """The word that the forms of a session carry: to be made only by whoever has the session's."""
    return hmac.new(session_word.encode(), b"form", hashlib.sha256).hexdigest()


def masked(word: str) -> str:
    """A form's word as a page shows it: another one each time.

    Pages are sent compressed, and how long one is would tell, piece by piece, a word that is always
    the same to whoever has something of their own written into it.
    """
    pad = secrets.token_bytes(_FORM_BYTES)
    return pad.hex() + _crossed(pad, bytes.fromhex(word)).hex()


def unmasked(word: str) -> str:
    """The form's word of what was shown; what was never shown is left as it is."""
    if not _MASKED.fullmatch(word):
        return word
    both = bytes.fromhex(word)
    return _crossed(both[:_FORM_BYTES], both[_FORM_BYTES:]).hex()


def _crossed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def is_same(one: str, other: str) -> bool:
    """Whether two words are the same, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
