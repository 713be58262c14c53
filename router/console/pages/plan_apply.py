"""A draft compared with the plan in force, and put in force with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.accounts.trail import Deed
from router.console import render
from router.console.context import desk, visit
from router.console.link import RefusedError, RouterAwayError
from router.console.planning.approval import others
from router.console.planning.differing import changes, lines
from router.console.planning.standing import NONE, Refusal, standing
from router.console.route import ADMINS, Route
from router.console.words import speaker
from router.store.plan_drafts import APPLIED
from router.store.plan_requests import Asked
from router.store.trail import Change
from siaga.plan.approval import SECOND_PERSON
from siaga.plan.versions import clean, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.planning.standing import Standing

LONGEST_S: Final = 130.0
"""Longest that putting in force is waited for: the router itself waits for 120 s."""


async def _review(request: web.Request) -> web.StreamResponse:
    return await _page(request, await standing(request))


async def _page(request: web.Request, found: Standing, refusal: Refusal = NONE) -> web.Response:
    judge = desk(request).judge
    old, new = await judge.judge(found.in_force), await judge.judge(found.text)
    return render.page(
        request,
        "plan-review.html",
        status=refusal.status,
        standing=found,
        judged=new,
        digest=version_of(found.text.encode()),
        lines=list(lines(found.in_force, found.text)),
        changes=changes(
            old.loaded.plan if old.loaded else None, new.loaded.plan if new.loaded else None
        ),
        message=refusal.message,
        why=refusal.why,
        others=await others(request),
        asks=new.loaded is not None and new.loaded.plan.centre.approval == SECOND_PERSON,
    )


async def _apply(request: web.Request) -> web.StreamResponse:
    """Put in force what was shown, or ask for it, if it still is what is kept and in force."""
    form, t = await request.post(), speaker(visit(request).language)
    why, instead = clean(str(form.get("why", ""))), str(form.get("instead", ""))[:8]
    found = await standing(request)
    if version_of(found.text.encode()) != str(form.get("digest", "")):
        return await _page(request, found, Refusal(t("plan.another"), why, 409))
    if not why:
        return await _page(request, found, Refusal(t("plan.no_reason"), why, 400))
    if found.two_persons:
        return await _ask(request, found, why, instead)
    body = {"text": found.text, "by": visit(request).name, "why": why, "instead": instead}
    try:
        done = await ask(request, "apply", body, Deed.PLAN_APPLIED)
    except RouterAwayError:
        return await _page(request, found, Refusal(t("plan.away"), why, 503))
    except RefusedError as error:
        refusal = Refusal(said(request, error), why, error.status)
        return await _page(request, await standing(request), refusal)
    account = visit(request).account
    if account is not None:
        await desk(request).drafts.finish(account, APPLIED)
    return render.page(request, "plan-done.html", done=done)


async def _ask(request: web.Request, found: Standing, why: str, instead: str) -> web.StreamResponse:
    """Have another admin look at it first."""
    t = speaker(visit(request).language)
    if instead != str(found.number) or found.text == found.in_force:
        return await _page(request, found, Refusal(t("plan.another"), why, 409))
    if not (await desk(request).judge.judge(found.text)).proven:
        return await _page(request, found, Refusal(t("plan.not_yet"), why, 409))
    return await asked(
        request, Asked(found.text, version_of(found.text.encode()), found.number, why)
    )


async def asked(request: web.Request, wish: Asked) -> web.StreamResponse:
    """Keep a request, and lead to its page."""
    stands = desk(request)
    number = await stands.requests.ask(wish, visit(request).actor(stands.now()))
    return web.Response(status=303, headers={"Location": f"/plan/approval/{number}"})


async def ask(request: web.Request, verb: str, body: dict[str, str], deed: Deed) -> dict[str, Any]:
    """Have the router put a version in force, and write down what became of it.

    Raises:
        RouterAwayError, RefusedError: it was not done.
    """
    stands, found = desk(request), visit(request)
    told = body.get("number", version_of(body.get("text", "").encode()))
    try:
        done = await stands.link.post("plan", verb, body=body, timeout_s=LONGEST_S)
    except RefusedError as error:
        change = Change(deed, told, body["why"], error.reason)
        await stands.trail.add(found.actor(stands.now()), change)
        raise
    version = done["version"]
    new = f"#{version['number']} {version['version']}: {body['why']}"
    await stands.trail.add(
        found.actor(stands.now()), Change(deed, told, f"#{body['instead']}", new)
    )
    return dict(done)


def said(request: web.Request, error: RefusedError) -> str:
    """The command's sentence in the reader's language; it gives both, a line each or more."""
    rows = str(error).splitlines()
    half = len(rows) // 2
    if error.reason == "stranded" or len(rows) % 2:
        return str(error)
    return "\n".join(rows[half:] if visit(request).language == "en" else rows[:half])


def routes() -> Iterator[Route]:
    """By admins alone."""
    yield Route("GET", "/plan/review", _review, ADMINS)
    yield Route("POST", "/plan/apply", _apply, ADMINS)
