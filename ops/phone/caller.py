"""Telephones that call: one line, many calls at once."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from typing import TYPE_CHECKING, Final

from ops.phone import sdp, twin
from ops.phone.errors import PhoneError, PhoneTimeoutError
from ops.phone.g711 import Law
from ops.phone.leg import REPEAT_S, SIGNAL_S, Dialog, Ended, Leg
from ops.phone.line import Line
from ops.phone.process import Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ops.phone.leg import End
    from ops.phone.message import Message
    from ops.phone.twin import Report

ANSWER_S: Final = 10.0
AGENT: Final = b"User-Agent: siaga112-phone"
_LAWS: Final = (Law.PCMA, Law.PCMU)
_ADDRESS = re.compile(rb"<([^>]*)>|^\s*([^\s;]+)")


def address_of(value: bytes) -> str:
    """The address in a Contact header's value."""
    found = _ADDRESS.search(value)
    return (found[1] or found[2] or b"").decode("utf-8", "replace") if found else ""


class Call(Leg):
    """A call that we placed.

    Attributes:
        sent_at: ``time.monotonic()`` when it was handed to SIPp, which takes 1 to 4 ms to send.
        ringing_at: when the far end said that it rings.
        status: of the latest response.
        called: the address that was called.
        remote: the far end as it names itself, with its tag once it rings.
        refusal: the response that refused it, None when there is none.
    """

    def __init__(self, line: Line, dialog: Dialog, call_id: str, user: str) -> None:
        super().__init__(line, call_id, user)
        self.sent_at = 0.0
        self.ringing_at: float | None = None
        self.status = 0
        self.called = dialog.target
        self.refusal: Message | None = None
        self.remote = dialog.remote
        self._dialog = dialog
        self._event: int | None = None
        self._answer: tuple[Report, float] | None = None
        self._branch = f"z9hG4bK{secrets.token_hex(8)}"

    def dialog(self) -> Dialog:
        """What its messages carry now."""
        return self._dialog

    def place(self, telephone_event: int | None, laws: tuple[Law, ...]) -> None:
        """Send the INVITE."""
        self._event = telephone_event
        offer = sdp.Media(self._line.host, self.media.port, laws, telephone_event)
        old = self._dialog
        self._dialog = Dialog(
            old.target, old.local, old.remote, old.headers, offer.encode().encode()
        )
        fields = {
            "Uri": old.target,
            "User": self._user,
            "Branch": self._branch,
        }
        command = twin.command("invite", self.call_id, fields, self._dialog.parts())
        self._line.keep(self)
        self.sent_at = time.monotonic()
        self._line.send(command)

    async def ringing(self, timeout: float = SIGNAL_S) -> float:  # noqa: ASYNC109
        """Wait until the far end rings, or answers without; gives ``time.monotonic()`` then.

        Raises:
            PhoneTimeoutError: it does not.
            PhoneError: the call is over.
        """
        return await self._until(lambda: self.ringing_at or self.up_at, timeout, "ringing")

    async def answered(self, timeout: float = ANSWER_S) -> float:  # noqa: ASYNC109
        """Wait until the far end answers; gives ``time.monotonic()`` then.

        Raises:
            PhoneTimeoutError: it does not.
            PhoneError: the call is over.
        """
        return await self._until(lambda: self.up_at, timeout, "answer")

    async def _until(self, check: Callable[[], float | None], timeout_s: float, what: str) -> float:
        def look() -> float | None:
            at = check()
            if at is None and self.end is not None:
                raise PhoneError(f"No {what}: {self.end.by}, status {self.end.status}.")
            return at

        return await self.changes.until(look, timeout_s, what)

    async def cancel(self) -> End:
        """Give up a call that is not answered; one that is answered meanwhile is hung up.

        Raises:
            PhoneTimeoutError: the far end does not say that it heard.
        """
        # RFC 3261, 9.1: not before the far end has said anything.
        await self.changes.until(lambda: self.status or None, SIGNAL_S, "answer to INVITE")
        if self.up_at is None and self.end is None:
            await self.carry_out(
                # It ends the transaction that it shares the branch with.
                "cancel",
                {"Branch": self._branch},
                lambda: self._over() or (None if self._answer is None else True),
                "end of the cancelled call",
            )
        if not self._over():
            await self._answered_meanwhile()
        return self.end or await self.hang_up()

    async def _answered_meanwhile(self) -> None:
        """The command may have met the answer, and SIPp forgotten the call before it was up."""
        with contextlib.suppress(PhoneTimeoutError):
            await self.changes.until(self._over, REPEAT_S, "answer")
        if self._answer is not None and not self._over():
            self._connect(*self._answer)

    def _over(self) -> bool | None:
        return True if self.end is not None or self.up_at is not None else None

    def take(self, report: Report, at: float) -> None:
        """Take in a report that SIPp sent of this call."""
        self.status = report.message.status or self.status
        if report.event == "progress" and self.ringing_at is None:
            self.ringing_at = at
            self.remote = report.message.first("To") or self.remote
        elif report.event == "refused":
            self.refusal = report.message
            by = Ended.CANCELLED if self.status == 487 else Ended.REFUSED
            self.conclude(by, self.status, at)
        elif report.event == "answering":
            self._answer = (report, at)
        elif report.event == "answered" and self.up_at is None:
            self._connect(report, at)
        super().take(report, at)

    def _connect(self, report: Report, at: float) -> None:
        answer = report.message
        routes = [b"Route: " + value for value in reversed(answer.all("Record-Route"))]
        old = self._dialog
        self._dialog = Dialog(
            address_of(answer.first("Contact")) or old.target,
            old.local,
            answer.first("To") or old.remote,
            b"\r\n".join((*routes, AGENT)),
            old.sdp,
        )
        self.up_at, self.remote = at, self._dialog.remote
        far = sdp.parse(answer.body.decode("latin-1"))
        if far is None:
            self.changes.fail(PhoneError("The call was answered without audio that we know."))
        else:
            self.media.connect(far, far.laws[0], self._event)

    async def leave(self) -> None:
        """End the call in whatever way its state asks for."""
        await self.cancel()


