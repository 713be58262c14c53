"""All channels by which agencies are told of calls, each with a worker of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from router.alarms import Kind
from router.notices import Ways
from router.notify import BOARD, WEBHOOK, DeliveryPolicy, DeliveryWorker
from router.store import Outbox
from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.alarms import Alarms
    from router.notify import Sender, Webhook
    from router.notify.gateway import Gateway
    from router.store.outbox import Due
    from siaga.gateways import Gateways

log = structlog.get_logger(__name__)

MESSAGE: Final = DeliveryPolicy(give_up=timedelta(hours=1))
"""Of messages to people: that a house burns is no news an hour later."""


class Channels:
    """Tells the agencies.

    Args:
        engine: of the database; ``node`` is this router's.
        gateways: to the contacts.
        webhook: to the centre's own receiver, if there is one.
        alarms: what is said when nobody accepts, or a gateway does not take messages.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        node: str,
        gateways: Gateways,
        webhook: Webhook | None,
        alarms: Alarms,
    ) -> None:
        self._alarms = alarms
        self._gateways = _usable(gateways)
        senders: dict[str, Sender] = {**self._gateways}
        if self._gateways:
            senders[BOARD] = _Board(alarms)
        self._workers = {
            channel: DeliveryWorker(Outbox(engine, node, channel), sender, MESSAGE)
            for channel, sender in senders.items()
        }
        if webhook is not None:
            own = Outbox(engine, node, WEBHOOK)
            self._workers[WEBHOOK] = DeliveryWorker(own, webhook)
        for channel, worker in self._workers.items():
            worker.on_given_up = self._dead(channel)
        self.ways = Ways(webhook is not None, frozenset(self._gateways), gateways.public_url)

    @property
    def is_used(self) -> bool:
        """Whether agencies are told at all."""
        return bool(self._workers)

    def wake(self) -> None:
        """Notifications may have come in."""
        for worker in self._workers.values():
            worker.wake()

    def jobs(self) -> list[Callable[[], Awaitable[None]]]:
        """What is to run."""
        return [worker.run for worker in self._workers.values()]

    def stuck(self) -> dict[str, str]:
        """Channels that do not take what is sent now, with what the last said."""
        return {name: worker.fault for name, worker in self._workers.items() if worker.fault}

    def close(self) -> None:
        """Let go of the gateways."""
        for gateway in self._gateways.values():
            gateway.close()

    def _dead(self, channel: str) -> Callable[[Due], None]:
        return lambda due: self._alarms.happened(Kind.MESSAGE_DEAD, channel, due.call_id)


class _Board:
    """Makes an alarm of what none of an agency's contacts accepted."""

    host = BOARD

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms

    async def send(self, due: Due) -> str | None:
        """Raise it."""
        self._alarms.happened(Kind.UNACCEPTED, due.agency, due.call_id)
        return None


def _usable(gateways: Gateways) -> dict[str, Gateway]:
    """The gateways whose address can be used; of the others the doctor tells."""
    found: dict[str, Gateway] = {}
    if gateways.addresses:
        # Apprise is large; who has no gateway does without it.
        from router.notify.gateway import Gateway  # noqa: PLC0415
    for kind, address in gateways.addresses.items():
        try:
            found[kind] = Gateway(kind, address)
        except SettingsError as error:
            log.error("gateway_unusable", kind=kind, reason=str(error))  # noqa: TRY400 (no trace)
    return found
