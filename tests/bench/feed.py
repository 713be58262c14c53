"""Asterisk's manager as a listener sees it, telling recorded calls: ``python -m tests.bench.feed``.

The events are those of a real call (``tests/replay/logs/answered``), word for word but for their
ids, callers, channels, times and the plan's version. So the listeners are measured and not the
switch, and each gets the same. Takes as JSON how many calls, how many a second (0: as fast as they
are read) and the version. Says its port, begins when the first listener has logged in, says
``told`` when it has written everything.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from tests.replay.logbook import LOGS

OLD_CALL = "node1-1795538515."
CHANNELS = ("PJSIP/trunk-00000000", "PJSIP/201-00000001")
OLD_CALLER = "081200538511"
OLD_VERSION = "6407ee2f1d0e"
_HEADERS = """Event Privilege Timestamp SystemName EventName AccountCode CallerIDnum CallerIDname
 CallerIDani CallerIDrdnis CallerIDdnid Exten Context Channel Application AppData EventTime AMAFlags
 UniqueID LinkedID UserField Peer PeerAccount Extra"""
_NAMES = {name.lower(): name for name in _HEADERS.split()}


def call_events(log: str = "answered") -> list[list[tuple[str, str]]]:
    """The headers of each event of a recorded call."""
    text = (LOGS / log / "ami.jsonl").read_text(encoding="utf-8")
    events = []
    for line in text.splitlines():
        headers: dict[str, str] = json.loads(line)
        events.append([(_NAMES[key], value) for key, value in headers.items()])
    return events


def told(event: list[tuple[str, str]], number: int, made: float, version: str) -> bytes:
    """One event of the ``number``-th call, made at this time."""
    text = "".join(
        f"{name}: {f'{made:.6f}' if name == 'Timestamp' else value}\r\n" for name, value in event
    )
    text = text.replace(OLD_CALL, f"node1-{1_800_000_000 + number}.")
    text = text.replace(OLD_VERSION, version)
    # Callers are many: what is known of one number would be read again for each of its calls.
    text = text.replace(OLD_CALLER, f"0812{number:08d}")
    text = text.replace(CHANNELS[0], f"PJSIP/trunk-{number * 2:08x}")
    text = text.replace(CHANNELS[1], f"PJSIP/201-{number * 2 + 1:08x}")
    return f"{text}\r\n".encode()


class Manager:
    """The server's side of one connection."""

    def __init__(self, calls: int, rate: float, version: str) -> None:
        self._calls = calls
        self._version = version
        self._rate = rate

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what is asked; tell the calls after the login."""
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        telling: asyncio.Task[None] | None = None
        asked: dict[str, str] = {}
        while line := await reader.readline():
            name, _, value = line.decode().strip().partition(": ")
            if name:
                asked[name.lower()] = value
                continue
            self._answer(writer, asked)
            if asked.get("action", "").lower() == "login" and telling is None:
                telling = asyncio.create_task(self._tell(writer))
            asked = {}

    @staticmethod
    def _answer(writer: asyncio.StreamWriter, asked: dict[str, str]) -> None:
        action, number = asked.get("action", ""), asked.get("actionid", "")
        tag = f"ActionID: {number}\r\n" if number else ""
        lists = {"CoreShowChannels", "DeviceStateList", "QueueStatus", "PJSIPShowContacts"}
        if action in lists:
            text = f"Response: Success\r\n{tag}EventList: start\r\n\r\n"
            text += f"Event: {action}Complete\r\n{tag}EventList: Complete\r\nListItems: 0\r\n\r\n"
        else:
            text = f"Response: Success\r\n{tag}Ping: Pong\r\n\r\n"
        if action.lower() == "login":
            text += "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"
        writer.write(text.encode())

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        events = call_events()
        await asyncio.sleep(0.5)
        began = time.time()
        _say({"began": began, "events": len(events) * self._calls})
        stamps = [float(dict(event)["Timestamp"]) for event in events]
        if self._rate:
            await self._pace(writer, events, stamps)
        else:
            for number in range(self._calls):
                now = time.time()
                writer.write(
                    b"".join(
                        told(event, number, now + at - stamps[0], self._version)
                        for event, at in zip(events, stamps, strict=True)
                    )
                )
                await writer.drain()
        _say({"told": time.time()})

    async def _pace(
        self, writer: asyncio.StreamWriter, events: list[Any], stamps: list[float]
    ) -> None:
        """So many calls a second, the events of each spread over as long as the call lasted."""
        due = sorted(
            (number / self._rate + stamp - stamps[0], number, index)
            for number in range(self._calls)
            for index, stamp in enumerate(stamps)
        )
        began = time.time()
        for at, number, index in due:
            if (early := began + at - time.time()) > 0:
                await asyncio.sleep(early)
            writer.write(told(events[index], number, time.time(), self._version))


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Serve until killed."""
    wanted = json.loads(sys.argv[1])
    manager = Manager(wanted["calls"], wanted["rate"], wanted["version"])
    server = await asyncio.start_server(manager.serve, "127.0.0.1", 0)
    _say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
