"""A node that will not come back is taken off the list; what it did stays."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select

from router.accounts.trail import Deed
from router.store import trail
from router.store.engine import BUSY_S
from router.store.errors import NodeHasCallsError, NodeLivesError, NodeUnknownError
from router.store.node_tables import node_requests, nodes
from router.store.nodes import NOW, WITNESS
from router.store.rows import from_us
from router.store.tables import calls
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.accounts.trail import Actor


async def forget(engine: AsyncEngine, node: str, actor: Actor) -> None:
    """Take a node off the list, and write down who did. It is there again as soon as it says so.

    Args:
        engine: of a PostgreSQL database.
        node: its name.
        actor: who.

    Raises:
        NodeUnknownError, NodeLivesError, NodeHasCallsError: it is not forgotten.
        SQLAlchemyError, OSError: the database does not work now.
    """
    transactions = Transactions(engine, BUSY_S)
    try:
        await transactions.run(partial(_forget, node, actor))
    finally:
        transactions.close()


def _forget(node: str, actor: Actor, connection: Connection) -> None:
    lives = or_(nodes.c.due >= NOW, func.coalesce(nodes.c.witnessed, 0) >= NOW - WITNESS)
    mine = nodes.c.node == node
    query = select(nodes.c.at, lives.label("lives")).where(mine).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NodeUnknownError(node)
    if row.lives:
        raise NodeLivesError(node)
    up = select(func.count()).where(calls.c.node == node, calls.c.ended.is_(None))
    if still := connection.execute(up).scalar_one():
        raise NodeHasCallsError(node, still)
    connection.execute(delete(node_requests).where(node_requests.c.node == node))
    connection.execute(delete(nodes).where(mine))
    last = from_us(row.at).isoformat(timespec="seconds")
    trail.write(connection, actor, trail.Change(Deed.NODE_FORGOTTEN, node, old=last))
