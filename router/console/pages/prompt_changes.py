"""Recordings of prompts sent, put in use, taken back and removed; the router's command does it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import time
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.accounts.trail import Deed
from router.console.context import desk, visit
from router.console.link import RefusedError, RouterAwayError
from router.console.pages.plan_apply import LONGEST_S, said
from router.console.pages.prompts import PLACE, TAKE, page, prompts_of
from router.console.route import ADMINS, Route
from router.console.words import speaker
from router.store.trail import Change
from siaga.prompts import RING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MOST: Final = 30_000_000
"""Bytes of a file; a minute and a half of the best that a studio delivers."""
BODY: Final = MOST + 100_000
_NAME: Final = 80
LEFT_S: Final = 3600.0
"""What was handed over so long ago is nobody's any more."""


async def _add(request: web.Request) -> web.StreamResponse:
    form, t = await request.post(), speaker(visit(request).language)
    part = form.get("file")
    if not isinstance(part, web.FileField) or not part.filename:
        return await _told(request, t("prompt.no_file"), 422)
    run = desk(request).settings.home / "run"
    handed = run / f"voice-{secrets.token_hex(16)}"
    name = "".join(sign if sign.isprintable() else " " for sign in part.filename)[-_NAME:]
    try:
        await asyncio.to_thread(_hand_over, part, handed)
        body = {"file": handed.name, "by": visit(request).name, "name": name}
        done = await _ask(request, "add", body)
    except _RefusedError as error:
        return await _told(request, str(error), error.status)
    finally:
        await asyncio.to_thread(handed.unlink, missing_ok=True)
    await _write_down(request, Deed.PROMPT_RECORDED, "", f"{done['id']} {name}")
    return await _done(request, "added")


def _hand_over(part: web.FileField, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    _sweep(file.parent)
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as out:
        while piece := part.file.read(1 << 20):
            out.write(piece)


def _sweep(run: Path) -> None:
    """Remove what a console, or a change of voices, left that was killed in the midst of it."""
    for old in run.glob("voice-*"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > LEFT_S:
                shutil.rmtree(old) if old.is_dir() else old.unlink()


async def _use(request: web.Request) -> web.StreamResponse:
    prompts, spoken = await asyncio.to_thread(prompts_of, request)
    take, t = request.match_info["take"], speaker(visit(request).language)
    if not prompts.takes.was_listened(spoken.language, spoken.prompt, take):
        return await _told(request, t("prompt.listen_first"), 409)
    return await _put_in_use(request, take, Deed.PROMPT_REPLACED, "used")


async def _delivered(request: web.Request) -> web.StreamResponse:
    return await _put_in_use(request, "", Deed.PROMPT_REPLACED, "delivered")


async def _put_in_use(request: web.Request, take: str, deed: Deed, words: str) -> web.Response:
    _, spoken = await asyncio.to_thread(prompts_of, request)
    try:
        await _ask(request, "use", {"take": take, "by": visit(request).name})
    except _RefusedError as error:
        return await _told(request, str(error), error.status)
    await _write_down(request, deed, spoken.used.id if spoken.used else "", take)
    return await _done(request, words)


async def _drop(request: web.Request) -> web.StreamResponse:
    take = request.match_info["take"]
    try:
        await _ask(request, "drop", {"take": take})
    except _RefusedError as error:
        return await _told(request, str(error), error.status)
    await _write_down(request, Deed.PROMPT_DROPPED, take, "")
    return await _done(request, "dropped")


class _RefusedError(Exception):
    """It was not done; the sentence is in the reader's language."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


async def _ask(request: web.Request, verb: str, body: Mapping[str, str]) -> dict[str, Any]:
    """Have the router's command do it.

    Raises:
        HTTPNotFound: there is no such prompt, or it is a tone.
        _RefusedError: it was not done.
    """
    _, spoken = await asyncio.to_thread(prompts_of, request)
    if spoken.prompt == RING:
        raise web.HTTPNotFound
    link, where = desk(request).link, ("prompts", spoken.language, spoken.prompt, verb)
    try:
        return dict(await link.post(*where, body=body, timeout_s=LONGEST_S))
    except RouterAwayError as error:
        away = speaker(visit(request).language)("error.away")
        raise _RefusedError(away, 503) from error
    except RefusedError as error:
        raise _RefusedError(said(request, error), error.status) from error


async def _write_down(request: web.Request, deed: Deed, old: str, new: str) -> None:
    stands = desk(request)
    what = f"{request.match_info['language']}/{request.match_info['prompt']}"
    await stands.trail.add(visit(request).actor(stands.now()), Change(deed, what, old, new))


async def _told(request: web.Request, message: str, status: int) -> web.Response:
    """Why it was not done: the page with it, or to a script the sentence alone."""
    if _by_script(request):
        return web.json_response({"message": message}, status=status)
    return await page(request, message, status)


async def _done(request: web.Request, words: str) -> web.Response:
    language, prompt = request.match_info["language"], request.match_info["prompt"]
    to = f"/prompts/{language}/{prompt}?said={words}"
    if _by_script(request):
        return web.json_response({"to": to})
    return web.Response(status=303, headers={"Location": to})


def _by_script(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def routes() -> Iterator[Route]:
    """By admins alone, as the plan."""
    yield Route("POST", PLACE, _add, ADMINS, body=BODY)
    yield Route("POST", PLACE + "/delivered", _delivered, ADMINS)
    yield Route("POST", TAKE + "/use", _use, ADMINS)
    yield Route("POST", TAKE + "/drop", _drop, ADMINS)
