"""The plan that all nodes are to have in force, and the lock under which it is changed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select, text

from router.store.engine import BUSY_S
from router.store.node_tables import node_plans
from router.store.nodes import NOW
from router.store.text import storable
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

_LOCK: Final = 0x51A6A119
"""Key of PostgreSQL's advisory lock: a plan is being put in force."""
MAX_TEXT: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class SharedPlan:
    """A plan in force on all nodes.

    Attributes:
        version: of its text.
        who: put it in force, and ``why``; ``approved``: name of the second person, if any.
    """

    version: str
    text: str
    who: str
    why: str
    approved: str = ""


@asynccontextmanager
async def lock(engine: AsyncEngine) -> AsyncIterator[bool]:
    """Be the only one of all nodes that changes plans; False: somebody else does.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    async with engine.connect() as connection:
        # No transaction: the server ends one that stands still for so long.
        held = await connection.execution_options(isolation_level="AUTOCOMMIT")
        key = {"key": _LOCK}
        mine = (await held.execute(text("SELECT pg_try_advisory_lock(:key)"), key)).scalar_one()
        try:
            yield bool(mine)
        finally:
            # The lock goes with the connection, which is not given back for others.
            await held.invalidate()


async def in_force(engine: AsyncEngine) -> SharedPlan | None:
    """The plan that all are to have; None: none was put in force on all yet.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    table = node_plans.c
    query = select(table.version, table.text, table.who, table.why, table.approved)
    async with engine.connect() as connection:
        newest = query.order_by(table.id.desc()).limit(1)
        row = (await connection.execute(newest)).one_or_none()
    return None if row is None else SharedPlan(*row)


async def put(engine: AsyncEngine, plan: SharedPlan) -> None:
    """Note which plan all have now.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    transactions = Transactions(engine, BUSY_S)
    try:
        await transactions.run(partial(_put, plan))
    finally:
        transactions.close()


def _put(plan: SharedPlan, connection: Connection) -> None:
    values = {
        "version": plan.version,
        "text": storable(plan.text, MAX_TEXT),
        "who": storable(plan.who),
        "why": storable(plan.why),
        "approved": storable(plan.approved),
    }
    connection.execute(insert(node_plans).values(at=NOW, **values))
