"""Calls at the canary's telephones: one that it placed, one that rings it."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final

from ops.canary.line import address_in
from ops.phone import sdp
from ops.phone.changes import Changes
from ops.phone.errors import PhoneError
from ops.phone.leg import LOUD, TONE_MS, TONE_SHARE
from ops.phone.media import MediaPort
from ops.phone.rtp import FRAME_MS
from ops.phone.sip import respond, text_of
from siaga.edge import bracketed

if TYPE_CHECKING:
    from ops.canary.line import Line
    from ops.phone.message import Message

KEY_MS: Final = 120


class Talk:
    """One call at one of the telephones, up or not.

    Attributes:
        up: whether both sides have agreed to talk.
        over: whether it has ended.
    """

    def __init__(self, line: Line, call_id: str) -> None:
        self.call_id = call_id
        self.up = False
        self.over = False
        self.changes = Changes()
        self.media = MediaPort(line.host, line.ticker, self.changes.notify, active=True)
        self.line = line
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
            await self.line.ask("BYE", self.target, headers)
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

    def __init__(self, line: Line, invite: Message) -> None:
        super().__init__(line, text_of(invite, "Call-ID"))
        self.shown = invite.caller_name
        self._invite = invite
        self._last = ""
        self._confirmed = False
        self._tag = f";tag={secrets.token_hex(8)}"
        self.target = address_in(invite)
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
        mine = offer.answer(self.line.host, self.media.port)
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
        host, port = self.line.address
        contact = f"Contact: <sip:canary@{bracketed(host)}:{port}>"
        self._last = respond(self._invite, status, self._tag, headers=[contact], body=body)
        await self.line.until(
            lambda: self.line.send(self._last),
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
            self.line.send(self._last or respond(self._invite, "180 Ringing", self._tag))
        elif method == b"CANCEL" and not self._last:
            self._last = respond(self._invite, "487 Request Terminated", self._tag)
            self.line.send(respond(request, "200 OK", self._tag))
            self.line.send(self._last)
            self.close()
        else:
            self.line.send(respond(request, "200 OK", self._tag))
            if method == b"BYE":
                self.close()
        self.changes.notify()

    def alert(self) -> None:
        """Tell the caller that it rings."""
        self.line.send(respond(self._invite, "180 Ringing", self._tag))
