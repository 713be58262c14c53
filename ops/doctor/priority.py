"""The check of Asterisk's scheduling: real time keeps recordings whole on a busy machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ops import children
from ops.doctor.finding import ok, warn
from ops.doctor.owner import belongs_to, find_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

NAME: Final = "priority"
_ALONE: Final = (
    "Rekaman kurang bila program lain sibuk: jalankan sebagai layanan (service) atau root.",
    "Recordings lack seconds while other programs are busy: run as a service, or as root.",
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
    """Whether Asterisk gets what it asks for: as root, or by what a service is given."""
    return children.real_time() if os.geteuid() == 0 else bool(children.starter())
