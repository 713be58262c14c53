"""A second process of the node says that its Asterisk is there: then no caller is cut off.

A router takes longer to be started anew than a caller may wait for his call-back; while it does,
calls go on without it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from router.nodes.port import AsteriskPort
from router.store.engine import sqlite_file
from router.store.nodes import NodeStore

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

BEAT_S: Final = 1.0
_ANSWER_S: Final = 3.0


async def witness(engine: AsyncEngine, settings: Settings) -> None:
    """Say so as long as it is, until cancelled; on SQLite there is nobody to tell."""
    if sqlite_file(engine.url) is not None:
        return
    port = AsteriskPort("127.0.0.1", settings.ports.ami)
    store = NodeStore(engine, settings.node)
    try:
        while True:
            with suppress(SQLAlchemyError, OSError):
                async with asyncio.timeout(_ANSWER_S):
                    if not await port.is_gone():
                        await store.witness()
            await asyncio.sleep(BEAT_S)
    finally:
        store.close()
