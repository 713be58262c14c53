"""Errors of the store."""

from __future__ import annotations

from siaga.errors import SiagaError
from siaga.shared import COMMAND


class StoreError(SiagaError):
    """Base of what the store raises on purpose."""

    code = "store"


class StoreUnavailableError(StoreError):
    """The database cannot be reached, or is busy for longer than we wait."""

    code = "store_unavailable"
    exit_status = 3


class SchemaNewerError(StoreError):
    """The database was made by a newer version of this program."""

    code = "store_schema_newer"


class SchemaOtherError(StoreError):
    """The database is of another version than this program, which only reads it."""

    code = "store_schema_other"


class UnknownCallError(StoreError):
    """There is no record of that call."""

    code = "unknown_call"

    def __init__(self, call: str) -> None:
        super().__init__(
            f"Tidak ada panggilan {call[:64]}; lihat {COMMAND} calls.\n"
            f"There is no call {call[:64]}: look at {COMMAND} calls."
        )
