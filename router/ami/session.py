"""One connection to Asterisk's manager, from connecting to its end.

Asterisk greets, takes the login, says ``FullyBooted`` when all of it is up, and from then on is
asked by pings whether it still answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from socket import SO_RCVBUF, SOL_SOCKET
from typing import TYPE_CHECKING, Final

from router.ami.actions import Login, Ping
from router.ami.errors import (
    ActionTimeoutError,
    ConnectionLostError,
    NotConnectedError,
)
from router.ami.events import Disconnected, Down
from router.ami.protocol import AmiProtocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.ami.actions import Action
    from router.ami.events import Event
    from router.ami.policy import Policy
    from router.ami.protocol import Answer, Clock, Request

_ROOM: Final = 1 << 20
"""Bytes of events that wait to be read, as far as the system gives so many. Left to itself it
stays with 128 KiB now and then, and acknowledges late: 4 MB/s then, a third of what is read else.
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where Asterisk's manager is, and who we are to it.

    Raises:
        CommandInjectionError: name or password cannot be said in AMI.
    """

    host: str
    port: int
    username: str
    secret: str

    def __post_init__(self) -> None:
        Login(self.username, self.secret)

    def __repr__(self) -> str:
        return f"Address({self.username}@{self.host}:{self.port})"


class Session:
    """One connection; made for one :meth:`run`.

    Attributes:
        up_since: the loop's time at which it was announced; None before.
        ignored: frames that were neither event nor response.
    """

    def __init__(
        self,
        address: Address,
        policy: Policy,
        on_event: Callable[[Event], None],
        on_up: Callable[[bool], None],
        now: Clock,
    ) -> None:
        self.up_since: float | None = None
        self._address = address
        self._policy = policy
        self._on_event = on_event
        self._on_up = on_up
        self._now = now
        self._protocol: AmiProtocol | None = None
        self._login: Request | None = None

    @property
    def connected(self) -> bool:
        """Actions are taken."""
        return (
            self.up_since is not None
            and self._protocol is not None
            and not self._protocol.lost.done()
        )

    async def run(self) -> Disconnected:
        """Connect, log in, stay; give the reason why it ended."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._policy.connect_s):
                _, protocol = await loop.create_connection(
                    self._new_protocol, self._address.host, self._address.port
                )
        except TimeoutError:
            return Disconnected(Down.UNREACHABLE, "No connection in time.")
        except (OSError, UnicodeError) as error:
            return Disconnected(Down.UNREACHABLE, str(error))
        protocol.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, _ROOM)
        self._protocol = protocol
        boot_due: asyncio.TimerHandle | None = None
        try:
            await self._log_in(protocol)
            boot_due = loop.call_later(self._policy.booted_s, self._announce, False)  # noqa: FBT003
            await self._ping_until_lost(protocol)
        except ConnectionLostError:
            pass  # Why, is what ``lost`` holds.
        finally:
            if boot_due is not None:
                boot_due.cancel()
            protocol.close()
        return protocol.lost.result()

    async def ask(self, action: Action, timeout_s: float) -> Answer:
        """Send an action and wait for all of its answer.

        Raises:
            NotConnectedError, ConnectionLostError, ActionTimeoutError: as they say.
        """
        if self._protocol is None or not self.connected:
            raise NotConnectedError("There is no connection to Asterisk now; nothing was sent.")
        request = self._protocol.submit(action)
        try:
            async with asyncio.timeout(timeout_s):
                return await request.future
        except TimeoutError:
            raise ActionTimeoutError(
                f"Asterisk did not answer {action.name} within {timeout_s:g} s."
            ) from None
        finally:
            self._protocol.forget(request)

    def _new_protocol(self) -> AmiProtocol:
        return AmiProtocol(
            self._heard,
            self._policy.limits,
            self._policy.list_max,
            self._now,
            gather_s=self._policy.gather_s,
            forms=self._policy.forms,
        )

    async def _log_in(self, protocol: AmiProtocol) -> None:
        try:
            async with asyncio.timeout(self._policy.login_s):
                await protocol.greeted
                self._login = protocol.submit(Login(self._address.username, self._address.secret))
                answer = await self._login.future
        except TimeoutError:
            protocol.end(Down.LOGIN_TIMEOUT, "No greeting, or no answer to the login, in time.")
            return
        if not answer.success:
            protocol.end(Down.LOGIN_REFUSED, answer.headers.get("message", ""))

    async def _ping_until_lost(self, protocol: AmiProtocol) -> None:
        answer_s = self._policy.silence_s - self._policy.ping_every_s
        while not protocol.lost.done():
            ping = protocol.submit(Ping())
            await asyncio.wait((ping.future,), timeout=answer_s)
            if not ping.future.done():
                protocol.end(Down.SILENT, f"No answer to a ping within {answer_s:g} s.")
            await asyncio.wait((protocol.lost,), timeout=self._policy.ping_every_s)

    def _heard(self, event: Event) -> None:
        if event.name == "FullyBooted" and self._logged_in():
            self._announce(booted=True)
        self._on_event(event)

    def _logged_in(self) -> bool:
        # Answer and event come in one piece, before whoever waits for the answer has his turn.
        answer = None if self._login is None else self._login.answer
        return answer is not None and answer.success

    def _announce(self, booted: bool) -> None:  # noqa: FBT001 (a timer's callback)
        if self.up_since is None:
            self.up_since = asyncio.get_running_loop().time()
            self._on_up(booted)
