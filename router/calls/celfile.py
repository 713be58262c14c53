"""The CEL file, read on as it grows: complete lines only, across rotation and truncation.

Where to go on after a restart is the first line of the oldest call that the file has not told to
its end, so that such a call is read whole again; that line may stand in a file that was rotated
since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from router.calls.cellines import complete, parse
from router.calls.celsegment import Segment, opened, rotated

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator
    from pathlib import Path

    from router.calls.events import CelEvent

log = structlog.get_logger(__name__)

CHUNK: Final = 1 << 20
MAX_LINE: Final = 1 << 16
"""Bytes without a line end before a line is given up."""
ENDED: Final = 10_000
"""Ids of calls told to their end that are remembered, so that a straggler opens none again."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a CEL file.

    Attributes:
        file: what the file is known by, as another may come in its place.
        offset: bytes from its beginning.
    """

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class End:
    """Where the file ended at some moment: a limit for reading that hangs on no clock."""

    segment: Segment | None
    offset: int


class CelFile:
    """Reads a CEL file from a position on, as often as asked.

    Args:
        path: where Asterisk writes it; need not exist yet.
        position: where an earlier reader stood. It is looked for in the file and in those made of
            it by rotation; when it is in none of them, all are read from the beginning.
        going: calls that are up as far as is known: their events are told, although they began
            before the position.
    """

    def __init__(
        self, path: Path, position: Position | None = None, going: Collection[str] = ()
    ) -> None:
        self.malformed = 0
        self._going = frozenset(going)
        self._path = path
        self._resume = position
        self._segments: list[Segment] = []
        self._open: dict[str, tuple[Segment, int]] = {}
        self._ended: dict[str, None] = {}
        self._resumed_at: int | None = None

    @property
    def position(self) -> Position:
        """Where to go on after a restart."""
        if not self._segments:
            return self._resume or Position("", 0)
        # In the order of the lines, hence the oldest first.
        oldest = next(iter(self._open.values()), None)
        segment, offset = oldest or (self._segments[-1], self._segments[-1].offset)
        return Position(segment.identity, offset)

    def release(self, linked: str) -> None:
        """A call of which no more lines will come needs not be read again."""
        self._open.pop(linked, None)

    def open_calls(self) -> list[str]:
        """Ids of the calls whose end the file has not told."""
        return list(self._open)

    def end(self) -> End:
        """Where the file ends now."""
        self._look()
        last = self._segments[-1] if self._segments else None
        return End(last, last.size if last is not None else 0)

    def read(self, until: End | None = None) -> Iterator[CelEvent]:
        """The events written since the last time, or since then up to ``until``."""
        self._look()
        if until is not None and until.segment not in self._segments:
            return  # All of it was read.
        for segment in list(self._segments):
            last = until is not None and until.segment is segment
            yield from self._rest(segment, until.offset if until is not None and last else None)
            if last:
                return
        self._retire()

    def close(self) -> None:
        """Close the file."""
        for segment in self._segments:
            segment.close()

    def _look(self) -> None:
        """Open what has come: the file itself, and those rotated since."""
        if not self._segments:
            self._begin()
            return
        last = self._segments[-1]
        cut = last.is_cut()
        if not cut and last.is_at(self._path):
            return
        if cut:
            self._segments.pop()
            last.close()
        self._segments += self._after(last, cut=cut)
        if not self._segments:  # Cut, and away just now: what comes is read from its beginning.
            self._resume = None

    def _begin(self) -> None:
        files = [*rotated(self._path), self._path]
        found = [segment for file in files if (segment := opened(file)) is not None]
        place = self._resume
        if not found:
            return
        if place is not None:
            for number, segment in enumerate(found):
                if segment.identity == place.file and place.offset <= segment.size:
                    for before in found[:number]:
                        before.close()
                    found = found[number:]
                    segment.offset = place.offset
                    self._resumed_at = -1
                    break
            else:
                log.warning("cel_position_unknown", file=place.file, files=len(found))
        self._segments = found

    def _after(self, last: Segment, *, cut: bool) -> list[Segment]:
        """What follows the last file; of one that was cut first its copy, if there is one."""
        found: list[Segment] = []
        seen = {segment.place for segment in self._segments}
        for file in [*rotated(self._path), self._path]:
            segment = opened(file)
            if segment is None:
                continue
            if segment.identity and segment.identity == last.identity:
                # Itself, or a copy that was made of it before it was cut; what is older was read.
                for older in found:
                    older.close()
                found = []
                if cut:
                    segment.offset = last.offset
                    found = [segment]
                else:
                    segment.close()
            elif segment.place in seen:
                segment.close()
            else:
                found.append(segment)
        return found

    def _retire(self) -> None:
        """Let go of files that had nothing more to say after another had taken their place."""
        for segment in self._segments[:-1]:
            if segment.drained:
                self._segments.remove(segment)
                segment.close()
            segment.drained = True

    def _rest(self, segment: Segment, stop: int | None) -> Generator[CelEvent, None, None]:
        """Events up to the file's end, or up to ``stop``."""
        while True:
            size = CHUNK if stop is None else min(CHUNK, max(0, stop - segment.offset))
            chunk = segment.read(size)
            used = 0
            for line in complete(chunk):
                event, spoilt = parse(line)
                if spoilt:
                    self._spoilt(segment, line)
                wanted = event is not None and self._note(segment, event)
                used += len(line)
                segment.offset += len(line)
                segment.drained = False
                if event is not None and wanted:
                    yield event
            if not used:
                if len(chunk) < MAX_LINE:
                    return
                self._spoilt(segment, chunk)
                segment.offset += len(chunk)

    def _note(self, segment: Segment, event: CelEvent) -> bool:
        """Keep account of the calls that are open; gives whether the event is news."""
        if self._resumed_at == -1:
            self._resumed_at = event.at // 1_000_000
        linked = event.linked
        if event.kind == "LINKEDID_END":
            known = self._open.pop(linked, None) is not None
            self._ended[linked] = None
            if len(self._ended) > ENDED:
                del self._ended[next(iter(self._ended))]
            return known or not self._is_done(event)
        if linked in self._ended:
            return True
        if linked not in self._open and self._is_done(event):
            return False
        self._open.setdefault(linked, (segment, segment.offset))
        return True

    def _is_done(self, event: CelEvent) -> bool:
        """Whether its call began before the place where reading was resumed.

        All calls that were open there are read whole from it on, so that such a one was over.
        """
        begins = event.kind == "CHAN_START" and event.unique == event.linked
        if self._resumed_at is None or begins or event.linked in self._going:
            return False
        seconds = event.linked.rpartition("-")[2].partition(".")[0]
        return seconds.isascii() and seconds.isdigit() and int(seconds) <= self._resumed_at

    def _spoilt(self, segment: Segment, line: bytes) -> None:
        self.malformed += 1
        log.warning("cel_line_skipped", offset=segment.offset, line=repr(line[:80]))
