"""Passwords of handsets in browsers: each made when somebody logs in there, and gone with them."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from router.ami import ActionRefusedError, DbDel, DbPut
from siaga.errors import SiagaError
from siaga.names import BROWSER_FAMILY, BROWSER_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.live.store import Manager
    from siaga.plan import Plan


class NoBrowserError(SiagaError):
    """The plan has no such handset in a browser."""

    code = "no_browser_handset"

    def __init__(self, extension: str) -> None:
        super().__init__(
            f"Tidak ada pesawat peramban {extension[:20]!r}. / "
            f"There is no handset in a browser {extension[:20]!r}."
        )


class BrowserKeys:
    """Has Asterisk let a browser log in, until it is told otherwise.

    Asterisk reads the password from its database when it needs one: nothing is reloaded.

    Args:
        manager: the link to Asterisk.
        plan: gives the plan in force.
    """

    def __init__(self, manager: Manager, plan: Callable[[], Plan]) -> None:
        self._manager = manager
        self._plan = plan

    async def make(self, extension: str) -> str:
        """Another password for this handset; the one before is worth nothing from now on.

        Raises:
            NoBrowserError: there is no such handset.
            AmiError: Asterisk does not answer.
        """
        if extension not in self._plan().browsers:
            raise NoBrowserError(extension)
        password = secrets.token_urlsafe(24)
        value = {"auth_type": "userpass", "username": extension, "password": password}
        await self._manager.act(
            DbPut(BROWSER_FAMILY, f"{BROWSER_KEY}{extension}", json.dumps(value))
        )
        return password

    async def end(self, extension: str) -> None:
        """No browser logs in at this handset any more.

        Raises:
            AmiError: Asterisk does not answer.
        """
        try:
            await self._manager.act(DbDel(BROWSER_FAMILY, f"{BROWSER_KEY}{extension}"))
        except ActionRefusedError:
            return  # There was none.
