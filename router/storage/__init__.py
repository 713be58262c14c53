"""What is kept on disk: whether it is there, how long it stays, and room for what comes."""

from router.storage.coverage import Coverage, cover, stretches
from router.storage.faults import Fault, Finding, examine
from router.storage.sound import Sound, UnreadableError, listen

__all__ = [
    "Coverage",
    "Fault",
    "Finding",
    "Sound",
    "UnreadableError",
    "cover",
    "examine",
    "listen",
    "stretches",
]
