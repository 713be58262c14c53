"""SIP messages, as far as a telephone must read them. Any bytes give a message, never an error."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COMPACT = {b"f": b"from", b"t": b"to", b"i": b"call-id", b"v": b"via", b"m": b"contact"}
_QUOTED = re.compile(rb'\s*"((?:[^"\\]|\\.)*)"\s*(.*)', re.DOTALL)
_USER = re.compile(rb"sips?:([^@;>]*)@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Message:
    """A request or response.

    Attributes:
        start: its first line.
        headers: names in lower case and values, in order.
    """

    start: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def status(self) -> int:
        """Status of a response; 0 for a request."""
        words = self.start.split(b" ", 2)
        is_response = len(words) > 1 and words[0] == b"SIP/2.0" and words[1].isdigit()
        return int(words[1]) if is_response and len(words[1]) == 3 else 0

    @property
    def request_user(self) -> str:
        """User of the request's address: the number or extension called."""
        found = _USER.search(self.start)
        return _text(found[1]) if found else ""

    def all(self, name: str) -> list[bytes]:
        """Every value of a header."""
        wanted = name.lower().encode()
        return [value for key, value in self.headers if key == wanted]

    def first(self, name: str) -> bytes:
        """First value of a header, empty when there is none."""
        return next(iter(self.all(name)), b"")

    @property
    def caller_name(self) -> str:
        """Display name of the From header."""
        value = self.first("From")
        quoted = _QUOTED.match(value)
        if quoted:
            return _text(re.sub(rb"\\(.)", rb"\1", quoted[1], flags=re.DOTALL))
        return _text(value.partition(b"<")[0].strip()) if b"<" in value else ""

    @property
    def caller_number(self) -> str:
        """User of the From header's address."""
        value = self.first("From")
        quoted = _QUOTED.match(value)
        found = _USER.search(quoted[2] if quoted else value)
        return _text(found[1]) if found else ""


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def parse(data: bytes) -> Message:
    """The message; lines that are no headers are left out."""
    head, _, body = data.partition(b"\r\n\r\n")
    head = re.sub(rb"\r\n[ \t]+", b" ", head)
    start, *lines = head.split(b"\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon:
            key = name.strip().lower()
            headers.append((_COMPACT.get(key, key), value.strip()))
    return Message(start, tuple(headers), body)
