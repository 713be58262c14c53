"""The recording of a call, a piece at a time, and its outline; who hears it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from router.accounts.trail import Deed
from router.console.context import desk, visit
from router.console.failures import refused
from router.console.lanes import BusyError
from router.console.pages.record import PLACE, found
from router.console.route import HEARERS, Route
from router.storage.sound import UnreadableError
from router.store.trail import Change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


async def _audio(request: web.Request) -> web.StreamResponse:
    known, stands, who = await found(request), desk(request), visit(request)
    path = _there(stands.sounds.find(known.record))
    record, now = known.record, stands.now()
    if request.method != "HEAD":
        # Nothing of it is sent before it is written down who hears it.
        change = Change(Deed.RECORDING_PLAYED, record.id, new=path.name)
        await stands.played.begin(
            (who.account, who.session, record.node, record.id),
            now,
            lambda: stands.trail.add(who.actor(now), change),
        )
    # The type is ours and not the file's: nothing but sound is ever made of it.
    answer = web.FileResponse(path, headers={"Content-Type": "audio/wav"})
    answer.headers["Content-Disposition"] = "inline"
    return answer


async def _outline(request: web.Request) -> web.StreamResponse:
    known, stands = await found(request), desk(request)
    path = _there(stands.sounds.find(known.record))
    try:
        outline = await stands.sounds.outline(path)
    except BusyError as error:
        return refused(request, 503, "busy", str(error))
    except UnreadableError as error:
        raise web.HTTPNotFound from error
    return web.json_response({"duration_ms": outline.duration_ms, "levels": outline.levels})


def _there(path: Path | None) -> Path:
    if path is None:
        raise web.HTTPNotFound
    return path


def routes() -> Iterator[Route]:
    """The sound and its outline."""
    yield Route("GET", PLACE + "/recording.wav", _audio, HEARERS)
    yield Route("GET", PLACE + "/outline.json", _outline, HEARERS)
