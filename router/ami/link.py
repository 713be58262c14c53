"""The link to Asterisk's manager: kept up until cancelled, an ordered stream of what it says.

It knows nothing of its consumers. Events go into a bounded stream, from which one consumer takes
them at its own pace: neither its slowness nor its exceptions reach the connection.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from router.ami.errors import ActionRefusedError, LinkStoppedError, NotConnectedError
from router.ami.events import Connected, Disconnected, Down, Response
from router.ami.policy import Policy
from router.ami.protocol import utc_now
from router.ami.session import Session
from router.ami.stream import EventStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from router.ami.actions import Action, ListAction
    from router.ami.events import Event, Item
    from router.ami.protocol import Answer, Clock
    from router.ami.session import Address

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Counters:
    """What happened since the start, for metrics.

    Attributes:
        connections: times the link came up.
        failures: connections that ended, and tries that failed.
        events: events received.
        dropped: of these, how many the consumer was too slow for.
    """

    connections: int = 0
    failures: int = 0
    events: int = 0
    dropped: int = 0


class AmiLink:
    """Asterisk's manager, as the rest of the router sees it.

    :meth:`run` has an owner (a task of a ``TaskGroup``) and ends by being cancelled. One consumer
    iterates; any number of tasks may :meth:`act` and :meth:`collect`.

    Attributes:
        counters: for metrics.
    """

    def __init__(
        self, address: Address, policy: Policy | None = None, *, now: Clock = utc_now
    ) -> None:
        self.counters = Counters()
        self._address = address
        self._policy = policy or Policy()
        self._now = now
        self._stream = EventStream(self._policy.queue)
        self._session: Session | None = None
        self._reported: Down | None = None

    @property
    def connected(self) -> bool:
        """Logged in and announced; actions are taken."""
        return self._session is not None and self._session.connected

    async def run(self) -> None:
        """Keep connected until cancelled; nothing the outside does is raised.

        A second call, after the first has ended, finds the stream at its end: make a new link.
        """
        loop = asyncio.get_running_loop()
        waits = self._policy.retries()
        try:
            while True:
                self._session = Session(
                    self._address, self._policy, self._heard, self._up, self._now
                )
                self._down(await self._session.run())
                since = self._session.up_since
                if since is not None and loop.time() - since >= self._policy.steady_s:
                    waits = self._policy.retries()
                await asyncio.sleep(next(waits))
        finally:
            self._session = None
            self._stream.put(Disconnected(Down.STOPPED, "We closed the connection."))
            self._stream.finish()

    def __aiter__(self) -> AsyncIterator[Item]:
        """Iterate to the end of :meth:`run`."""
        return self

    async def __anext__(self) -> Item:
        item = await self._stream.take()
        if item is None:
            raise StopAsyncIteration
        return item

    async def next_event(self) -> Item:
        """What happened next, as soon as it does.

        Events come in Asterisk's order. Some may come before the link is announced as connected,
        from an Asterisk that is still starting.

        Raises:
            LinkStoppedError: :meth:`run` has ended, and everything was taken.
        """
        item = await self._stream.take()
        if item is None:
            raise LinkStoppedError("The link to Asterisk was stopped.")
        return item

    def waiting(self) -> Iterator[Item]:
        """What has happened already, after :meth:`next_event`, without waiting."""
        return self._stream.waiting()

    async def act(self, action: Action, timeout_s: float | None = None) -> Response:
        """Have Asterisk do something, once: it is never sent again after a reconnect.

        Raises:
            NotConnectedError: nothing was sent.
            ActionRefusedError: Asterisk did not do it, and says why.
            ActionTimeoutError, ConnectionLostError: it may have been done, or not.
        """
        return Response((await self._ask(action, timeout_s)).headers)

    async def collect(self, action: ListAction, timeout_s: float | None = None) -> list[Event]:
        """Have Asterisk list something; give the list when all of it is here.

        Raises:
            NotConnectedError: nothing was sent.
            ActionRefusedError: Asterisk gives no list, and says why.
            ActionTimeoutError, ConnectionLostError: there is no list, or not to its end.
        """
        try:
            answer = await self._ask(action, timeout_s)
        except ActionRefusedError as error:
            if action.empty is not None and error.message.startswith(action.empty):
                return []
            raise
        if not answer.complete:
            raise ActionRefusedError(action.name, "It answered without a list")
        return list(answer.events)

    async def _ask(self, action: Action, timeout_s: float | None) -> Answer:
        if self._session is None:
            raise NotConnectedError("There is no connection to Asterisk now; nothing was sent.")
        answer = await self._session.ask(
            action, self._policy.action_s if timeout_s is None else timeout_s
        )
        if not answer.success:
            raise ActionRefusedError(action.name, Response(answer.headers).message)
        return answer

    def _heard(self, event: Event) -> None:
        self.counters.events += 1
        self._stream.put(event)
        self.counters.dropped = self._stream.dropped

    def _up(self, booted: bool) -> None:  # noqa: FBT001 (a callback)
        self.counters.connections += 1
        self._reported = None
        first = self.counters.connections == 1
        self._stream.put(Connected(first=first, booted=booted))
        log.info("ami_connected", address=repr(self._address), first=first, booted=booted)

    def _down(self, ending: Disconnected) -> None:
        """Tell once what may be found again at every try."""
        self.counters.failures += 1
        if ending.reason is not self._reported:
            self._reported = ending.reason
            self._stream.put(ending)
            log.warning("ami_disconnected", address=repr(self._address), **_words(ending))


def _words(ending: Disconnected) -> dict[str, str]:
    return {"reason": ending.reason, "detail": ending.detail[:200]}
