"""Signatures of what is posted, by the rules of Standard Webhooks (standardwebhooks.com, v1).

A receiver who knows the secret of the centre sees that a post is the centre's, whole and fresh.
"""

from __future__ import annotations

import base64
import hmac
from typing import Final

PREFIX: Final = "whsec_"
"""Of a secret as it is shown and kept; base64 of its 24 to 64 random bytes follows."""

HEADER: Final = "Webhook-Signature"
"""More than one signature in it have a space between."""


def headers(secret: str, key: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a post.

    Args:
        secret: of the centre.
        key: the post's id, the same at each try.
        at: when it is tried, seconds since 1970.
        body: what is posted.

    Raises:
        ValueError: the secret is none.
    """
    raw = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = b".".join((key.encode(), str(at).encode(), body))
    digest = base64.b64encode(hmac.digest(raw, signed, "sha256")).decode("ascii")
    return {
        "Webhook-Id": key,
        "Webhook-Timestamp": str(at),
        HEADER: f"v1,{digest}",
    }
