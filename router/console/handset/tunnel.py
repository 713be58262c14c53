"""The way of a browser's SIP to Asterisk: frames handed on both ways until either side ends it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import aiohttp
import structlog
from aiohttp import WSMsgType, web

from router.console.handset.frames import MAX_FRAME, may_send

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.console.handset.leases import Lease

log = structlog.get_logger(__name__)

PROTOCOL: Final = "sip"
CONNECT_S: Final = 3.0
BEAT_S: Final = 10.0
"""How often it is seen whether a browser is still there; half of it later it is given up."""
TAKEN: Final = 4001
"""Close codes, which the page has words for: somebody else has taken the handset."""
ASTERISK_AWAY: Final = 4002
LOGGED_OUT: Final = 4003
REFUSED: Final = 4004
"""What the browser sent is not what a handset may send."""


async def hand_on(
    request: web.Request,
    lease: Lease,
    port: int,
    session_over: Callable[[], Awaitable[None]],
    gone: Callable[[], Awaitable[None]],
) -> web.WebSocketResponse:
    """Be the way of one browser, until it, Asterisk, its session or the lease is over.

    Args:
        request: the browser's.
        lease: of the handset.
        port: of Asterisk's socket.
        session_over: returns when whoever asked may have it no more.
        gone: returns when there is no such handset any more.
    """
    near = web.WebSocketResponse(
        protocols=(PROTOCOL,), heartbeat=BEAT_S, max_msg_size=MAX_FRAME, compress=False
    )
    await near.prepare(request)
    code = ASTERISK_AWAY
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as client,
            client.ws_connect(
                f"ws://127.0.0.1:{port}/ws", protocols=(PROTOCOL,), heartbeat=BEAT_S, compress=0
            ) as far,
        ):
            lease.connected = True
            code = await _first_over(near, far, lease, session_over(), gone())
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.info("handset_asterisk_away", extension=lease.extension, reason=str(error)[:100])
    finally:
        lease.connected = False
    await near.close(code=code)
    return near


async def _first_over(
    near: web.WebSocketResponse,
    far: aiohttp.ClientWebSocketResponse,
    lease: Lease,
    session_over: Awaitable[None],
    gone: Awaitable[None],
) -> int:
    """Which of the ends comes first, as a close code."""
    ends = {
        asyncio.ensure_future(_up(near, far, lease.extension)): REFUSED,
        asyncio.ensure_future(_down(near, far)): ASTERISK_AWAY,
        asyncio.ensure_future(lease.over.wait()): TAKEN,
        asyncio.ensure_future(session_over): LOGGED_OUT,
        asyncio.ensure_future(gone): ASTERISK_AWAY,
    }
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return next(ends[task] for task in ends if task in done)
    finally:
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


async def _up(
    near: web.WebSocketResponse, far: aiohttp.ClientWebSocketResponse, extension: str
) -> None:
    async for message in near:
        if message.type is not WSMsgType.TEXT or not may_send(message.data, extension):
            log.warning("handset_frame_refused", extension=extension)
            return
        await far.send_str(message.data)


async def _down(near: web.WebSocketResponse, far: aiohttp.ClientWebSocketResponse) -> None:
    async for message in far:
        if message.type is WSMsgType.TEXT:
            await near.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await near.send_bytes(message.data)
