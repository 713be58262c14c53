"""The audio of one call: RTP sent and received on a UDP port of its own."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops.phone import rtp
from ops.phone.dtmf import EventSender
from ops.phone.errors import PhoneError
from ops.phone.g711 import Law, encode, silence
from ops.phone.heard import Heard
from ops.phone.rtp import CLOCK, FRAME, FRAME_MS, Packet
from ops.phone.sound import DTMF_PAIRS, tone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ops.phone.sdp import Media
    from ops.phone.ticker import Ticker

SHORTEST_TONES_MS: Final = 80
"""Detectors want inband keys at least this long."""
_EARLY_S: Final = 0.002
"""How much a beat may come before its time."""
_DATAGRAM: Final = 2048
_READ_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key that was sent.

    Attributes:
        key: which.
        began: ``time.monotonic()`` just before its first packet was sent.
        ended: just before the first packet without it, or saying that it is up, was sent.
    """

    key: str
    began: float
    ended: float


@dataclass(slots=True)
class _Press:
    """A key being sent, by events or by its tones."""

    key: str
    done: asyncio.Future[Pressed]
    event: EventSender | None
    frames_left: int
    lasts_s: float
    began: float | None = None
    ended: float | None = None


class MediaPort:
    """Sends and receives one call's audio.

    Attributes:
        port: UDP port listened on.
        heard: what was received.
    """

    def __init__(
        self, address: str, ticker: Ticker, changed: Callable[[], None], *, active: bool
    ) -> None:
        """Listen at ``address``; not ``active`` means: nothing but keys is sent, nothing heard."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.heard = Heard()
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003  (the socket API)
        self._socket.bind((address, 0))
        self.port: int = self._socket.getsockname()[1]
        self._ticker = ticker
        self._changed = changed
        self._active = active
        self._far: Media | None = None
        self._near_event: int | None = None
        self._law = Law.PCMA
        self._sequence = secrets.randbelow(0x8000)
        self._timestamp = secrets.randbelow(0x80000000)
        self._ssrc = secrets.randbits(32)
        self._fresh = True
        self._source = b""
        self._offset = 0
        self._press: _Press | None = None
        if active:
            asyncio.get_running_loop().add_reader(self._socket, self._read)

    def connect(self, far: Media, law: Law, near_event: int | None) -> None:
        """Begin to send to the far end.

        Args:
            far: what it says of itself.
            law: codec to send.
            near_event: payload type that we said to want telephone events as.
        """
        self._law = law
        self._near_event = near_event
        began = self._far is None
        self._far = far
        if began and self._active:
            self._ticker.add(self, self._tick)

    def close(self) -> None:
        """Stop sending and listening; a key being sent is given up."""
        self._ticker.remove(self)
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
        if self._press is not None and not self._press.done.done():
            self._press.done.set_exception(PhoneError("The call ended while a key was pressed."))

    def play(self, hz: int | None) -> None:
        """Send this frequency from now on, or silence."""
        self._source = b"" if hz is None else tone((hz,), self._law)

    def play_samples(self, second: Sequence[int]) -> None:
        """Send these samples, a second of them, again and again from now on."""
        self._source = encode(second, self._law)

    async def send_event(self, key: str, ms: int) -> Pressed:
        """Send a key as telephone event.

        Raises:
            PhoneError: the far end wants none, or another key is being sent.
        """
        event = None if self._far is None else self._far.telephone_event
        if event is None:
            raise PhoneError("The far end does not take telephone events.")
        return await self._send(key, EventSender(key, ms, event, 0), 0)

    async def send_tones(self, key: str, ms: int) -> Pressed:
        """Send a key as its two tones.

        Raises:
            PhoneError: not connected, or another key is being sent.
        """
        tone(DTMF_PAIRS[key], self._law)  # Made now: it takes longer than a beat.
        return await self._send(key, None, -(-max(ms, SHORTEST_TONES_MS) // FRAME_MS))

    async def _send(self, key: str, event: EventSender | None, frames: int) -> Pressed:
        if self._far is None or self._far.port == 0 or self._socket.fileno() < 0:
            raise PhoneError("A key can be pressed only while the call is up.")
        if self._press is not None:
            raise PhoneError("A key can be pressed only when the last one is up.")
        done: asyncio.Future[Pressed] = asyncio.get_running_loop().create_future()
        if not self._active:
            self._timestamp = round(time.monotonic() * CLOCK)
            self._fresh = True
        lasts_s = event.ms / 1000 - _EARLY_S if event else 0.0
        self._press = _Press(key, done, event, frames, lasts_s)
        self._ticker.add(self, self._tick)
        try:
            return await done
        finally:
            self._press = None
            if not self._active:
                self._ticker.remove(self)

    def _tick(self) -> None:
        """Send what is due now."""
        press = self._press
        if press is None or press.ended is not None:
            self._send_audio(self._source)
        elif press.event is not None:
            self._tick_event(press, press.event)
        else:
            self._tick_tones(press)
        self._timestamp += FRAME

    def _tick_event(self, press: _Press, event: EventSender) -> None:
        at = time.monotonic()
        if press.began is None:
            # The event's timestamp is that of the audio it stands for.
            press.began, event.timestamp = at, self._timestamp
        if not event.ending:
            self._send_packet(event.next(self._sequence, self._ssrc))
            return
        if at - press.began < press.lasts_s:
            return  # Beats caught up with must not make the key shorter.
        while not event.done:
            self._send_packet(event.next(self._sequence, self._ssrc))
        press.ended = at
        if not press.done.done():
            press.done.set_result(Pressed(press.key, press.began, at))

    def _tick_tones(self, press: _Press) -> None:
        at = time.monotonic()
        if press.frames_left:
            press.frames_left -= 1
            press.began = at if press.began is None else press.began
            self._send_audio(tone(DTMF_PAIRS[press.key], self._law))
            return
        self._send_audio(self._source)
        press.ended = at
        if not press.done.done():
            press.done.set_result(Pressed(press.key, press.began or at, at))

    def _send_audio(self, source: bytes) -> None:
        payload = source[self._offset : self._offset + FRAME] or silence(self._law, FRAME)
        # Tones repeat each second, which is a whole number of frames.
        self._offset = (self._offset + FRAME) % CLOCK
        packet = Packet(
            self._law, self._sequence, self._timestamp, self._ssrc, payload, marker=self._fresh
        )
        self._fresh = False
        self._send_packet(packet)

    def _send_packet(self, packet: Packet) -> None:
        self._sequence += 1
        far = self._far
        if far is not None and far.port:
            with contextlib.suppress(BlockingIOError):
                self._socket.sendto(packet.encode(), (far.address, far.port))

    def _read(self) -> None:
        for _ in range(_READ_AT_ONCE):
            try:
                data = self._socket.recv(_DATAGRAM)
            except BlockingIOError:
                break
            except OSError:
                continue  # What we sent was refused; the next packet may be taken.
            packet = rtp.parse(data)
            if packet is not None:
                self.heard.take(packet, time.monotonic(), self._near_event)
        self._changed()
