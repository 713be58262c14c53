"""One call as one telephone sees it: its signalling so far, and the audio of a call that is up."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from ops.phone import twin
from ops.phone.changes import Changes
from ops.phone.dtmf import Dtmf, check_key
from ops.phone.errors import PhoneError, PhoneTimeoutError
from ops.phone.media import MediaPort, Pressed
from ops.phone.rtp import FRAME_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ops.phone.heard import Heard
    from ops.phone.line import Line
    from ops.phone.message import Message
    from ops.phone.twin import Report

T = TypeVar("T")

SIGNAL_S: Final = 10.0
"""Longest the far end may take for what any telephone answers at once."""
REPEAT_S: Final = 2.0
"""A command of which SIPp has not told by then is repeated."""
TONE_MS: Final = 200
"""A tone or sound is heard when it fills this long."""
TONE_SHARE: Final = 0.5
"""Of the energy, what a tone must have at least."""
LOUD: Final = 0.01
"""Root mean square that is a sound, of full scale (-40 dB)."""
FIRST_CSEQ: Final = 2


class Ended(StrEnum):
    """How a call ended."""

    US = "us"
    THEM = "them"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class End:
    """The end of a call.

    Attributes:
        by: who ended it, or how it failed.
        status: SIP status that it failed with, 0 for a call that was up.
        at: ``time.monotonic()`` when this side knew.
    """

    by: Ended
    status: int
    at: float


@dataclass(frozen=True, slots=True)
class Dialog:
    """What every message of a call carries.

    Attributes:
        target: address of the far end.
        local: our From or To value, with tag.
        remote: theirs.
        headers: further lines, never empty, for an empty line would end the headers.
        sdp: our session description.
    """

    target: str
    local: bytes
    remote: bytes
    headers: bytes
    sdp: bytes

    def parts(self) -> dict[str, bytes]:
        """As a command's parts, in the scenarios' order."""
        return {
            "headers": self.headers,
            "local": self.local,
            "remote": self.remote,
            "sdp": self.sdp,
        }


class Leg:
    """A call at one telephone.

    Attributes:
        call_id: its Call-ID.
        changes: wakes those who wait for something of it.
        up_at: ``time.monotonic()`` when it came up, None before.
        end: how it ended, None before.
        notified: NOTIFY messages of the call, in order.
    """

    def __init__(self, line: Line, call_id: str, user: str) -> None:
        self.call_id = call_id
        self.changes = Changes()
        self.up_at: float | None = None
        self.end: End | None = None
        self._line = line
        self._user = user
        self._media: MediaPort | None = None
        self.notified: list[Message] = []
        self._cseq = FIRST_CSEQ
        self._answers: dict[int, int] = {}

    # Audio.

    @property
    def media(self) -> MediaPort:
        """Its RTP port, made at first use."""
        if self._media is None:
            self._media = MediaPort(
                self._line.host, self._line.ticker, self.changes.notify, active=self._line.media
            )
            if self.end is not None:
                self._media.close()
        return self._media

    @property
    def heard(self) -> Heard:
        """What was received."""
        return self.media.heard

    def play_tone(self, hz: int) -> None:
        """Send this frequency, in whole Hz, until told otherwise."""
        self.media.play(hz)

    def play_samples(self, second: Sequence[int]) -> None:
        """Send these samples, a second of them, again and again until told otherwise."""
        self.media.play_samples(second)

    def stop_tone(self) -> None:
        """Send silence."""
        self.media.play(None)

    async def hears(self, hz: float, timeout: float = SIGNAL_S) -> float:  # noqa: ASYNC109
        """Wait until 200 ms of this tone arrive, from now on; gives ``time.monotonic()`` then.

        Raises:
            PhoneTimeoutError: it does not.
        """
        return await self._hears(f"tone of {hz:g} Hz", timeout, hz)

    async def hears_sound(self, timeout: float = SIGNAL_S) -> float:  # noqa: ASYNC109
        """Wait until 200 ms that are no silence arrive, from now on.

        Raises:
            PhoneTimeoutError: only silence does.
        """
        return await self._hears("sound", timeout, None)

    async def _hears(self, what: str, timeout_s: float, hz: float | None) -> float:
        if not self._line.media:
            raise PhoneError("This telephone hears nothing: it was made with media=False.")
        mark = self.heard.mark()

        def fits(last_ms: float) -> bool:
            heard = self.heard.since(mark, last_ms)
            if heard.ms < last_ms or heard.rms < LOUD:
                return False
            return hz is None or heard.share(hz) >= TONE_SHARE

        def check() -> float | None:
            # The last packet tells cheaply that it is no use to look at more.
            return self.heard.last_at if fits(FRAME_MS) and fits(TONE_MS) else None

        return await self.changes.until(check, timeout_s, what)

    # Keys.

    async def press(self, key: str, method: Dtmf = Dtmf.RFC4733, ms: int = 100) -> Pressed:
        """Press a key for so long, and wait until it is up again.

        Raises:
            ValueError: there is no such key.
            PhoneError: the call is not up, or the far end does not take it.
        """
        key = check_key(key)
        if self.up_at is None or self.end is not None:
            raise PhoneError("A key can be pressed only while the call is up.")
        if method is Dtmf.INFO:
            return await self._inform(key, ms)
        if method is Dtmf.INBAND:
            return await self.media.send_tones(key, ms)
        return await self.media.send_event(key, ms)

    async def press_many(
        self, keys: str, method: Dtmf = Dtmf.RFC4733, ms: int = 100, gap_ms: int = 100
    ) -> list[Pressed]:
        """Press these keys one after the other, with a gap between."""
        pressed = []
        for position, key in enumerate(keys):
            if position:
                await asyncio.sleep(gap_ms / 1000)
            pressed.append(await self.press(key, method, ms))
        return pressed

    async def _inform(self, key: str, ms: int) -> Pressed:
        began = time.monotonic()
        status = await self.request("info", {"Signal": key, "Duration": str(ms)})
        if status != 200:
            raise PhoneError(f"The far end answered {status} to the key {key}.")
        return Pressed(key, began, began + ms / 1000)

    # Signalling.

    async def hang_up(self) -> End:
        """End a call that is up.

        Raises:
            PhoneError: it is not up.
        """
        if self.end is not None:
            return self.end
        if self.up_at is None:
            raise PhoneError("Only a call that is up can be hung up.")
        return await self.carry_out("bye", {}, lambda: self.end, "answer to BYE")

    async def ended(self, timeout: float = SIGNAL_S) -> End:  # noqa: ASYNC109
        """Wait until the call is over, however.

        Raises:
            PhoneTimeoutError: it goes on.
        """
        return await self.changes.until(lambda: self.end, timeout, "end of the call")

    async def request(
        self, do: str, fields: Mapping[str, str], *, headers: bytes = b"", sdp: bytes | None = None
    ) -> int:
        """Send a request of our own within a call that is up; gives the status of its answer.

        Args:
            do: the command.
            fields: of the command.
            headers: lines to add to the request, each with its end.
            sdp: session description in place of ours.

        Raises:
            PhoneError: the call is not up, or ended before the answer.
        """
        if self.up_at is None or self.end is not None:
            raise PhoneError("The call is not up.")
        number, self._cseq = self._cseq, self._cseq + 1

        def answered() -> int | None:
            status = self._answers.get(number)
            if status is None and self.end is not None:
                raise PhoneError(f"The call is over: {self.end.by}.")
            return status

        now = self.dialog()
        dialog = replace(now, headers=headers + now.headers, sdp=now.sdp if sdp is None else sdp)
        numbered = {"Number": str(number), **fields}
        return await self.carry_out(do, numbered, answered, f"answer to {do}", dialog=dialog)

    async def carry_out(  # noqa: PLR0913 (each is a part of its own)
        self,
        do: str,
        fields: Mapping[str, str],
        check: Callable[[], T | None],
        what: str,
        timeout_s: float = SIGNAL_S,
        *,
        dialog: Dialog | None = None,
    ) -> T:
        """Have SIPp do something; repeat the command until ``check`` says that it is done.

        Raises:
            PhoneTimeoutError: it is not done within the time.
        """
        dialog = dialog or self.dialog()
        own = {
            "Uri": dialog.target,
            "User": self._user,
            "Branch": f"z9hG4bK{secrets.token_hex(8)}",
        }
        command = twin.command(do, self.call_id, {**own, **fields}, dialog.parts())
        late = time.monotonic() + timeout_s
        while True:
            self._line.send(command)
            try:
                left = max(0.0, late - time.monotonic())
                return await self.changes.until(check, min(REPEAT_S, left), what)
            except PhoneTimeoutError:
                if time.monotonic() >= late:
                    raise PhoneTimeoutError(f"No {what} within {timeout_s:g} s.") from None

    def dialog(self) -> Dialog:
        """What its messages carry now."""
        raise NotImplementedError

    def take(self, report: Report, at: float) -> None:
        """Take in a report that SIPp sent of this call."""
        if report.event in ("info", "requested"):
            number = report.message.first("CSeq").split()[:1]
            if number and number[0].isdigit():
                self._answers[int(number[0])] = report.message.status
        elif report.event == "notified":
            self.notified.append(report.message)
        elif report.event == "ended":
            self.conclude(Ended.THEM if report.fields.get("by") == "them" else Ended.US, 0, at)
        elif report.event in ("expired", twin.ABORTED):
            self.changes.fail(PhoneError("The far end does not answer: SIPp gave the call up."))
        self.changes.notify()

    def conclude(self, by: Ended, status: int, at: float) -> None:
        """The call is over; only the first end counts."""
        if self.end is None:
            self.end = End(by, status, at)
            self.drop()

    def drop(self) -> None:
        """Let go of its port and its place on the line."""
        if self._media is not None:
            self._media.close()
        self._line.forget(self)
        self.changes.notify()

    async def leave(self) -> None:
        """End the call in whatever way its state asks for."""
        if self.up_at is not None:
            await self.hang_up()
