"""Officers log in and out at any handset, by their number and PIN.

The PIN is never in an event: what was entered is read from the channel. Of wrong ones a number and
a handset have five in five minutes; nobody else is hindered by it.
"""

from __future__ import annotations

import hmac
import re
from collections import defaultdict, deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from router.ami import GetVar
from router.store.shifts import Shift
from siaga import secrets
from siaga.names import Var

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.ami import AmiLink
    from router.store.shifts import ShiftStore
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

SHIFT: Final = timedelta(hours=14)
"""After so long a shift that nobody ended is over."""
WRONG: Final = 5
WITHIN: Final = timedelta(minutes=5)
"""How many wrong PINs are looked at in how long, of a number, and from a handset."""
REMEMBERED: Final = 1_000
"""Numbers and handsets whose wrong PINs are remembered; there are fewer of both."""

_DIGITS: Final = re.compile(r"[0-9]{3,8}")


class Login:
    """Judges who logs in.

    Args:
        link: the AMI connection by which channels are asked.
        shifts: where it is kept.
        file: of the PINs, read anew each time.
        plan: gives the plan in force.
        now: wall clock, aware.

    Raises (all methods):
        SQLAlchemyError, OSError, AmiError: it cannot be done now.
    """

    def __init__(
        self,
        link: AmiLink,
        shifts: ShiftStore,
        file: Path,
        plan: Callable[[], Plan],
        now: Callable[[], datetime],
    ) -> None:
        self._link = link
        self._shifts = shifts
        self._file = file
        self._plan = plan
        self._now = now
        self._wrong: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=WRONG))

    async def log_in(self, handset: str, channel: str) -> str:
        """Log in whoever has entered number and PIN at this channel; gives the prompt."""
        number = await self._entered(channel, Var.OFFICER)
        pin = await self._entered(channel, Var.PIN)
        now = self._now()
        doors = (f"handset {handset}", f"officer {number}")
        if any(self._is_shut(door, now) for door in doors):
            log.warning("officer_login_shut", handset=handset)
            return "desk-wrong"
        if not self._is_right(number, pin):
            self._note(doors, now)
            log.warning("officer_login_wrong", handset=handset)
            return "desk-wrong"
        for door in doors:
            self._wrong.pop(door, None)
        await self._shifts.log_in(Shift(handset, number, now, now + SHIFT))
        log.info("officer_logged_in", handset=handset, officer=number)
        return "desk-in"

    async def log_out(self, handset: str) -> str:
        """Log out whoever is at this handset; gives the prompt."""
        if await self._shifts.log_out(handset, self._now()):
            log.info("officer_logged_out", handset=handset)
        return "desk-out"

    async def _entered(self, channel: str, variable: Var) -> str:
        answer = await self._link.act(GetVar(variable, channel))
        value = answer.headers.get("Value", "")
        return value if _DIGITS.fullmatch(value) else ""

    def _is_right(self, number: str, pin: str) -> bool:
        if number not in self._plan().officers:
            return False
        known = secrets.read(self._file).officers.get(number, "")
        return bool(known) and hmac.compare_digest(known, pin)

    def _is_shut(self, door: str, now: datetime) -> bool:
        wrong = self._wrong.get(door)
        return wrong is not None and len(wrong) == WRONG and now - wrong[0] < WITHIN

    def _note(self, doors: tuple[str, ...], now: datetime) -> None:
        if len(self._wrong) > REMEMBERED:
            self._wrong.clear()
        for door in doors:
            self._wrong[door].append(now)
