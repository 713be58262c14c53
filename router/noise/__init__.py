"""Noise: calls in fun, and silent ones. Numbers are flagged for a while, and nobody is refused.

docs/decisions/noise.md tells why it is so.
"""

from router.noise.keeper import NoiseKeeper

__all__ = ["NoiseKeeper"]
