"""The call flow as a drawing, and what a call would meet."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from router.console import render
from router.console.context import desk
from router.console.planning.question import FORM, answered, asked
from router.console.planning.standing import standing
from router.console.route import HEARERS, Route
from siaga.plan.graph import graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.planning.judge import Judged
    from router.console.planning.question import Row
    from siaga.plan import Plan

RUNNING: Final = "running"
DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call would meet with one plan.

    Attributes:
        which: ``running`` or ``draft``.
        rows: what it meets.
    """

    which: str
    plan: Plan
    rows: tuple[Row, ...]


async def _plans(request: web.Request) -> dict[str, Judged]:
    """The plan in force, and the asker's draft if they have one and it is a plan."""
    found, judge = await standing(request), desk(request).judge
    plans = {RUNNING: await judge.judge(found.in_force)}
    if found.draft is not None:
        plans[DRAFT] = await judge.judge(found.draft.text)
    return {which: judged for which, judged in plans.items() if judged.loaded is not None}


async def _what_if(request: web.Request) -> web.StreamResponse:
    plans = await _plans(request)
    stands = desk(request)
    zone = ZoneInfo(stands.plan().centre.timezone)
    query = request.query
    many = {name: query.getall(name, []) for name in ("closed", "down")}
    now = stands.now().astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    question = asked(query, many, now)
    answers = [
        Answer(
            which,
            judged.loaded.plan,
            await asyncio.to_thread(answered, judged.loaded, question) if query else (),
        )
        for which, judged in plans.items()
        if judged.loaded is not None
    ]
    newest = answers[-1].plan if answers else stands.plan()
    return render.page(
        request,
        "plan-what-if.html",
        question=question,
        at=question.at.strftime(FORM),
        answers=answers if query else [],
        is_same=len(answers) > 1 and answers[0].rows == answers[1].rows,
        plan=newest,
    )


async def _drawing(request: web.Request) -> web.StreamResponse:
    plans = await _plans(request)
    which = DRAFT if request.query.get("of") == DRAFT and DRAFT in plans else RUNNING
    return render.page(request, "plan-flow.html", which=which, plans=tuple(plans))


async def _svg(request: web.Request) -> web.StreamResponse:
    plans = await _plans(request)
    judged = plans.get(request.match_info["which"])
    if judged is None or judged.loaded is None:
        raise web.HTTPNotFound
    drawn = await asyncio.to_thread(graph, judged.loaded.plan)
    answer = web.Response(text=drawn, content_type="image/svg+xml")
    # Opened by itself it may have its own style, and nothing else.
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    return answer


def routes() -> Iterator[Route]:
    """To be read by whoever reads the plan."""
    yield Route("GET", "/plan/what-if", _what_if, HEARERS)
    yield Route("GET", "/plan/flow", _drawing, HEARERS)
    yield Route("GET", "/plan/flow/{which:running|draft}.svg", _svg, HEARERS)
