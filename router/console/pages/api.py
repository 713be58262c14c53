"""The interface for machines, and the page on which it is explained."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from router.console import render
from router.console.api import v1
from router.console.api.openapi import document
from router.console.context import came, desk
from router.console.route import STAFF, Route

if TYPE_CHECKING:
    from collections.abc import Iterator


async def _document(request: web.Request) -> web.StreamResponse:
    centre = desk(request).plan().centre.name.id
    return web.json_response(document(v1.routes(), centre))


async def _show(request: web.Request) -> web.StreamResponse:
    made = document(v1.routes(), desk(request).plan().centre.name.id)
    return render.page(
        request,
        "api.html",
        origin=f"{'https' if came(request).secure else 'http'}://{request.host}",
        operations=list(_operations(made)),
        posts={
            event: (_model(methods["post"]["requestBody"]), methods["post"]["description"])
            for event, methods in made["webhooks"].items()
        },
        schemas={
            name: json.dumps(schema, indent=1, ensure_ascii=False)
            for name, schema in made["components"]["schemas"].items()
        },
    )


def _operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody")
            yield {
                "method": method.upper(),
                "path": path,
                "about": operation,
                "takes": None if body is None else _model(body),
                "answers": {
                    status: _model(answer) for status, answer in operation["responses"].items()
                },
            }


def _model(part: dict[str, Any]) -> str:
    reference: str = part["content"]["application/json"]["schema"]["$ref"]
    return reference.rpartition("/")[2]


def routes() -> Iterator[Route]:
    """The interface, its document and the page."""
    yield from v1.routes()
    yield Route("GET", "/api", _show, STAFF)
    yield Route("GET", "/api/openapi.json", _document, STAFF)
