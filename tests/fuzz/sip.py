"""SIP for the fuzz's telephones, as :mod:`ops.phone.sip` has it."""

from __future__ import annotations

from ops.phone.sip import (
    Address,
    Socket,
    branch,
    compose,
    digest,
    offer,
    respond,
    text_of,
)

__all__ = ["Address", "Socket", "branch", "compose", "digest", "offer", "respond", "text_of"]
