"""A receiver of notifications, as an agency would run one."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG_S = 30.0


@dataclass(frozen=True)
class Post:
    """One POST as received, and the status that it was answered with."""

    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes = b""
    status: int = 204


@dataclass
class Hook:
    """What was received so far, and where it listens.

    Attributes:
        statuses: of the next answers; 204 when there are no more.
    """

    address: str = ""
    posts: list[Post] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        """Take one."""
        raw = await request.read()
        status = self.statuses.pop(0) if self.statuses else 204
        self.posts.append(Post(dict(request.headers), json.loads(raw), raw, status))
        return web.Response(status=status)

    def of(self, caller: str) -> list[Post]:
        """The posts about a caller's calls."""
        return [post for post in self.posts if post.body.get("caller") == caller]

    async def until(self, caller: str, count: int) -> list[Post]:
        """Wait for as many posts about a caller's calls."""
        async with asyncio.timeout(LONG_S):
            while len(self.of(caller)) < count:  # noqa: ASYNC110 (filled by another thread)
                await asyncio.sleep(0.05)
        return self.of(caller)


@contextmanager
def serving() -> Iterator[Hook]:
    """Receive in a thread of its own, for it outlives the event loops of single tests."""
    hook = Hook()
    loop = asyncio.new_event_loop()
    runner = loop.run_until_complete(_start(hook))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield hook
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(LONG_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(hook: Hook) -> web.AppRunner:
    app = web.Application()
    app.add_routes([web.post("/notify", hook.receive)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    hook.address = f"http://127.0.0.1:{port}/notify"
    return runner
