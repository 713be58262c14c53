"""Callers who are nobody's but SIPp's, and what it noted of them in logs of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from ops.phone.process import free_ports
from tests.soak.ledger import Entry
from tests.soak.people import Does, Script
from tests.soak.voices import SOUND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from tests.fuzz.sip import Address

SCENARIO: Final = Path(__file__).parent / "callers.xml"
PREFIX: Final = "0815"
"""Their numbers begin so; SIPp's count of calls follows."""
END_S: Final = 90.0
"""Longest its last call may take."""
KEYS: Final = "1234"
"""Pressed in turn."""
SOUND_PACKETS: Final = 50
"""What each of them says, again and again: a second."""
_PERIOD_MS: Final = 1_000_000
_ERRORS: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A line of SIPp's log of messages (``-trace_shortmsg``).

    Attributes:
        at: seconds since the epoch.
        sent: whether SIPp sent it.
        call: its Call-ID.
        cseq: its CSeq's method.
        first: its first line.
    """

    at: float
    sent: bool
    call: str
    cseq: str
    first: str

    @classmethod
    def parse(cls, text: str) -> Line:
        """Read one.

        Raises:
            ValueError: it is none.
        """
        _, _, at, way, call, cseq, first = text.rstrip("\r\n").split("\t")
        return cls(float(at), way == "S", call, cseq.rpartition(" ")[2], first)

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return int(self.first.split(" ")[1]) if self.first.startswith("SIP/2.0 ") else 0


def entries_of(messages: Iterable[str], said: Iterable[str]) -> dict[str, Entry]:
    """What became of each caller, by number.

    Args:
        messages: lines of its log of messages.
        said: lines of its scenario's log: the number, and what that caller does.

    Raises:
        ValueError: a line is not as SIPp writes it.
    """
    calls: dict[str, list[Line]] = defaultdict(list)
    for text in messages:
        line = Line.parse(text)
        calls[line.call.partition("@")[0]].append(line)
    does = {number: Does[name] for number, name in _said(said)}
    return {
        # Who was refused, or is not answered yet, has not come to doing anything.
        number: _entry(number, does.get(number, Does.LEAVES_AT_ONCE), lines)
        for number, lines in calls.items()
    }


def _said(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        number, does = line.split()[-2:]
        yield number, does


def _entry(number: str, does: Does, lines: list[Line]) -> Entry:
    finals = [line for line in lines if line.cseq == "INVITE" and line.status >= 200]
    up = next((line for line in finals if line.status < 300), None)
    bye = next((line for line in lines if line.first.startswith("BYE ")), None)
    entry = Entry(Script(number, does, (), 0.0, 0.0), heard=None)
    entry.status = finals[-1].status if finals else 0
    entry.up = up is not None
    if up is not None and bye is not None:
        entry.seconds = bye.at - up.at
        entry.left = bye.sent
    return entry


class SippCallers:
    """SIPp, placing calls while the block lasts.

    Attributes:
        status: its exit status, once it has ended: 0 when it saw nothing wrong.
    """

    def __init__(
        self, program: Path, target: Address, folder: Path, calls: int, rate: float
    ) -> None:
        """Make it ready.

        Args:
            program: SIPp.
            target: where calls go.
            folder: for its logs; is there, and empty.
            calls: how many at most.
            rate: calls a second.
        """
        self.status: int | None = None
        self._folder = folder
        self._calls = calls
        host, port = target
        options = {
            "-sf": SCENARIO,
            "-i": "127.0.0.1",
            "-p": free_ports("127.0.0.1", 1)[0],
            "-m": calls,
            "-r": max(1, round(rate * _PERIOD_MS / 1000)),
            "-rp": _PERIOD_MS,
            "-cid_str": f"{PREFIX}%u@%s",
            "-inf": folder / "keys.csv",
            "-shortmessage_file": folder / "messages.log",
            "-log_file": folder / "said.log",
            "-error_file": folder / "errors.log",
            "-watchdog_interval": 0,
        }
        flags = ("-nostdin", "-skip_rlimit", "-trace_shortmsg", "-trace_logs", "-trace_err")
        words = (str(word) for pair in options.items() for word in pair)
        self._command = (str(program), f"{host}:{port}", *words, *flags)
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start it."""
        (self._folder / "sound.alaw").write_bytes(SOUND * SOUND_PACKETS)
        (self._folder / "keys.csv").write_text("\n".join(("SEQUENTIAL", *KEYS, "")), "ascii")
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=self._folder,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, calls and all."""
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def finish(self) -> None:
        """Have it place no more calls, and wait until its last is over.

        Raises:
            TimeoutError: one does not end.
        """
        process = self._process
        assert process is not None
        # Once it has placed all, that signal would have it drop those that are up.
        if len(self.entries()) < self._calls:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(END_S):
            self.status = await process.wait()

    def entries(self) -> dict[str, Entry]:
        """What it noted, by the caller's number."""
        return entries_of(self._lines("messages.log"), self._lines("said.log"))

    def errors(self) -> list[str]:
        """The first of what it complained of."""
        return self._lines("errors.log")[:_ERRORS]

    def _lines(self, name: str) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            text = (self._folder / name).read_text(encoding="utf-8", errors="replace")
            return [line for line in text.splitlines() if line.strip()]
        return []
