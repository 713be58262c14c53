"""What officers press on a handset, by what the router calls it.

Names are restricted to ``[A-Za-z0-9_-]``, like those of :mod:`siaga.names`, for the same reason.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class CallClass(StrEnum):
    """What a call was, as an officer says; in the order of its digit, from 1."""

    EMERGENCY = "emergency"
    INFORMATION = "information"
    """Somebody asked for something that is no emergency."""
    PRANK = "prank"
    GHOST = "ghost"
    """Nobody was there: silence, a pocket, a child."""
    TEST = "test"


CLASSES: Final = {f"class-{each}": f"*4{digit}" for digit, each in enumerate(CallClass, 1)}

CALLBACK_KEYS: Final = "*7"
"""What an operator dials to call back whoever waits longest for it."""

OFFICER_KEYS: Final = {
    **{f"add-{place}": f"*1{place}" for place in range(1, 10)},
    **{f"transfer-{place}": f"*2{place}" for place in range(1, 10)},
    "leave": "*3",
    **{f"swap-{place}": f"*6{place}" for place in range(1, 10)},
    **CLASSES,
    "locate": "*5",
    "again": "*8",
    "accept": "*0",
}
"""What an officer may ask for while he talks, and the keys for it. A digit of adding,
transferring and swapping is an agency's place in the plan: its keys stay the same when others are
added behind it."""

LOGIN: Final = "login"
LOGOUT: Final = "logout"
DESK_KEYS: Final = {
    LOGIN: "*2",
    LOGOUT: "*3",
    **CLASSES,
    "pause": "*5",
    "resume": "*6",
    "accept": "*0",
}
"""What is dialled from a handset that is in no call, and asked of the router."""
DESK_S: Final = 8
"""Seconds that the answer may take: a pause is proven to strand nobody first."""

LISTEN_KEYS: Final = "*9"
"""Before the extension that a supervisor listens to."""
