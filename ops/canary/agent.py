"""The canary's two telephones: one that calls, one that rings; a small SIP user agent on UDP.

Not SIPp: an INVITE with a password is not in our scenarios, and a process of its own for each test
call costs more than the call. It speaks to one Asterisk on this machine and to nobody else.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from ops.canary.line import Line, address_in
from ops.canary.talk import Ring, Talk
from ops.phone import sdp
from ops.phone.errors import PhoneError
from ops.phone.g711 import Law
from ops.phone.sip import digest, respond, text_of
from siaga.edge import bracketed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ops.phone.message import Message
    from ops.phone.sip import Address

EXPIRES_S: Final = 120
"""A canary that dies is not rung for longer."""


class Agent:
    """Both telephones on one socket; an async context manager makes them."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._talks: dict[str, Talk] = {}
        self._rings: asyncio.Queue[Ring] = asyncio.Queue(maxsize=16)

    async def register(self, user: str, password: str, expires_s: int = EXPIRES_S) -> None:
        """Log a telephone in, or with 0 seconds out.

        Raises:
            PhoneError: it is refused, or there is no answer.
        """
        host, port = self.line.address
        uri = f"sip:{bracketed(self.line.target[0])}:{self.line.target[1]}"
        call_id, own = secrets.token_hex(12), f"<sip:{user}@{bracketed(self.line.target[0])}>"
        headers = [
            f"From: {own};tag={secrets.token_hex(6)}",
            f"To: {own}",
            f"Call-ID: {call_id}",
            f"Contact: <sip:{user}@{bracketed(host)}:{port}>",
            f"Expires: {expires_s}",
        ]
        answer = await self._proven("REGISTER", uri, headers, (user, password))
        if answer.status != 200:
            raise PhoneError(f"{user} was refused its login: {answer.status}.")

    async def call(self, user: str, password: str, number: str) -> Talk:
        """Call a number and wait until it is answered.

        Raises:
            PhoneError: it is refused, or not answered.
        """
        host, port = self.line.address
        uri = f"sip:{number}@{bracketed(self.line.target[0])}:{self.line.target[1]}"
        talk = Talk(self.line, secrets.token_hex(12))
        self._talks[talk.call_id] = talk
        offer = sdp.Media(self.line.host, talk.media.port, (Law.PCMA, Law.PCMU), sdp.KEYS_EVENT)
        talk.local = f"<sip:{user}@{bracketed(host)}>;tag={secrets.token_hex(6)}"
        headers = [
            f"From: {talk.local}",
            f"To: <{uri}>",
            f"Call-ID: {talk.call_id}",
            f"Contact: <sip:{user}@{bracketed(host)}:{port}>",
        ]
        body = offer.encode() + "\r\n"
        answer = await self._proven("INVITE", uri, headers, (user, password), body)
        if answer.status != 200:
            talk.close()
            raise PhoneError(f"The call was refused: {answer.status}.")
        far = sdp.parse(answer.body.decode("latin-1"))
        if far is None:
            raise PhoneError("The call was answered without audio that we know.")
        talk.target = address_in(answer) or uri
        talk.remote, talk.cseq, talk.up = text_of(answer, "To"), 2, True
        talk.media.connect(far, far.laws[0], sdp.KEYS_EVENT)
        return talk

    async def _proven(
        self,
        method: str,
        uri: str,
        headers: list[str],
        account: tuple[str, str],
        body: str = "",
    ) -> Message:
        """Ask, and when asked for the password, ask again with it."""
        answer = await self.line.ask(method, uri, [*headers, f"CSeq: 1 {method}"], body)
        if answer.status != 401:
            return answer
        proof = digest(text_of(answer, "WWW-Authenticate"), method, uri, *account)
        return await self.line.ask(method, uri, [*headers, f"CSeq: 2 {method}", proof], body)

    async def ring(self, timeout_s: float) -> Ring:
        """The next call to the telephone, in order of arrival.

        Raises:
            PhoneError: none came.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._rings.get()
        except TimeoutError:
            raise PhoneError(f"The telephone did not ring within {timeout_s:g} s.") from None

    def hear(self, found: Message, sender: Address) -> None:
        """Take a message; whatever does not come from Asterisk is none."""
        if sender[:2] != self.line.target:
            return
        call_id = text_of(found, "Call-ID")
        if found.status:
            self.line.answered(found)
            return
        talk = self._talks.get(call_id)
        method = found.start.partition(b" ")[0]
        if isinstance(talk, Ring):
            talk.heard(found)
        elif method == b"INVITE" and talk is None and not self._rings.full():
            ring = Ring(self.line, found)
            self._talks[call_id] = ring
            ring.alert()
            self._rings.put_nowait(ring)
        elif method != b"ACK":
            self.line.send(respond(found, "200 OK", f";tag={call_id[:12]}"))
            if talk is not None and method == b"BYE":
                talk.close()

    async def close(self) -> None:
        """End whatever is up."""
        for talk in list(self._talks.values()):
            try:
                await talk.hang_up()
            except PhoneError:
                talk.close()


@asynccontextmanager
async def agent(target: Address) -> AsyncIterator[Agent]:
    """Both telephones, for the block; calls that are left are ended."""
    line = Line(target)
    made = Agent(line)
    await line.open(made.hear)
    ticking = asyncio.create_task(line.ticker.run())
    try:
        yield made
    finally:
        await made.close()
        ticking.cancel()
        line.close()
