"""The switch between the two languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from router.console import cookies
from router.console.context import desk, visit
from router.console.route import ANYONE, Route
from router.console.targets import own_path
from router.console.words import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator


async def _switch(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    language, found = language_of(str(form.get("language", ""))), visit(request)
    if found.account is not None:
        stands = desk(request)
        await stands.accounts.speak(found.account, language, found.actor(stands.now()))
    answer = web.Response(status=303, headers={"Location": own_path(str(form.get("next", "")))})
    cookies.give(request, answer, cookies.LANGUAGE, language, cookies.YEAR_S)
    return answer


def routes() -> Iterator[Route]:
    """The switch."""
    yield Route("POST", "/language", _switch, ANYONE)
