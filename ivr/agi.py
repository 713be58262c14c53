"""FastAGI as a state machine: bytes in, events out; no socket, no clock.

Asterisk connects, sends the environment (``agi_name: value`` lines and an empty line), and then
answers one command at a time. A line ``HANGUP`` may come at any moment after the environment: when
nothing was asked, or between a command and the answer that then never comes.

What the caller can put into it (name, number) is hostile, and Asterisk writes it as it is, line
ends included. So the first value of a name stands (what Asterisk itself says about the call comes
before what the caller says; arguments come after it, of them the last stands), and what such a
value leaves behind after a forged end of the environment is skipped: the harm is bounded to the
forger's own call.

Text is UTF-8 where it can be, else Latin-1, so that every byte has a character and every text can
be stored again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from ivr.errors import AgiProtocolError, CommandOrderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.commands import Command

_VARIABLE: Final = re.compile(rb"(agi_[a-z0-9_]+): ?(.*)", re.DOTALL)
_ANSWER: Final = re.compile(r"([1-9][0-9]{2})(?: (.*))?", re.DOTALL)
_RESULT: Final = re.compile(r"result=(\S*)(?: \((.*)\))?(?: endpos=([0-9]{1,18}))?", re.DOTALL)
_VALUE_BEGINS: Final = re.compile(r"result=\S* \(")
_FIRST: Final = b"agi_"
_USAGE_BEGINS: Final = b"520-"
_USAGE_ENDS: Final = b"520 End of proper usage."
_ARGUMENT: Final = "agi_arg_"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of anything one connection may send.

    Attributes:
        line: bytes of one line.
        lines: lines of the environment, or of one answer.
        total: bytes of the environment, or of one answer.
    """

    line: int = 16_384
    lines: int = 512
    total: int = 65_536


