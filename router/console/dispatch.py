"""``POST /api/dispatch/…``: the commands of the dispatch, each answered by its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.dispatch import (
    AsteriskAwayError,
    CallNotOpenError,
    DispatchError,
    UnknownAgencyError,
    UnknownHandsetError,
    UnknownLegError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.dispatch import Dispatcher, Outcome

_STATUS: Final = {
    CallNotOpenError: 404,
    UnknownAgencyError: 404,
    UnknownHandsetError: 404,
    UnknownLegError: 404,
    AsteriskAwayError: 503,
}
"""Status of a refusal; any other is 409: not as things are now."""


def refusal(error: DispatchError) -> web.Response:
    """The answer to a command that was refused."""
    status = _STATUS.get(type(error), 409)
    return web.json_response({"error": error.code, "message": str(error)}, status=status)


def _handler(
    command: Callable[[str, str], Awaitable[Outcome]], field: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
            call, target = body["call"], body[field]
        except (ValueError, KeyError, TypeError):
            call = target = None
        if not isinstance(call, str) or not isinstance(target, str):
            message = f'send {{"call": "...", "{field}": "..."}}'
            return web.json_response({"error": "bad_request", "message": message}, status=400)
        try:
            outcome = await command(call, target)
        except DispatchError as error:
            return refusal(error)
        return web.json_response(
            {
                "call": call,
                field: target,
                "result": outcome.result,
                "done": outcome.done,
                "message": outcome.text,
            }
        )

    return handle


def routes(dispatch: Dispatcher | None) -> list[web.RouteDef]:
    """The routes; none without a dispatch."""
    if dispatch is None:
        return []
    commands = {
        "add": (dispatch.add_agency, "agency"),
        "transfer": (dispatch.transfer, "agency"),
        "leave": (dispatch.leave, "handset"),
        "take-over": (dispatch.take_over, "handset"),
        "hang-up": (dispatch.hang_up_leg, "leg"),
    }
    return [
        web.post(f"/api/dispatch/{name}", _handler(command, field))
        for name, (command, field) in commands.items()
    ]
