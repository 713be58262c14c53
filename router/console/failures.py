"""Answers to what went wrong: a page for people, an object for scripts and machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from router.console import render
from router.console.context import visit
from router.console.link import RefusedError, RouterAwayError
from router.console.words import speaker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = structlog.get_logger(__name__)

WORDS: Final = {
    "log_in": "login.over",
    "forbidden": "error.forbidden",
    "forged": "error.forged",
    "not_found": "error.not_found",
    "method_not_allowed": "error.method",
    "too_large": "error.too_large",
    "bad_request": "error.bad_request",
    "away": "error.away",
    "failed": "error.failed",
}
"""What is said, by the code for machines."""
_CODES: Final = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
}


def refused(request: web.Request, status: int, code: str, message: str = "") -> web.Response:
    """An answer that is no; without a message, our words for the code."""
    said = message or speaker(visit(request).language)(WORDS[code])
    if wants_object(request):
        return web.json_response({"error": code, "message": said}, status=status)
    name = "failure-part.html" if "HX-Request" in request.headers else "failure.html"
    return render.page(request, name, status=status, message=said)


def wants_object(request: web.Request) -> bool:
    """Whether a program reads the answer."""
    return request.path.startswith("/api/") or "application/json" in request.headers.get(
        "Accept", ""
    )


@web.middleware
async def told(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn what handlers raise into answers; nothing of the inside is told to anybody."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = refused(request, error.status, _CODES.get(error.status, "bad_request"))
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except RefusedError as error:
        return refused(request, error.status, error.reason or "refused", str(error))
    except (RouterAwayError, SQLAlchemyError, OSError) as error:
        log.warning("page_away", path=request.path[:200], kind=type(error).__name__)
        return refused(request, 503, "away")
    except Exception:
        log.exception("page_failed", path=request.path[:200])
        return refused(request, 500, "failed")
