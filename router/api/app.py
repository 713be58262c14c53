"""The HTTP interface: ``/health`` open to this machine, ``/api/…`` with the instance's token."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import web

from router.ami import AmiError
from router.api import (
    board,
    browsers,
    callbacks,
    classes,
    dispatch,
    elsewhere,
    incidents,
    live,
    plan,
    prompts,
    recordings,
    supervise,
    watch,
)
from router.dispatch import DispatchError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from router.alarms import Alarms
    from router.applying import Applying
    from router.board import Hub
    from router.browsers import BrowserKeys
    from router.callbacks.desk import CallbackDesk
    from router.dispatch import Dispatcher, Supervision
    from router.incidents.desk import IncidentDesk
    from router.incidents.locate import Locator
    from router.live import LiveStore
    from router.nodes.errands import Errands
    from router.storage.lent import Lent
    from router.store.classes import ClassStore
    from router.watch import Watcher

MAX_BODY = 4096


@dataclass(frozen=True, slots=True)
class Services:
    """What the interface stands on.

    Attributes:
        token: bearer token of ``/api/…``.
        health: the router's state as JSON values.
        handsets: state by extension.
        transfer: sends a call to an agency; raises a ``DispatchError``.
        blocks: addresses that may not log in now.
        live: the overrides in force; raises an ``AmiError``. None: it is not served.
        dispatch: who is with a caller. None: it is not served.
        watcher: the watch over the parts, ``alarms`` theirs. None: they are not served.
        callbacks: whom to call back. None: it is not served.
        incidents: what has happened. None: it is not served.
        locator: asks callers where they are. None: it is not served.
        hub: the live board. None: it is not served.
        supervision: rings supervisors. None: it is not served.
        classes: what calls were. None: they are not taken.
        applying: puts plans in force. None: it is not served.
        overrides: sets and ends overrides. None: it is not served.
        browsers: lets browsers log in as handsets. None: it is not served.
        errands: asks other nodes. None: there are none.
        lent: recordings, for other nodes. None: they are not given.
        commanded: told after each command that was done.
    """

    token: str
    health: Callable[[], Mapping[str, Any]]
    handsets: Callable[[], Mapping[str, str]]
    transfer: Callable[[str, str], Awaitable[None]]
    blocks: Callable[[], Sequence[Mapping[str, Any]]] = tuple
    live: Callable[[], Awaitable[Sequence[Mapping[str, str | None]]]] | None = None
    dispatch: Dispatcher | None = None
    watcher: Watcher | None = None
    alarms: Alarms | None = None
    callbacks: CallbackDesk | None = None
    incidents: IncidentDesk | None = None
    locator: Locator | None = None
    hub: Hub | None = None
    supervision: Supervision | None = None
    classes: ClassStore | None = None
    applying: Applying | None = None
    overrides: LiveStore | None = None
    browsers: BrowserKeys | None = None
    errands: Errands | None = None
    lent: Lent | None = None
    commanded: Callable[[], None] = lambda: None


_SERVICES: web.AppKey[Services] = web.AppKey("services", Services)


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if request.path.startswith("/api/"):
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = request.app[_SERVICES].token
        if not token or not hmac.compare_digest(given.encode(), token.encode()):
            return _error(401, "unauthorized", "the token of this instance is needed")
    response = await handler(request)
    if _is_command(request) and response.status < 300:
        request.app[_SERVICES].commanded()
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _is_command(request: web.Request) -> bool:
    return request.method == "POST" and not request.path.startswith(recordings.PLACE)


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)


async def _health(request: web.Request) -> web.Response:
    state = request.app[_SERVICES].health()
    return web.json_response(state, status=200 if state["ok"] else 503)


async def _handsets(request: web.Request) -> web.Response:
    return web.json_response(dict(request.app[_SERVICES].handsets()))


async def _blocks(request: web.Request) -> web.Response:
    return web.json_response(list(request.app[_SERVICES].blocks()))


async def _live(request: web.Request) -> web.Response:
    listed = request.app[_SERVICES].live
    if listed is None:
        raise web.HTTPNotFound
    try:
        return web.json_response(list(await listed()))
    except AmiError as error:
        return _error(503, error.code, str(error))


async def _transfer(request: web.Request) -> web.Response:
    try:
        body = await request.json()
        call, agency = body["call"], body["agency"]
    except (ValueError, KeyError, TypeError):
        return _error(400, "bad_request", 'send {"call": "...", "agency": "..."}')
    if not isinstance(call, str) or not isinstance(agency, str):
        return _error(400, "bad_request", "call and agency are texts")
    try:
        await request.app[_SERVICES].transfer(call, agency)
    except DispatchError as error:
        return dispatch.refusal(error)
    return web.json_response({"call": call, "agency": agency})


def build_app(services: Services) -> web.Application:
    """The application; it listens on loopback only."""
    app = web.Application(
        middlewares=[_guard, elsewhere.sent_on(services.errands)], client_max_size=MAX_BODY
    )
    app[_SERVICES] = services
    app.add_routes(
        [
            web.get("/health", _health),
            web.get("/api/handsets", _handsets),
            web.get("/api/live", _live),
            web.get("/api/blocks", _blocks),
            web.post("/api/transfer", _transfer),
        ]
    )
    app.add_routes(dispatch.routes(services.dispatch))
    app.add_routes(supervise.routes(services.supervision))
    app.add_routes(watch.routes(services.watcher, services.alarms))
    app.add_routes(callbacks.routes(services.callbacks))
    app.add_routes(incidents.routes(services.incidents, services.locator))
    app.add_routes(board.routes(services.hub))
    app.add_routes(classes.routes(services.classes))
    app.add_routes(plan.routes(services.applying))
    app.add_routes(prompts.routes(services.applying))
    app.add_routes(recordings.routes(services.lent))
    app.add_routes(live.routes(services.overrides))
    app.add_routes(browsers.routes(services.browsers))
    return app
