"""Incidents as the command line and the interface show and change them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from router.incidents.model import Answer, Place, Said, Sop, Unit
from router.incidents.placing import Told, placed
from router.incidents.rules import suggestions
from router.incidents.words import WrongWordError, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from router.incidents.model import Entry, Incident
    from router.store.incidents import IncidentStore
    from siaga.places import Places
    from siaga.plan import Plan

MAX_NAME: Final = 60
"""Characters of a unit's name."""


class IncidentDesk:
    """Shows incidents, and changes them at somebody's word.

    Args:
        store: where they are.
        plan: gives the one in force.
        regency: its districts and villages.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
        StoreError, WrongWordError, UnknownPlaceError: nothing was changed.
    """

    def __init__(self, store: IncidentStore, plan: Callable[[], Plan], regency: Places) -> None:
        self._store = store
        self._plan = plan
        self._regency = regency

    def seeing(self, number: int, version: int) -> IncidentDesk:
        """The same, for somebody who has seen this incident as it was at that version.

        Its changes raise OvertakenError where another has changed the same since, and what was sent
        twice is done once.
        """
        return IncidentDesk(self._store.seeing(number, version), self._plan, self._regency)

    async def rows(self) -> list[dict[str, Any]]:
        """Those that are not closed, the newest first, with others that may be the same."""
        found = await self._store.open()
        return [self._row(each, found) for each in found]

    async def newest(self, limit: int) -> list[dict[str, Any]]:
        """The newest, closed or not."""
        others = await self._store.open()
        return [self._row(each, others) for each in await self._store.newest(limit)]

    async def row(self, number: int) -> dict[str, Any]:
        """One of them, with its log."""
        found = await self._store.get(number)
        shown = self._row(found, await self._store.open())
        sop = self._sop(found, await self._store.answers(number))
        log = await self._store.log(number)
        return {
            **shown,
            "version": log[-1].id if log else 0,
            "sop": sop,
            "log": [self._entry(each) for each in log],
        }

    async def open(self, call: str, who: str, kind: str | None = None) -> int:
        """Open an incident that a call tells of, unless it tells of one; gives its number."""
        if kind is not None:
            self._known("emergencies", kind)
        return await self._store.open_for(call, _said(who), kind)

    async def join(self, number: int, call: str, who: str) -> None:
        """A call tells of this incident."""
        await self._store.join(number, call, _said(who))

    async def split(self, call: str, who: str) -> int:
        """A call tells of an incident of its own; gives its number."""
        return await self._store.split(call, _said(who))

    async def merge(self, number: int, into: int, who: str) -> None:
        """One incident is the same as another."""
        await self._store.merge(number, into, _said(who))

    async def kind(self, number: int, kind: str, who: str) -> None:
        """What it is."""
        self._known("emergencies", kind)
        await self._store.set_kind(number, kind, _said(who))

    async def place(self, number: int, who: str, told: Told) -> None:
        """Where it is; what is not told stays as it was."""
        found = placed(self._regency, (await self._store.get(number)).place, told)
        await self._store.set_place(number, found, _said(who), self._shown(found))

    async def note(self, number: int, words: str, who: str) -> None:
        """Keep what was said."""
        await self._store.note(number, said(words), _said(who))

    async def answer(self, number: int, kind: Sop, place: int, answer: str, who: str) -> None:
        """A question of the plan was asked, or its advice given.

        Args:
            number: of the incident.
            kind: which of both.
            place: of the question, or the advice, in the plan's list, from 1.
            answer: the caller's; none for advice.
            who: says so.
        """
        found = await self._store.get(number)
        listed = self._listed(found, kind)
        if not listed:
            raise WrongWordError(
                f"Rencana tidak punya itu untuk {found.emergency}. / "
                f"The plan has none for {found.emergency}."
            )
        if not 1 <= place <= len(listed):
            raise WrongWordError(
                f"Nomor 1-{len(listed)} dari rencana untuk {found.emergency}; ini {place}.\n"
                f"The plan has numbers 1 to {len(listed)} for {found.emergency}."
            )
        words = said(answer) if kind is Sop.ASK else ""
        by = _said(who)
        kept = Answer(by.at, by.who, kind, listed[place - 1], words)
        await self._store.answer(number, kept)

    async def step(self, number: int, step: str, agency: str, unit: str, who: str) -> None:
        """``send``, ``accept`` or ``arrive``: how far an agency, or one unit of it, has come."""
        self._known("agencies", agency)
        if len(unit) > MAX_NAME:
            raise WrongWordError(f"Nama unit / name of a unit: 1-{MAX_NAME}.")
        steps = {
            "send": self._store.send,
            "accept": self._store.accept,
            "arrive": self._store.arrive,
        }
        await steps[step](number, Unit(agency, unit.strip()), _said(who))

    async def close(self, number: int, why: str, who: str) -> None:
        """It is over."""
        await self._store.finish(number, said(why), _said(who))

    def _known(self, what: str, name: str) -> None:
        known = getattr(self._plan(), what)
        if name not in known:
            listed = ", ".join(known)
            raise WrongWordError(
                f"Tidak ada dalam rencana: {name[:40]!r}. Yang ada: {listed}\n"
                f"Not in the plan: {name[:40]!r}. There are: {listed}"
            )

    def _row(self, one: Incident, others: Iterable[Incident]) -> dict[str, Any]:
        place, point = one.place, one.place.position
        return {
            "id": one.id,
            "emergency": one.emergency,
            "state": str(one.state),
            "opened": self._time(one.opened),
            "dispatched": self._time(one.dispatched),
            "on_scene": self._time(one.on_scene),
            "closed": self._time(one.closed),
            "how": None if one.how is None else str(one.how),
            "into": one.into,
            "district": self._named(place.district),
            "village": self._named(place.village),
            "place": place.text,
            "latitude": None if point is None else point.latitude,
            "longitude": None if point is None else point.longitude,
            "position_by": None if place.by is None else str(place.by),
            "calls": list(one.calls),
            "units": [
                {
                    "agency": unit.agency,
                    "name": unit.name,
                    "sent": self._time(unit.sent),
                    "accepted": self._time(unit.accepted),
                    "arrived": self._time(unit.arrived),
                }
                for unit in one.units
            ],
            "maybe": [
                {"id": each.incident, "why": str(each.why), "km": each.km}
                for each in suggestions(one, others)
            ],
        }

    def _listed(self, one: Incident, kind: Sop) -> tuple[str, ...]:
        """What the plan has to be asked, or advised."""
        emergency = self._plan().emergencies.get(one.emergency)
        if emergency is None:
            return ()
        return emergency.ask if kind is Sop.ASK else emergency.advise

    def _sop(self, one: Incident, answers: Iterable[Answer]) -> dict[str, list[dict[str, Any]]]:
        """The plan's list with the latest answer to each; what it has no more comes last."""
        latest = {(each.kind, each.text): each for each in answers}
        made: dict[str, list[dict[str, Any]]] = {}
        for kind in Sop:
            listed = self._listed(one, kind)
            former = [text for told, text in latest if told is kind and text not in listed]
            made[kind.value] = [
                {
                    "number": place if place <= len(listed) else None,
                    "text": text,
                    "answer": each.answer if each else None,
                    "at": self._time(each.at) if each else None,
                    "who": each.who if each else None,
                }
                for place, text in enumerate((*listed, *former), 1)
                for each in (latest.get((kind, text)),)
            ]
        return made

    def _entry(self, entry: Entry) -> dict[str, Any]:
        return {
            "at": self._time(entry.at),
            "who": entry.who,
            "what": str(entry.what),
            "text": entry.text,
        }

    def _named(self, code: str | None) -> dict[str, str] | None:
        return None if code is None else {"code": code, "name": self._regency.name(code)}

    def _shown(self, place: Place) -> str:
        point = place.position
        words = [self._regency.name(code) for code in (place.village, place.district) if code]
        if point is not None:
            words.append(f"{point.latitude:.5f},{point.longitude:.5f} ({place.by})")
        return ", ".join(filter(None, (place.text, *words)))

    def _time(self, at: datetime | None) -> str | None:
        zone = ZoneInfo(self._plan().centre.timezone)
        return None if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def _said(who: str) -> Said:
    return Said(who, datetime.now(UTC))
