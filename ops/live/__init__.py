"""``siaga112 live``: what overrides the plan for a while; works with the router dead.

The commands are in :mod:`ops.cli_live`. Other commands show live state by :func:`current`,
:func:`banner` and :func:`paused`.
"""

from ops.live.show import banner, current, paused

__all__ = ["banner", "current", "paused"]
