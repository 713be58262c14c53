r"""The one module that imports panoramisk (1.4), and what of it is used.

Used: its protocol class (the table of actions that wait for an answer, the matching of answers
to them, writing), its ``Action`` (ids unique in the process, rendering, the future) and its
``Message`` (whether a response is a success). Its ``Manager`` is not: connecting, login, pings,
dispatch and closing are each among the defects below, so nothing of it would be left.

Contained here, each shown by a test:

- ``data_received`` decodes what the network happened to deliver, with errors ignored, so cut
  characters vanish; keeps an endless line; loses the empty last header. Replaced by
  :class:`~router.ami.frames.FrameParser`.
- ``close`` puts unanswered actions aside to be sent again after the next login: a second
  ``Redirect``. Here they fail with :class:`~router.ami.errors.ConnectionLostError`.
- ``close`` waits for what the peer never reads, and ``Manager`` connects again after it. Here the
  socket is gone at once, and nothing but :mod:`router.ami.link` ever connects.
- ``Shutdown`` counts as a lost connection while the socket is open. Here it is an event.
- ``Action.multi`` guesses from sentences whether a list follows (a KeyError for ``Originate``
  without ``Async``), and ``completed`` takes any success for the end. Here each action says
  whether it is a list, and a list ends with ``EventList: Complete``.
- Nothing limits how long an answer may take, and a late one's events pass for news. Here it is
  forgotten, and what comes late is ignored.
- A callback's exception ends the connection, coroutine callbacks run unordered and without bound.
  Here there are no callbacks: :mod:`router.ami.stream`.
- CR and LF in a value become headers. Refused by :mod:`router.ami.actions`.
- Pings are not checked, a refused login is silent and repeated every 2 s. See
  :mod:`router.ami.session` and :mod:`router.ami.link`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from panoramisk.actions import Action as PanoramiskAction
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from router.ami.actions import ListAction
from router.ami.errors import AmiProtocolError, ConnectionLostError
from router.ami.events import Disconnected, Down, Event
from router.ami.frames import FrameParser, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.ami.actions import Action
    from router.ami.headers import Form, Headers

    Clock = Callable[[], datetime]

_FORGOTTEN_KEPT: Final = 1_000
_READ: Final = 65_536


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for an action.

    Attributes:
        success: Asterisk did it.
        headers: of the response.
        events: of the list that followed, without its end.
        complete: such a list came, to its end.
    """

    success: bool
    headers: Headers
    events: tuple[Event, ...] = ()
    complete: bool = False


# Its mapping answers '' for any attribute that is not there: a misspelt one raises nothing.
class Request(PanoramiskAction):  # type: ignore[misc]
    """An action on its way; its future is an :class:`Answer` or why there is none.

    Attributes:
        is_list: a list of events follows its response.
        answer: as soon as all of it is here, before whoever awaits the future has his turn.
    """

    future: asyncio.Future[Answer]

    def __init__(self, action: Action, list_max: int) -> None:
        headers: dict[str, list[str]] = {}
        for name, value in action.headers():
            headers.setdefault(name, []).append(value)
        super().__init__(headers)
        self.is_list = isinstance(action, ListAction)
        self.answer: Answer | None = None
        self._list_max = list_max
        self._response: Answer | None = None
        self._events: list[Event] = []
        # Its asker may be gone; without a look at it asyncio would log the exception.
        self.future.add_done_callback(lambda done: done.cancelled() or done.exception())

    def add_message(self, message: Frame) -> bool:
        """Take a frame that has this action's id; True when it was the last one."""
        place = message.headers.get("eventlist", "").lower()
        if message.news is None:
            answer = Answer(message.success, message.headers)
            if self.is_list and answer.success and place == "start":
                self._response = answer
                return False
        elif self._response is None:
            return False
        elif place == "complete":
            answer = replace(self._response, events=tuple(self._events), complete=True)
        elif len(self._events) >= self._list_max:
            raise AmiProtocolError("list_too_long", f"Over {self._list_max} events in a list.")
        else:
            self._events.append(message.news)
            return False
        self.answer = answer
        if not self.future.done():
            self.future.set_result(answer)
        return True


class Frame(Message):  # type: ignore[misc]
    """A frame as panoramisk wants it, with ours beside it."""

    def __init__(self, headers: Headers, event: Event | None) -> None:
        super().__init__(dict(headers))
        self.headers = headers
        self.news = event

    @property
    def id(self) -> str | None:
        """The action's id alone; panoramisk would believe a ``CommandID`` first."""
        return self.headers.get("actionid")


