"""Why a step of an incident was not taken."""

from __future__ import annotations

from router.store.errors import StoreError
from siaga.shared import COMMAND


class UnknownIncidentError(StoreError):
    """There is no such incident."""

    code = "unknown_incident"

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Tidak ada kejadian {number}; lihat {COMMAND} incidents.\n"
            f"There is no incident {number}: look at {COMMAND} incidents."
        )


class IncidentClosedError(StoreError):
    """It is closed, and what is closed is not changed."""

    code = "incident_closed"

    def __init__(self, number: int) -> None:
        super().__init__(f"Kejadian {number} sudah ditutup. / Incident {number} is closed already.")


class OvertakenError(StoreError):
    """Somebody else changed the same after whoever asks for this had looked."""

    code = "overtaken"

    def __init__(self, number: int, who: str) -> None:
        super().__init__(
            f"Kejadian {number} diubah {who[:64]} sementara itu; lihat dulu, lalu ulangi.\n"
            f"Incident {number} was changed by {who[:64]} meanwhile: look first, then try again."
        )


class NotInIncidentError(StoreError):
    """The call tells of no incident, or of another."""

    code = "not_in_incident"
