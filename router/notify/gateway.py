"""Messages by the library apprise: e-mail, SMS and WhatsApp gateways, Telegram.

Its services are plain functions that wait for a network, each with time limits of its own. They run
on threads of ours, so that a gateway that hangs holds up nothing but its own kind.
"""

from __future__ import annotations

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import apprise

from siaga.errors import SettingsError
from siaga.gateways import TO

if TYPE_CHECKING:
    from router.store.outbox import Due

REFUSED: Final = "refused"
"""Apprise tells that a message was not taken, and not why."""
TRIAL: Final = {
    "email": "a.name@example.org",
    "sms": "+6281100000000",
    "telegram": "@example",
    "whatsapp": "+6281100000000",
}
"""An address of each kind, to see whether a gateway's is one."""

# It logs addresses with their passwords.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


def service(kind: str, address: str, target: str) -> apprise.Apprise:
    """The one service that sends to ``target``.

    Raises:
        SettingsError: the gateway's address is none that apprise knows, or lacks something. It may
            hold a password and is not shown.
    """
    asset = apprise.AppriseAsset(app_id="siaga112", async_mode=False, secure_logging=True)
    filled = address.replace(TO, quote(target, safe=""))
    found = apprise.Apprise.instantiate(filled, asset=asset, suppress_exceptions=True)
    if not isinstance(found, apprise.NotifyBase):
        raise SettingsError(
            f"SIAGA_NOTIFY_{kind.upper()} is no address of a service that apprise knows, or lacks "
            f"something of it."
        )
    alone = apprise.Apprise(asset=asset)
    alone.add(found)
    return alone


class Gateway:
    """The gateway of one kind of contact; :meth:`close` it at the end.

    Args:
        kind: of contact.
        address: apprise's, with ``{to}`` for the contact's.
        at_once: messages under way at most.

    Raises:
        SettingsError: the address cannot be used.
    """

    def __init__(self, kind: str, address: str, at_once: int = 8) -> None:
        service(kind, address, TRIAL[kind])
        self.host = urlsplit(address).scheme
        self._kind = kind
        self._address = address
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=f"notify-{kind}")

    def close(self) -> None:
        """Let go of the threads; what hangs ends by its own time limit, and nobody waits for it."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, due: Due) -> str | None:
        """Send it; None when the gateway took it, else why not, in a word or two."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._send, due)

    def _send(self, due: Due) -> str | None:
        try:
            text = json.loads(due.payload)
            title, body = str(text["title"]), str(text["body"])
            to = service(self._kind, self._address, due.target)
        except (ValueError, KeyError, TypeError, SettingsError) as error:
            return type(error).__name__
        try:
            taken = to.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
        except Exception as error:  # noqa: BLE001 - a hundred services by as many authors
            return type(error).__name__
        return None if taken else REFUSED
