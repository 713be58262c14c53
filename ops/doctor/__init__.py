"""``siaga112 doctor``: checks what this instance stands on, and says what to do about it."""

from ops.doctor.checks import CHECKS, diagnose
from ops.doctor.finding import Finding, Status
from ops.doctor.report import run

__all__ = ["CHECKS", "Finding", "Status", "diagnose", "run"]
