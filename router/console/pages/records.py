"""Past calls: looked for, a page at a time, and taken away as CSV."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from router.accounts.trail import Deed
from router.calls.record import Outcome
from router.console import render
from router.console.context import desk, visit
from router.console.failures import refused
from router.console.reports.asked import AskedError
from router.console.reports.counted import counted
from router.console.route import HEARERS, STAFF, Route
from router.console.words import speaker
from router.store.reader import Cursor
from router.store.rows import from_us, to_us
from router.store.search import UP, CallSearch, Wanted, place_before
from router.store.trail import Change
from siaga.cells import as_csv
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from router.store.search import Found
    from siaga.cells import Cell

PAGE: Final = 50
PIECE: Final = 200
"""Calls of a file that are read at once."""
OUTCOMES: Final = (*(outcome.value for outcome in Outcome), UP)
CLASSES: Final = tuple(kind.value for kind in CallClass)
FIELDS: Final = (
    "number",
    "since",
    "until",
    "outcome",
    "agency",
    "emergency",
    "kind",
    "incident",
    "tests",
)
"""What may be asked for, by its name in the address."""
COLUMNS: Final = (
    "began",
    "caller",
    "emergency",
    "class",
    "outcome",
    "reason",
    "answered_by",
    "handset",
    "answered",
    "ended",
    "wait_s",
    "talk_s",
    "incident",
    "recording",
    "recording_sha256",
    "node",
    "id",
)
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?")
_PLACE: Final = re.compile(r"(\d{1,17})~([^~]{1,64})~([^~]{1,64})")
_INCIDENT: Final = re.compile(r"#?([0-9]{1,9})")
_NOWHERE: Final = -1
"""In place of an incident's number that is none."""


async def _show(request: web.Request) -> web.StreamResponse:
    stands = desk(request)
    asked = _asked(request)
    wanted = _wanted(asked, _zone(request))
    search = CallSearch(stands.engine)
    before, reached = _place(request.query.get("before", "")), None
    try:
        figure = await counted(request, wanted)
        if figure is None:
            rows, reached = await search.some(wanted, PAGE + 1, before)
        else:
            rows = await figure.find(search, replace(wanted, tests=True), PAGE + 1, before)
    except AskedError as error:
        return refused(request, 400, "bad_request", speaker(visit(request).language)(error.word))
    given = {**_given(asked), **(figure.address if figure else {})}
    more = _named(Cursor.of(rows[PAGE - 1].record)) if len(rows) > PAGE else ""
    if reached is not None:
        more = _named(place_before(reached))
    return render.page(
        request,
        "records.html",
        rows=rows[:PAGE],
        reached=reached,
        asked=asked,
        figure=figure,
        unfigured=f"/records?{urlencode(_given(asked))}",
        is_first="before" not in request.query,
        first=f"/records?{urlencode(given)}",
        older=f"/records?{urlencode({**given, 'before': more})}" if more else "",
        file=f"/records.csv?{urlencode(given)}",
        may_take=visit(request).role in HEARERS,
        outcomes=OUTCOMES,
        classes=CLASSES,
        **names(request),
    )


def _given(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in asked.items() if value}


def names(request: web.Request) -> dict[str, Any]:
    """What agencies and emergencies of the plan in force are called, in the visitor's language."""
    plan, language = desk(request).plan(), visit(request).language
    return {
        "agencies": {key: one.name.in_language(language) for key, one in plan.agencies.items()},
        "emergencies": {
            key: one.name.in_language(language) for key, one in plan.emergencies.items()
        },
    }


async def _file(request: web.Request) -> web.StreamResponse:
    stands, zone = desk(request), _zone(request)
    asked = _asked(request)
    try:
        figure = await counted(request, _wanted(asked, zone))
    except AskedError as error:
        return refused(request, 400, "bad_request", speaker(visit(request).language)(error.word))
    head = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="panggilan-{_stamp(stands.now(), zone)}.csv"',
    }
    if request.method == "HEAD":
        return web.Response(headers=head)
    said = urlencode({**_given(asked), **(figure.address if figure else {})})
    actor = visit(request).actor(stands.now())
    await stands.trail.add(actor, Change(Deed.RECORDS_EXPORTED, "records", new=said))
    answer = web.StreamResponse(headers=head)
    await answer.prepare(request)
    await answer.write(as_csv([COLUMNS]).encode())
    search, wanted = CallSearch(stands.engine), _wanted(asked, zone)
    pages = (
        search.pages(wanted, PIECE)
        if figure is None
        else figure.pages(search, replace(wanted, tests=True), PIECE)
    )
    async for page in pages:
        await answer.write(as_csv(_cells(found, zone) for found in page).encode())
    await answer.write_eof()
    return answer


def _cells(found: Found, zone: tzinfo) -> list[Cell]:
    record = found.record

    def iso(at: datetime | None) -> str:
        return "" if at is None else at.astimezone(zone).isoformat(timespec="seconds")

    def seconds(ms: int | None) -> float | None:
        return None if ms is None else ms / 1000

    recording = record.recording
    return [
        iso(record.began),
        record.caller,
        record.emergency,
        found.kind,
        record.outcome,
        record.reason,
        record.answered_by,
        record.handset,
        iso(record.answered),
        iso(record.ended),
        seconds(record.wait_ms),
        seconds(record.talk_ms),
        found.incident,
        recording.path if recording else None,
        recording.sha256 if recording else None,
        record.node,
        record.id,
    ]


def _zone(request: web.Request) -> ZoneInfo:
    return ZoneInfo(desk(request).plan().centre.timezone)


def _stamp(now: datetime, zone: tzinfo) -> str:
    return f"{now.astimezone(zone):%Y%m%d-%H%M}"


def _asked(request: web.Request) -> dict[str, str]:
    return {name: request.query.get(name, "").strip()[:100] for name in FIELDS}


def _wanted(asked: Mapping[str, str], zone: tzinfo) -> Wanted:
    number = _INCIDENT.fullmatch(asked["incident"])
    incident = None
    if asked["incident"]:
        incident = int(number[1]) if number else _NOWHERE
    return Wanted(
        number=asked["number"],
        since=_time(asked["since"], zone, is_end=False),
        until=_time(asked["until"], zone, is_end=True),
        outcome=asked["outcome"],
        agency=asked["agency"],
        incident=incident,
        emergency=asked["emergency"],
        kind=asked["kind"],
        tests=bool(asked["tests"]),
    )


def _time(text: str, zone: tzinfo, *, is_end: bool) -> datetime | None:
    """A time there, or the end of the day, minute or second that it names; None: it is none."""
    if not _TIME.fullmatch(text):
        return None
    lasts = {10: timedelta(days=1), 16: timedelta(minutes=1)}.get(len(text), timedelta(seconds=1))
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=zone)
        to_us(at)
        return at + lasts if is_end else at
    except (ValueError, OverflowError):
        return None


def _named(place: Cursor) -> str:
    return f"{to_us(place.began)}~{place.node}~{place.id}"


def _place(text: str) -> Cursor | None:
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    return Cursor(from_us(int(found[1])), found[2], found[3])


def routes() -> Iterator[Route]:
    """The list, and the same as a file."""
    yield Route("GET", "/records", _show, STAFF)
    yield Route("GET", "/records.csv", _file, HEARERS)
