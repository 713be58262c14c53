"""The routing plan on the desk: as text, judged as it is typed, kept as typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.accounts import tokens
from router.console import render
from router.console.context import desk, visit
from router.console.planning.approval import waiting
from router.console.planning.forms import GROUPS, parts
from router.console.planning.standing import standing, typed
from router.console.route import ADMINS, HEARERS, Route
from router.store.plan_drafts import DROPPED, Typed
from siaga.plan.source import MAX_BYTES
from siaga.plan.versions import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.planning.judge import Judged
    from router.console.planning.standing import Standing

BODY: Final = 3 * MAX_BYTES + 65536
"""The longest text that is judged, each character of it escaped, and the rest of the form."""
_SITTING: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


async def _show(request: web.Request) -> web.StreamResponse:
    found = await standing(request)
    return await page(request, found)


async def page(
    request: web.Request, found: Standing, message: str = "", status: int = 200
) -> web.Response:
    """The editor; ``message``: why a form was refused."""
    judged = await desk(request).judge.judge(found.text)
    return render.page(
        request,
        "plan.html",
        status=status,
        standing=found,
        sitting=tokens.new()[:16],
        edits=visit(request).role in ADMINS,
        message=message,
        waiting=await waiting(request, found),
        **shown(judged),
    )


def shown(judged: Judged) -> dict[str, Any]:
    """What templates tell of a text that was judged."""
    return {"judged": judged, "parts": parts(judged), "groups": [group for (group,) in GROUPS]}


async def _keep(request: web.Request) -> web.StreamResponse:
    """Keep what was typed and say what is wrong with it."""
    form = await request.post()
    text = typed(str(form.get("text", "")))
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_BYTES, len(text))
    sitting = str(form.get("sitting", ""))[:64]
    await keep(request, text, sitting)
    if "review" in form:
        return web.Response(status=303, headers={"Location": "/plan/review"})
    return await answer(request, sitting)


async def keep(request: web.Request, text: str, sitting: str) -> None:
    """Keep a text as the asker's draft; the text in force is none."""
    stands, account = desk(request), visit(request).account
    found = await standing(request)
    if account is None or text == found.text:
        return
    page_ = sitting if _SITTING.fullmatch(sitting) else tokens.new()[:16]
    await stands.drafts.save(Typed(account, page_, found.number, text, stands.now()))
    await stands.requests.edited(version_of(text.encode()), visit(request).actor(stands.now()))


async def answer(request: web.Request, sitting: str) -> web.Response:
    """What a script puts into the page, with the text as it is kept; or that page anew."""
    if "application/json" not in request.headers.get("Accept", ""):
        return web.Response(status=303, headers={"Location": "/plan"})
    found = await standing(request)
    judged = await desk(request).judge.judge(found.text)
    values = {"standing": found, "edits": True, "sitting": sitting, **shown(judged)}
    return web.json_response(
        {
            "text": found.text,
            "lines": sorted({problem.position.line for problem in judged.problems}),
            "parts": {
                name: render.text(request, f"plan/{name}.html", **values)
                for name in ("state", "problems", "forms")
            },
        }
    )


async def refused(request: web.Request, message: str) -> web.Response:
    """A form could not be followed; what was kept stays."""
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response({"error": "edit", "message": message}, status=409)
    return await page(request, await standing(request), message, 409)


async def _drop(request: web.Request) -> web.StreamResponse:
    """Begin again from the plan in force; what was typed stays among the states."""
    stands, found = desk(request), visit(request)
    if found.account is not None:
        await stands.drafts.finish(found.account, DROPPED)
        await stands.requests.edited("", found.actor(stands.now()))
    return web.Response(status=303, headers={"Location": "/plan"})


async def _states(request: web.Request) -> web.StreamResponse:
    account = visit(request).account
    rows = [] if account is None else await desk(request).drafts.listed(account)
    return render.page(request, "plan-drafts.html", rows=rows)


async def _restore(request: web.Request) -> web.StreamResponse:
    stands, account = desk(request), visit(request).account
    number = int(request.match_info["id"])
    found = None if account is None else await stands.drafts.get(account, number)
    if found is None:
        raise web.HTTPNotFound
    await keep(request, found.text, "")
    return web.Response(status=303, headers={"Location": "/plan"})


def routes() -> Iterator[Route]:
    """Admins edit; supervisors and auditors read the plan in force."""
    yield Route("GET", "/plan", _show, HEARERS)
    yield Route("POST", "/plan/draft", _keep, ADMINS, body=BODY)
    yield Route("POST", "/plan/drop", _drop, ADMINS)
    yield Route("GET", "/plan/drafts", _states, ADMINS)
    yield Route("POST", "/plan/drafts/{id:[0-9]{1,9}}/restore", _restore, ADMINS)
