"""``siaga112 live``: what overrides the plan for a while; works with the router dead.

Mount :data:`ops.live.cli.app`. Other commands show live state by :func:`current`, :func:`banner`
and :func:`paused`.
"""

from ops.live.show import banner, current, paused

__all__ = ["banner", "current", "paused"]
