"""The programs of an instance, as the supervisor names them."""

from __future__ import annotations

from typing import Final

EDGE: Final = "edge"
"""The proxy before Asterisk, where there is one."""

CONSOLE: Final = "console"
"""The pages; no call needs it."""

SPARE: Final = "ivr-spare"
"""A second menu that takes the calls while the first is restarted; else it does not run."""
