"""The dispatch: who is with the caller, changed while the call is up, at somebody's word.

Each command looks at what is so, has Asterisk do what is missing, and waits until the events of
the call tell what became of it. The same command twice, also at the same time, does it once. What
happens to a caller when an officer, this process or a handset fails meanwhile is the dialplan's.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from router.calls.legs import BRIDGED
from router.calls.record import Leg, LegKind
from router.dispatch import outcome, rooms
from router.dispatch.errors import (
    AsteriskAwayError,
    CallEndedError,
    DispatchError,
    HandsetBusyError,
    LastHumanError,
    NobodyHasCallError,
    TransferRefusedError,
    UnknownLegError,
)
from router.dispatch.floor import SEEN_S, UNTOLD
from router.dispatch.handover import Handover
from router.dispatch.outcome import Result
from router.dispatch.transfer import transfer as redirect
from router.handsets import HandsetState
from siaga.plan.route import dispatch_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from router.ami import AmiLink
    from router.calls.tracker import CallTracker
    from router.dispatch.outcome import Outcome
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

MAX_LEGS: Final = 8
"""Humans in one call, those being rung included."""

Key: TypeAlias = tuple[str, ...]


class Dispatcher(Handover):
    """Runs the commands. :meth:`run` owns their tasks: who asked may go away meanwhile.

    Args:
        link: the AMI connection that acts.
        tracker: the calls.
        plan: gives the one in force.
        states: gives what each handset does.
    """

    def __init__(
        self,
        link: AmiLink,
        tracker: CallTracker,
        plan: Callable[[], Plan],
        states: Callable[[], Mapping[str, HandsetState]],
    ) -> None:
        super().__init__(link, tracker, plan, states)
        self._group: asyncio.TaskGroup | None = None
        self._running: dict[Key, asyncio.Task[Outcome | DispatchError]] = {}

    async def run(self) -> None:
        """Own the commands until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            await asyncio.Event().wait()

    async def add_agency(self, call: str, agency: str) -> Outcome:
        """Ring ``agency`` into ``call``; whoever has the caller stays with him.

        Raises:
            DispatchError: nothing was done, or the call ended meanwhile.
        """
        self._known_agency(agency)
        return await self._once(
            ("add", call, agency), lambda: self._ring_agency(call, agency, LegKind.ADD)
        )

    async def transfer(self, call: str, agency: str) -> Outcome:
        """Give ``call`` to ``agency``; whoever has the caller is let go when it has answered.

        A caller whom nobody has is sent there at once.

        Raises:
            DispatchError: nothing was done, or the call ended meanwhile.
        """
        self._known_agency(agency)
        return await self._once(("transfer", call, agency), lambda: self._transfer(call, agency))

    async def swap(self, call: str, agency: str, handset: str) -> Outcome:
        """Ring ``agency`` into ``call`` in place of all but ``handset``.

        Whoever is there is let go when it has answered; until then nothing changes.

        Raises:
            DispatchError: nothing was done, or the call ended meanwhile.
        """
        self._known_agency(agency)
        return await self._once(("swap", call, agency), lambda: self._swap(call, agency, handset))

    async def take_over(self, call: str, handset: str) -> Outcome:
        """Ring ``handset`` into ``call``; who had the caller is let go when it has answered.

        Raises:
            DispatchError: nothing was done, or the call ended meanwhile.
        """
        return await self._once(("take_over", call, handset), lambda: self._take(call, handset))

    async def leave(self, call: str, handset: str) -> Outcome:
        """Let ``handset`` go; the others stay with the caller.

        Raises:
            DispatchError: nothing was done; ``LastHumanError``: nobody else is there.
        """
        return await self._once(("leave", call, handset), lambda: self._leave(call, handset))

    async def hang_up_leg(self, call: str, leg: str) -> Outcome:
        """End a leg, by its number in the record, whether it rings or talks.

        Raises:
            DispatchError: nothing was done; ``LastHumanError``: nobody else is there.
        """
        return await self._once(("hang_up", call, leg), lambda: self._hang_up(call, leg))

    async def send(self, call: str, agency: str) -> None:
        """Send the caller to ``agency`` at once; whoever has him is let go.

        Raises:
            DispatchError: nothing was moved.
        """
        state = self._tracker.find(call)
        await redirect(self._link, self._tracker, self._plan().agencies, call, agency)
        if state is not None and state.in_room:
            await self._release([leg for leg in state.record.legs if leg.talks])

    async def _once(self, key: Key, work: Callable[[], Coroutine[None, None, Outcome]]) -> Outcome:
        task = self._running.get(key)
        if task is None:
            if self._group is None:
                raise AsteriskAwayError("Router baru mulai. / The router is still starting.")
            task = self._group.create_task(self._told(key, work()))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        told = await asyncio.shield(task)
        if isinstance(told, DispatchError):
            raise told
        return told

    async def _told(
        self, key: Key, work: Coroutine[None, None, Outcome]
    ) -> Outcome | DispatchError:
        verb, call, target = key
        try:
            done = await work
        except DispatchError as error:
            log.info("dispatch_refused", verb=verb, call=call[:64], code=error.code)
            return error
        log.info("dispatch_done", verb=verb, call=call, target=target, result=done.result)
        return done

    # --- the commands ---------------------------------------------------------------------------

    async def _ring_agency(self, call: str, agency: str, kind: LegKind) -> Outcome:
        channel = rooms.ring_agency(agency)
        async with self._lock(call):
            legs = self._legs(self._open(call))
            there = next((leg for leg in legs if leg.agency == agency and leg.talks), None)
            if there is not None:
                if kind is LegKind.TRANSFER:
                    await self._let_go(call, [leg for leg in legs if leg.id != there.id])
                return outcome.already(self._plan(), agency)
            ringing = next((leg for leg in legs if leg.agency == agency and leg.rings), None)
            leg = ringing.id if ringing else await self._ring(call, channel, agency, kind)
        return await self._answer(call, leg, agency, kind)

    async def _transfer(self, call: str, agency: str) -> Outcome:
        record = self._open(call).record
        if any(leg.talks for leg in record.legs):
            return await self._hand_over(call, agency)
        if record.steps and record.steps[-1].left is None and record.steps[-1].agency == agency:
            return outcome.already(self._plan(), agency)
        await redirect(self._link, self._tracker, self._plan().agencies, call, agency)
        return outcome.sent(self._plan(), agency)

    async def _hand_over(self, call: str, agency: str) -> Outcome:
        """Ring an agency, then its other handsets, until somebody there accepts the call.

        Nobody does: whoever hands it over keeps the caller; when he is gone, the operators are
        rung into the call again.
        """
        done = await self._ring_agency(call, agency, LegKind.TRANSFER)
        rung: list[str] = []
        while done.result is Result.UNCONFIRMED:
            handset = self._next_contact(call, agency, rung)
            if handset is None:
                return await self._back(call, agency, done)
            rung.append(handset)
            log.info("dispatch_next_contact", call=call, agency=agency, handset=handset)
            async with self._lock(call):
                channel = rooms.ring_handset(handset)
                leg = await self._ring(call, channel, agency, LegKind.TRANSFER)
            following = await self._answer(call, leg, handset, LegKind.TRANSFER)
            if following.done:
                return following
        return done

    async def _back(self, call: str, agency: str, done: Outcome) -> Outcome:
        """Nobody of the agency accepts: see to it that an operator has the caller."""
        operators = self._plan().last_resort.agency
        if operators == agency or any(one.agency != agency for one in self._with_caller(call)):
            return done
        back = await self._ring_agency(call, operators, LegKind.ADD)
        return outcome.back(self._plan(), done, operators, answered=back.done)

    async def _swap(self, call: str, agency: str, handset: str) -> Outcome:
        self._in_call(call, handset)
        done = await self._ring_agency(call, agency, LegKind.ADD)
        if not done.done:
            return done
        async with self._lock(call):
            legs = self._legs(self._open(call))
            kept = [leg.id for leg in legs if leg.handset == handset or leg.agency == agency]
            await self._let_go(call, [leg for leg in legs if leg.id not in kept])
        return done

    async def _take(self, call: str, handset: str) -> Outcome:
        agency = self._owner(handset)
        async with self._lock(call):
            legs = self._legs(self._open(call))
            if any(leg.handset == handset and leg.talks for leg in legs):
                return outcome.already(self._plan(), handset)
            if self._states().get(handset) is HandsetState.BUSY:
                raise HandsetBusyError(
                    f"Pesawat {handset} sedang dipakai. / Handset {handset} is in use."
                )
            channel = rooms.ring_handset(handset)
            leg = await self._ring(call, channel, agency, LegKind.TAKE_OVER)
        return await self._answer(call, leg, handset, LegKind.TAKE_OVER)

    async def _leave(self, call: str, handset: str) -> Outcome:
        async with self._lock(call):
            return await self._end(call, self._in_call(call, handset))

    async def _hang_up(self, call: str, number: str) -> Outcome:
        async with self._lock(call):
            legs = self._legs(self._open(call))
            known = {str(index): leg for index, leg in enumerate(legs, 1)}
            if number not in known:
                raise UnknownLegError(
                    f"Panggilan ini tidak punya sambungan {number[:40]!r}; sambungannya "
                    f"{len(legs)}, dihitung dari 1. / This call has no leg {number[:40]!r}; "
                    f"it has {len(legs)}, counted from 1."
                )
            return await self._end(call, known[number])

    # --- their parts ----------------------------------------------------------------------------

    async def _ring(self, call: str, channel: str, agency: str, kind: LegKind) -> str:
        """Begin to ring somebody into the room; gives the leg's id."""
        await self._into_room(call)
        record, leg = self._open(call).record, secrets.token_hex(8)
        area = await self._area(call)
        await self._act(call, rooms.ring(record, self._plan(), channel, agency, kind, leg, area))
        return leg

    def _in_call(self, call: str, handset: str) -> Leg:
        """The latest leg of a handset in a call."""
        mine = [leg for leg in self._legs(self._open(call)) if leg.handset == handset]
        if not mine:
            raise UnknownLegError(
                f"Pesawat {handset[:40]!r} tidak ada di panggilan ini. / "
                f"Handset {handset[:40]!r} is not in this call."
            )
        return mine[-1]

    async def _into_room(self, call: str) -> None:
        state = self._open(call)
        talking = [leg for leg in state.record.legs if leg.talks]
        if not talking or not rooms.ID.fullmatch(call):
            raise NobodyHasCallError(
                "Belum ada petugas yang berbicara dengan penelepon. / "
                "Nobody talks with the caller yet."
            )
        if sum(leg.left is None for leg in state.record.legs) >= MAX_LEGS:
            raise TransferRefusedError("Panggilan ini penuh. / This call is full.")
        if state.in_room:
            return
        officer = next((leg for leg in talking if leg.kind in BRIDGED), None)
        await self._act(call, rooms.enter(state.channel, officer))
        if officer is None:
            await self._wait(call, lambda: self._open(call).in_room, SEEN_S)
        elif not await self._holds(call, officer):
            if self._open(call).in_room:
                # He never came: have the dialplan look who is there.
                await self._act(call, rooms.enter(self._open(call).channel, None))
            raise NobodyHasCallError(
                "Petugas baru saja menutup telepon; penelepon diteruskan ke petugas lain. / "
                "The officer has just hung up; the caller goes on to the operators."
            )

    async def _holds(self, call: str, officer: Leg) -> bool:
        """Whether the officer came along and stays, once that is known."""

        def inside() -> bool:
            state = self._open(call)
            return state.in_room and state.is_inside(officer.channel)

        def known() -> bool:
            leg = self._leg(call, officer.id)
            return inside() or leg is None or not leg.talks

        await self._wait(call, known, SEEN_S)
        return inside()

    async def _answer(self, call: str, leg_id: str, target: str, kind: LegKind) -> Outcome:
        """What becomes of the ringing."""

        def settled() -> bool:
            found = self._leg(call, leg_id)
            return found is not None and (not found.rings or self._went_on(call, found))

        plan = self._plan()
        limit = max(dispatch_limit(plan, name) for name in plan.agencies) + rooms.MARGIN_S
        try:
            await self._wait(call, lambda: self._leg(call, leg_id) is not None, SEEN_S)
            await self._wait(call, settled, limit)
        except CallEndedError:
            await self._give_up(call, leg_id)
            raise
        leg = self._leg(call, leg_id)
        if leg is None:
            raise AsteriskAwayError(UNTOLD)
        if leg.rings:
            await self._give_up(call, leg_id)
        if not leg.talks:
            kept = self._open(call).in_room
            return outcome.failed(plan, leg, target, kept=kept)
        if kind is LegKind.TRANSFER and not await self._accepted(call, leg):
            others = self._with_caller(call, but=(leg.id,))
            if others:
                await self._let_go(call, [leg])
            # With nobody else there he keeps the caller, accepted or not: a human is with him.
            return outcome.unconfirmed(plan, leg, plan.centre.confirm or 0, alone=not others)
        if kind is not LegKind.ADD:
            async with self._lock(call):
                await self._let_go(call, self._replaced(call, leg, kind))
        return outcome.joined(plan, leg)

    def _went_on(self, call: str, leg: Leg) -> bool:
        """Whether the caller, left by the last who had him, is rung for elsewhere."""
        state = self._open(call)
        last = state.record.steps[-1] if state.record.steps else None
        return (
            not state.in_room
            and last is not None
            and (last.left is None or last.entered > leg.rung)
        )

    def _replaced(self, call: str, new: Leg, kind: LegKind) -> list[Leg]:
        """Whom a leg that has answered takes the caller from."""
        others = [leg for leg in self._legs(self._open(call)) if leg.talks and leg.id != new.id]
        if kind is LegKind.TRANSFER:
            return others
        own = [leg for leg in others if leg.agency == new.agency]
        return (own or others)[:1]

    async def _let_go(self, call: str, legs: list[Leg]) -> None:
        """End legs, and wait until they are over; the caller is with others."""
        going = [leg for leg in legs if leg.talks]
        await self._release(going)

        def gone() -> bool:
            left = (self._leg(call, leg.id) for leg in going)
            return all(leg is None or not leg.talks for leg in left)

        await self._wait(call, gone, SEEN_S)

    async def _end(self, call: str, leg: Leg) -> Outcome:
        """End one leg, unless the caller would be alone."""
        if leg.left is not None:
            return outcome.left(self._plan(), leg, before=True)
        others = [one for one in self._legs(self._open(call)) if one.talks and one.id != leg.id]
        if leg.talks and not others:
            raise LastHumanError(
                "Penelepon akan sendirian: tambahkan atau pindahkan dulu ke orang lain. / "
                "The caller would be alone: add or transfer to somebody else first."
            )
        await self._act(call, rooms.end(leg))

        def over() -> bool:
            found = self._leg(call, leg.id)
            return found is not None and found.left is not None

        await self._wait(call, over, SEEN_S)
        return outcome.left(self._plan(), self._leg(call, leg.id) or leg, before=False)

    async def _give_up(self, call: str, leg_id: str) -> None:
        """Stop ringing for a caller who is gone."""
        state = self._tracker.find(call)
        found = [leg for leg in state.record.legs if leg.id == leg_id] if state else []
        await self._release(found)
