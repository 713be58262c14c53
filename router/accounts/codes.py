"""The second factor: codes of six digits that a telephone makes of the time (TOTP, RFC 6238)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

import pyotp
import segno

if TYPE_CHECKING:
    from datetime import datetime

STEP_S: Final = 30
_AROUND: Final = 1
"""Steps before and after now whose codes are taken: clocks are not all right."""


def secret() -> str:
    """A new one, 160 bits."""
    return pyotp.random_base32()


def step_of(kept: str, code: str, now: datetime, last: int | None) -> int | None:
    """The time step that a code belongs to; None: it is wrong, or not newer than the last used.

    Args:
        kept: the secret.
        code: as it was typed.
        now: aware.
        last: time step of the last code that was used.
    """
    digits = "".join(code.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    totp = pyotp.TOTP(kept)
    current = int(now.timestamp()) // STEP_S
    for step in range(current - _AROUND, current + _AROUND + 1):
        is_right = hmac.compare_digest(totp.generate_otp(step), digits)
        if is_right and (last is None or step > last):
            return step
    return None


def address(kept: str, name: str, centre: str) -> str:
    """The ``otpauth:`` address that an app takes the secret from."""
    return pyotp.TOTP(kept).provisioning_uri(name=name, issuer_name=centre.replace(":", " "))


def picture(text: str) -> str:
    """A QR code as a ``data:`` address of an SVG, for the ``src`` of an ``img``."""
    return str(
        segno.make(text, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    )
