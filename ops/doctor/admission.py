"""The check of the admission limits: as many calls as may be up also find ports for their audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.doctor.finding import ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.settings import Settings


def admission(settings: Settings) -> Iterator[Finding]:
    """The limits in force, and whether they are those that were set."""
    found, wanted = settings.admission, settings.limits
    shown = (
        f"menu sampai / up to {found.soft}, ditolak di atas / refused above {found.hard} "
        f"panggilan / calls; beban / load {found.load or '-'}"
    )
    if wanted is None or found == wanted:
        yield ok("admission", shown)
        return
    yield warn(
        "admission",
        f"{shown}; port suara / audio ports {settings.ports.rtp_ports}",
        f"Port suara cukup untuk {found.hard} panggilan saja, bukan {wanted.hard}: perlebar "
        f"SIAGA_RTP_START sampai SIAGA_RTP_END, atau turunkan SIAGA_HARD_CALLS.",
        f"There are audio ports for {found.hard} calls only, not {wanted.hard}: widen "
        f"SIAGA_RTP_START to SIAGA_RTP_END, or lower SIAGA_HARD_CALLS.",
    )
