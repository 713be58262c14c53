"""Asks a caller by message to send where they are: a link that is opened, and one tap."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from router.callbacks.numbers import subscriber
from router.incidents.model import Said
from router.store.locations import VALID
from siaga.errors import SiagaError
from siaga.plan.arrival import HOME

if TYPE_CHECKING:
    from router.store.locations import LinkStore
    from siaga.gateways import Gateways

LOCATE_PATH: Final = "/l/"
"""Of the page that a position is sent on; its token follows."""
CHANNEL: Final = "sms"

_MOBILE: Final = re.compile(r"08[1-9][0-9]{6,11}")


class NotAskedError(SiagaError):
    """The caller was not asked for their position; the sentence says why."""

    code = "not_asked"


class Locator:
    """Asks callers where they are.

    Args:
        store: of links.
        gateways: by which messages go.
    """

    def __init__(self, store: LinkStore, gateways: Gateways) -> None:
        self._store = store
        self._gateways = gateways

    async def ask(self, call: str, who: str) -> int:
        """Send the caller a link; gives the number of the call's incident, opened if need be.

        Raises:
            NotAskedError: there is no gateway, no page, or no mobile number.
            UnknownCallError, TooManyLinksError: as :meth:`LinkStore.make`.
            SQLAlchemyError, OSError: the database does not work now.
        """
        if CHANNEL not in self._gateways.addresses or not self._gateways.public_url:
            raise NotAskedError(
                "Tidak ada gerbang SMS atau alamat halaman (SIAGA_NOTIFY_SMS, SIAGA_PUBLIC_URL).\n"
                "There is no SMS gateway, or no address of our pages."
            )
        return await self._store.make(call, Said(who, datetime.now(UTC)), self._write, CHANNEL)

    def _write(self, caller: str, token: str) -> tuple[str, str]:
        number = subscriber(caller) or ""
        if not _MOBILE.fullmatch(number):
            raise NotAskedError(
                "Nomor penelepon bukan nomor seluler. / The caller's number is no mobile number."
            )
        minutes = round(VALID.total_seconds() / 60)
        body = (
            f"Kirim lokasi Anda ke 112 / send your location to 112 ({minutes} menit / minutes): "
            f"{self._gateways.public_url}{LOCATE_PATH}{token}"
        )
        return f"+{HOME}{number[1:]}", json.dumps({"title": "112", "body": body})
