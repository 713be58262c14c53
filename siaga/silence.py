"""What counts as a sound of the caller's: one figure for the whole call.

Asterisk takes the mean of the samples' magnitudes, linear and of 32768, over a frame of 20 ms. A
caller whose line is digital silence has 8 in A-law and 0 in u-law; comfort noise of -50 dBm0 has 49
at most; speech of -40 dBm0, which is quiet, has 94 on average and 253 at most.
"""

from __future__ import annotations

from typing import Final

TALK: Final = 100
"""A frame from this on is a sound: noise of about -43 dBm0, speech of -45. Who makes none is silent
even where his telephone sends comfort noise; docs/decisions/silence.md has the measurements."""
NOISE_MS: Final = 60
"""Sound in a row by which a caller who is watched is heard."""
NEVER_MS: Final = 86_400_000
"""Silence after which he would be said to have stopped: that he has begun is told once."""
