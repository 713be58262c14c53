"""What overrides the plan for a while: listed, set until a time, ended before it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from router.accounts.trail import Deed
from router.console import render
from router.console.context import desk, visit
from router.console.link import RefusedError, RouterAwayError
from router.console.pages.plan_apply import said
from router.console.planning.question import FORM
from router.console.route import CHIEFS, HEARERS, Route
from router.console.words import speaker
from router.store.trail import Change
from siaga.plan.live import Override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siaga.plan import Plan

FIELDS: Final = ("override", "name", "target", "until", "why")
USUAL: Final = timedelta(hours=2)
HUSHED: Final = timedelta(days=1)
"""How long no announcement is said, once all of them were ended."""
WORDS: Final = 200
_FORCE: Final = re.compile(r" \(--force [^)]*\)")
"""How one insists at the command line; here it is a tick."""


async def _show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request,
    message: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
    *,
    may_force: bool = False,
) -> web.Response:
    stands = desk(request)
    plan, now = stands.plan(), stands.now()
    rows: list[dict[str, Any]] | None = None
    try:
        rows = await stands.link.get("live")
    except (RouterAwayError, RefusedError):
        message = message or speaker(visit(request).language)("overrides.unknown")
    until = (now + USUAL).astimezone(ZoneInfo(plan.centre.timezone)).strftime(FORM)
    return render.page(
        request,
        "overrides.html",
        status=status,
        rows=[{**row, "end": datetime.fromisoformat(row["until"])} for row in rows or ()],
        known=rows is not None,
        kinds=tuple(Override),
        subjects=_subjects(plan),
        plan=plan,
        typed={**dict.fromkeys(FIELDS, ""), "until": until, **(typed or {})},
        message=message,
        may_force=may_force,
        speaks=bool(plan.announcements) or any(row["override"] == "announce" for row in rows or ()),
        edits=visit(request).role in CHIEFS,
    )


def _subjects(plan: Plan) -> dict[str, tuple[str, ...]]:
    """What can be overridden, by group."""
    return {
        "agencies": tuple(plan.agencies),
        "handsets": plan.extensions,
        "announcements": tuple(plan.announcements),
    }


async def _set(request: web.Request) -> web.StreamResponse:
    form, stands = await request.post(), desk(request)
    typed = {name: str(form.get(name, "")).strip()[:WORDS] for name in FIELDS}
    zone = ZoneInfo(stands.plan().centre.timezone)
    t = speaker(visit(request).language)
    if typed["override"] == Override.FLAG:
        typed["name"] = str(form.get("number", "")).strip()[:40]
    try:
        until = datetime.strptime(typed["until"], FORM).replace(tzinfo=zone)
    except ValueError:
        return await _page(request, t("overrides.no_end"), typed, 400)
    body = {**typed, "until": until.isoformat(), "by": visit(request).name}
    body |= {"force": "1"} if "force" in form else {}
    about = f"{typed['override']}/{typed['name']}" + (
        f" → {typed['target']}" if typed["target"] else ""
    )
    try:
        await stands.link.post("live", "set", body=body, timeout_s=30.0)
    except RouterAwayError:
        return await _page(request, t("error.away"), typed, 503)
    except RefusedError as error:
        message = _FORCE.sub("", said(request, error))
        stranded = error.reason == "live_stranded"
        return await _page(request, message, typed, error.status, may_force=stranded)
    await _note(request, Deed.OVERRIDE_SET, about, f"{typed['until']}: {typed['why']}")
    return web.Response(status=303, headers={"Location": "/plan/overrides"})


async def _end(request: web.Request) -> web.StreamResponse:
    form, stands = await request.post(), desk(request)
    key, why = str(form.get("key", ""))[:80], str(form.get("why", "")).strip()[:WORDS]
    body = {"key": key, "why": why, "by": visit(request).name}
    try:
        await stands.link.post("live", "clear", body=body)
    except RouterAwayError:
        return await _page(request, speaker(visit(request).language)("error.away"), status=503)
    except RefusedError as error:
        return await _page(request, said(request, error), status=error.status)
    await _note(request, Deed.OVERRIDE_ENDED, key, why)
    return web.Response(status=303, headers={"Location": "/plan/overrides"})


async def _hush(request: web.Request) -> web.StreamResponse:
    form, stands = await request.post(), desk(request)
    why = str(form.get("why", "")).strip()[:WORDS]
    until = (stands.now() + HUSHED).astimezone(ZoneInfo(stands.plan().centre.timezone))
    body = {"until": until.isoformat(), "why": why, "by": visit(request).name}
    try:
        await stands.link.post("live", "hush", body=body)
    except RouterAwayError:
        return await _page(request, speaker(visit(request).language)("error.away"), status=503)
    except RefusedError as error:
        return await _page(request, said(request, error), status=error.status)
    about = ", ".join(stands.plan().announcements)
    await _note(request, Deed.ANNOUNCEMENTS_HUSHED, about, f"{until.strftime(FORM)}: {why}")
    return web.Response(status=303, headers={"Location": "/plan/overrides"})


async def _note(request: web.Request, deed: Deed, about: str, new: str) -> None:
    stands = desk(request)
    actor = visit(request).actor(stands.now())
    await stands.trail.add(actor, Change(deed, about, "", new))


def routes() -> Iterator[Route]:
    """Set by whoever has the watch; read by auditors too."""
    yield Route("GET", "/plan/overrides", _show, HEARERS)
    yield Route("POST", "/plan/overrides", _set, CHIEFS)
    yield Route("POST", "/plan/overrides/end", _end, CHIEFS)
    yield Route("POST", "/plan/overrides/hush", _hush, CHIEFS)
