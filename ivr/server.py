"""The FastAGI server: takes calls from Asterisk and runs a handler for each.

One connection is one call. Nothing a peer does harms another call: too many, too slow, too long or
plainly wrong, it is closed, and the dialplan goes one tier down. The same happens to every new call
from the moment :meth:`FastAgiServer.drain` begins, while calls in the menu finish.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from ivr import listening
from ivr.agi import Limits
from ivr.connection import AgiConnection, AgiSession, Timeouts
from ivr.errors import (
    CallGoneError,
    DrainedError,
    EnvironmentCutError,
    HandlerFailedError,
    HandlerStuckError,
    IvrError,
)
from siaga.names import MENU_PATH

if TYPE_CHECKING:
    from collections.abc import Collection

    from ivr.agi import Environment


Handler: TypeAlias = Callable[[AgiSession], Awaitable[None]]

log = structlog.get_logger(__name__)

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
_REFUSALS_LOGGED_EVERY_S: Final = 60.0
_CANCEL_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may connect, and how much of anything.

    Attributes:
        allowed: addresses or networks of the Asterisk nodes.
        connections: open at once, as far as the process may open files.
        unnamed: of these, how many may not have sent their environment yet.
        paths: what a call may ask for; what follows a ``/`` is the handler's to judge.
        limits: what one connection may send.
        timeouts: how long each wait may last.
    """

    allowed: tuple[str, ...] = LOOPBACK
    connections: int = 4096
    unnamed: int = 512
    paths: Collection[str] = (MENU_PATH,)
    limits: Limits = field(default_factory=Limits)
    timeouts: Timeouts = field(default_factory=Timeouts)


@dataclass(slots=True)
class Counters:
    """What happened since the start, for metrics.

    Attributes:
        open: connections now.
        unnamed: of these, without an environment yet.
        active: calls with a handler at work now.
        served: calls whose handler came to its end.
        hung_up: calls that ended by a hang-up in the menu.
        probed: connections closed again without a byte, such as a health check's.
        refused: connections closed at once, by reason (``peer``, ``full``, ``unnamed_full``,
            ``path``).
        failed: calls and connections that went wrong, by the code of the error.
    """

    open: int = 0
    unnamed: int = 0
    active: int = 0
    served: int = 0
    hung_up: int = 0
    probed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


