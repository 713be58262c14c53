"""Answers that go on: for as long as whoever asked may have them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from router.console.context import visit
from router.console.guard import identify

if TYPE_CHECKING:
    from aiohttp import web

    from router.console.route import Route

LOOK_S: Final = 5.0
"""How often it is seen whether a session goes on: whoever is logged out elsewhere, or loses their
role, sees no more after that."""


async def until_over(request: web.Request, route: Route) -> None:
    """Wait until whoever asked may have the route no more. Run it beside what sends, and end that.

    What is open counts as use, up to the longest that a session lasts. While the database is away
    nobody is taken for logged out.
    """
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            found = await identify(request, route)
        except (SQLAlchemyError, OSError):
            continue
        if found.role is not visit(request).role or found.stage not in route.stages:
            return
