"""The fuzzer's own AMI account: sets live state, and waits until queues see their handsets so.

It exists in the fuzzer's own home only.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

USER: Final = "fuzz"
SECRET: Final = "fuzz-on-loopback-only"
ACCOUNT: Final = f"""
; --- the fuzzer's own, in its own home only ---
[{USER}]
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1/255.255.255.255
secret = {SECRET}
read =
write = system,reporting,agent
writetimeout = 5000
"""
ANSWER_S: Final = 20.0
SETTLE_S: Final = 20.0
POLL_S: Final = 0.05

Frame = dict[str, str]


class DeskError(RuntimeError):
    """Asterisk refused what we asked, or does not come to be as it should."""


@dataclass(frozen=True, slots=True)
class Member:
    """A handset as a queue sees it.

    Attributes:
        queue: its name. ``extension``: the handset's.
        status: device state, 1 is free, 5 is not logged in.
        paused: whether it is not rung.
    """

    queue: str
    extension: str
    status: int
    paused: bool


class Desk:
    """A session."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._ids = itertools.count(1)
        self._open: dict[str, tuple[list[Frame], asyncio.Future[list[Frame]]]] = {}
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def opened(cls, port: int) -> Self:
        """Connect and log in."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        desk = cls(reader, writer)
        await desk.ask("Login", Username=USER, Secret=SECRET)
        return desk

    async def close(self) -> None:
        """Leave."""
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def ask(self, action: str, **headers: str) -> list[Frame]:
        """Have an action done: its response, then the events that belong to it.

        Raises:
            DeskError: it was refused.
        """
        name = str(next(self._ids))
        answer: asyncio.Future[list[Frame]] = asyncio.get_running_loop().create_future()
        self._open[name] = ([], answer)
        lines = [f"Action: {action}", f"ActionID: {name}"]
        lines += [f"{key}: {value}" for key, value in headers.items()]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        async with asyncio.timeout(ANSWER_S):
            frames = await answer
        if frames[0].get("Response") == "Error":
            raise DeskError(f"{action} {headers}: {frames[0].get('Message')}")
        return frames

    async def put(self, family: str, key: str, value: str) -> None:
        """Write into Asterisk's database."""
        await self.ask("DBPut", Family=family, Key=key, Val=value)

    async def forget(self, family: str, key: str) -> None:
        """Remove from Asterisk's database what may be there."""
        try:
            await self.ask("DBDel", Family=family, Key=key)
        except DeskError as error:
            if "could not be deleted" not in str(error):
                raise

    async def resume(self, extension: str) -> None:
        """Have queues ring a handset that may be paused."""
        await self.ask("QueuePause", Interface=f"PJSIP/{extension}", Paused="false")

    async def members(self, queue: str) -> list[Member]:
        """The handsets of a queue."""
        return [
            Member(queue, frame["Name"], int(frame["Status"]), frame["Paused"] == "1")
            for frame in await self.ask("QueueStatus", Queue=queue)
            if frame.get("Event") == "QueueMember"
        ]

    async def until_free(self, queues: Iterable[str], away: frozenset[str]) -> None:
        """Wait until every handset of these queues is free, or, if ``away``, logged out.

        Raises:
            DeskError: it does not come to be so; says which is how.
        """
        left = list(queues)
        wrong: list[Member] = []
        try:
            async with asyncio.timeout(SETTLE_S):
                while left:
                    wrong = [
                        member
                        for member in await self.members(left[-1])
                        if member.status != (5 if member.extension in away else 1)
                    ]
                    if wrong:
                        await asyncio.sleep(POLL_S)
                    else:
                        left.pop()
        except TimeoutError as error:
            raise DeskError(f"handsets do not become as they should: {wrong}") from error

    async def _read(self) -> None:
        await self._reader.readline()
        while True:
            try:
                block = await self._reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            lines = (
                line.partition(": ") for line in block.decode("utf-8", "replace").split("\r\n")
            )
            frame = {key: value for key, _, value in lines if key}
            self._take(frame)

    def _take(self, frame: Mapping[str, str]) -> None:
        name = frame.get("ActionID", "")
        if name not in self._open:
            return
        frames, answer = self._open[name]
        frames.append(dict(frame))
        listed = frames[0].get("EventList") == "start"
        over = frame.get("EventList") == "Complete" or (not listed and "Response" in frame)
        if over and not answer.done():
            del self._open[name]
            answer.set_result(frames)
