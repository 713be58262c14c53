"""The check of Asterisk's scheduling: real time keeps recordings whole on a busy machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ops.doctor.finding import ok, warn
from ops.doctor.owner import belongs_to, find_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

NAME: Final = "priority"
_ALONE: Final = (
    "Rekaman kurang bila program lain sibuk: jalankan sebagai root, atau tanpa program lain.",
    "Recordings lack seconds while other programs are busy: run as root, or run no others.",
)
_LOST: Final = (
    "Rekaman kurang bila program lain sibuk: hentikan itu, lalu mulai ulang up di jam sepi.",
    "Recordings lack seconds while others are busy: stop those, restart up at a quiet hour.",
)


def real_time(settings: Settings) -> Iterator[Finding]:
    """Asterisk is real-time, or will be once it is started."""
    owner = find_owner("udp", settings.bind, settings.ports.sip)
    if owner is None or owner.pid is None or not belongs_to(owner.pid, settings.home):
        if allowed():
            yield ok(NAME, "Asterisk akan real-time / will be")
        else:
            yield warn(NAME, "Asterisk tidak akan real-time / will not be", *_ALONE)
        return
    try:
        scheduled = os.sched_getscheduler(owner.pid)
    except ProcessLookupError:
        return  # It ended meanwhile, which is another check's finding.
    if scheduled == os.SCHED_RR:
        yield ok(NAME, "Asterisk real-time")
    else:
        yield warn(NAME, "Asterisk tidak real-time / is not", *(_LOST if allowed() else _ALONE))


def allowed() -> bool:
    """Whether Asterisk gets what it asks for; it asks only as root."""
    if os.geteuid() != 0:
        return False
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return False
    os.sched_setscheduler(0, *before)
    return True
