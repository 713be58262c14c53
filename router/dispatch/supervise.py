"""A supervisor's handset is rung to listen to an officer's talk, or to speak into his ear."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.ami import AmiError, Originate
from router.dispatch.errors import (
    AsteriskAwayError,
    CallNotOpenError,
    NobodyHasCallError,
    NotSupervisorError,
)
from siaga.names import START, WHISPER_PREFIX, Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.ami import AmiLink
    from router.calls.tracker import CallTracker
    from siaga.plan import Plan

RING_MS = 30_000
"""How long the supervisor's handset rings."""
ONCE_S = 5.0
"""What is asked again so soon was asked by a button that was pressed twice."""


class Supervision:
    """Rings supervisors.

    Args:
        link: the AMI connection that acts.
        tracker: the calls.
        plan: gives the plan in force.
    """

    def __init__(self, link: AmiLink, tracker: CallTracker, plan: Callable[[], Plan]) -> None:
        self._link = link
        self._tracker = tracker
        self._plan = plan
        self._asked: dict[tuple[str, ...], float] = {}

    async def listen(self, call: str, handset: str, at: str) -> None:
        """Ring ``at``, which hears the talk of ``handset`` in ``call`` and is not heard.

        Raises:
            DispatchError: nothing was rung.
        """
        await self._ring(call, handset, at, handset, "SIMAK")

    async def whisper(self, call: str, handset: str, at: str) -> None:
        """Ring ``at``, which hears that talk, and whom the officer alone hears.

        Raises:
            DispatchError: nothing was rung.
        """
        await self._ring(call, handset, at, f"{WHISPER_PREFIX}{handset}", "BISIK")

    async def _ring(self, call: str, handset: str, at: str, exten: str, word: str) -> None:
        if at not in self._plan().centre.supervisors:
            raise NotSupervisorError(
                "Pesawat itu bukan pesawat pengawas: centre.supervisors di rencana.\n"
                "That handset is no supervisor's: centre.supervisors in the plan."
            )
        state = self._tracker.find(call)
        if state is None or state.record.ended is not None:
            raise CallNotOpenError(
                "Panggilan itu sudah selesai.\nThat call is over, or there is none."
            )
        if not any(leg.talks and leg.handset == handset for leg in state.record.legs):
            raise NobodyHasCallError(
                "Pesawat itu tidak berbicara dalam panggilan ini.\n"
                "That handset does not talk in this call."
            )
        now = asyncio.get_running_loop().time()
        self._asked = {key: then for key, then in self._asked.items() if now - then < ONCE_S}
        if (call, exten, at) in self._asked:
            return
        self._asked[call, exten, at] = now
        try:
            await self._link.act(
                Originate(
                    f"PJSIP/{at}",
                    Context.LISTEN,
                    exten,
                    START,
                    timeout_ms=RING_MS,
                    caller_id=f'"{word} {handset}" <{handset}>',
                )
            )
        except AmiError as error:
            raise AsteriskAwayError(
                "Asterisk tidak menjawab; coba lagi.\nAsterisk does not answer: try again."
            ) from error
