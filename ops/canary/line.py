"""Requests to Asterisk and their answers, sent again until they come; SIP on UDP."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Final

from ops.phone.errors import PhoneError
from ops.phone.sip import Socket, branch, compose, text_of
from ops.phone.ticker import Ticker
from siaga.edge import bracketed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ops.phone.message import Message
    from ops.phone.sip import Address

T1_S: Final = 0.5
"""Before a message is sent again (RFC 3261); doubled at each try."""
GIVE_UP_S: Final = 8.0
ANSWER_S: Final = 10.0
_TARGET: Final = re.compile(r"<([^>]+)>")


def address_in(found: Message) -> str:
    """The address of a message's Contact; empty: it has none."""
    contact = _TARGET.search(text_of(found, "Contact"))
    return contact[1] if contact else ""


class Line:
    """A socket that Asterisk is asked on.

    Attributes:
        target: Asterisk. ``ticker``: the beat of the audio.
    """

    def __init__(self, target: Address) -> None:
        self.ticker = Ticker()
        self.target = target
        self._socket: Socket | None = None
        self._asked: dict[tuple[str, str], asyncio.Future[Message]] = {}
        self._confirmations: dict[str, str] = {}

    @property
    def address(self) -> Address:
        """Ours."""
        return ("", 0) if self._socket is None else self._socket.address

    @property
    def host(self) -> str:
        """Our address without the port."""
        return self.address[0]

    async def open(self, hear: Callable[[Message, Address], None]) -> None:
        """Take a port; ``hear`` is told of each message that comes."""
        self._socket = await Socket.bound((self.target[0], 0), hear)

    def close(self) -> None:
        """Give it back."""
        if self._socket is not None:
            self._socket.close()

    def send(self, text: str) -> None:
        """Send a message to Asterisk."""
        if self._socket is not None:
            self._socket.send(text, self.target)

    async def until(
        self, say: Callable[[], None], heard: Callable[[float], Awaitable[object]]
    ) -> None:
        """Say something again and again until it was heard.

        Raises:
            PhoneError: it was not within 8 s.
        """
        late, wait_s = time.monotonic() + GIVE_UP_S, T1_S
        while True:
            say()
            try:
                await heard(min(wait_s, max(0.01, late - time.monotonic())))
            except (PhoneError, TimeoutError):
                if time.monotonic() >= late:
                    raise PhoneError(f"No answer within {GIVE_UP_S:g} s.") from None
                wait_s *= 2
            else:
                return

    async def ask(
        self,
        method: str,
        uri: str,
        headers: list[str],
        body: str = "",
        *,
        answer_s: float = ANSWER_S,
    ) -> Message:
        """Send a request and wait for its final response.

        Raises:
            PhoneError: there is none.
        """
        host, port = self.address
        via = f"Via: SIP/2.0/UDP {bracketed(host)}:{port};branch={branch()};rport"
        lines = [via, *headers, "Max-Forwards: 70", "User-Agent: siaga112-canary"]
        text = compose(f"{method} {uri} SIP/2.0", lines, body, "application/sdp")
        found = {name: value for name, _, value in (line.partition(": ") for line in headers)}
        key = found["Call-ID"], found["CSeq"]
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._asked[key] = answer
        sending = asyncio.create_task(self._again(text))
        try:
            async with asyncio.timeout(answer_s):
                response = await answer
        except TimeoutError:
            raise PhoneError(f"No answer to {method} within {answer_s:g} s.") from None
        finally:
            sending.cancel()
            del self._asked[key]
        if method == "INVITE":
            self._confirm(response, uri, via, found)
        return response

    async def _again(self, text: str) -> None:
        """Send until the answer is here: Asterisk takes copies for what they are."""
        wait_s = T1_S
        while True:
            self.send(text)
            await asyncio.sleep(wait_s)
            wait_s *= 2

    def _confirm(self, response: Message, uri: str, via: str, sent: dict[str, str]) -> None:
        """ACK: of a refusal in its own transaction, of an answer in a new one, to its Contact."""
        taken = response.status < 300
        host, port = self.address
        target = (taken and address_in(response)) or uri
        fresh = f"Via: SIP/2.0/UDP {bracketed(host)}:{port};branch={branch()};rport"
        lines = [
            fresh if taken else via,
            f"From: {sent['From']}",
            f"To: {text_of(response, 'To')}",
            f"Call-ID: {sent['Call-ID']}",
            f"CSeq: {sent['CSeq'].partition(' ')[0]} ACK",
            "Max-Forwards: 70",
        ]
        text = compose(f"ACK {target} SIP/2.0", lines)
        self._confirmations[f"{sent['Call-ID']} {sent['CSeq']}"] = text
        self.send(text)

    def answered(self, found: Message) -> None:
        """Take a response."""
        call_id = text_of(found, "Call-ID")
        cseq = text_of(found, "CSeq")
        waiting = self._asked.get((call_id, cseq))
        if found.status < 200:
            return
        if waiting is not None and not waiting.done():
            waiting.set_result(found)
        elif f"{call_id} {cseq}" in self._confirmations:
            self.send(self._confirmations[f"{call_id} {cseq}"])