class FastAgiServer:
    """Listens for Asterisk and runs ``handler`` for each call.

    A handler ends by returning, having set the result as its last act. What it raises ends its own
    call only and is logged once. Once its call is over it has ``Timeouts.grace`` to return, then
    it is cancelled.

    Built on :class:`asyncio.Protocol`, not on streams. Measured over loopback with the same state
    machine, calls of eight commands, 20 at once: 0.53 ms of CPU a call against 0.75 ms, although
    the streams had no limits yet; and one place sees every byte, end and time-out of a connection,
    also while its handler is busy elsewhere.
    """

    def __init__(
        self,
        handler: Handler,
        host: str = "127.0.0.1",
        port: int = 4573,
        policy: Policy | None = None,
    ) -> None:
        self.counters = Counters()
        self._handler = handler
        self._host = host
        self._port = port
        self._policy = policy or Policy()
        self._room = self._policy.connections
        self._networks = [ipaddress.ip_network(text) for text in self._policy.allowed]
        self._door: listening.Door | None = None
        self._connections: set[AgiConnection] = set()
        self._unnamed: set[AgiConnection] = set()
        self._tasks: dict[AgiConnection, asyncio.Task[None]] = {}
        self._all_gone = asyncio.Event()
        self._all_gone.set()
        self._logged: dict[str, float] = {}

    @property
    def port(self) -> int:
        """The port listened on: the one given, or after the start the one found when it was 0."""
        return self._port

    async def start(self) -> None:
        """Begin to take calls.

        A second process may listen beside this one: that is how one takes over from the other
        without a moment in which nobody does.

        Raises:
            OSError: the address cannot be listened on.
        """
        self._room = listening.room(self._policy.connections)
        listener = listening.listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._door = listening.Door(listener, self._connection)
        log.info("server_started", host=self._host, port=self._port, connections=self._room)

    async def drain(self, timeout_s: float) -> None:
        """Refuse new calls, let those in the menu finish, close what is left after the time.

        Returns at the latest ``timeout_s``, the handlers' grace and one second after its call.
        """
        if self._door is not None:
            door, self._door = self._door, None
            await door.close()
        log.info("server_draining", calls=len(self._tasks))
        if not await self._emptied(timeout_s):
            left = list(self._connections)
            log.warning("calls_cut", calls=len(left))
            for connection in left:
                connection.fail(DrainedError("The server stopped."))
            if not await self._emptied(self._policy.timeouts.grace + _CANCEL_S):
                log.error("handlers_left", calls=len(self._tasks))
        log.info("server_stopped", served=self.counters.served)

    def _connection(self) -> AgiConnection:
        return AgiConnection(self, self._policy.limits, self._policy.timeouts)

    async def _emptied(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self._all_gone.wait()
        except TimeoutError:
            return False
        return True

    # What connections ask (ivr.connection.Owner).

    def admit(self, connection: AgiConnection, peer: object) -> bool:
        """Count a new connection, and say whether it may stay."""
        self._connections.add(connection)
        self._all_gone.clear()
        self.counters.open = len(self._connections)
        reason = self._objection(peer)
        if reason is not None:
            self._refuse(reason)
            return False
        self._unnamed.add(connection)
        self.counters.unnamed = len(self._unnamed)
        return True

    def begin(self, connection: AgiConnection, environment: Environment) -> None:
        """Start the handler of a call that has said what it is."""
        self._named(connection)
        if environment.path.partition("/")[0] not in self._policy.paths:
            self._refuse("path")
            connection.close()
            return
        session = AgiSession(connection, environment)
        self._tasks[connection] = asyncio.get_running_loop().create_task(
            self._serve(connection, session)
        )
        self.counters.active = len(self._tasks)

    def ended(self, connection: AgiConnection, error: IvrError) -> None:
        """See to it that the handler ends too; without one, count what went wrong."""
        task = self._tasks.get(connection)
        if task is not None:
            handle = asyncio.get_running_loop().call_later(self._policy.timeouts.grace, task.cancel)
            task.add_done_callback(lambda _: handle.cancel())
        elif connection in self._unnamed:
            if isinstance(error, EnvironmentCutError) and not connection.received:
                self.counters.probed += 1
            else:
                self._conclude(error, call="")

    def lost(self, connection: AgiConnection) -> None:
        """Forget a connection whose socket is closed."""
        self._named(connection)
        self._connections.discard(connection)
        self.counters.open = len(self._connections)
        self._settle()

    async def _serve(self, connection: AgiConnection, session: AgiSession) -> None:
        call = session.environment.values.get("agi_uniqueid", "")[:64]
        raised: IvrError | None = None
        try:
            await self._handler(session)
        except IvrError as error:
            raised = error
        except asyncio.CancelledError:
            if isinstance(connection.error, CallGoneError | None):
                raised = HandlerStuckError("The handler went on after its call was over.")
        except Exception as error:  # noqa: BLE001 (a handler's fault ends its own call only)
            raised = HandlerFailedError(f"The handler raised {type(error).__name__}.")
            raised.__cause__ = error
        finally:
            self._conclude(raised or connection.error, call)
            del self._tasks[connection]
            self.counters.active = len(self._tasks)
            connection.close()
            self._settle()

    def _objection(self, peer: object) -> str | None:
        if not self._is_allowed(peer):
            return "peer"
        if len(self._connections) > self._room:
            return "full"
        if len(self._unnamed) >= self._policy.unnamed:
            return "unnamed_full"
        return None

    def _is_allowed(self, peer: object) -> bool:
        if not isinstance(peer, tuple) or not peer:
            return False  # Gone before we could ask who it was.
        try:
            address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)

    def _refuse(self, reason: str) -> None:
        self.counters.refused[reason] += 1
        now = asyncio.get_running_loop().time()
        if now - self._logged.get(reason, -_REFUSALS_LOGGED_EVERY_S) >= _REFUSALS_LOGGED_EVERY_S:
            self._logged[reason] = now
            log.warning("call_refused", reason=reason, refused=self.counters.refused[reason])

    def _conclude(self, error: IvrError | None, call: str) -> None:
        if error is None:
            self.counters.served += 1
        elif isinstance(error, CallGoneError):
            self.counters.hung_up += 1
        else:
            self.counters.failed[error.code] += 1
            fault = error.__cause__ if isinstance(error, HandlerFailedError) else None
            log.warning("call_failed", call=call, code=error.code, error=str(error), exc_info=fault)

    def _named(self, connection: AgiConnection) -> None:
        self._unnamed.discard(connection)
        self.counters.unnamed = len(self._unnamed)

    def _settle(self) -> None:
        if not self._connections and not self._tasks:
            self._all_gone.set()
