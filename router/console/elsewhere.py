"""A recording that another node has: asked for there by way of this node's router, never kept."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.console.link import RefusedError, RouterAwayError
from router.store.engine import sqlite_file
from router.store.nodes import is_heard_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.calls.record import CallRecord
    from router.console.context import Desk

PIECE: Final = 1 << 20
"""Bytes that are asked for at once: the first is played while the next is on its way."""
ANSWERED_S: Final = 60.0
"""Longest for an answer: a digest is made of a whole file, after those that others asked for."""
_AWAY: Final = frozenset({"node_away", "node_unsure"})


class NodeAwayError(Exception):
    """The node that has the recording does not answer."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The recording of a call of another node.

    Raises (all methods that ask):
        NodeAwayError, RouterAwayError: that node does not answer, or our router does not.
        HTTPNotFound: that node does not have it.
        RefusedError: that node is busy.
    """

    desk: Desk
    record: CallRecord

    @classmethod
    def of(cls, desk: Desk, record: CallRecord) -> Elsewhere | None:
        """None: no other node can have it."""
        over = record.recording is not None and record.ended is not None
        shared = sqlite_file(desk.engine.url) is None
        other = record.node != desk.settings.node
        return cls(desk, record) if over and shared and other else None

    async def is_there(self) -> bool | None:
        """Whether its node lives; None: there is no such node any more."""
        return await is_heard_of(self.desk.engine, self.record.node)

    async def piece(self, begin: int, most: int) -> tuple[int, bytes]:
        """The size of the file, and bytes of it."""
        given = {"begin": str(begin), "most": str(min(most, PIECE))}
        answer = await self._ask("piece", given)
        try:
            return int(answer["size"]), base64.b64decode(answer["data"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise RouterAwayError from error

    async def outline(self) -> Mapping[str, Any]:
        """How loud it is, as JSON values."""
        return await self._ask("outline", {})

    async def digest(self) -> str:
        """SHA-256 of the file as it is now."""
        return str((await self._ask("digest", {})).get("sha256", ""))

    async def _ask(self, what: str, given: dict[str, str]) -> dict[str, Any]:
        body = {"call": self.record.id, **given}
        try:
            answer: dict[str, Any] = await self.desk.link.post(
                "recordings", what, body=body, timeout_s=ANSWERED_S
            )
        except RefusedError as error:
            if error.reason in _AWAY:
                raise NodeAwayError from error
            if error.status == 404:
                raise web.HTTPNotFound from error
            raise
        return answer
