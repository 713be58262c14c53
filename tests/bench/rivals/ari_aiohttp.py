"""The menu as an ARI application: events over ARI's websocket, requests over kept connections."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from tests.bench.rivals.menu import Menu, ready, told


class Caller:
    """One caller in the menu."""

    def __init__(self, session: aiohttp.ClientSession, menu: Menu, channel: str) -> None:
        self._session = session
        self._menu = menu
        self._channel = channel
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self.played = asyncio.Event()
        self.task = asyncio.get_running_loop().create_task(self._lead())

    async def _ask(self, method: str, path: str, **query: str) -> None:
        async with self._session.request(method, f"ari/{path}", params=query) as answer:
            await answer.read()

    async def _lead(self) -> None:
        chosen = None
        for number in range(self._menu.tries):
            chosen = await self._prompt(number)
            if chosen:
                break
        channel = f"channels/{self._channel}"
        value = chosen or self._menu.default
        await self._ask("POST", f"{channel}/variable", variable="SIAGA_RESULT", value=value)
        await self._ask("POST", f"{channel}/continue")

    async def _prompt(self, number: int) -> str | None:
        self.played.clear()
        playback = f"{self._channel}-{number}"
        media = f"sound:{self._menu.prompt(number)}"
        await self._ask("POST", f"channels/{self._channel}/play/{playback}", media=media)
        key = asyncio.create_task(self.keys.get())
        played = asyncio.create_task(self.played.wait())
        try:
            await asyncio.wait((key, played), return_when=asyncio.FIRST_COMPLETED)
            if not key.done():
                await asyncio.wait((key,), timeout=self._menu.wait_ms / 1000)
            elif not played.done():
                await self._ask("DELETE", f"playbacks/{playback}")
            return self._menu.digits.get(key.result()) if key.done() else None
        finally:
            key.cancel()
            played.cancel()


def take(
    event: dict[str, Any],
    callers: dict[str, Caller],
    session: aiohttp.ClientSession,
    menu: Menu,
) -> None:
    """What ARI says happened."""
    kind = event["type"]
    channel = event.get("channel", {}).get("id", "")
    if kind == "StasisStart":
        callers[channel] = Caller(session, menu, channel)
    elif kind == "StasisEnd" and (ended := callers.pop(channel, None)):
        ended.task.cancel()
    elif kind == "ChannelDtmfReceived" and channel in callers:
        callers[channel].keys.put_nowait(event["digit"])
    elif kind == "PlaybackFinished":
        owner = event["playback"]["target_uri"].partition(":")[2]
        if owner in callers:
            callers[owner].played.set()


async def main() -> None:
    """Serve until killed."""
    menu, rest = told()
    callers: dict[str, Caller] = {}
    auth = aiohttp.BasicAuth(rest["user"], rest["password"])
    connector = aiohttp.TCPConnector(limit=32)
    base = f"http://127.0.0.1:{rest['port']}/"
    async with (
        aiohttp.ClientSession(base, auth=auth, connector=connector) as session,
        session.ws_connect("ari/events", params={"app": rest["app"]}) as socket,
    ):
        ready()
        async for message in socket:
            take(message.json(), callers, session, menu)


if __name__ == "__main__":
    asyncio.run(main())
