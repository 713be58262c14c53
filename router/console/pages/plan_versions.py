"""The versions that were in force: listed, compared, and put in force again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from router.accounts.trail import Deed
from router.console import render
from router.console.context import desk, visit
from router.console.link import RefusedError, RouterAwayError
from router.console.pages.plan_apply import ask, asked, said
from router.console.planning.approval import others
from router.console.planning.differing import changes, lines
from router.console.planning.judge import judged
from router.console.planning.standing import NONE, Refusal, plain, standing, store
from router.console.route import ADMINS, HEARERS, Route
from router.console.words import speaker
from router.store.plan_requests import Asked
from siaga.plan.versions import UnknownVersionError, clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.versions import Entry


async def _listed(request: web.Request) -> web.StreamResponse:
    """All of them; whoever has chosen two is led to what is between them."""
    old, new = (_number(request.query.get(name, "")) for name in ("old", "new"))
    if new:
        raise web.HTTPSeeOther(f"/plan/versions/{new}?old={old}")
    found = await standing(request)
    return render.page(
        request,
        "plan-versions.html",
        entries=found.entries[::-1],
        edits=visit(request).role in ADMINS,
    )


async def _compared(request: web.Request) -> web.StreamResponse:
    """Two versions; without one to compare with, a version and the one before it."""
    new = int(request.match_info["id"])
    old = _number(request.query.get("old", "")) or max(new - 1, 1)
    return await _comparison(request, old, new)


async def _comparison(
    request: web.Request, old: int, new: int, refusal: Refusal = NONE
) -> web.Response:
    found = await standing(request)
    try:
        before, after = await asyncio.gather(version(request, old), version(request, new))
    except (UnknownVersionError, FileNotFoundError) as error:
        raise web.HTTPNotFound from error
    plans = [
        loaded.plan if (loaded := (await asyncio.to_thread(judged, text)).loaded) else None
        for _entry, text in (before, after)
    ]
    return render.page(
        request,
        "plan-diff.html",
        status=refusal.status,
        old=before[0],
        new=after[0],
        standing=found,
        lines=list(lines(before[1], after[1])),
        changes=changes(*plans),
        edits=visit(request).role in ADMINS,
        message=refusal.message,
        why=refusal.why,
        others=await others(request),
    )


async def version(request: web.Request, number: int) -> tuple[Entry, str]:
    """A version with its text.

    Raises:
        UnknownVersionError, FileNotFoundError: there is none.
    """
    versions = store(desk(request).settings)

    def read() -> tuple[Entry, str]:
        entry = versions.numbered(number)
        return entry, plain(versions.text(entry.version).read_bytes())

    return await asyncio.to_thread(read)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


async def _rollback(request: web.Request) -> web.StreamResponse:
    number, form = int(request.match_info["id"]), await request.post()
    t, why = speaker(visit(request).language), clean(str(form.get("why", "")))
    instead = str(form.get("instead", ""))[:8]
    shown = _number(instead) or 1

    async def again(message: str, status: int) -> web.Response:
        return await _comparison(request, shown, number, Refusal(message, why, status))

    if not why:
        return await again(t("plan.no_reason"), 400)
    found = await standing(request)
    if found.two_persons:
        return await _ask(request, number, why, instead)
    body = {"number": str(number), "by": visit(request).name, "why": why, "instead": instead}
    try:
        done = await ask(request, "rollback", body, Deed.PLAN_ROLLED_BACK)
    except RouterAwayError:
        return await again(t("plan.away"), 503)
    except RefusedError as error:
        return await again(said(request, error), error.status)
    return render.page(request, "plan-done.html", done=done)


async def _ask(request: web.Request, number: int, why: str, instead: str) -> web.StreamResponse:
    """Have another admin look at it first."""
    t, found = speaker(visit(request).language), await standing(request)
    try:
        entry, text = await version(request, number)
    except (UnknownVersionError, FileNotFoundError) as error:
        raise web.HTTPNotFound from error
    if instead != str(found.number) or text == found.in_force:
        refusal = Refusal(t("plan.another"), why, 409)
        return await _comparison(request, found.number or 1, number, refusal)
    return await asked(request, Asked(text, entry.version, found.number, why, number))


def routes() -> Iterator[Route]:
    """To be read by whoever reads the plan; put in force again by admins."""
    yield Route("GET", "/plan/versions", _listed, HEARERS)
    yield Route("GET", "/plan/versions/{id:[0-9]{1,7}}", _compared, HEARERS)
    yield Route("POST", "/plan/versions/{id:[0-9]{1,7}}/rollback", _rollback, ADMINS)
