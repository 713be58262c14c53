"""The forms of the plan: a field changed, a part of it added or taken away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from router.console.context import desk, visit
from router.console.pages import plan
from router.console.planning.forms import added, filled_in, taken
from router.console.planning.groups import is_group
from router.console.planning.standing import standing
from router.console.route import ADMINS, Route
from router.console.words import speaker
from siaga.plan.edit import EditError
from siaga.plan.forms import NAME_FORM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from aiohttp import web

    from router.console.planning.judge import Judged

BODY: Final = 256 * 1024


async def _fill(request: web.Request) -> web.StreamResponse:
    """Write into the text what was changed in a form."""
    form = {name: str(value) for name, value in (await request.post()).items()}
    return await _change(request, form, lambda judged: filled_in(judged, form))


async def _part(request: web.Request) -> web.StreamResponse:
    """Add a part, or take one away."""
    form = {name: str(value) for name, value in (await request.post()).items()}
    group, name = tuple(form.get("group", "").split("/")), form.get("name", "").strip().lower()
    title = form.get("title", "").strip() or name
    if not is_group(group) or not re.fullmatch(NAME_FORM, name):
        return await plan.refused(request, speaker(visit(request).language)("plan.bad_name"))

    def change(judged: Judged) -> str:
        if judged.source is None:
            raise EditError
        if "take" in form:
            return taken(judged.text, group, name)
        return added(judged.text, judged.source, group, name, title)

    return await _change(request, form, change)


async def _change(
    request: web.Request, form: Mapping[str, str], change: Callable[[Judged], str]
) -> web.StreamResponse:
    found = await standing(request)
    judged = await desk(request).judge.judge(found.text)
    try:
        text = change(judged)
    except EditError as error:
        rows = str(error).splitlines()
        return await plan.refused(request, rows[visit(request).language == "en"])
    sitting = form.get("sitting", "")[:64]
    await plan.keep(request, text, sitting)
    return await plan.answer(request, sitting)


def routes() -> Iterator[Route]:
    """By admins alone."""
    yield Route("POST", "/plan/form", _fill, ADMINS, body=BODY)
    yield Route("POST", "/plan/part", _part, ADMINS)
