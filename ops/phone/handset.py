"""Telephones that ring: the handsets of many extensions on one port."""

from __future__ import annotations

import secrets
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Final

from ops.phone import sdp, twin
from ops.phone.caller import AGENT, address_of
from ops.phone.changes import Changes
from ops.phone.errors import PhoneError, PhoneTimeoutError
from ops.phone.leg import SIGNAL_S, Dialog, End, Ended, Leg
from ops.phone.line import Line
from ops.phone.process import Way

if TYPE_CHECKING:
    from pathlib import Path

    from ops.phone.message import Message
    from ops.phone.twin import Report

STATUSES: Final = (404, 480, 486, 487, 503, 603)
"""What a handset can refuse a call with: the scenario holds a message for each."""
RING_S: Final = 10.0


class Ring(Leg):
    """A call that came in.

    Attributes:
        at: ``time.monotonic()`` when SIPp took the INVITE.
        extension: who is called.
        invite: the INVITE as received.
        described: our side of its audio, None before it is answered; told ``descriptions`` times.
    """

    def __init__(self, line: Line, invite: Message, call_id: str, at: float) -> None:
        super().__init__(line, call_id, invite.request_user)
        self.at = at
        self.extension = invite.request_user
        self.invite = invite
        self.described: sdp.Media | None = None
        self.descriptions = 1
        self._offer = sdp.parse(invite.body.decode("latin-1"))
        self._alerted = False
        self._asks = False
        self._refused_with = 0
        tag = b";tag=" + secrets.token_hex(8).encode()
        self._local = invite.first("To") + tag
        self._sdp = b""

    @property
    def caller_number(self) -> str:
        """The caller's number as shown."""
        return self.invite.caller_number

    @property
    def caller_name(self) -> str:
        """The caller's name as shown."""
        return self.invite.caller_name

    @property
    def headers(self) -> dict[str, list[str]]:
        """The INVITE's headers by name in lower case."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, value in self.invite.headers:
            found[name.decode("latin-1")].append(value.decode("utf-8", "replace"))
        return dict(found)

    def dialog(self) -> Dialog:
        """What its messages carry now: responses to the INVITE, or requests of our own."""
        invite = self.invite
        if not self._asks:
            echoed = [b"Via: " + value for value in invite.all("Via")]
            echoed += [b"Record-Route: " + value for value in invite.all("Record-Route")]
            lines = [
                *echoed,
                b"From: " + invite.first("From"),
                b"To: " + self._local,
                b"Call-ID: " + invite.first("Call-ID"),
                b"CSeq: " + invite.first("CSeq"),
                AGENT,
            ]
        else:
            lines = [*(b"Route: " + value for value in invite.all("Record-Route")), AGENT]
        return Dialog(
            target=address_of(invite.first("Contact")),
            local=self._local,
            remote=invite.first("From"),
            headers=b"\r\n".join(lines),
            sdp=self._sdp,
        )

    async def alert(self) -> None:
        """Tell the caller that it rings (180)."""
        await self.carry_out("alert", {}, lambda: self._alerted or None, "way to send 180")

    async def answer(self) -> float:
        """Take the call, and wait for the caller's confirmation; gives ``time.monotonic()`` then.

        Raises:
            PhoneError: the call is over, is not confirmed, or offers no audio that we know.
        """
        if self.end is not None:
            raise PhoneError(f"The call is over: {self.end.by}.")
        if self._offer is None:
            raise PhoneError("The call offers no audio that we know.")
        if not self._sdp:
            mine = self._offer.answer(self._line.host, self.media.port)
            self.described = mine
            self._sdp = mine.encode().encode()
            self.media.connect(self._offer, mine.laws[0], mine.telephone_event)
        try:
            return await self.carry_out("answer", {}, self._is_up, "confirmation (ACK)")
        except PhoneTimeoutError:
            # RFC 3261, 13.3.1.4: who gets no ACK ends the call.
            self._asks = True
            await self.carry_out("bye", {}, lambda: self.end, "answer to BYE")
            raise

    async def confirmed(self, timeout: float = SIGNAL_S) -> float:  # noqa: ASYNC109
        """Wait until the caller confirmed our answer; gives ``time.monotonic()`` then."""
        return await self.changes.until(self._is_up, timeout, "confirmation (ACK)")

    def _is_up(self) -> float | None:
        if self.up_at is None and self.end is not None:
            raise PhoneError(f"The call is over: {self.end.by}.")
        return self.up_at

    async def refuse(self, status: int = 486) -> End:
        """Do not take the call.

        Raises:
            ValueError: no handset answers with this status.
            PhoneError: the call is up.
        """
        if status not in STATUSES:
            raise ValueError(f"{status}: a handset refuses with one of {STATUSES}.")
        if self.up_at is not None:
            raise PhoneError("Only a call that is not up can be refused.")
        if self.end is None:
            self._refused_with = status
            return await self.carry_out(
                f"refuse-{status}", {}, lambda: self.end, "confirmation (ACK)"
            )
        return self.end

    async def cancelled(self, timeout: float = SIGNAL_S) -> End:  # noqa: ASYNC109
        """Wait until the caller has given up.

        Raises:
            PhoneTimeoutError: it goes on ringing.
            PhoneError: it ended otherwise.
        """
        end = await self.ended(timeout)
        if end.by is not Ended.CANCELLED:
            raise PhoneError(f"The call was not cancelled: {end.by}.")
        return end

    def take(self, report: Report, at: float) -> None:
        """Take in a report that SIPp sent of this call."""
        if report.event == "alerted":
            self._alerted = True
        elif report.event in ("confirmed", "refused"):
            self._confirm(at)
        elif report.event == "cancelled" and self.up_at is None and self.end is None:
            self._give_up(at)
        super().take(report, at)

    def _confirm(self, at: float) -> None:
        """The caller acknowledged our last word; SIPp may not know any more what it was."""
        if self._refused_with:
            self.conclude(Ended.REFUSED, self._refused_with, at)
        elif self.up_at is None and self._sdp:
            self.up_at, self._asks = at, True

    def _give_up(self, at: float) -> None:
        dialog = self.dialog()
        fields = {"Uri": dialog.target, "User": self._user, "Branch": "-"}
        self._line.send(twin.command("refuse-487", self.call_id, fields, dialog.parts()))
        self.conclude(Ended.CANCELLED, 487, at)

    async def leave(self) -> None:
        """End the call in whatever way its state asks for."""
        if self.up_at is None:
            await self.refuse(480)
        else:
            await self.hang_up()


class _Registration(Leg):
    """A REGISTER and what came of it."""

    status: int = 0

    def dialog(self) -> Dialog:
        return Dialog("", b"", b"", b"", b"")

    def take(self, report: Report, at: float) -> None:
        if report.event == "registered":
            self.status = report.message.status
        super().take(report, at)


class HandsetBank(Line):
    """Handsets: one SIPp, many extensions on one port, for as long as the block lasts."""

    def __init__(
        self,
        sipp: Path,
        target: tuple[str, int],
        address: str = "127.0.0.1",
        *,
        media: bool = True,
        messages: Path | None = None,
    ) -> None:
        """Plug the handsets in.

        Args:
            sipp: the program.
            target: where they register, address and port; calls come from there alone.
            address: ours, for SIP and RTP.
            media: without, calls send keys and nothing else, and hear nothing.
            messages: file for SIPp's own log of all messages.
        """
        way = Way(sipp, "handset.xml", target, "udp", address, messages)
        super().__init__(way, media=media)
        self._rings: dict[str, deque[Ring]] = defaultdict(deque)
        self._changes = Changes()

    async def register(self, extension: str, password: str, expires: int = 300) -> None:
        """Log an extension in, for so many seconds.

        Raises:
            PhoneError: it was refused.
        """
        token = secrets.token_hex(8)
        leg = _Registration(self, f"{token}@{self.host}", extension)
        self.keep(leg)
        try:
            status = await leg.carry_out(
                "register",
                {"Password": password, "Expires": str(expires)},
                lambda: leg.status or None,
                "answer to REGISTER",
            )
        finally:
            leg.drop()
        if status != 200:
            raise PhoneError(f"Extension {extension} was refused its login: {status}.")

    async def unregister(self, extension: str, password: str) -> None:
        """Log an extension out.

        Raises:
            PhoneError: it was refused.
        """
        await self.register(extension, password, 0)

    async def ring(self, extension: str, timeout: float = RING_S) -> Ring:  # noqa: ASYNC109
        """The next call to this extension, in order of arrival; also one that is over already.

        Raises:
            PhoneTimeoutError: none came.
        """

        def check() -> Ring | None:
            waiting = self._rings[extension]
            return waiting.popleft() if waiting else None

        return await self._changes.until(check, timeout, f"call to {extension}")

    def unknown(self, report: Report, at: float) -> None:
        """A call that is not known yet begins to ring."""
        if report.event != "invite":
            return
        ring = Ring(self, report.message, report.call_id, at)
        self.keep(ring)
        self._rings[ring.extension].append(ring)
        self._changes.notify()

    def failed(self, error: PhoneError) -> None:
        """No more calls will come."""
        self._changes.fail(error)
