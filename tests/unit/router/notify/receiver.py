"""A real web server that takes notifications as a test wants it to."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import unused_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


@dataclass
class Receiver:
    """What came in, and how it is answered.

    Attributes:
        statuses: of the answers, in order; 200 when there are no more.
        answer: instead of a status, when set.
    """

    port: int = field(default_factory=unused_port)
    statuses: list[int] = field(default_factory=list)
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    got: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    came: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=s3cret"

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Receiver]:
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0.01, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        yield self
        await runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.keys.append(request.headers["Idempotency-Key"])
        self.got.append(await request.json())
        self.came.put_nowait(self.keys[-1])
        if self.answer is not None:
            return await self.answer(request)
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers={"Location": "/elsewhere"})