class AmiProtocol(AMIProtocol, asyncio.BufferedProtocol):  # type: ignore[misc]
    """One connection to Asterisk's manager.

    Reads into a buffer of its own: asyncio would allocate 256 KiB anew for each read (measured at
    1000 events a second, one in each read: 135 us of CPU an event, against 95).

    Attributes:
        greeted: done when Asterisk has said what it is; raises what the connection ended by.
        lost: done when the connection has ended, with why.
        ignored: frames that were neither event nor response.
    """

    encoding = "utf-8"
    transport: asyncio.Transport
    responses: dict[str, Request]

    def __init__(  # noqa: PLR0913 (what of it is asked for is the policy's)
        self,
        on_event: Callable[[Event], None],
        limits: Limits | None = None,
        list_max: int = 20_000,
        now: Clock = utc_now,
        *,
        gather_s: float = 0.0,
        forms: tuple[Form, ...] = (),
    ) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._gather_s = gather_s
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.greeted.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.lost: asyncio.Future[Disconnected] = loop.create_future()
        self.ignored = 0
        self._on_event = on_event
        self._list_max = list_max
        self._now = now
        self._parser = FrameParser(limits, forms)
        self._read = memoryview(bytearray(_READ))
        self._forgotten: dict[str, None] = {}

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (it says nothing here)
        """Where the next read goes."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        self.data_received(self._read[:nbytes])
        # A full buffer says that more is there already: to rest would only put a limit on it.
        if self._gather_s and nbytes < len(self._read):
            self.transport.pause_reading()
            self._loop.call_later(self._gather_s, self.transport.resume_reading)

    def data_received(self, data: bytes | memoryview) -> None:
        """Feed the parser and act on each frame."""
        if self.lost.done():
            return
        now = self._now()
        self._parser.receive(data)
        try:
            while (headers := self._parser.next_frame()) is not None and not self.lost.done():
                self._handle(headers, now)
        except AmiProtocolError as error:
            self.end(Down.PROTOCOL, str(error))
        if self._parser.version is not None and not self.greeted.done():
            self.greeted.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note, once, and tell whoever waits for an answer."""
        self.end(Down.CLOSED, str(exc) if exc else "Asterisk closed the connection.")

    def submit(self, action: Action) -> Request:
        """Send an action.

        Raises:
            ConnectionLostError: the connection has ended.
        """
        if self.lost.done():
            raise _lost(self.lost.result())
        request = Request(action, self._list_max)
        self.send(request)
        return request

    def forget(self, request: Request) -> None:
        """Wait no longer for this answer; what comes of it later is ignored."""
        if self.responses.pop(request.id, None) is not None and request.is_list:
            self._forgotten[request.id] = None
            if len(self._forgotten) > _FORGOTTEN_KEPT:
                del self._forgotten[next(iter(self._forgotten))]

    def end(self, reason: Down, detail: str) -> None:
        """Close the socket now, for this reason; the first reason stands."""
        if self.lost.done():
            return
        ending = Disconnected(reason, detail)
        self.lost.set_result(ending)
        self.closed = True
        self.transport.abort()
        error = _lost(ending)
        if not self.greeted.done():
            self.greeted.set_exception(error)
        for request in self.responses.values():
            if not request.future.done():
                request.future.set_exception(_lost(ending))
        self.responses.clear()

    def close(self) -> None:
        """Close the socket now, because we want it."""
        self.end(Down.STOPPED, "We closed the connection.")

    def _handle(self, headers: Headers, now: datetime) -> None:
        name = headers.get("event")
        event = None if name is None else Event(name, headers, now)
        action_id = headers.get("actionid")
        if action_id is not None:
            request: Any = self.responses.get(action_id)
            # An event that merely mentions an action (OriginateResponse) is no answer to it.
            if request is not None and (event is None or request.is_list):
                self.handle_message(Frame(headers, event))
                return
            if event is None or action_id in self._forgotten:
                return
        if event is not None:
            self._on_event(event)
        else:
            self.ignored += 1


def _lost(ending: Disconnected) -> ConnectionLostError:
    return ConnectionLostError(f"The connection to Asterisk ended: {ending.detail}")
