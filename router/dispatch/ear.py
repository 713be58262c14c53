"""Speaking into an officer's ear: the others in the call do not hear it, nor is it recorded."""

from __future__ import annotations

from typing import Final

from router.ami import Originate
from siaga.names import EAR_EXTEN, MOUTH_EXTEN, START, Context, Var

WHISPER_MS: Final = 5_000
"""How long an officer's ear may take to be found."""


def whisper(channel: str, said: str) -> Originate:
    """Play a file into the ear of whoever is on ``channel``."""
    return Originate(
        f"Local/{EAR_EXTEN}@{Context.WHISPER}/n",
        Context.WHISPER,
        MOUTH_EXTEN,
        START,
        timeout_ms=WHISPER_MS,
        variables={f"__{Var.EAR}": channel, f"__{Var.SAID}": said},
    )
