"""What was changed, by whom, from where: to be searched, never to be changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from router.accounts.trail import Deed
from router.console import render
from router.console.context import desk
from router.console.days import day
from router.console.route import READERS, Route
from router.store.custody import What
from router.store.trail import Search

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp import web

PAGE: Final = 100
WORDS: Final = 8
DEEDS: Final = tuple(
    dict.fromkeys([*(deed.value for deed in Deed), *(what.value for what in What)])
)
_PLACE: Final = re.compile(r"(\d{1,17})\.(-?\d{1,9})")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def _show(request: web.Request) -> web.StreamResponse:
    stands, query = desk(request), request.query
    zone = ZoneInfo(stands.plan().centre.timezone)
    what = query.get("what", "")
    search = Search(
        words=tuple(query.get("q", "")[:200].split()[:WORDS]),
        what=what if what in DEEDS else "",
        since=day(query.get("since", ""), zone),
        until=day(query.get("until", ""), zone, days=1),
    )
    rows = await stands.trail.find(search, PAGE + 1, _place(query.get("before", "")))
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    return render.page(
        request,
        "audit.html",
        rows=rows[:PAGE],
        deeds=DEEDS,
        asked={name: query.get(name, "")[:200] for name in ("q", "what", "since", "until")},
        before="" if more is None else _named(more.actor.at, more.id),
    )


def _named(at: datetime, row: int) -> str:
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}.{row}"


def _place(text: str) -> tuple[datetime, int] | None:
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    return _EPOCH + timedelta(microseconds=int(found[1])), int(found[2])


def routes() -> Iterator[Route]:
    """The search."""
    yield Route("GET", "/audit", _show, READERS)
