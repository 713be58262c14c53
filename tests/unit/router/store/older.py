"""Databases as older programs left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command

from router.store.engine import create_sqlite_file, open_engine
from router.store.schema import alembic_config

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from siaga.settings import Settings


async def older(settings: Settings, revision: str) -> None:
    """Make the database of this revision, in place of what there is."""
    path = settings.home / "siaga.db"
    path.unlink(missing_ok=True)
    create_sqlite_file(path)
    config = alembic_config()

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    engine = open_engine(settings.database)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()
