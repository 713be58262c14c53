"""The recording of a call, a piece at a time, and its outline; who hears it is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from router.accounts.trail import Deed
from router.console.context import desk, visit
from router.console.elsewhere import Elsewhere, NodeAwayError
from router.console.failures import refused
from router.console.lanes import BusyError
from router.console.link import RefusedError, RouterAwayError
from router.console.pages.record import PLACE, found
from router.console.pieces import BadRangeError, Wanted
from router.console.route import HEARERS, Route
from router.console.words import speaker
from router.storage.sound import UnreadableError
from router.store.trail import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.calls.record import CallRecord


async def _audio(request: web.Request) -> web.StreamResponse:
    record, stands = (await found(request)).record, desk(request)
    path = stands.sounds.find(record)
    if path is None:
        return await _audio_elsewhere(request, _elsewhere(request, record))
    await _note(request, record, path.name)
    # The type is ours and not the file's: nothing but sound is ever made of it.
    answer = web.FileResponse(path, headers={"Content-Type": "audio/wav"})
    answer.headers["Content-Disposition"] = "inline"
    return answer


async def _audio_elsewhere(request: web.Request, other: Elsewhere) -> web.StreamResponse:
    """What is asked for, a piece after the other; nothing of it is kept here."""
    record = other.record
    recording = record.recording
    etag = f'"{recording.sha256}"' if recording and recording.sha256 else ""
    try:
        wanted = Wanted.of(request, etag)
        begin, most = wanted.first()
        size, piece = await other.piece(begin, most)
        begin, end = wanted.within(size)
        if begin != wanted.first()[0]:
            _, piece = await other.piece(begin, end - begin)
    except NodeAwayError:
        return _away(request, record)
    except BadRangeError as error:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{error.size}"})
    await _note(request, record, recording.path.rpartition("/")[2] if recording else "")
    answer = web.StreamResponse(status=206 if wanted.is_part else 200)
    answer.headers.update({"Content-Type": "audio/wav", "Content-Disposition": "inline"})
    answer.headers["Accept-Ranges"] = "bytes"
    if etag:
        answer.headers["ETag"] = etag
    if wanted.is_part:
        answer.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    answer.content_length = end - begin
    await answer.prepare(request)
    if request.method != "HEAD":
        await _send(request, answer, other, piece, (begin, end))
    return answer


async def _send(
    request: web.Request,
    answer: web.StreamResponse,
    other: Elsewhere,
    piece: bytes,
    span: tuple[int, int],
) -> None:
    at, end = span
    while True:
        piece = piece[: end - at]
        await answer.write(piece)
        at += len(piece)
        if at >= end:
            return
        try:
            _, piece = await other.piece(at, end - at)
        except (NodeAwayError, RouterAwayError, RefusedError, web.HTTPNotFound):
            piece = b""
        if not piece:
            # The length is promised: whoever hears must not take a part for all of it.
            if request.transport is not None:
                request.transport.abort()
            return


async def _note(request: web.Request, record: CallRecord, name: str) -> None:
    """Nothing of it is sent before it is written down who hears it."""
    if request.method == "HEAD":
        return
    stands, who = desk(request), visit(request)
    now, change = stands.now(), Change(Deed.RECORDING_PLAYED, record.id, new=name)
    await stands.played.begin(
        (who.account, who.session, record.node, record.id),
        now,
        lambda: stands.trail.add(who.actor(now), change),
    )


async def _outline(request: web.Request) -> web.StreamResponse:
    record, stands = (await found(request)).record, desk(request)
    path = stands.sounds.find(record)
    try:
        if path is None:
            return web.json_response(await _elsewhere(request, record).outline())
        outline = await stands.sounds.outline(path)
    except NodeAwayError:
        return _away(request, record)
    except BusyError as error:
        return refused(request, 503, "busy", str(error))
    except UnreadableError as error:
        raise web.HTTPNotFound from error
    return web.json_response({"duration_ms": outline.duration_ms, "levels": outline.levels})


def _elsewhere(request: web.Request, record: CallRecord) -> Elsewhere:
    other = Elsewhere.of(desk(request), record)
    if other is None:
        raise web.HTTPNotFound
    return other


def _away(request: web.Request, record: CallRecord) -> web.Response:
    said = speaker(visit(request).language)("record.node_away", node=record.node)
    return refused(request, 503, "node_away", said)


def routes() -> Iterator[Route]:
    """The sound and its outline."""
    yield Route("GET", PLACE + "/recording.wav", _audio, HEARERS)
    yield Route("GET", PLACE + "/outline.json", _outline, HEARERS)
