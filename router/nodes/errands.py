"""A request about another node's call: its router is asked over the database, and answers there.

What is asked is a request to that router's own interface, so that a command is the same wherever
it is given. Only what :data:`PATHS` names is done for another node.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.store.node_requests import NodeRequests, Request

if TYPE_CHECKING:
    from router.store.node_requests import Asked

log = structlog.get_logger(__name__)

PATHS: Final = (
    "/api/transfer",
    "/api/dispatch/",
    "/api/supervise/",
    "/api/plan/here/",
    "/api/recordings/",
)
TAKEN_WITHIN_S: Final = 6.0
"""A node that has not begun by then is not asked any more."""
ANSWERED_WITHIN_S: Final = 150.0
"""Longest that is waited for an answer: a handset is rung, or a plan is put in force, meanwhile."""
LOOK_S: Final = 0.3
_ERRORS: Final = (SQLAlchemyError, OSError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What another node answered."""

    status: int
    body: dict[str, Any]


def node_of(call: str) -> str:
    """The node of a call, by its id; empty: it is none of ours."""
    return call.rpartition("-")[0]


def away(node: str) -> Answer:
    """The answer for a node that does not give one."""
    message = (
        f"Node {node} tidak menjawab; panggilannya tidak terjangkau dari sini. / "
        f"Node {node} does not answer; its calls cannot be reached from here."
    )
    return Answer(503, {"error": "node_away", "message": message})


def unsure(node: str) -> Answer:
    """The answer for a node that has begun, and was lost then."""
    message = (
        f"Node {node} sudah mulai dan tidak menjawab lagi: lihat apa yang terjadi. / "
        f"Node {node} has begun and does not answer any more: see what became of it."
    )
    return Answer(503, {"error": "node_unsure", "message": message})


class Errands:
    """Asks other nodes, and does what they ask.

    Args:
        node: this one.
        requests: the rows.
        base: address of this router's interface. ``token``: of it.
    """

    def __init__(self, node: str, requests: NodeRequests, base: str, token: str) -> None:
        self._node = node
        self._requests = requests
        self._base = base
        self._token = token
        self._doing: set[asyncio.Task[None]] = set()
        self._is_told = False

    def close(self) -> None:
        """Let go of the database."""
        self._requests.close()

    async def for_another(self, call: str) -> str | None:
        """The other node that a call is of; None: it is this one's, or nobody's."""
        node = node_of(call)
        if node in ("", self._node):
            return None
        try:
            return node if await self._requests.knows(node) else None
        except _ERRORS:
            return None

    async def live(self) -> list[str]:
        """Names of the other nodes that live.

        Raises:
            SQLAlchemyError, OSError: the database does not work now.
        """
        return await self._requests.live()

    async def ask(self, node: str, path: str, body: str) -> Answer:
        """Have another node do something, and wait for what it says."""
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                return await self._ask(node, Request("POST", path, body))
        except TimeoutError:
            return unsure(node)
        except _ERRORS as error:
            log.warning("node_not_asked", node=node[:64], error=type(error).__name__)
            return away(node)

    async def _ask(self, node: str, request: Request) -> Answer:
        name = await self._requests.put(node, request, TAKEN_WITHIN_S)
        began = asyncio.get_running_loop().time()
        while True:
            found = await self._requests.stands(name)
            if found.status is not None:
                await self._requests.fetched(name)
                return Answer(found.status, _read(found.answer))
            late = asyncio.get_running_loop().time() - began > TAKEN_WITHIN_S
            if (found.is_away or late) and not found.is_taken:
                if await self._requests.withdraw(name):
                    return away(node)
            elif found.is_away:
                return unsure(node)
            await asyncio.sleep(LOOK_S)

    async def run(self) -> None:
        """Do what other nodes ask, until cancelled."""
        timeout = aiohttp.ClientTimeout(total=ANSWERED_WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                for asked in await self._taken():
                    task = asyncio.create_task(self._do(session, asked))
                    self._doing.add(task)
                    task.add_done_callback(self._doing.discard)
                await asyncio.sleep(LOOK_S)

    async def _taken(self) -> list[Asked]:
        try:
            found = await self._requests.take()
        except _ERRORS as error:
            if not self._is_told:
                log.warning("requests_unread", error=type(error).__name__)
            self._is_told = True
            return []
        self._is_told = False
        return found

    async def _do(self, session: aiohttp.ClientSession, asked: Asked) -> None:
        status, said = await self._done(session, asked.request)
        log.info("did_for_node", by=asked.by[:64], path=asked.request.path[:64], status=status)
        try:
            await self._requests.answer(asked.id, status, said)
        except _ERRORS as error:
            log.error("request_unanswered", error=type(error).__name__)  # noqa: TRY400 (no trace)

    async def _done(self, session: aiohttp.ClientSession, request: Request) -> tuple[int, str]:
        known = request.path.startswith(PATHS) and ".." not in request.path
        if request.method != "POST" or not known:
            return 404, json.dumps({"error": "not_found", "message": "Tidak ada. / None."})
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            async with session.post(
                f"{self._base}{request.path}", data=request.body.encode(), headers=headers
            ) as response:
                return response.status, await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            message = f"router: {type(error).__name__}"
            return 503, json.dumps({"error": "router_away", "message": message})


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"error": "nonsense", "message": text[:200]}