class CallerLine(Line):
    """A line to call from: one SIPp, many calls at once, for as long as the block lasts."""

    def __init__(  # noqa: PLR0913  (each is something that lines differ in)
        self,
        sipp: Path,
        target: tuple[str, int],
        transport: str = "udp",
        address: str = "127.0.0.1",
        *,
        media: bool = True,
        messages: Path | None = None,
    ) -> None:
        """Take the line down from the hook.

        Args:
            sipp: the program.
            target: where calls go, address and port.
            transport: ``udp`` or ``tcp``.
            address: ours, for SIP and RTP.
            media: without, calls send keys and nothing else, and hear nothing.
            messages: file for SIPp's own log of all messages.
        """
        way = Way(sipp, "caller.xml", target, transport, address, messages)
        super().__init__(way, media=media)
        self._transport_name = transport

    async def call(  # noqa: PLR0913  (each is something that callers differ in)
        self,
        number: str = "081234567890",
        display: str | bytes = "",
        uri_user: str = "112",
        headers: Iterable[str | bytes] = (),
        telephone_event: int | None = sdp.KEYS_EVENT,
        *,
        from_value: bytes | None = None,
        laws: tuple[Law, ...] = _LAWS,
    ) -> Call:
        """Place a call; what becomes of it is asked of the call.

        Args:
            number: the caller's.
            display: the caller's name; text is quoted as it must be, bytes stand between the quotes
                as they are, whatever they do to the message.
            uri_user: whom to call.
            headers: further lines of the INVITE, sent as they are.
            telephone_event: payload type to offer for keys; None offers none.
            from_value: the whole From header's value, sent as it is but for the tag.
            laws: codecs to offer, most wanted first.

        Raises:
            PhoneError: SIPp has ended, or cannot send these bytes.
        """
        host, port = self.address
        token = secrets.token_hex(8)
        target_host, target_port = self.target
        target = f"sip:{uri_user}@{_bracket(target_host)}:{target_port}"
        if self._transport_name == "tcp":
            target += ";transport=tcp"
        sender = from_value or b"%b<sip:%b@%b:%d>" % (
            _quoted(display),
            number.encode(),
            _bracket(host).encode(),
            port,
        )
        lines = [line.encode() if isinstance(line, str) else line for line in headers]
        dialog = Dialog(
            target=target,
            local=sender + b";tag=" + token.encode(),
            remote=f"<{target}>".encode(),
            headers=b"\r\n".join((*lines, AGENT)),
            sdp=b"",
        )
        call = Call(self, dialog, f"{token}@{host}", "caller")
        try:
            call.place(telephone_event, laws)
        except BaseException:
            call.drop()
            raise
        return call


def _bracket(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _quoted(display: str | bytes) -> bytes:
    if not display:
        return b""
    if isinstance(display, str):
        display = re.sub(r'(["\\])', r"\\\1", display).encode()
    return b'"' + display + b'" '
