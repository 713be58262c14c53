"""Which bytes of a file a request asks for (RFC 9110, 14): one range, the last bytes, or all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiohttp import web

MOST: Final = 1 << 40
"""More than any file has."""


class BadRangeError(Exception):
    """Nothing of the file is in the range.

    Attributes:
        size: of the file, or 0 when it was not looked at.
    """

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        start: the first byte; negative: so many bytes of the end. ``stop``: the one after the last.
        is_part: whether a range is asked for at all.
        sends: whether a body is sent.
    """

    start: int
    stop: int | None
    is_part: bool
    sends: bool

    @classmethod
    def of(cls, request: web.Request, etag: str) -> Wanted:
        """Of a request for a file that has this ``ETag`` (empty: it has none).

        Raises:
            BadRangeError: what stands in ``Range`` is none.
        """
        sends = request.method != "HEAD"
        held = request.headers.get("If-Range")
        if "Range" not in request.headers or (held is not None and held != etag):
            return cls(0, None, is_part=False, sends=sends)
        try:
            asked = request.http_range
        except ValueError as error:
            raise BadRangeError(0) from error
        return cls(asked.start or 0, asked.stop, is_part=True, sends=sends)

    def first(self) -> tuple[int, int]:
        """Begin and length that can be asked for before the size is known."""
        if self.start < 0 or not self.sends:
            return 0, 0
        return self.start, (self.stop or MOST) - self.start

    def within(self, size: int) -> tuple[int, int]:
        """The first byte and the one after the last, in a file of this size.

        Raises:
            BadRangeError: none of them is in it.
        """
        begin = max(0, size + self.start) if self.start < 0 else self.start
        end = size if self.stop is None else min(self.stop, size)
        if self.is_part and begin >= end:
            raise BadRangeError(size)
        return begin, end
