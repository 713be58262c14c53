"""Who of the plan's agencies has which part in the evening."""

from __future__ import annotations

from typing import Final

OPERATORS: Final = "kominfo"
"""Who calls back."""
ABSENT: Final = "damkar"
"""Who goes off the air in the middle."""
