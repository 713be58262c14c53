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
    command: Callable[..., Awaitable[Outcome]], *fields: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    names = ("call", *fields)

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
            given = {name: body[name] for name in names}
        except (ValueError, KeyError, TypeError):
            given = {}
        if not given or not all(isinstance(value, str) for value in given.values()):
            wanted = ", ".join(f'"{name}": "..."' for name in names)
            message = f"send {{{wanted}}}"
            return web.json_response({"error": "bad_request", "message": message}, status=400)
        try:
            outcome = await command(*given.values())
        except DispatchError as error:
            return refusal(error)
        done = {"result": outcome.result, "done": outcome.done, "message": outcome.text}
        return web.json_response({**given, **done})

    return handle


def routes(dispatch: Dispatcher | None) -> list[web.RouteDef]:
    """The routes; none without a dispatch."""
    if dispatch is None:
        return []
    commands: dict[str, tuple[Callable[..., Awaitable[Outcome]], tuple[str, ...]]] = {
        "add": (dispatch.add_agency, ("agency",)),
        "transfer": (dispatch.transfer, ("agency",)),
        "swap": (dispatch.swap, ("agency", "handset")),
        "leave": (dispatch.leave, ("handset",)),
        "take-over": (dispatch.take_over, ("handset",)),
        "hang-up": (dispatch.hang_up_leg, ("leg",)),
    }
    return [
        web.post(f"/api/dispatch/{name}", _handler(command, *fields))
        for name, (command, fields) in commands.items()
    ]
