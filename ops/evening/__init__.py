"""A busy evening played on a real centre: callers, officers at their handsets, and a judge.

Outsiders use :func:`evening` and :class:`Wanted`.
"""

from ops.evening.model import Wanted
from ops.evening.run import evening

__all__ = ["Wanted", "evening"]
