"""The running Asterisk, for whoever puts a plan in force: reloaded, and asked what it runs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, Protocol

from ops.apply.expected import Running
from router.ami import (
    Address,
    AmiError,
    AmiLink,
    Connected,
    CoreShowChannels,
    Disconnected,
    GetVar,
    PJSIPShowEndpoints,
    QueueStatus,
    Reload,
)
from siaga import secrets
from siaga.errors import MissingError, SiagaError
from siaga.names import PLAN_GLOBAL, AmiUser
from siaga.plan.versions import VERSION
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from ops.apply.expected import Expected
    from siaga.settings import Settings

LOOPBACK: Final = "127.0.0.1"
CONNECT_S: Final = 5.0
RELOAD_S: Final = 20.0
BUSY_WAIT_S: Final = 0.2
"""From a reload that another one stood in the way of to the next try."""
BUSY_TRIES: Final = 25


class LoadError(SiagaError):
    """Asterisk did not take what it was given."""

    code = "load"


class Switch(Protocol):
    """What a plan is loaded into."""

    async def versions_in_calls(self) -> frozenset[str]:
        """The versions that calls are on now."""

    async def reload(self, modules: Iterable[str]) -> None:
        """Have modules read their files again, one after the other.

        Raises:
            LoadError: one did not.
        """

    async def running(self, wanted: Expected) -> Running:
        """What of that which has to run does.

        Raises:
            LoadError: it does not tell.
        """


def missing(settings: Settings) -> MissingError:
    """What to say when there is no Asterisk to load into."""
    return MissingError(
        f"Asterisk tidak berjalan di port AMI {settings.ports.ami}: jalankan {COMMAND} up dulu "
        f"(atau periksa SIAGA_HOME dan SIAGA_AMI_PORT). Rencana tidak diubah.\n"
        f"Asterisk does not run on AMI port {settings.ports.ami}: run {COMMAND} up first (or "
        f"check SIAGA_HOME and SIAGA_AMI_PORT). The plan was not changed."
    )


@contextlib.asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Asterisk]:
    """The Asterisk of an instance, as long as the block lasts.

    Raises:
        MissingError: it does not run.
    """
    password = secrets.read(settings.secrets).ami.get(AmiUser.ADMIN, "")
    link = AmiLink(Address(LOOPBACK, settings.ports.ami, AmiUser.ADMIN, password))
    running = asyncio.create_task(link.run())
    try:
        try:
            async with asyncio.timeout(CONNECT_S):
                while not isinstance(item := await link.next_event(), Connected):
                    if isinstance(item, Disconnected):
                        raise missing(settings)
        except TimeoutError as error:
            raise missing(settings) from error
        yield Asterisk(link)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


class Asterisk:
    """A running Asterisk over AMI.

    Args:
        link: connected, of the account that may reload.
    """

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    async def versions_in_calls(self) -> frozenset[str]:
        """The versions that calls are on now, by the contexts their channels are in."""
        try:
            channels = await self._link.collect(CoreShowChannels(), RELOAD_S)
        except AmiError as error:
            raise _failed(error) from error
        beginnings = (channel.headers.get("Context", "")[:12] for channel in channels)
        return frozenset(version for version in beginnings if VERSION.fullmatch(version))

    async def reload(self, modules: Iterable[str]) -> None:
        """Have modules read their files again, one after the other."""
        for module in modules:
            for left in reversed(range(BUSY_TRIES)):
                try:
                    await self._link.act(Reload(module), RELOAD_S)
                    break
                except AmiError as error:
                    if not left or "in progress" not in str(error):
                        raise _failed(error) from error
                    await asyncio.sleep(BUSY_WAIT_S)

    async def running(self, wanted: Expected) -> Running:
        """What of that which has to run does."""
        try:
            return Running(
                version=await self._value(PLAN_GLOBAL),
                places=frozenset(
                    [
                        (context, exten)
                        for context, exten in sorted(wanted.places)
                        if await self._value(f"DIALPLAN_EXISTS({context},{exten},1)") == "1"
                    ]
                ),
                members=await self._members(),
                endpoints=frozenset(
                    event.headers.get("ObjectName", "")
                    for event in await self._link.collect(PJSIPShowEndpoints(), RELOAD_S)
                ),
            )
        except AmiError as error:
            raise _failed(error) from error

    async def _value(self, variable: str) -> str:
        response = await self._link.act(GetVar(variable), RELOAD_S)
        return response.headers.get("Value", "")

    async def _members(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for event in await self._link.collect(QueueStatus(), RELOAD_S):
            queue = found.setdefault(event.headers.get("Queue", ""), set())
            if event.name == "QueueMember":
                queue.add(event.headers.get("Location", ""))
        return {queue: frozenset(members) for queue, members in found.items()}


def _failed(error: AmiError) -> LoadError:
    return LoadError(f"Asterisk menolak / refused: {error}")
