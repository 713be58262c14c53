"""The calls as the dispatch sees them: what is so of one, having Asterisk act on it, waiting."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from router.ami import ActionRefusedError, AmiError, GetVar
from router.dispatch import rooms
from router.dispatch.errors import (
    AsteriskAwayError,
    CallEndedError,
    CallNotOpenError,
    TransferRefusedError,
    UnknownAgencyError,
    UnknownHandsetError,
)
from router.owner import owned
from siaga.names import Var
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.ami import AmiLink
    from router.ami.actions import Action
    from router.calls.record import Leg
    from router.calls.state import CallState
    from router.calls.tracker import CallTracker
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

SEEN_S: Final = 5.0
"""From an action until its events must have told of it."""
UNTOLD: Final = (
    f"Asterisk tidak memberi kabar; lihat {COMMAND} calls. / "
    f"Asterisk does not tell what became of it; see {COMMAND} calls."
)


class Floor:
    """What the commands of the dispatch are made of.

    Args:
        link: the AMI connection that acts.
        tracker: the calls.
        plan: gives the one in force.
    """

    def __init__(self, link: AmiLink, tracker: CallTracker, plan: Callable[[], Plan]) -> None:
        self._link = link
        self._tracker = tracker
        self._plan = plan
        self._locks: dict[str, asyncio.Lock] = {}
        self._news = asyncio.Event()

    def changed(self) -> None:
        """Some call's record has changed."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def held(self, call: str) -> asyncio.Lock:
        """Held while somebody is being moved in or out of a call."""
        return self._lock(call)

    async def _release(self, legs: list[Leg]) -> None:
        for leg in legs:
            try:
                await self._link.act(rooms.end(leg))
            except AmiError as error:  # gone by itself, or it stays: the caller is not alone
                log.info("leg_not_ended", handset=leg.handset, reason=str(error))

    async def _area(self, call: str) -> str:
        try:
            answer = await self._link.act(GetVar(Var.AREA, self._open(call).channel))
        except AmiError:
            return ""
        return answer.headers.get("Value", "")

    async def _act(self, call: str, action: Action) -> None:
        try:
            await self._link.act(action)
        except ActionRefusedError as error:
            await self._wait(call, lambda: False, 0.5, quiet=True)
            raise TransferRefusedError(
                f"Asterisk menolak; panggilan tetap seperti semula. / "
                f"Asterisk refused; the call goes on as it was. ({error})"
            ) from error
        except AmiError as error:
            raise AsteriskAwayError(
                f"Asterisk tidak menjawab. / Asterisk does not answer. ({error})"
            ) from error

    async def _wait(
        self, call: str, so: Callable[[], bool], seconds: float, *, quiet: bool = False
    ) -> None:
        """Wait until something is so of a call that is up.

        Raises:
            CallEndedError: the call is over.
            AsteriskAwayError: nothing told of it in time, unless ``quiet``.
        """
        try:
            async with asyncio.timeout(seconds):
                while True:
                    news = self._news
                    state = self._tracker.find(call)
                    if state is None or state.hung_up is not None or state.record.ended is not None:
                        raise CallEndedError(
                            "Penelepon sudah menutup telepon. / The caller has hung up."
                        )
                    if so():
                        return
                    await news.wait()
        except TimeoutError:
            if not quiet:
                raise AsteriskAwayError(UNTOLD) from None

    def _lock(self, call: str) -> asyncio.Lock:
        for known in [name for name, lock in self._locks.items() if not lock.locked()]:
            if known != call and self._tracker.find(known) is None:
                del self._locks[known]
        return self._locks.setdefault(call, asyncio.Lock())

    def _open(self, call: str) -> CallState:
        state = self._tracker.find(call)
        over = state is None or state.hung_up is not None or state.record.ended is not None
        if state is None or over or not state.emergency_call or state.record.is_test:
            raise CallNotOpenError(
                f"Panggilan {call[:64]!r} tidak ada atau sudah selesai. / "
                f"Call {call[:64]!r} is not there or is over."
            )
        return state

    def _legs(self, state: CallState) -> tuple[Leg, ...]:
        return owned(state.record, self._plan()).legs

    def _leg(self, call: str, leg_id: str) -> Leg | None:
        return next((leg for leg in self._legs(self._open(call)) if leg.id == leg_id), None)

    def _known_agency(self, agency: str) -> None:
        agencies = self._plan().agencies
        if agency not in agencies:
            known = ", ".join(sorted(agencies))
            raise UnknownAgencyError(
                f"Tidak ada instansi {agency[:40]!r}; yang ada: {known}. / "
                f"No agency {agency[:40]!r}; known are: {known}."
            )

    def _owner(self, handset: str) -> str:
        for name, agency in self._plan().agencies.items():
            if handset in agency.extensions:
                return name
        raise UnknownHandsetError(
            f"Tidak ada pesawat {handset[:40]!r}. / There is no handset {handset[:40]!r}."
        )
