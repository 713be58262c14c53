"""The database: call records written at once and in batches, read by everybody, migrated safely.

Outsiders use :func:`migrate`, :func:`open_engine`, :class:`CallWriter`, :class:`CallReader` and
:class:`Outbox`.
"""

from router.store.callbacks import CallbackStore
from router.store.classes import ClassReader, ClassStore
from router.store.engine import open_engine
from router.store.errors import (
    SchemaNewerError,
    SchemaOtherError,
    StoreError,
    StoreUnavailableError,
)
from router.store.export import as_row
from router.store.gaps import GapReader, GapTotals, GapWriter
from router.store.incidents import IncidentStore
from router.store.outbox import Notification, Outbox
from router.store.policy import WriterCounters, WriterPolicy
from router.store.position import CelPosition
from router.store.reader import CallReader, Changes, Cursor
from router.store.schema import SchemaState, migrate, schema_state
from router.store.writer import CallWriter

__all__ = [
    "CallReader",
    "CallWriter",
    "CallbackStore",
    "CelPosition",
    "Changes",
    "ClassReader",
    "ClassStore",
    "Cursor",
    "GapReader",
    "GapTotals",
    "GapWriter",
    "IncidentStore",
    "Notification",
    "Outbox",
    "SchemaNewerError",
    "SchemaOtherError",
    "SchemaState",
    "StoreError",
    "StoreUnavailableError",
    "WriterCounters",
    "WriterPolicy",
    "as_row",
    "migrate",
    "open_engine",
    "schema_state",
]
