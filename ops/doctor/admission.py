"""The check of the admission limits: as many calls as may be up also find ports for their audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.doctor.finding import ok, warn
from siaga.limits import PORTS_A_CALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.settings import Settings


def admission(settings: Settings) -> Iterator[Finding]:
    """The limits in force, and whether there are ports for so many calls."""
    found = settings.admission
    shown = (
        f"menu sampai / up to {found.soft}, ditolak di atas / refused above {found.hard} "
        f"panggilan / calls; beban / load {found.load or '-'}"
    )
    ports = settings.ports.rtp_end - settings.ports.rtp_start + 1
    if found.hard * PORTS_A_CALL <= ports:
        yield ok("admission", shown)
        return
    yield warn(
        "admission",
        f"{shown}; port suara / audio ports {ports}",
        f"Port suara cukup untuk {ports // PORTS_A_CALL} panggilan saja: perlebar SIAGA_RTP_START "
        f"sampai SIAGA_RTP_END, atau turunkan SIAGA_HARD_CALLS.",
        f"There are audio ports for {ports // PORTS_A_CALL} calls only: widen SIAGA_RTP_START to "
        f"SIAGA_RTP_END, or lower SIAGA_HARD_CALLS.",
    )
