"""Where handsets have registered, as Asterisk tells it.

A device that rings or talks counts as there although its handset has logged out meanwhile: only
the contacts tell that no other call would reach it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from router.ami import AmiError, PJSIPShowContacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from router.ami import AmiLink

log = structlog.get_logger(__name__)

GONE: Final = frozenset(("Removed", "Unreachable"))
"""States of a contact that is not reached; of one that is not asked nothing is known but that."""
RETRY_S: Final = 1.0

Contact = tuple[str, str, str]
"""Extension, address and state. The address is a telephone's own words."""


class Contacts:
    """The contacts of the plan's handsets, by their address of record, which is the extension.

    What changes is told by the link that hears events; the whole list only an account that may
    do more is given, so it is asked for over a link of its own by :meth:`run`.

    Args:
        link: the AMI connection that is given the list.

    Attributes:
        news: called when a handset may have lost its last contact, or has one again.
    """

    def __init__(self, link: AmiLink) -> None:
        self.news: Callable[[], None] = _nobody
        self._link = link
        self._uris: dict[str, set[str]] | None = None
        self._meanwhile: dict[tuple[str, str], str] = {}
        self._due = asyncio.Event()

    def is_gone(self, extension: str) -> bool:
        """Whether it is known that a handset has no contact."""
        return self._uris is not None and not self._uris.get(extension)

    def changed(self, extension: str, uri: str, status: str) -> None:
        """Take a ``ContactStatus``."""
        if self._uris is None:
            self._meanwhile[extension, uri] = status
            return
        self._note(extension, uri, status)
        self.news()

    def unknown(self) -> None:
        """Nothing is known any more: the listener is away."""
        self._uris = None
        self._meanwhile.clear()
        self._due.clear()

    def heard(self) -> None:
        """What changes is told from now on: the list is due."""
        self.unknown()
        self._due.set()

    def listed(self, contacts: Iterable[Contact]) -> None:
        """Take a whole list; what was told since it was asked for is newer."""
        self._uris = {}
        for contact in contacts:
            self._note(*contact)
        for (extension, uri), status in self._meanwhile.items():
            self._note(extension, uri, status)
        self._meanwhile.clear()
        self._due.clear()
        self.news()

    async def run(self) -> None:
        """Ask for the list when it is due, until cancelled."""
        while True:
            await self._due.wait()
            try:
                found = await self._link.collect(PJSIPShowContacts())
            except AmiError as error:
                log.info("contacts_unknown", reason=str(error)[:200])
                await asyncio.sleep(RETRY_S)
                continue
            if self._due.is_set():
                heads = [event.headers for event in found]
                self.listed(
                    (h.get("Endpoint", ""), h.get("Uri", ""), h.get("Status", "")) for h in heads
                )

    def _note(self, extension: str, uri: str, status: str) -> None:
        if self._uris is None or not extension or not uri:
            return
        known = self._uris.setdefault(extension, set())
        if status in GONE:
            known.discard(uri)
        else:
            known.add(uri)
        if not known:
            del self._uris[extension]


def _nobody() -> None:
    """Nobody wants to hear of it."""
