"""A plan applied at the shell by one person though two are asked for: said, and written down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ops.storage.database import opened
from router.accounts.trail import SHELL, Actor, Deed
from router.store.trail import Change, Trail
from siaga.errors import SiagaError
from siaga.plan.approval import is_asked

if TYPE_CHECKING:
    from siaga.plan.versions import Change as PlanChange
    from siaga.plan.versions import Entry
    from siaga.settings import Settings

log = structlog.get_logger(__name__)

SAID: Final = (
    "Rencana sebelumnya meminta persetujuan orang kedua; ini diterapkan oleh satu orang, dan itu "
    "dicatat. Beri tahu admin lain.\nThe plan before asked for a second person's approval; one "
    "person applied this, and that is written down. Tell another admin."
)
UNWRITTEN: Final = (
    "Catatan audit tidak dapat ditulis sekarang; daftar versi tetap memuatnya.\n"
    "The audit log cannot be written now; the list of versions has it all the same."
)


class ApprovalError(SiagaError):
    """The plan in force asks for a second person's approval, and there is none."""

    code = "approval"

    def __init__(self) -> None:
        super().__init__(
            "Rencana yang berlaku meminta persetujuan orang kedua.\n"
            "The plan in force asks for a second person's approval."
        )


def is_alone(settings: Settings, change: PlanChange, *, by_hand: bool) -> bool:
    """Whether the plan in force asks for a second person, and there is none.

    Raises:
        ApprovalError: so it is, and not at the machine's own shell.
    """
    try:
        is_wanted = is_asked(settings.plan_in_force.read_bytes())
    except FileNotFoundError:
        return False
    if not is_wanted or change.approved not in {"", change.by}:
        return False
    if not by_hand:
        raise ApprovalError
    return True


async def told(settings: Settings, entry: Entry) -> tuple[str, ...]:
    """Write it into the audit log; what to say to whoever did it."""
    log.warning("plan_applied_alone", number=entry.number, by=entry.change.by)
    actor = Actor(entry.change.by, SHELL, datetime.now(UTC))
    new = f"#{entry.number} {entry.version}: {entry.change.why}"
    try:
        async with opened(settings) as engine:
            trail = Trail(engine)
            try:
                await trail.add(actor, Change(Deed.PLAN_APPLIED_ALONE, entry.version, "", new))
            finally:
                trail.close()
    except (SiagaError, SQLAlchemyError, OSError) as error:
        log.warning("plan_alone_not_written", error=type(error).__name__)
        return (SAID, UNWRITTEN)
    return (SAID,)
