"""What a machine's token may be for; a closed list."""

from __future__ import annotations

from typing import Final

ME: Final = "me"
CALLS: Final = "calls:read"
HANDSETS: Final = "handsets:read"
INCIDENTS: Final = "incidents:read"
BOARD: Final = "board:read"
DISPATCH: Final = "dispatch"

SCOPES: Final = (ME, CALLS, HANDSETS, INCIDENTS, BOARD, DISPATCH)
