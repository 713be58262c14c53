"""The other nodes, when a plan is put in force: all of them take it, or none does."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from router.nodes.errands import Errands
from router.store import open_engine
from router.store.engine import database_url, sqlite_file
from router.store.node_plans import SharedPlan, in_force, lock, put
from router.store.node_requests import NodeRequests
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

CHECK: Final = "/api/plan/here/check"
TAKE: Final = "/api/plan/here/take"


class ElsewhereError(SiagaError):
    """Another node refuses, or cannot be asked: so nothing is put in force anywhere."""

    code = "node_refuses"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the other nodes are told.

    Attributes:
        text: of the plan.
        approved: name of the second person; None: at a shell.
        proven: it was in force before.
    """

    text: str
    version: str
    by: str
    why: str
    approved: str | None
    proven: bool

    def body(self, node: str) -> str:
        """As JSON, from this node."""
        return json.dumps(
            {
                "text": self.text,
                "by": self.by,
                "why": self.why,
                "approved": self.approved or "",
                "origin": node,
                "proven": self.proven,
            }
        )


def is_shared(settings: Settings) -> bool:
    """Whether other nodes may be in the same database."""
    return sqlite_file(database_url(settings.database)) is None


class Others:
    """The other nodes that live, while nobody else changes plans."""

    def __init__(self, engine: AsyncEngine, node: str, errands: Errands, names: list[str]) -> None:
        self._engine = engine
        self._node = node
        self._errands = errands
        self.names = names

    async def check(self, proposal: Proposal) -> None:
        """Have each make it ready and prove it, and change nothing.

        Raises:
            ElsewhereError: one refuses.
        """
        for name in self.names:
            await self._ask(name, CHECK, proposal)

    async def take(self, proposal: Proposal, before: Proposal | None) -> None:
        """Have each put it in force, and note that all have; else those that did go back.

        Raises:
            ElsewhereError: one refuses; none has it, but for those that the words name.
        """
        done: list[str] = []
        try:
            for name in self.names:
                done.append(name)  # Also of one that was lost in the middle of it.
                await self._ask(name, TAKE, proposal)
            plan = SharedPlan(
                proposal.version, proposal.text, proposal.by, proposal.why, proposal.approved or ""
            )
            await put(self._engine, plan)
        except (ElsewhereError, SQLAlchemyError, OSError) as error:
            left = [name for name in done if not await self._is_back(name, before)]
            raise ElsewhereError(_undone(error, left)) from error

    async def _is_back(self, name: str, before: Proposal | None) -> bool:
        if before is None:
            return False
        try:
            await self._ask(name, TAKE, before)
        except ElsewhereError:
            return False
        return True

    async def _ask(self, name: str, path: str, proposal: Proposal) -> None:
        answer = await self._errands.ask(name, path, proposal.body(self._node))
        if answer.status >= 400:
            message = str(answer.body.get("message", ""))
            raise ElsewhereError(
                f"Node {name} menolak, jadi tidak diterapkan di mana pun: {message}\n"
                f"Node {name} refuses, so it is put in force nowhere: {message}"
            )


def _undone(error: Exception, left: list[str]) -> str:
    said = str(error) if isinstance(error, ElsewhereError) else type(error).__name__
    if not left:
        return said
    names = ", ".join(left)
    return (
        f"{said}\nTidak diketahui rencana mana yang berlaku di {names}; node itu menyesuaikan "
        f"diri begitu terjangkau. / Which plan is in force on {names} is not known; it follows "
        f"the others as soon as it can be reached."
    )


@asynccontextmanager
async def others(settings: Settings) -> AsyncIterator[Others]:
    """The other nodes that live; nobody else changes plans while the block lasts.

    Raises:
        ElsewhereError: somebody does, or the database does not work now.
    """
    engine = open_engine(settings.database)
    requests = NodeRequests(engine, settings.node)
    errands = Errands(settings.node, requests, "", "")
    try:
        async with lock(engine) as mine:
            if not mine:
                raise ElsewhereError(
                    "Node lain sedang menerapkan rencana; coba lagi sebentar.\n"
                    "Another node is putting a plan in force; try again in a moment."
                )
            yield Others(engine, settings.node, errands, await requests.live())
    except (SQLAlchemyError, OSError) as error:
        raise ElsewhereError(
            "Basis data tidak menjawab, jadi node lain tidak dapat ditanyai. Untuk node ini saja: "
            "apply --here.\nThe database does not answer, so the other nodes cannot be asked. For "
            "this node alone: apply --here."
        ) from error
    finally:
        errands.close()
        await engine.dispose()


async def shared_plan(settings: Settings) -> SharedPlan | None:
    """The plan that all nodes are to have; None: none yet.

    Raises:
        SQLAlchemyError, OSError: the database does not work now, or is not made yet.
    """
    engine = open_engine(settings.database)
    try:
        return await in_force(engine)
    finally:
        await engine.dispose()
