"""Why a step of an incident was not taken."""

from __future__ import annotations

from router.store.errors import StoreError


class UnknownIncidentError(StoreError):
    """There is no such incident."""

    code = "unknown_incident"

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Tidak ada kejadian {number}; lihat ./siaga112 incidents.\n"
            f"There is no incident {number}: look at ./siaga112 incidents."
        )


class IncidentClosedError(StoreError):
    """It is closed, and what is closed is not changed."""

    code = "incident_closed"

    def __init__(self, number: int) -> None:
        super().__init__(f"Kejadian {number} sudah ditutup. / Incident {number} is closed already.")


class NotInIncidentError(StoreError):
    """The call tells of no incident, or of another."""

    code = "not_in_incident"
