"""Checks of the clock: times in the record are evidence, and the plan's schedules follow them."""

from __future__ import annotations

import ctypes
import time
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.doctor.finding import fail, ok, warn
from ops.doctor.plan import zone_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

SYSTEM_ZONES: Final = Path("/usr/share/zoneinfo")
"""Where Asterisk, unlike Python, insists on finding time zones."""

_TIME_ERROR: Final = 5
"""What adjtimex(2) returns for a clock that nothing keeps in step."""
_SYNC_TODO: Final = (
    "Pasang penyelaras waktu (apt-get install chrony); untuk kontainer, di mesin induknya.",
    "Install a time service (apt-get install chrony); for a container, on its host.",
)


def time_of_day(_settings: Settings) -> Iterator[Finding]:
    """The clock is not behind this program's own files."""
    now, written = time.time(), Path(__file__).stat().st_mtime
    shown = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    if now < written:
        yield fail(
            "clock",
            f"{shown}: lebih tua dari program ini / older than this program",
            "Jam mesin salah: setel dengan 'timedatectl set-time' atau pasang chrony.",
            "The machine's clock is wrong: set it by 'timedatectl set-time' or install chrony.",
        )
    else:
        yield ok("clock", shown)


def synchronised(_settings: Settings) -> Iterator[Finding]:
    """The kernel says that something keeps the clock in step."""
    state = kernel_clock_state()
    if state is None:
        yield warn("clock-sync", "tidak dapat diketahui / cannot be known", *_SYNC_TODO)
    elif state == _TIME_ERROR:
        yield warn("clock-sync", "tidak diselaraskan / not synchronised", *_SYNC_TODO)
    else:
        yield ok("clock-sync", "diselaraskan / synchronised")


def kernel_clock_state() -> int | None:
    """What adjtimex(2) returns when it is only asked; None where it cannot be asked."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    # An all-zero struct timex (208 bytes on 64-bit Linux) has modes 0: change nothing, report.
    state = int(adjtimex(ctypes.create_string_buffer(512)))
    return state if state >= 0 else None


def zone(settings: Settings) -> Iterator[Finding]:
    """Python and Asterisk both know the plan's time zone."""
    name = zone_name(settings)
    todo = (
        "Pasang data zona waktu: apt-get install tzdata; periksa nama zona di rencana.",
        "Install the time zone data: apt-get install tzdata; check the zone's name in the plan.",
    )
    try:
        now = datetime.now(zoneinfo.ZoneInfo(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield fail("time-zone", f"{name!r}: tidak dikenal / not known", *todo)
        return
    if (SYSTEM_ZONES / name).is_file():
        yield ok("time-zone", f"{name}, {now:%H:%M} (UTC{now:%z})")
    else:
        yield fail("time-zone", f"{name}: tidak ada di / not in {SYSTEM_ZONES}", *todo)
