"""Answers that go on: for as long as whoever asked may have them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from router.accounts import tokens
from router.accounts.model import Stage, is_over, stage
from router.console import cookies
from router.console.context import desk, visit

if TYPE_CHECKING:
    from aiohttp import web

LOOK_S: Final = 5.0
"""How often it is seen whether a session goes on: whoever is logged out elsewhere, or loses their
role, sees no more after that."""


async def until_over(request: web.Request) -> None:
    """Wait until whoever asked is logged in no more. Run it beside what sends, and end that.

    While the database is away nobody is taken for logged out.
    """
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            if not await _goes_on(request):
                return
        except (SQLAlchemyError, OSError):
            continue


async def _goes_on(request: web.Request) -> bool:
    stands = desk(request)
    digest = tokens.digest(cookies.read(request, cookies.SESSION))
    pair = None if digest is None else await stands.sessions.find(digest)
    if pair is None:
        return False
    account, session = pair
    rules = stands.settings.console
    if account.disabled is not None or account.role is not visit(request).role:
        return False
    over = is_over(session, stands.now(), rules.idle_s, rules.longest_s)
    return not over and stage(account, session) is Stage.FULL
