"""One past call with all that is known of it; whether it is kept for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import web

from router.accounts.trail import Deed
from router.callbacks.attempt import TryResult
from router.callbacks.rules import How
from router.console import render
from router.console.context import desk, visit
from router.console.elsewhere import Elsewhere, NodeAwayError
from router.console.lanes import BusyError
from router.console.link import RefusedError, RouterAwayError
from router.console.marks import marks
from router.console.pages.records import names
from router.console.route import CHIEFS, HEARERS, STAFF, Route
from router.console.words import speaker
from router.storage.sound import UnreadableError
from router.store.custody import HeldAlreadyError, NotHeldError
from router.store.shifts import ShiftReader
from router.store.trail import Change
from router.store.whole import Whole, whole
from siaga.plan.trunks import OWN, UNKNOWN, trunk_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from router.calls.record import CallRecord
    from router.console.context import Desk

PLACE: Final = "/records/{node:[^/]{1,200}}/{call:[^/]{1,200}}"
MOST_WORDS: Final = 500
"""Characters of a reason."""


async def found(request: web.Request) -> Whole:
    """The call of the address.

    Raises:
        HTTPNotFound: there is none.
    """
    node, call = request.match_info["node"], request.match_info["call"]
    known = None if "\0" in node + call else await whole(desk(request).engine, node, call)
    if known is None:
        raise web.HTTPNotFound
    return known


def address(node: str, call: str) -> str:
    """Of a call's page."""
    return f"/records/{quote(node, safe='')}/{quote(call, safe='')}"


async def _show(request: web.Request) -> web.StreamResponse:
    return await _page(request, await found(request))


async def _page(
    request: web.Request, known: Whole, message: str = "", status: int = 200, typed: str = ""
) -> web.Response:
    record, stands = known.record, desk(request)
    trunk = trunk_of(stands.plan_of(record.plan_version), record.address)
    hears = visit(request).role in HEARERS
    verified = ""
    if hears and "verify" in request.query and request.method == "GET":
        verified = await _verified(request, known)
    return render.page(
        request,
        "record.html",
        status=status,
        whole=known,
        record=record,
        here=address(record.node, record.id),
        sound=await _sound(request, record),
        hears=hears,
        holds=visit(request).role in CHIEFS,
        marks=marks(record),
        officer=await _officer(request, record),
        trunk="" if trunk in {OWN, UNKNOWN} else trunk,
        verified=verified,
        message=message,
        typed=typed,
        most=MOST_WORDS,
        hows=tuple(How),
        tries=tuple(TryResult),
        **names(request),
    )


async def _sound(request: web.Request, record: CallRecord) -> str:
    """Where it is: ``here``, ``elsewhere`` on a node that may be ``away`` or ``gone``, or not."""
    stands = desk(request)
    if stands.sounds.find(record) is not None:
        return "here"
    other = Elsewhere.of(stands, record)
    if other is None:
        return "missing"
    lives = await other.is_there()
    return "gone" if lives is None else "elsewhere" if lives else "away"


async def _officer(request: web.Request, record: CallRecord) -> str:
    """Who was logged in at the handset that answered: number and name."""
    stands = desk(request)
    number = (await ShiftReader(stands.engine).of([record])).answered(record)
    if number is None:
        return ""
    agencies = stands.plan_of(record.plan_version).agencies.values()
    names_ = (agency.officers[number] for agency in agencies if number in agency.officers)
    return f"{number} {next(names_, '')}".strip()


async def _verified(request: web.Request, known: Whole) -> str:
    """What the file is found to be: a word."""
    stands, recording = desk(request), known.record.recording
    path, other = stands.sounds.find(known.record), Elsewhere.of(stands, known.record)
    if recording is None or (path is None and other is None):
        return "gone"
    if recording.sha256 is None:
        return "unknown"
    try:
        digest = await _digest(stands, path, other)
    except web.HTTPNotFound:
        return "gone"
    except (BusyError, RefusedError):
        return "busy"
    except (NodeAwayError, RouterAwayError):
        return "away"
    except UnreadableError:
        digest = ""
    said = "same" if digest == recording.sha256 else "other"
    change = Change(Deed.RECORDING_VERIFIED, known.record.id, recording.sha256, digest or said)
    await stands.trail.add(visit(request).actor(stands.now()), change)
    return said


async def _digest(stands: Desk, path: Path | None, other: Elsewhere | None) -> str:
    if path is not None:
        return await stands.sounds.digest(path)
    if other is None:
        raise web.HTTPNotFound
    return await other.digest()


async def _hold(request: web.Request) -> web.StreamResponse:
    known, stands = await found(request), desk(request)
    form = await request.post()
    why = " ".join(str(form.get("why", "")).split())[:MOST_WORDS]
    if not why:
        return await _page(request, known, _word(request, "record.why_missing"), 400)
    who, call, now = visit(request).name, known.record.id, stands.now()
    try:
        if request.match_info["verb"] == "hold":
            await stands.custody.hold(call, who, why, now)
        else:
            await stands.custody.release(call, who, why, now)
    except HeldAlreadyError:
        return await _page(request, known, _word(request, "record.held_already"), 409, why)
    except NotHeldError:
        return await _page(request, known, _word(request, "record.not_held"), 409, why)
    here = address(known.record.node, call)
    return web.Response(status=303, headers={"Location": f"{here}#hold"})


def _word(request: web.Request, key: str) -> str:
    return speaker(visit(request).language)(key)


def routes() -> Iterator[Route]:
    """The page, and holding the call."""
    yield Route("GET", PLACE, _show, STAFF)
    yield Route("POST", PLACE + "/{verb:hold|release}", _hold, CHIEFS)
