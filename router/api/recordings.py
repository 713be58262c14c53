"""``POST /api/recordings/…``: what the node of a call has of its recording.

Asked by a console whose own node does not have it, by way of its router; who may hear it, and that
it is written down who does, is that console's.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from router.storage.lent import NoRecordingError, RecordingsBusyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from router.storage.lent import Lent

PLACE: Final = "/api/recordings/"
"""Where they are asked for: what is done there changes nothing."""
MAX_CALL: Final = 200
"""Characters of an id."""


def routes(lent: Lent | None) -> Iterator[web.RouteDef]:
    """The routes, when there are other nodes."""
    if lent is None:
        return

    async def piece(body: dict[str, Any]) -> dict[str, Any]:
        begin, most = _count(body["begin"]), _count(body["most"])
        size, data = await lent.piece(_call(body), begin, most)
        return {"size": size, "data": base64.b64encode(data).decode()}

    async def outline(body: dict[str, Any]) -> dict[str, Any]:
        found = await lent.outline(_call(body))
        return {"duration_ms": found.duration_ms, "levels": list(found.levels)}

    async def digest(body: dict[str, Any]) -> dict[str, Any]:
        return {"sha256": await lent.digest(_call(body))}

    yield web.post(PLACE + "piece", _answered(piece))
    yield web.post(PLACE + "outline", _answered(outline))
    yield web.post(PLACE + "digest", _answered(digest))


def _answered(
    work: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        try:
            return web.json_response(await work(await request.json()))
        except NoRecordingError as error:
            return _error(404, error.code, str(error))
        except RecordingsBusyError as error:
            return _error(503, error.code, str(error))
        except (SQLAlchemyError, OSError):
            return _error(503, "away", "the database or the disk does not answer")
        except (ValueError, KeyError, TypeError):
            return _error(400, "bad_request", 'send {"call": "...", "begin": "0", "most": "1"}')

    return handler


def _call(body: dict[str, Any]) -> str:
    call = body["call"]
    if not isinstance(call, str) or not 0 < len(call) <= MAX_CALL or "\0" in call:
        raise ValueError(call)
    return call


def _count(text: str) -> int:
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError(text)
    return int(text)


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
