"""What a machine asks, judged by the model of its route."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from siaga.errors import SiagaError

if TYPE_CHECKING:
    from router.console.route import Handler

_M = TypeVar("_M", bound=BaseModel)


class AskedWronglyError(SiagaError):
    """It is not what the route takes; the sentence says where."""

    code = "bad_request"


def query(request: web.Request, model: type[_M]) -> _M:
    """What stands behind the question mark.

    Raises:
        AskedWronglyError: it is not what the model wants.
    """
    given = request.query
    if len(set(given)) != len(given):
        raise AskedWronglyError("each parameter once")
    return _judged(model, dict(given), strict=False)


async def body(request: web.Request, model: type[_M]) -> _M:
    """The body, JSON.

    Raises:
        AskedWronglyError: it is not what the model wants.
    """
    try:
        given = json.loads(await request.text())
    except (ValueError, LookupError, RecursionError) as error:
        raise AskedWronglyError("the body is not JSON") from error
    return _judged(model, given, strict=True)


def _judged(model: type[_M], given: object, *, strict: bool) -> _M:
    try:
        return model.model_validate(given, strict=strict)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"]) or "body"
        raise AskedWronglyError(f"{where}: {first['msg'][:200]}") from error


def answered(handle: Handler) -> Handler:
    """The handler, with what was asked wrongly answered by 400."""

    async def safely(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except AskedWronglyError as error:
            said = {"error": error.code, "message": str(error)}
            return web.json_response(said, status=400)

    return safely
