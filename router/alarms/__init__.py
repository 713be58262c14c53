"""Alarms: what is wrong now, told to people who do not look.

:class:`Alarms` is what others use: ``happened()`` for a moment, ``judge()`` for what lasts.
"""

from router.alarms.kinds import RULES, Kind, Rule, Severity
from router.alarms.service import FILE, Alarms

__all__ = ["FILE", "RULES", "Alarms", "Kind", "Rule", "Severity"]
