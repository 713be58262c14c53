"""What one node asks of another: rows that are claimed once, answered once, and then erased."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlalchemy import delete, insert, select, update

from router.store.engine import BUSY_S
from router.store.node_tables import node_requests, nodes
from router.store.nodes import NOW
from router.store.text import storable
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

_SECOND: Final = 1_000_000
_KEPT: Final = 600 * _SECOND
"""How long an answer is kept that nobody has fetched."""
MAX_TEXT: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a router's own interface."""

    method: str
    path: str
    body: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that this node has taken, with its name."""

    id: str
    by: str
    request: Request


@dataclass(frozen=True, slots=True)
class Stands:
    """How it stands with a request.

    Attributes:
        is_taken: whether its node has begun.
        is_away: whether that node is overdue, or unknown.
        status: of the answer; None: there is none yet.
        answer: its JSON.
    """

    is_taken: bool
    is_away: bool
    status: int | None
    answer: str


class NodeRequests:
    """Puts, takes and answers them.

    Args:
        engine: of a PostgreSQL database.
        node: this one.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine, node: str) -> None:
        self._engine = engine
        self._node = node
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def live(self) -> list[str]:
        """Names of the other nodes that live."""
        query = select(nodes.c.node).where(nodes.c.due >= NOW, nodes.c.node != self._node)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query.order_by(nodes.c.node))).scalars())

    async def knows(self, node: str) -> bool:
        """Whether there is or was a node of this name beside this one."""
        query = select(nodes.c.node).where(nodes.c.node == node, nodes.c.node != self._node)
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).first() is not None

    async def put(self, node: str, request: Request, within_s: float) -> str:
        """Ask ``node``, which must begin within that time; gives the request's name."""
        name = uuid4().hex
        await self._transactions.run(
            partial(_put, {"id": name, "node": node, "by": self._node}, request, within_s)
        )
        return name

    async def stands(self, name: str) -> Stands:
        """How it stands with a request."""
        table = node_requests.c
        query = (
            select(table.claimed, table.status, table.answer, (nodes.c.due < NOW).label("away"))
            .select_from(node_requests.outerjoin(nodes, nodes.c.node == table.node))
            .where(table.id == name)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return Stands(is_taken=False, is_away=True, status=None, answer="")
        away = row.away is not False
        return Stands(row.claimed is not None, away, row.status, row.answer or "")

    async def fetched(self, name: str) -> None:
        """Erase a request whose answer was read: it may hold a piece of a recording."""
        await self._transactions.run(partial(_erase, name))

    async def withdraw(self, name: str) -> bool:
        """Take a request back; False: its node has begun."""
        return await self._transactions.run(partial(_withdraw, name))

    async def take(self) -> list[Asked]:
        """What is asked of this node; each is given once."""
        return await self._transactions.run(partial(_take, self._node))

    async def answer(self, name: str, status: int, answer: str) -> None:
        """Answer a request."""
        await self._transactions.run(partial(_answer, name, status, answer))


def _put(names: dict[str, str], request: Request, within_s: float, connection: Connection) -> None:
    connection.execute(delete(node_requests).where(node_requests.c.until < NOW - _KEPT))
    values = {
        **{key: storable(name) for key, name in names.items()},
        "asked": NOW,
        "until": NOW + round(within_s * _SECOND),
        "method": request.method,
        "path": storable(request.path),
        "body": storable(request.body, MAX_TEXT),
    }
    connection.execute(insert(node_requests).values(**values))


def _withdraw(name: str, connection: Connection) -> bool:
    mine = (node_requests.c.id == name, node_requests.c.claimed.is_(None))
    return bool(connection.execute(delete(node_requests).where(*mine)).rowcount)


def _erase(name: str, connection: Connection) -> None:
    connection.execute(delete(node_requests).where(node_requests.c.id == name))


def _take(node: str, connection: Connection) -> list[Asked]:
    table = node_requests.c
    waiting = (
        select(table.id, table.by, table.method, table.path, table.body)
        .where(table.node == node, table.claimed.is_(None), table.until >= NOW)
        .order_by(table.asked)
        .limit(20)
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(waiting).all()
    if found:
        taken = update(node_requests).where(table.id.in_([row.id for row in found]))
        connection.execute(taken.values(claimed=NOW))
    return [Asked(row.id, row.by, Request(row.method, row.path, row.body)) for row in found]


def _answer(name: str, status: int, answer: str, connection: Connection) -> None:
    mine = update(node_requests).where(node_requests.c.id == name)
    said = storable(answer, MAX_TEXT)
    connection.execute(mine.values(answered=NOW, status=status, answer=said, body=""))
