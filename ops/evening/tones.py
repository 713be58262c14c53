"""Who is heard by which tone: what is said stands in the script, that somebody speaks is heard."""

from __future__ import annotations

from typing import Final

DISTRESS_HZ: Final = 440
"""Somebody who needs help."""
LAUGHTER_HZ: Final = 620
"""Somebody who calls in fun."""
OFFICER_HZ: Final = 1000
AGENCY_HZ: Final = 1500
"""An officer of an agency that was brought in."""
FAR_HZ: Final = 540
"""Somebody who is called back."""
