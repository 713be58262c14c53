"""Passwords: what is good enough, and how it is kept.

Kept by argon2id with argon2-cffi's own parameters (RFC 9106, low memory), which a hash carries in
itself: a log-in makes a hash of older parameters anew.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from router.accounts.errors import WeakPasswordError
from router.accounts.model import key

LEAST: Final = 12
"""Characters; with them length alone, and no rule of kinds of characters, as NIST SP 800-63B has
it."""
MOST: Final = 128
_FEW: Final = 5
"""Different characters that a password has at least."""
_NAME_COUNTS: Final = 4
"""Characters from which on a name, or a known word, must not be in it."""

DENIED: Final = (
    "password", "passw0rd", "sandi", "katasandi", "rahasia", "administrator", "welcome",
    "selamatdatang", "indonesia", "bismillah", "sayang", "qwerty", "asdfgh", "zxcvbn",
    "letmein", "iloveyou", "siaga112", "siaga", "kutim", "kutaitimur", "sangatta", "kominfo",
    "damkar", "darurat", "panggilan", "operator", "abcdef", "abc123", "123456", "654321",
    "112112", "000000",
)  # fmt: skip
"""What guessers try first. A password may have it in it when it has :data:`LEAST` others."""

# No 0/O or 1/l/I: read off a screen and typed.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS: Final = 4
_GROUP: Final = 5  # 31**20: 99 bits

_hasher = PasswordHasher()
_NOBODYS: Final = _hasher.hash(secrets.token_urlsafe(32))


def normal(password: str) -> str:
    """The same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, name: str) -> None:
    """Refuse what is too easy to guess.

    Raises:
        WeakPasswordError: says why.
    """
    given = normal(password)
    if len(given) < LEAST:
        raise WeakPasswordError(
            "short", f"Paling sedikit {LEAST} huruf.\nAt least {LEAST} characters."
        )
    if len(given) > MOST:
        raise WeakPasswordError("long", f"Paling banyak {MOST} huruf.\nAt most {MOST} characters.")
    plain = "".join(given.casefold().split())
    if len(set(plain)) < _FEW:
        raise WeakPasswordError(
            "few", "Terlalu sedikit huruf yang berbeda.\nToo few different characters."
        )
    own = "".join(key(name).split())
    if len(own) >= _NAME_COUNTS and own in plain:
        raise WeakPasswordError(
            "name", "Jangan memuat nama akun.\nIt has the account's name in it."
        )
    rest = plain
    for word in sorted(DENIED, key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < LEAST and rest != plain:
        raise WeakPasswordError(
            "known", "Mudah ditebak: pakai kata-kata lain.\nEasy to guess: take other words."
        )


def one_time() -> str:
    """A random one, to be typed once."""
    letters = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(letters)


def hashed(password: str) -> str:
    """What is kept of it; takes some 50 ms of a processor."""
    return _hasher.hash(normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password; as slow for an account that is not there (None)."""
    if len(password) > MOST:
        return False
    try:
        is_right = _hasher.verify(_NOBODYS if kept is None else kept, normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return is_right and kept is not None


def is_dated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)
