"""One FastAGI connection on asyncio: the socket's side, and the session that a handler talks to.

Every wait has an end: the environment, each answer, the whole call. Whatever ends a connection
first (a hang-up, a time-out, a broken line, the server's stop) is kept as its one typed error, and
every later command of the handler raises it. A peer that reads nothing is covered by the answer's
time-out: at most one command, 2 KB, waits to be written.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ivr.agi import AgiProtocol, Environment, Hangup, Limits, Reply
from ivr.errors import (
    AgiProtocolError,
    CallGoneError,
    CommandRefusedError,
    CommandTimeoutError,
    EnvironmentCutError,
    EnvironmentTimeoutError,
    IvrError,
    SessionTimeoutError,
)

if TYPE_CHECKING:
    from ivr.commands import Command


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each wait may last, in seconds.

    Attributes:
        environment: from connecting to the end of the environment.
        reply: for an answer, on top of what the command's nature takes.
        session: for a whole call; the menu's own limit is far below.
        grace: for a handler to end after its call did, before it is cancelled.
    """

    environment: float = 2.0
    reply: float = 2.0
    session: float = 120.0
    grace: float = 2.0


class Owner(Protocol):
    """What a connection asks of the server that it belongs to."""

    def admit(self, connection: AgiConnection, peer: object) -> bool:
        """Decide whether a new connection may stay."""

    def begin(self, connection: AgiConnection, environment: Environment) -> None:
        """Start the call's handler, or close the connection."""

    def ended(self, connection: AgiConnection, error: IvrError) -> None:
        """Learn why the connection ended, at once when it does."""

    def lost(self, connection: AgiConnection) -> None:
        """Learn that the socket is closed; the last word of a connection."""


class AgiConnection(asyncio.Protocol):
    """The transport's side of one connection.

    Attributes:
        error: why it ended; None while it is up or when it was closed as wished.
        received: whether the peer has sent anything.
    """

    def __init__(self, owner: Owner, limits: Limits, timeouts: Timeouts) -> None:
        self.error: IvrError | None = None
        self.received = False
        self._owner = owner
        self._timeouts = timeouts
        self._agi = AgiProtocol(limits)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self._answer_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the server decide, and wait for the environment."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (for the type: TCP only)
        self._transport = transport
        if not self._owner.admit(self, transport.get_extra_info("peername")):
            self.close()
            return
        self._deadline = self._loop.call_later(
            self._timeouts.environment, self.fail, EnvironmentTimeoutError("No call was named.")
        )

    def data_received(self, data: bytes) -> None:
        """Feed the protocol and act on what it says."""
        self.received = True
        self._agi.receive_data(data)
        self._advance()

    def eof_received(self) -> None:
        """Treat a peer that sends no more as gone: Asterisk never closes one half only."""
        self._agi.receive_data(b"")
        self._advance()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (nothing to add)
        """Tidy up; whatever was awaited ends now."""
        if self._transport is not None:
            self._gone()
            self._transport = None
        self._stop_timers()
        self._owner.lost(self)

    def exchange(self, command: Command) -> asyncio.Future[Reply]:
        """Send a command; the future is its answer, or the error that ended the connection."""
        if self.error is not None:
            raise self.error.with_traceback(None)
        if self._transport is None or self._transport.is_closing():
            raise CallGoneError("The connection is closed.")
        line = self._agi.send(command)
        answer: asyncio.Future[Reply] = self._loop.create_future()
        self._answer = answer
        self._answer_due = self._loop.call_later(
            command.lasts_s + self._timeouts.reply, self._overdue, command
        )
        self._transport.write(line)
        return answer

    def fail(self, error: IvrError) -> None:
        """End the connection for this reason; the first reason stands."""
        if self.error is None and self._transport is not None:
            self.error = error
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(error)
            self._owner.ended(self, error)
        self.close()

    def close(self) -> None:
        """Close the socket; what the peer does not read is dropped."""
        self._stop_timers()
        transport = self._transport
        if transport is None:
            return
        if transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.close()

    def _advance(self) -> None:
        try:
            while self.error is None and (event := self._agi.next_event()) is not None:
                if isinstance(event, Reply):
                    self._answered(event)
                elif isinstance(event, Environment):
                    self._begin(event)
                elif isinstance(event, Hangup):
                    self.fail(CallGoneError("The caller hung up."))
                else:
                    self._gone()
        except AgiProtocolError as error:
            self.fail(error)

    def _begin(self, environment: Environment) -> None:
        self._stop_timers()
        self._deadline = self._loop.call_later(
            self._timeouts.session, self.fail, SessionTimeoutError("The menu did not come to end.")
        )
        self._owner.begin(self, environment)

    def _gone(self) -> None:
        if self._agi.named:
            self.fail(CallGoneError("Asterisk closed the connection."))
        else:
            self.fail(EnvironmentCutError("The connection ended before it named a call."))

    def _answered(self, reply: Reply) -> None:
        if self._answer_due is not None:
            self._answer_due.cancel()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(reply)

    def _overdue(self, command: Command) -> None:
        verb = command.line[:24].decode(errors="replace")
        self.fail(CommandTimeoutError(f"Asterisk did not answer {verb!r} in time."))

    def _stop_timers(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._answer_due is not None:
            self._answer_due.cancel()


class AgiSession:
    """One call, as its handler sees it.

    Attributes:
        environment: what Asterisk says about the call.
    """

    __slots__ = ("_connection", "environment")

    def __init__(self, connection: AgiConnection, environment: Environment) -> None:
        self._connection = connection
        self.environment = environment

    @property
    def path(self) -> str:
        """What the dialplan asked for, for example ``menu``."""
        return self.environment.path

    async def command(self, command: Command) -> Reply:
        """Have Asterisk do something and give its answer (always one of code 200).

        Raises:
            CallGoneError: the caller or Asterisk is gone; nothing more can be said.
            CommandRefusedError: Asterisk does not know this command; the call goes on.
            CommandTimeoutError: no answer in time; the connection is closed.
            CommandOrderError: the last command is not answered yet.
            IvrError: whatever else ended the connection, by its code.
        """
        reply = await self._connection.exchange(command)
        if reply.code == 200 and not (command.on_channel and reply.result == "-1"):
            return reply
        if reply.code in (200, 511):
            raise CallGoneError("The caller hung up.")
        verb = command.line[:24].decode(errors="replace")
        raise CommandRefusedError(f"Asterisk answered {reply.code} to {verb!r}.")
