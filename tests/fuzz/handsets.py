"""Handsets and the far side of the trunks: many telephones on one socket, each told what to do."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from tests.fuzz.sip import Address, Socket, branch, compose, digest, offer, respond, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ops.phone.message import Message

AT_ONCE: Final = 16
"""Logins under way at a time."""
AGAIN_S: Final = 2.0
TRIES: Final = 4
KEPT_S: Final = 3600
DEAF: Final = ("127.0.0.1", 9)
"""Where telephones want their sound sent: nobody listens."""


class Does(Enum):
    """What a telephone does when it is called."""

    RINGS = auto()
    """Until the caller gives up."""
    ANSWERS = auto()
    DECLINES = auto()
    FAILS = auto()
    """A trunk's far side that cannot reach the number."""


_FINAL: Final = {
    Does.ANSWERS: "200 OK",
    Does.DECLINES: "486 Busy Here",
    Does.FAILS: "503 Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Rang:
    """A telephone was called.

    Attributes:
        at: seconds since the epoch.
        user: its extension or number.
        shown: name on its display.
    """

    at: float
    user: str
    shown: str


class LoginError(RuntimeError):
    """Asterisk does not let a handset in."""


class Telephones:
    """Telephones on one socket.

    Attributes:
        does: what each does, by extension or number; others ring.
        rang: every call that rang, by extension or number.
    """

    def __init__(self, target: Address) -> None:
        self.does: dict[str, Does] = {}
        self.rang: dict[str, list[Rang]] = {}
        self._target = target
        self._line: Socket | None = None
        self._rung: set[str] = set()
        self._invites: dict[str, Message] = {}
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def open(self, port: int) -> None:
        """Begin to listen."""
        self._line = await Socket.bound(("127.0.0.1", port), self._hear)

    def close(self) -> None:
        """Stop listening."""
        if self._line is not None:
            self._line.close()

    def forget(self) -> None:
        """Forget every call that came."""
        self.rang.clear()
        self._rung.clear()
        self._invites.clear()

    async def login(self, passwords: Mapping[str, str], *, out: bool = False) -> None:
        """Log handsets in, or out.

        Raises:
            LoginError: one was refused.
        """
        await asyncio.gather(*(self._login(*pair, out=out) for pair in passwords.items()))

    def since(self, at: float, users: Iterable[str]) -> list[Rang]:
        """What rang of these since then."""
        return [ring for user in users for ring in self.rang.get(user, ()) if ring.at >= at]

    async def _login(self, user: str, password: str, *, out: bool) -> None:
        call_id = secrets.token_hex(8)
        uri = f"sip:{self._target[0]}"
        async with self._room:
            answer = await self._register(call_id, user, 1, out=out)
            if answer.status == 401:
                asked = text_of(answer, "WWW-Authenticate")
                proof = digest(asked, "REGISTER", uri, user, password)
                answer = await self._register(call_id, user, 2, out=out, proof=proof)
        if answer.status != 200:
            raise LoginError(f"{user}: {answer.start!r}")

    async def _register(
        self,
        call_id: str,
        user: str,
        cseq: int,
        *,
        out: bool,
        proof: str = "",
    ) -> Message:
        assert self._line is not None
        host, port = self._line.address
        headers = [
            f"Via: SIP/2.0/UDP {host}:{port};branch={branch()};rport",
            f"From: <sip:{user}@{self._target[0]}>;tag={call_id}",
            f"To: <sip:{user}@{self._target[0]}>",
            f"Call-ID: {call_id}",
            f"CSeq: {cseq} REGISTER",
            f"Contact: <sip:{user}@{host}:{port}>",
            f"Expires: {0 if out else KEPT_S}",
            "Max-Forwards: 70",
            *([proof] if proof else []),
        ]
        text = compose(f"REGISTER sip:{self._target[0]} SIP/2.0", headers)
        key = f"{call_id}:{cseq}"
        for _ in range(TRIES):
            waiting: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
            self._waiting[key] = waiting
            self._line.send(text, self._target)
            try:
                async with asyncio.timeout(AGAIN_S):
                    return await waiting
            except TimeoutError:
                continue
            finally:
                self._waiting.pop(key, None)
        raise LoginError(f"{user}: no answer")

    def _hear(self, found: Message, sender: Address) -> None:
        if found.status:
            key = f"{text_of(found, 'Call-ID')}:{text_of(found, 'CSeq').partition(' ')[0]}"
            waiting = self._waiting.get(key)
            if waiting is not None and not waiting.done() and found.status >= 200:
                waiting.set_result(found)
            return
        method = found.start.partition(b" ")[0]
        if method == b"INVITE":
            self._invited(found, sender)
        elif method == b"CANCEL":
            self._cancelled(found, sender)
        elif method != b"ACK":
            self._say(found, "200 OK", sender)

    def _invited(self, found: Message, sender: Address) -> None:
        key = text_of(found, "Call-ID")
        does = self.does.get(found.request_user, Does.RINGS)
        self._invites.setdefault(key, found)
        if does is not Does.FAILS and key not in self._rung:
            self._rung.add(key)
            ring = Rang(time.time(), found.request_user, found.caller_name)
            self.rang.setdefault(ring.user, []).append(ring)
        if does is not Does.FAILS:
            self._say(found, "180 Ringing", sender)
        if does in _FINAL:
            self._say(found, _FINAL[does], sender)

    def _cancelled(self, found: Message, sender: Address) -> None:
        self._say(found, "200 OK", sender)
        invite = self._invites.get(text_of(found, "Call-ID"))
        if invite is not None:
            self._say(invite, "487 Request Terminated", sender)

    def _say(self, request: Message, status: str, to: Address) -> None:
        assert self._line is not None
        host, port = self._line.address
        invited = request.start.startswith(b"INVITE ")
        answers = invited and status.startswith("200")
        self._line.send(
            respond(
                request,
                status,
                f";tag={text_of(request, 'Call-ID')[:16]}",
                headers=[f"Contact: <sip:{request.request_user or 'telephone'}@{host}:{port}>"],
                body=offer(DEAF) if answers else "",
            ),
            to,
        )
