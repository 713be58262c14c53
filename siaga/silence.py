"""What counts as a sound of the caller's: one figure for the whole call.

Asterisk takes the mean of the samples' magnitudes, linear and of 32768, over a frame of 20 ms. A
caller whose line is digital silence has 8 in A-law and 0 in u-law, comfort noise of -50 dBm0 has
41, quiet speech of -40 dBm0 has 130 on average and several times that in its vowels.
"""

from __future__ import annotations

from typing import Final

TALK: Final = 100
"""A frame from this on is a sound: about -42 dBm0. Who makes none is silent even where a telephone
sends comfort noise; who whispers is not."""
NOISE_MS: Final = 60
"""Sound in a row by which a caller who is watched is heard."""
NEVER_MS: Final = 86_400_000
"""Silence after which he would be said to have stopped: that he has begun is told once."""
