"""Callers, a hundred at once: each an INVITE for 112 with keys by SIP INFO, without sound.

A caller hears no more than that something is played to it: the moment of the first packet is the
beginning of its menu, from which the moments of its keys count.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from typing import TYPE_CHECKING, Final

from tests.fuzz.sip import Address, Socket, branch, compose, offer, respond, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.phone.message import Message

AGAIN_S: Final = 0.5
"""An INVITE that nothing came back to is sent again (RFC 3261, timer A)."""
AGAIN: Final = 6
KEY_MS: Final = 320
"""A key shorter than Asterisk's least is made longer first, and takes effect when it ends."""


class Caller:
    """One call.

    Attributes:
        answered: set with the answer. ``heard``: with the first packet of sound.
        ended: set when the call is over, whoever ended it.
        status: the answer's, 0 as long as there is none.
        moments: when what was heard or pressed, in seconds since the epoch.
    """

    def __init__(self, line: Socket, target: Address, exten: str, number: str) -> None:
        self.answered, self.heard, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.status = 0
        self.moments: list[tuple[float, str]] = []
        self.call_id = secrets.token_hex(8)
        self._line, self._target = line, target
        self._uri = f"sip:{exten}@{target[0]}"
        self._from = f"From: <sip:{number}@{target[0]}>;tag={self.call_id}"
        self._number = number
        self._branch = branch()
        self._cseq = 1
        self._to = f"<{self._uri}>"
        self._ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._ear.setblocking(False)  # noqa: FBT003 (the socket API)
        self._ear.bind((line.address[0], 0))

    async def call(self, limit_s: float) -> bool:
        """Place the call; whether it was answered.

        Raises:
            TimeoutError: neither answered nor refused.
        """
        loop = asyncio.get_running_loop()
        loop.add_reader(self._ear, self._hears)
        async with asyncio.timeout(limit_s):
            for _ in range(AGAIN):
                self._request("INVITE", self._branch, body=offer(self._ear.getsockname()))
                try:
                    async with asyncio.timeout(AGAIN_S):
                        await self.answered.wait()
                except TimeoutError:
                    if self.status == 0:
                        continue
                break
            await self.answered.wait()
        return self.status == 200

    async def press(self, keys: Sequence[tuple[int, str]]) -> None:
        """Press keys, each so many ms after the sound's beginning."""
        await self.heard.wait()
        loop = asyncio.get_running_loop()
        began = loop.time()
        for at_ms, key in keys:
            await asyncio.sleep(began + at_ms / 1000 - loop.time())
            self._cseq += 1
            self.moments.append((time.time(), f"key {key}"))
            body = f"Signal={key}\r\nDuration={KEY_MS}\r\n"
            self._request("INFO", branch(), body=body, kind="application/dtmf-relay")

    def hang_up(self) -> None:
        """End the call."""
        if self.ended.is_set():
            return
        if self.answered.is_set():
            self._cseq += 1
            self._request("BYE", branch())
        else:
            self._request("CANCEL", self._branch)

    def close(self) -> None:
        """Give back what the call used."""
        asyncio.get_running_loop().remove_reader(self._ear)
        self._ear.close()

    def hear(self, found: Message) -> None:
        """A message of this call."""
        if not found.status:
            # The far end's own requests: BYE ends the call, whatever else is taken note of.
            self._line.send(respond(found, "200 OK", ""), self._target)
            if found.start.startswith(b"BYE "):
                self.ended.set()
            return
        cseq, _, method = text_of(found, "CSeq").partition(" ")
        if method in ("BYE", "CANCEL") and found.status >= 200:
            self.ended.set()
        if method != "INVITE":
            return
        self.status = found.status
        if found.status < 200:
            return
        self._to = text_of(found, "To")
        again = self._branch if found.status >= 300 else branch()
        self._request("ACK", again, cseq=cseq)
        self.answered.set()
        if found.status >= 300:
            self.ended.set()

    def _hears(self) -> None:
        self.moments.append((time.time(), "heard"))
        self.heard.set()
        # One packet is enough; what follows the kernel throws away.
        asyncio.get_running_loop().remove_reader(self._ear)

    def _request(
        self,
        method: str,
        name: str,
        *,
        cseq: str = "",
        body: str = "",
        kind: str = "application/sdp",
    ) -> None:
        host, port = self._line.address
        headers = (
            f"Via: SIP/2.0/UDP {host}:{port};branch={name};rport",
            self._from,
            f"To: {self._to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq or self._cseq} {method}",
            f"Contact: <sip:{self._number or 'anonymous'}@{host}:{port}>",
            "Max-Forwards: 70",
        )
        start = f"{method} {self._uri} SIP/2.0"
        self._line.send(compose(start, headers, body, kind), self._target)


class Exchange:
    """Where callers call from: a socket an address, shared by all who call from there.

    Attributes:
        kind: of the callers.
    """

    kind = Caller

    def __init__(self, target: Address) -> None:
        self._target = target
        self._lines: dict[str, Socket] = {}
        self._calls: dict[bytes, Caller] = {}

    async def caller(self, address: str, exten: str, number: str) -> Caller:
        """A caller who has not called yet."""
        if address not in self._lines:
            self._lines[address] = await Socket.bound((address, 0), self._hear)
        caller = self.kind(self._lines[address], self._target, exten, number)
        self._calls[caller.call_id.encode()] = caller
        return caller

    def forget(self, caller: Caller) -> None:
        """The call is over."""
        caller.close()
        self._calls.pop(caller.call_id.encode(), None)

    def close(self) -> None:
        """Close every socket."""
        for line in self._lines.values():
            line.close()

    def _hear(self, found: Message, _: Address) -> None:
        caller = self._calls.get(found.first("Call-ID"))
        if caller is not None:
            caller.hear(found)
