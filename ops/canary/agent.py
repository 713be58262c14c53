"""The canary's two telephones: one that calls, one that rings; a small SIP user agent on UDP.

Not SIPp: an INVITE with a password is not in our scenarios, and a process of its own for each test
call costs more than the call. It speaks to one Asterisk on this machine and to nobody else.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from ops.phone import sdp
from ops.phone.changes import Changes
from ops.phone.errors import PhoneError
from ops.phone.g711 import Law
from ops.phone.leg import LOUD, TONE_MS, TONE_SHARE
from ops.phone.media import MediaPort
from ops.phone.rtp import FRAME_MS
from ops.phone.sip import Socket, branch, compose, digest, respond, text_of
from ops.phone.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ops.phone.message import Message
    from ops.phone.sip import Address

T1_S: Final = 0.5
"""Before a message is sent again (RFC 3261); doubled at each try."""
GIVE_UP_S: Final = 8.0
ANSWER_S: Final = 10.0
EXPIRES_S: Final = 120
"""A canary that dies is not rung for longer."""
KEY_MS: Final = 120
_TARGET: Final = re.compile(r"<([^>]+)>")


def bracketed(host: str) -> str:
    """A host as it stands in a SIP address."""
    return f"[{host}]" if ":" in host else host


class Talk:
    """One call at one of the telephones, up or not.

    Attributes:
        up: whether both sides have agreed to talk.
        over: whether it has ended.
    """

    def __init__(self, agent: Agent, call_id: str) -> None:
        self.call_id = call_id
        self.up = False
        self.over = False
        self.changes = Changes()
        self.media = MediaPort(agent.host, agent.ticker, self.changes.notify, active=True)
        self.agent = agent
        self.target = ""
        self.local = ""
        self.remote = ""
        self.cseq = 1

    def play(self, hz: int) -> None:
        """Send this frequency from now on."""
        self.media.play(hz)

    async def hears(self, hz: float | None, timeout_s: float) -> float:
        """Wait until 200 ms of a tone, or of any sound, arrive; gives ``time.monotonic()`` then.

        Raises:
            PhoneTimeoutError: they do not.
        """
        mark = time.monotonic()

        def fits(last_ms: float) -> bool:
            heard = self.media.heard.since(mark, last_ms)
            if heard.ms < last_ms or heard.rms < LOUD:
                return False
            return hz is None or heard.share(hz) >= TONE_SHARE

        def check() -> float | None:
            return self.media.heard.last_at if fits(FRAME_MS) and fits(TONE_MS) else None

        what = "sound" if hz is None else f"tone of {hz:g} Hz"
        return await self.changes.until(check, timeout_s, what)

    async def press(self, key: str) -> None:
        """Press a key for a moment.

        Raises:
            PhoneError: the call is over, or the far end takes no keys.
        """
        await self.media.send_event(key, KEY_MS)

    async def ended(self, timeout_s: float) -> None:
        """Wait until it is over.

        Raises:
            PhoneTimeoutError: it goes on.
        """
        await self.changes.until(lambda: self.over or None, timeout_s, "end of the call")

    async def hang_up(self) -> None:
        """End a call that is up; one that is over stays so."""
        if self.up and not self.over:
            self.cseq += 1
            headers = [
                f"From: {self.local}",
                f"To: {self.remote}",
                f"Call-ID: {self.call_id}",
                f"CSeq: {self.cseq} BYE",
            ]
            await self.agent.ask("BYE", self.target, headers)
        self.close()

    def close(self) -> None:
        """Let go of its audio."""
        self.over = True
        self.media.close()
        self.changes.notify()


class Ring(Talk):
    """A call that rings the canary's telephone.

    Attributes:
        shown: the name on its display.
    """

    def __init__(self, agent: Agent, invite: Message) -> None:
        super().__init__(agent, text_of(invite, "Call-ID"))
        self.shown = invite.caller_name
        self._invite = invite
        self._last = ""
        self._confirmed = False
        self._tag = f";tag={secrets.token_hex(8)}"
        found = _TARGET.search(text_of(invite, "Contact"))
        self.target = found[1] if found else ""
        self.local = text_of(invite, "To") + self._tag
        self.remote = text_of(invite, "From")

    async def answer(self) -> None:
        """Take the call, and wait for the caller's confirmation.

        Raises:
            PhoneError: it offers no audio that we know, or is not confirmed.
        """
        offer = sdp.parse(self._invite.body.decode("latin-1"))
        if offer is None:
            raise PhoneError("The call offers no audio that we know.")
        mine = offer.answer(self.agent.host, self.media.port)
        self.media.connect(offer, mine.laws[0], mine.telephone_event)
        await self._say("200 OK", mine.encode() + "\r\n")
        self.up = True

    async def refuse(self) -> None:
        """Do not take the call.

        Raises:
            PhoneError: nobody confirms that.
        """
        await self._say("486 Busy Here")
        self.close()

    async def _say(self, status: str, body: str = "") -> None:
        """Send a final response until it is confirmed."""
        host, port = self.agent.address
        contact = f"Contact: <sip:canary@{bracketed(host)}:{port}>"
        self._last = respond(self._invite, status, self._tag, headers=[contact], body=body)
        await self.agent.until(
            lambda: self.agent.send(self._last),
            lambda wait_s: self.changes.until(
                lambda: self._confirmed or None, wait_s, "confirmation (ACK)"
            ),
        )

    def heard(self, request: Message) -> None:
        """Take a request of this call."""
        method = request.start.partition(b" ")[0]
        if method == b"ACK":
            self._confirmed = True
        elif method == b"INVITE":
            self.agent.send(self._last or respond(self._invite, "180 Ringing", self._tag))
        elif method == b"CANCEL" and not self._last:
            self._last = respond(self._invite, "487 Request Terminated", self._tag)
            self.agent.send(respond(request, "200 OK", self._tag))
            self.agent.send(self._last)
            self.close()
        else:
            self.agent.send(respond(request, "200 OK", self._tag))
            if method == b"BYE":
                self.close()
        self.changes.notify()

    def alert(self) -> None:
        """Tell the caller that it rings."""
        self.agent.send(respond(self._invite, "180 Ringing", self._tag))


class Agent:
    """Both telephones on one socket; an async context manager makes them."""

    def __init__(self, target: Address) -> None:
        self.ticker = Ticker()
        self.target = target
        self._socket: Socket | None = None
        self._asked: dict[tuple[str, str], asyncio.Future[Message]] = {}
        self._confirmations: dict[str, str] = {}
        self._talks: dict[str, Talk] = {}
        self._rings: asyncio.Queue[Ring] = asyncio.Queue(maxsize=16)

    @property
    def address(self) -> Address:
        """Ours."""
        return ("", 0) if self._socket is None else self._socket.address

    @property
    def host(self) -> str:
        """Our address without the port."""
        return self.address[0]

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
        contact = _TARGET.search(text_of(response, "Contact"))
        target = contact[1] if taken and contact else uri
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

    async def register(self, user: str, password: str, expires_s: int = EXPIRES_S) -> None:
        """Log a telephone in, or with 0 seconds out.

        Raises:
            PhoneError: it is refused, or there is no answer.
        """
        host, port = self.address
        uri = f"sip:{bracketed(self.target[0])}:{self.target[1]}"
        call_id, own = secrets.token_hex(12), f"<sip:{user}@{bracketed(self.target[0])}>"
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
        host, port = self.address
        uri = f"sip:{number}@{bracketed(self.target[0])}:{self.target[1]}"
        talk = Talk(self, secrets.token_hex(12))
        self._talks[talk.call_id] = talk
        offer = sdp.Media(self.host, talk.media.port, (Law.PCMA, Law.PCMU), sdp.KEYS_EVENT)
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
        contact = _TARGET.search(text_of(answer, "Contact"))
        talk.target = contact[1] if contact else uri
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
        answer = await self.ask(method, uri, [*headers, f"CSeq: 1 {method}"], body)
        if answer.status != 401:
            return answer
        proof = digest(text_of(answer, "WWW-Authenticate"), method, uri, *account)
        return await self.ask(method, uri, [*headers, f"CSeq: 2 {method}", proof], body)

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
        if sender[:2] != self.target:
            return
        call_id = text_of(found, "Call-ID")
        if found.status:
            self._answered(found, call_id)
            return
        talk = self._talks.get(call_id)
        method = found.start.partition(b" ")[0]
        if isinstance(talk, Ring):
            talk.heard(found)
        elif method == b"INVITE" and talk is None and not self._rings.full():
            ring = Ring(self, found)
            self._talks[call_id] = ring
            ring.alert()
            self._rings.put_nowait(ring)
        elif method != b"ACK":
            self.send(respond(found, "200 OK", f";tag={call_id[:12]}"))
            if talk is not None and method == b"BYE":
                talk.close()

    def _answered(self, found: Message, call_id: str) -> None:
        cseq = text_of(found, "CSeq")
        waiting = self._asked.get((call_id, cseq))
        if found.status < 200:
            return
        if waiting is not None and not waiting.done():
            waiting.set_result(found)
        elif f"{call_id} {cseq}" in self._confirmations:
            self.send(self._confirmations[f"{call_id} {cseq}"])

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
    made = Agent(target)
    made._socket = await Socket.bound((target[0], 0), made.hear)  # noqa: SLF001 (its own maker)
    ticking = asyncio.create_task(made.ticker.run())
    try:
        yield made
    finally:
        await made.close()
        ticking.cancel()
        made._socket.close()  # noqa: SLF001
