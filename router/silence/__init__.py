"""Silent calls: an officer who hears nothing is freed, and the caller is watched and asked again.

docs/decisions/silence.md tells why it is so.
"""

from router.silence.service import SilentCalls

__all__ = ["SilentCalls"]
