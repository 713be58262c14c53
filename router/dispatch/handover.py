"""Handing a call over to an agency that has to accept it: who is asked, and who is asked next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.calls.record import LegKind
from router.dispatch.floor import Floor
from router.handsets import HandsetState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from router.ami import AmiLink
    from router.calls.record import Leg
    from router.calls.tracker import CallTracker
    from siaga.plan import Plan


class Handover(Floor):
    """Asks for acceptance; see :class:`Floor` for the arguments.

    Args:
        states: gives what each handset does.

    Attributes:
        ask: says into an ear that the call is to be accepted by a key; None: nobody is asked.
    """

    def __init__(
        self,
        link: AmiLink,
        tracker: CallTracker,
        plan: Callable[[], Plan],
        states: Callable[[], Mapping[str, HandsetState]],
    ) -> None:
        super().__init__(link, tracker, plan)
        self.ask: Callable[[Leg], Awaitable[None]] | None = None
        self._states = states
        self._asked: dict[str, bool] = {}

    def accept(self, leg: str) -> bool:
        """Whoever is in this leg accepts the call; False: he was not asked to."""
        if leg not in self._asked:
            return False
        self._asked[leg] = True
        self.changed()
        return True

    async def _accepted(self, call: str, leg: Leg) -> bool:
        """Whether whoever has answered accepts, too, within the plan's time."""
        limit = self._plan().centre.confirm
        if limit is None or self.ask is None:
            return True

        def stays() -> bool:
            found = self._leg(call, leg.id)
            return found is not None and found.talks

        self._asked[leg.id] = False
        try:
            await self.ask(leg)
            settled = lambda: self._asked[leg.id] or not stays()  # noqa: E731
            await self._wait(call, settled, limit, quiet=True)
            return self._asked[leg.id]
        finally:
            del self._asked[leg.id]

    def _with_caller(self, call: str, *, but: Collection[str] = ()) -> list[Leg]:
        """Who talks with the caller, but for these legs."""
        return [leg for leg in self._legs(self._open(call)) if leg.talks and leg.id not in but]

    def _next_contact(self, call: str, agency: str, rung: Collection[str]) -> str | None:
        """The agency's next handset that is free; None: it has no more.

        Args:
            call: that is handed over.
            agency: to whom.
            rung: handsets that were rung for it one by one.
        """
        answered = {
            leg.handset
            for leg in self._legs(self._open(call))
            if leg.agency == agency and leg.kind is LegKind.TRANSFER
        }
        states = self._states()
        for handset in self._plan().agencies[agency].extensions:
            if handset in answered or handset in rung:
                continue
            if states.get(handset) is HandsetState.FREE:
                return handset
        return None
