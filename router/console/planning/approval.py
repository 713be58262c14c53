"""A second person's approval: whether it is asked for, and how a request stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from router.accounts.model import Role
from router.console.context import desk, visit
from router.store import plan_requests as store

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from aiohttp import web

    from router.console.planning.standing import Standing
    from router.store.plan_requests import Request
    from siaga.plan.versions import Entry


class State(StrEnum):
    """How a request stands; a closed list."""

    OPEN = "open"
    APPLYING = "applying"
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EDITED = "edited"
    OVERTAKEN = "overtaken"
    """Another version is in force than the one in whose place it was to be."""
    EXPIRED = "expired"
    GONE = "gone"
    """Whoever asked is no admin any more."""


_ENDED: Final = frozenset({State.APPLIED, State.REFUSED, State.WITHDRAWN, State.EDITED})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request as whoever looks finds it.

    Attributes:
        request: as it was left. ``state``: how it stands now.
        mine: the one who looks has asked it.
    """

    request: Request
    state: State
    mine: bool

    @property
    def waits(self) -> bool:
        """Whether it is still to be answered."""
        return self.state is State.OPEN


def state(
    request: Request, entries: Sequence[Entry], admins: Collection[int], now: datetime
) -> State:
    """How a request stands.

    Args:
        request: as it was left.
        entries: the versions, oldest first.
        admins: accounts that are admins now.
        now: the time.
    """
    found = State(request.state)
    if found in _ENDED:
        return found
    later = [entry for entry in entries if entry.number > request.asked.base]
    if later:
        return State.APPLIED if _is_it(request, later[0]) else State.OVERTAKEN
    if now >= request.until:
        return State.EXPIRED
    if request.account not in admins:
        return State.GONE
    at_work = request.answered is not None and now - request.answered < store.AT_WORK
    return State.APPLYING if found is State.APPLYING and at_work else State.OPEN


def _is_it(request: Request, entry: Entry) -> bool:
    """Whether a version came of this request, though nobody heard that it did."""
    is_next = entry.number == request.asked.base + 1 and entry.change.by == request.who
    return is_next and entry.version == request.asked.version and bool(entry.change.approved)


async def admins(request: web.Request) -> frozenset[int]:
    """The accounts that may approve, now."""
    accounts = await desk(request).accounts.listed()
    return frozenset(
        each.id for each in accounts if each.role is Role.ADMIN and each.disabled is None
    )


async def wanted(request: web.Request, standing: Standing) -> list[Wanted]:
    """All requests, newest first."""
    stands, account = desk(request), visit(request).account
    able, now = await admins(request), stands.now()
    return [
        Wanted(each, state(each, standing.entries, able, now), each.account == account)
        for each in await stands.requests.listed()
    ]


async def waiting(request: web.Request, standing: Standing) -> list[Wanted]:
    """Those that are still to be answered."""
    return [each for each in await wanted(request, standing) if each.waits]


async def others(request: web.Request) -> int:
    """How many admins there are beside the one who looks."""
    return len(await admins(request) - {visit(request).account})
