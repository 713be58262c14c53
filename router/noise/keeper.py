"""Flags numbers whose calls officers have classed as pranks, as often as the plan says.

Officers class calls by keys, by the console and by commands, with the router running or not; so it
is seen in the database what was said since the last look. How far that was is kept by Asterisk,
beside the flags: whatever is set up anew, nobody is flagged for what was known before.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.ami import AmiError, DbPut
from router.live import AuditFile, Item, LiveError, LiveStore, utc_now
from router.live.rules import is_number
from router.store.noise import NoiseReader
from siaga.keys import CallClass
from siaga.names import NOISE_FAMILY, NOISE_SEEN
from siaga.plan.arrival import digits_of, flag_of
from siaga.plan.live import Override

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.ami import AmiLink
    from siaga.plan.model import Plan, Pranks

log = structlog.get_logger(__name__)

EVERY_S: Final = 5.0
BY: Final = "otomatis"
"""Who set a flag that nobody set by hand."""


class NoiseKeeper:
    """Looks at what officers say of calls while the router runs.

    Args:
        reader: of the calls' classes.
        live: where flags are kept.
    """

    def __init__(self, reader: NoiseReader, live: LiveStore) -> None:
        self._reader = reader
        self._live = live
        self._away = False

    @classmethod
    def over(
        cls, link: AmiLink, engine: AsyncEngine, plan: Callable[[], Plan], audit: AuditFile
    ) -> NoiseKeeper:
        """That of an instance; ``link`` is to Asterisk, as the account ``admin``."""
        return cls(NoiseReader(engine), LiveStore(link, plan, audit, utc_now))

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            try:
                await self.look()
            except (AmiError, SQLAlchemyError, OSError) as error:
                if not self._away:
                    log.warning("noise_unseen", reason=str(error)[:200])
                self._away = True
            else:
                self._away = False
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """One look: flag whom the words said since the last one have made too many.

        Raises:
            AmiError: Asterisk does not answer.
            SQLAlchemyError, OSError: the database does not work now.
        """
        last = await self._reader.last_word()
        seen = await self._seen()
        if seen == last:
            return
        pranks = self._live.plan().callers.pranks
        # Another database has other numbers: nothing in it was said since the last look.
        if pranks is not None and seen is not None and seen < last:
            for caller in await self._reader.called_in_fun(seen, last):
                await self._judge(caller, pranks)
        await self._live.manager.act(DbPut(NOISE_FAMILY, NOISE_SEEN, str(last)))

    async def _seen(self) -> int | None:
        text = (await self._live.entries(NOISE_FAMILY)).get(NOISE_SEEN, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    async def _judge(self, caller: str, pranks: Pranks) -> None:
        number = flag_of(digits_of(caller))
        if not is_number(number):
            return
        now = self._live.now()
        said = await self._reader.classes_of(number, now - timedelta(seconds=pranks.within))
        count = said[CallClass.PRANK]
        if count < pranks.after:
            return
        until = now + timedelta(seconds=pranks.flag)
        standing = {item.name: item for item in await self._live.items() if _is_flag(item)}
        if number in standing and standing[number].until >= until:
            return
        reason = f"{count}x iseng dalam {_days(pranks.within)}; peninjau: {pranks.reviewer}"
        try:
            await self._live.set(Item(Override.FLAG, number, until, reason=reason, by=BY))
        except LiveError as error:
            # A number that the plan knows is somebody whom the regency knows.
            log.info("noise_not_flagged", code=error.code)


def _is_flag(item: Item) -> bool:
    return item.override is Override.FLAG


def _days(seconds: float) -> str:
    days = seconds / 86400
    return f"{days:g} hari" if days >= 1 else f"{seconds / 3600:g} jam"
