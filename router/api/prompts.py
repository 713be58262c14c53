"""``POST /api/prompts/…``: recordings of prompts kept, put in use and removed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.applying import NotAppliedError
from siaga.takes import ID, LANGUAGE, NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from router.applying import Applying

HANDED: Final = re.compile(r"voice-[0-9a-f]{32}")
"""A file that the console has put into ``run``."""
MAX_WORDS: Final = 300


def routes(applying: Applying | None) -> Iterator[web.RouteDef]:
    """The routes, when recordings can be put in use from here."""
    if applying is None:
        return

    async def add(request: web.Request) -> web.Response:
        try:
            file, by, name = await _fields(request, "file", "by", "name")
            deed = applying.add_recording(_where(request), _form(HANDED, file), by, name)
        except ValueError:
            return _error(400, "bad_request", "send file, by and name")
        return await _told(deed)

    async def use(request: web.Request) -> web.Response:
        try:
            take, by = await _fields(request, "take", "by")
            deed = applying.use_recording(_where(request), take and _form(ID, take), by)
        except ValueError:
            return _error(400, "bad_request", "send take and by")
        return await _told(deed)

    async def drop(request: web.Request) -> web.Response:
        try:
            (take,) = await _fields(request, "take")
            deed = applying.drop_recording(_where(request), _form(ID, take))
        except ValueError:
            return _error(400, "bad_request", "send take")
        return await _told(deed)

    place = "/api/prompts/{language}/{prompt}"
    yield web.post(f"{place}/add", add)
    yield web.post(f"{place}/use", use)
    yield web.post(f"{place}/drop", drop)


def _where(request: web.Request) -> str:
    language, prompt = request.match_info["language"], request.match_info["prompt"]
    if not LANGUAGE.fullmatch(language) or not NAME.fullmatch(prompt):
        raise ValueError(prompt)
    return f"{language}/{prompt}"


def _form(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise ValueError(text)
    return text


async def _fields(request: web.Request, *names: str) -> list[str]:
    """What is asked with; raises a ValueError if it is not all there."""
    body = await request.json()
    found = [body.get(name) for name in names] if isinstance(body, dict) else []
    texts = [text for text in found if isinstance(text, str) and len(text) <= MAX_WORDS]
    if len(texts) < len(names) or any("\0" in text for text in texts):
        raise ValueError
    return texts


async def _told(deed: Awaitable[dict[str, Any]]) -> web.Response:
    try:
        return web.json_response(await deed)
    except NotAppliedError as error:
        return _error(409, error.code, str(error))


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
