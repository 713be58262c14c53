"""What a process asks of the system for its children."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
PRIORITY: Final = 10
"""Of a real-time Asterisk, as it gives itself."""


def die_with_parent() -> None:
    """In the child, before its program: it gets a SIGTERM when its starter has ended."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def real_time() -> bool:
    """Whether we may start a program real-time: as root, or by what a service is given."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
    except PermissionError:
        return False
    os.sched_setscheduler(0, *before)
    return True


def starter() -> str:
    """Words before Asterisk's own that make it real-time; it does so itself as root, and only then.

    It resets what it starts itself, and has its canary, either way.
    """
    program = shutil.which("chrt")
    if os.geteuid() == 0 or program is None or not real_time():
        return ""
    return f"{program} --rr {PRIORITY} "
