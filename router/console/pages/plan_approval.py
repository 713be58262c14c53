"""What admins ask each other to put in force: listed, compared, approved, refused or taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from router.accounts.trail import Deed
from router.console import render
from router.console.context import desk, visit
from router.console.link import RefusedError, RouterAwayError
from router.console.pages.plan_apply import ask, said
from router.console.pages.plan_versions import version
from router.console.planning import approval
from router.console.planning.differing import changes, lines
from router.console.planning.standing import NONE, Refusal, standing
from router.console.route import ADMINS, HEARERS, Route
from router.console.words import speaker
from router.store.plan_drafts import APPLIED
from siaga.plan.approval import SECOND_PERSON
from siaga.plan.versions import UnknownVersionError, clean, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.planning.approval import Wanted
    from router.console.planning.standing import Standing


async def _listed(request: web.Request) -> web.StreamResponse:
    found = await standing(request)
    return render.page(
        request,
        "plan-approvals.html",
        rows=await approval.wanted(request, found),
        others=await approval.others(request),
        standing=found,
    )


async def _show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(request: web.Request, refusal: Refusal = NONE) -> web.Response:
    """One request: what it would change, and how it stands."""
    found = await standing(request)
    wanted = await _wanted(request, found)
    judge = desk(request).judge
    before = found.in_force if wanted.waits else await _base(request, wanted, found)
    old = await judge.judge(before)
    new = await judge.judge(wanted.request.asked.text)
    return render.page(
        request,
        "plan-approval.html",
        status=refusal.status,
        standing=found,
        wanted=wanted,
        judged=new,
        lines=list(lines(before, new.text)),
        changes=changes(
            old.loaded.plan if old.loaded else None, new.loaded.plan if new.loaded else None
        ),
        asks=new.loaded is not None and new.loaded.plan.centre.approval == SECOND_PERSON,
        others=await approval.others(request),
        edits=visit(request).role in ADMINS,
        message=refusal.message,
        why=refusal.why,
    )


async def _base(request: web.Request, wanted: Wanted, found: Standing) -> str:
    """The text in whose place it was to be."""
    try:
        return (await version(request, wanted.request.asked.base))[1]
    except (UnknownVersionError, FileNotFoundError):
        return found.in_force


async def _wanted(request: web.Request, found: Standing) -> Wanted:
    number = int(request.match_info["id"])
    rows = await approval.wanted(request, found)
    wanted = next((row for row in rows if row.request.id == number), None)
    if wanted is None:
        raise web.HTTPNotFound
    return wanted


async def _approve(request: web.Request) -> web.StreamResponse:
    """Put in force what was asked for, as it was shown, in the name of both."""
    stands, me = desk(request), visit(request)
    form, t = await request.post(), speaker(me.language)
    wanted = await _wanted(request, await standing(request))
    asked = wanted.request.asked
    if wanted.mine:
        return await _page(request, Refusal(t("approval.own"), status=409))
    shown = (str(form.get("digest", "")), str(form.get("instead", "")))
    is_whole = version_of(asked.text.encode()) == asked.version or asked.number
    if not wanted.waits or not is_whole or shown != (asked.version, str(asked.base)):
        return await _page(request, Refusal(t("approval.over"), status=409))
    if not await stands.requests.approve(wanted.request.id, me.actor(stands.now())):
        return await _page(request, Refusal(t("approval.over"), status=409))
    return await _put_in_force(request, wanted)


async def _put_in_force(request: web.Request, wanted: Wanted) -> web.Response:
    requests, t = desk(request).requests, speaker(visit(request).language)
    who, asked = wanted.request, wanted.request.asked
    body = {
        "by": who.who,
        "why": asked.why,
        "instead": str(asked.base),
        "approved": visit(request).name,
    }
    try:
        if asked.number:
            body["number"] = str(asked.number)
            done = await ask(request, "rollback", body, Deed.PLAN_ROLLED_BACK)
        else:
            body["text"] = asked.text
            done = await ask(request, "apply", body, Deed.PLAN_APPLIED)
    except RouterAwayError:
        # The router may still be at it; the versions tell, and the request is free again later.
        return await _page(request, Refusal(t("plan.away"), status=503))
    except RefusedError as error:
        await requests.finish(who.id, is_applied=False)
        return await _page(request, Refusal(said(request, error), status=error.status))
    await requests.finish(who.id, is_applied=True)
    if not asked.number:
        await _draft_is_done(request, wanted)
    return render.page(request, "plan-done.html", done=done)


async def _draft_is_done(request: web.Request, wanted: Wanted) -> None:
    """The asker's draft is in force, unless they went on with it meanwhile."""
    drafts, account = desk(request).drafts, wanted.request.account
    newest = await drafts.newest(account)
    if newest is not None and newest.text == wanted.request.asked.text:
        await drafts.finish(account, APPLIED)


async def _refuse(request: web.Request) -> web.StreamResponse:
    stands, me = desk(request), visit(request)
    form, t = await request.post(), speaker(me.language)
    wanted = await _wanted(request, await standing(request))
    words = clean(str(form.get("words", "")))
    if wanted.mine:
        return await _page(request, Refusal(t("approval.own"), words, 409))
    if not words:
        return await _page(request, Refusal(t("plan.no_reason"), words, 400))
    actor = me.actor(stands.now())
    if not wanted.waits or not await stands.requests.refuse(wanted.request.id, words, actor):
        return await _page(request, Refusal(t("approval.over"), words, 409))
    return web.Response(status=303, headers={"Location": request.path.removesuffix("/refuse")})


async def _withdraw(request: web.Request) -> web.StreamResponse:
    stands, me = desk(request), visit(request)
    wanted = await _wanted(request, await standing(request))
    if not await stands.requests.withdraw(wanted.request.id, me.actor(stands.now())):
        t = speaker(me.language)
        return await _page(request, Refusal(t("approval.over"), status=409))
    return web.Response(status=303, headers={"Location": request.path.removesuffix("/withdraw")})


def routes() -> Iterator[Route]:
    """To be read by whoever reads the plan; answered by admins."""
    one = "/plan/approval/{id:[0-9]{1,9}}"
    yield Route("GET", "/plan/approval", _listed, HEARERS)
    yield Route("GET", one, _show, HEARERS)
    yield Route("POST", one + "/approve", _approve, ADMINS)
    yield Route("POST", one + "/refuse", _refuse, ADMINS)
    yield Route("POST", one + "/withdraw", _withdraw, ADMINS)
