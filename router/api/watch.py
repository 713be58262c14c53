"""What the centre says of itself: ``/healthz``, ``/readyz``, ``/metrics``, ``/api/alarms``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from router.alarms import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.alarms import Alarms
    from router.watch import Watcher

METRICS_TYPE: Final = CONTENT_TYPE_LATEST


async def _alive(_request: web.Request) -> web.Response:
    """The process lives and has time for others."""
    return web.json_response({"ok": True})


def routes(watcher: Watcher | None, alarms: Alarms | None) -> Iterator[web.RouteDef]:
    """The routes of what there is to be told."""
    yield web.get("/healthz", _alive)
    if watcher is not None:
        yield from _watched(watcher)
    if alarms is not None:
        yield from _alarmed(alarms)


def _watched(watcher: Watcher) -> Iterator[web.RouteDef]:
    async def ready(_request: web.Request) -> web.Response:
        found = watcher.ready()
        return web.json_response(found, status=200 if found["ok"] else 503)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=watcher.metrics(), headers={"Content-Type": METRICS_TYPE})

    yield web.get("/readyz", ready)
    yield web.get("/metrics", metrics)


def _alarmed(alarms: Alarms) -> Iterator[web.RouteDef]:
    async def standing(_request: web.Request) -> web.Response:
        return web.json_response({"alarms": alarms.rows(), **alarms.health()})

    async def trial(_request: web.Request) -> web.Response:
        alarms.happened(Kind.TRIAL)
        return web.json_response(alarms.health())

    yield web.get("/api/alarms", standing)
    yield web.post("/api/alarms/trial", trial)