@dataclass(frozen=True, slots=True)
class Environment:
    """What Asterisk says about the call, once, at the beginning.

    Attributes:
        values: ``agi_*`` variables by name, without the arguments.
        arguments: arguments of the ``AGI()`` application, in order. A caller whose number holds
            line ends can forge them: build no decision on them that matters to other calls.
    """

    values: Mapping[str, str]
    arguments: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """What the dialplan asks for: ``menu`` in ``agi://host/menu``."""
        return self.values.get("agi_network_script", "").partition("?")[0]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command.

    Attributes:
        code: 200 done, 510 unknown command, 511 the channel is dead, 520 wrong usage.
        result: what stands after ``result=``; a number for most commands, negative when it
            could not be done.
        data: text in brackets (a variable's value, ``timeout``, ...); for other codes than 200
            the sentence or usage. Never read as anything but data.
        endpos: sample at which playing ended.
    """

    code: int
    result: str = ""
    data: str | None = None
    endpos: int | None = None

    @property
    def digit(self) -> str:
        """The key that was pressed, for commands whose result is its ASCII code; else empty."""
        return chr(int(self.result)) if self.result in _KEYS else ""


_KEYS: Final = frozenset(str(ord(key)) for key in "0123456789*#ABCD")


@dataclass(frozen=True, slots=True)
class Hangup:
    """The caller is gone; nothing but the end of the connection follows."""


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The peer sends nothing more. Comes once."""


Event: TypeAlias = Environment | Reply | Hangup | ConnectionClosed


class State(Enum):
    """Where a connection stands."""

    ENVIRONMENT = auto()
    IDLE = auto()
    WAITING = auto()
    """A command is out, its answer is not here."""
    GONE = auto()
    CLOSED = auto()
    ERROR = auto()


_LISTENING: Final = frozenset({State.ENVIRONMENT, State.IDLE, State.WAITING})


class AgiProtocol:
    """One FastAGI connection, seen from the server.

    Feed it with :meth:`receive_data`, then take events from :meth:`next_event` until it has none.

    Attributes:
        state: where the connection stands.
        named: whether the environment has come.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.state = State.ENVIRONMENT
        self.named = False
        self._limits = limits or Limits()
        self._buffer = bytearray()
        self._scanned = 0
        self._eof = False
        self._values: dict[str, str] = {}
        self._last = ""
        self._answer: list[bytes] = []
        self._lines = 0
        self._total = 0
        self._error: AgiProtocolError | None = None

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the peer; empty bytes are the end of what it sends."""
        if not data:
            self._eof = True
        elif self.state in _LISTENING:
            self._buffer += data

    def send(self, command: Command) -> bytes:
        """Note that a command goes out now, and give its bytes.

        Raises:
            CommandOrderError: the last command is not answered yet, or the call is not there.
        """
        if self.state is not State.IDLE:
            raise CommandOrderError(
                f"A command can be sent when idle only, this call is {self.state.name.lower()}."
            )
        self.state = State.WAITING
        return command.line + b"\n"

    def next_event(self) -> Event | None:
        """Give the next event, or None when more bytes are needed.

        Raises:
            AgiProtocolError: the peer is no Asterisk or goes beyond the limits; every later call
                raises the same again.
        """
        if self._error is not None:
            raise self._error.with_traceback(None)
        try:
            while self.state in _LISTENING:
                line = self._next_line()
                if line is None:
                    break
                event = self._line(line)
                if event is not None:
                    return event
        except AgiProtocolError as error:
            self._error = error
            self.state = State.ERROR
            self._buffer.clear()
            raise
        if self._eof and self.state is not State.CLOSED:
            self.state = State.CLOSED
            self._buffer.clear()
            return ConnectionClosed()
        return None

    def _next_line(self) -> bytes | None:
        buffer = self._buffer
        if self.state is State.ENVIRONMENT and not self._lines:
            # Whoever speaks another protocol is known by its first bytes, and need not be waited
            # for.
            head = bytes(buffer[: len(_FIRST)])
            if head != _FIRST[: len(head)]:
                raise AgiProtocolError("not_agi", f"A peer began with {head!r}, not with 'agi_'.")
        end = buffer.find(b"\n", self._scanned)
        size = len(buffer) if end < 0 else end
        if size > self._limits.line:
            raise AgiProtocolError("line_too_long", f"A line is over {self._limits.line} bytes.")
        if end < 0:
            self._scanned = size
            return None
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        self._scanned = 0
        self._lines += 1
        self._total += end + 1
        if self._lines > self._limits.lines:
            raise AgiProtocolError("too_many_lines", f"More than {self._limits.lines} lines.")
        if self._total > self._limits.total:
            raise AgiProtocolError("too_many_bytes", f"More than {self._limits.total} bytes.")
        return line

    def _line(self, line: bytes) -> Event | None:
        if self.state is State.ENVIRONMENT:
            return self._environment_line(line)
        if not self._answer:
            if line == b"HANGUP":
                self.state = State.GONE
                self._buffer.clear()
                return Hangup()
            if not line or line.startswith(_FIRST):
                return None  # What a forged end of the environment has left behind.
            if self.state is State.IDLE:
                raise AgiProtocolError("unexpected_line", f"Nothing was asked: {line[:40]!r}.")
        return self._answer_line(line)

    def _environment_line(self, line: bytes) -> Environment | None:
        if line:
            match = _VARIABLE.fullmatch(line)
            if match is not None:
                name = self._last = match[1].decode("ascii")
                if name not in self._values or name.startswith(_ARGUMENT):
                    self._values[name] = _text(match[2])
            elif not self._last:
                raise AgiProtocolError("malformed_line", f"No variable: {line[:40]!r}.")
            # Any other line is the rest of a value that holds a line end; nobody needs it.
            return None
        if not self._last:
            raise AgiProtocolError("malformed_line", "The environment is empty.")
        self.named = True
        self._restart()
        arguments = [name for name in self._values if name.startswith(_ARGUMENT)]
        values = {name: text for name, text in self._values.items() if name not in arguments}
        return Environment(
            MappingProxyType(values), tuple(self._values[name] for name in arguments)
        )

    def _answer_line(self, line: bytes) -> Reply | None:
        self._answer.append(line)
        if self._answer[0].startswith(_USAGE_BEGINS):
            if line != _USAGE_ENDS:
                return None
            usage = _text(b"\n".join(self._answer[1:-1]))
            self._restart()
            return Reply(520, data=usage)
        whole = _text(b"\n".join(self._answer))
        answer = _ANSWER.fullmatch(whole)
        if answer is None:
            raise AgiProtocolError("malformed_reply", f"No answer: {whole[:40]!r}.")
        code, rest = answer[1], answer[2] or ""
        if code != "200":
            self._restart()
            return Reply(int(code), data=rest)
        result = _RESULT.fullmatch(rest)
        if result is not None:
            self._restart()
            return Reply(200, result[1], result[2], int(result[3]) if result[3] else None)
        if _VALUE_BEGINS.match(rest):
            return None  # A variable's value holds a line end, its closing bracket comes later.
        raise AgiProtocolError("malformed_reply", f"No result: {whole[:40]!r}.")

    def _restart(self) -> None:
        self.state = State.IDLE
        self._answer.clear()
        self._lines = 0
        self._total = 0


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
