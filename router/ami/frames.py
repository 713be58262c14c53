"""AMI as Asterisk sends it, without a socket: bytes in, frames out.

After one line of greeting come frames: ``Name: value`` lines, each ended by CR LF, and an empty
line. Bytes are searched for whole frames before anything is decoded, so it does not matter where
the network cut them, be it inside a character or a line end.

Text is UTF-8 where it can be, else Latin-1, line by line, and NUL becomes U+FFFD: every byte has a
character, and every text can be stored by SQLite and PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.ami.errors import AmiProtocolError
from router.ami.headers import Headers

if TYPE_CHECKING:
    from router.ami.headers import Form

GREETING: Final = b"Asterisk Call Manager/"
_EOL: Final = b"\r\n"
_END: Final = b"\r\n\r\n"
_GREETING_MAX: Final = 128
_NAMES_KEPT: Final = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of anything the peer may send.

    Attributes:
        line: bytes of one header.
        headers: headers of one frame.
        frame: bytes of one frame; no more than this and one read of the socket is ever kept.
    """

    line: int = 65_536
    headers: int = 2_048
    frame: int = 262_144


class FrameParser:
    """One connection's bytes, cut into frames.

    Feed it with :meth:`receive`, then take frames from :meth:`next_frame` until it has none. What
    it gives does not depend on the ``forms``, save that frames of these are read more quickly.

    Attributes:
        version: of the protocol, from the greeting; None until it has come.
    """

    def __init__(self, limits: Limits | None = None, forms: tuple[Form, ...] = ()) -> None:
        self.version: str | None = None
        self._limits = limits or Limits()
        self._forms = tuple(form for form in forms if len(form.places) <= self._limits.headers)
        self._buffer = bytearray()
        self._scanned = 0
        self._names: dict[str, str] = {}
        self._error: AmiProtocolError | None = None

    def receive(self, data: bytes | memoryview) -> None:
        """Take bytes from the peer."""
        if self._error is None:
            self._buffer += data

    def next_frame(self) -> Headers | None:
        """Give the next frame, or None when more bytes are needed.

        Raises:
            AmiProtocolError: the peer is no Asterisk or goes beyond the limits; every later call
                raises the same again.
        """
        if self._error is not None:
            raise self._error.with_traceback(None)
        try:
            if self.version is None and not self._greeted():
                return None
            while (block := self._next_block()) is not None:
                if block:
                    return self._headers(block)
        except AmiProtocolError as error:
            self._error = error
            self._buffer.clear()
            raise
        return None

    def _greeted(self) -> bool:
        buffer = self._buffer
        end = buffer.find(_EOL, 0, _GREETING_MAX)
        head = bytes(buffer[: len(GREETING)])
        cut = len(head) < len(GREETING) and end < 0
        if head != (GREETING[: len(head)] if cut else GREETING):
            # Known by its first bytes: our password is never sent to another service.
            raise AmiProtocolError("not_ami", f"The peer began with {head!r}, it is no Asterisk.")
        if end < 0:
            if len(buffer) >= _GREETING_MAX:
                raise AmiProtocolError("not_ami", "The peer's greeting has no end.")
            return False
        self.version = _text(bytes(buffer[len(GREETING) : end]))
        del buffer[: end + len(_EOL)]
        return True

    def _next_block(self) -> bytearray | None:
        """The lines of one frame without their end; empty for an empty line too many."""
        buffer = self._buffer
        end = buffer.find(_END, self._scanned)
        if end < 0:
            # What may be the beginning of the end is not counted, as it is not when all is there.
            if len(buffer) >= self._limits.frame + len(_END):
                raise self._too_long()
            self._scanned = max(0, len(buffer) - len(_END) + 1)
            return None
        if end > self._limits.frame:
            raise self._too_long()
        block = buffer[:end]
        del buffer[: end + len(_END)]
        self._scanned = 0
        return block

    def _too_long(self) -> AmiProtocolError:
        return AmiProtocolError("frame_too_long", f"A frame is over {self._limits.frame} bytes.")

    def _headers(self, block: bytearray) -> Headers:
        try:
            text = block.decode()
        except UnicodeDecodeError:
            text = "\r\n".join(map(_text, bytes(block).split(_EOL)))
        if "\0" in text:
            text = text.replace("\0", "\ufffd")
        if len(block) <= self._limits.line:
            for form in self._forms:
                if (formed := form.read(text)) is not None:
                    return formed
        return self._any_form(block, text)

    def _any_form(self, block: bytearray, text: str) -> Headers:
        lines = text.split("\r\n")
        if len(lines) > self._limits.headers:
            raise AmiProtocolError("too_many_headers", f"Over {self._limits.headers} headers.")
        if len(block) > self._limits.line and self._longest(block) > self._limits.line:
            raise AmiProtocolError("line_too_long", f"A header is over {self._limits.line} bytes.")
        first: dict[str, str] = {}
        repeated: dict[str, tuple[str, ...]] = {}
        names = self._names
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                continue  # An empty line too many, or the rest of a value that held a line end.
            key = names.get(name) or self._key(name)
            if value[:1] == " ":
                value = value[1:]
            if key not in first:
                first[key] = value
            else:
                repeated[key] = (*repeated.get(key, (first[key],)), value)
        return Headers(first, repeated)

    @staticmethod
    def _longest(block: bytearray) -> int:
        return max(map(len, block.split(_EOL)))

    def _key(self, name: str) -> str:
        """The name in lower case, one object for all frames that have it."""
        key = name.lower()
        if len(self._names) < _NAMES_KEPT:
            self._names[name] = key
        return key


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
