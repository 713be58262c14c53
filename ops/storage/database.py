"""The database as a command opens it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from router.store import SchemaState, StoreUnavailableError, open_engine, schema_state
from router.store.errors import SchemaOtherError
from router.store.schema import unavailable
from siaga.errors import MissingError
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The database, of this program's version, as long as the block lasts.

    Raises:
        MissingError: there is none yet.
        SchemaOtherError: it is of another version.
        StoreUnavailableError: it does not work.
    """
    engine = open_engine(settings.database)
    try:
        state = await schema_state(engine)
        if state is SchemaState.ABSENT:
            raise MissingError(
                f"Belum ada catatan panggilan: jalankan {COMMAND} up dahulu.\n"
                f"There are no call records yet: run {COMMAND} up first."
            )
        if state is SchemaState.OTHER:
            raise SchemaOtherError(
                "Basis data dari versi lain: jalankan versi program yang sama dengan router.\n"
                "The database is of another version: run the same version as the router does."
            )
        yield engine
    except SQLAlchemyError as error:
        raise StoreUnavailableError(unavailable(error)) from error
    finally:
        await engine.dispose()
