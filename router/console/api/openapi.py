"""OpenAPI's document, made of the table of routes: what is not in the table is not in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic.json_schema import models_json_schema

from router.console.api import models
from router.hooks.model import HookEvent
from router.hooks.posts import model_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel

    from router.console.route import Contract, Route

VERSION: Final = "1"
_PARAMETER: Final = re.compile(r"\{(\w+):((?:[^{}]|\{[^{}]*\})+)\}")
_ALWAYS: Final = {400: "asked wrongly", 401: "nobody is logged in", 403: "may not"}
_SAID: Final = {
    **_ALWAYS,
    404: "there is none",
    409: "not as things are now",
    413: "too large",
    503: "router or database do not answer",
}
_REFERENCE: Final = "#/components/schemas/{model}"


def document(routes: Iterable[Route], centre: str) -> dict[str, Any]:
    """The document, version 3.1."""
    wanted = [(route, route.contract) for route in routes if route.contract is not None]
    posts = {event: model_of(event) for event in HookEvent}
    schemas = _schemas((contract for _, contract in wanted), posts.values())
    paths: dict[str, dict[str, Any]] = {}
    for route, contract in wanted:
        paths.setdefault(_path(route.path), {})[route.method.lower()] = _operation(route, contract)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"siaga112: {centre}", "version": VERSION},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "webhooks": {event.value: _hook(event, model) for event, model in posts.items()},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
        },
    }


def _hook(event: HookEvent, model: type[BaseModel]) -> dict[str, Any]:
    """What is posted to whoever has subscribed to an event."""
    schema = {"$ref": _REFERENCE.format(model=model.__name__)}
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("Webhook-Id", "Webhook-Timestamp", "Webhook-Signature", "Idempotency-Key")
    ]
    return {
        "post": {
            "summary": event.value,
            "description": "signed by the rules of Standard Webhooks; sent until it is answered "
            "by 2xx, for a day, each target in its order",
            "operationId": f"hook_{event.value.replace('.', '_')}",
            "parameters": headers,
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {"2XX": {"description": "taken"}},
        }
    }


def _schemas(contracts: Iterable[Contract], others: Iterable[type[BaseModel]]) -> dict[str, Any]:
    used: set[type[BaseModel]] = {models.Refusal, *others}
    for contract in contracts:
        used.add(contract.answer)
        if contract.body is not None:
            used.add(contract.body)
    ordered = sorted(used, key=lambda model: model.__name__)
    _, found = models_json_schema(
        [(model, "validation") for model in ordered], ref_template=_REFERENCE
    )
    return dict(found["$defs"])


def _path(path: str) -> str:
    """The path as OpenAPI writes it; a part that can be one word only is that word."""
    return _PARAMETER.sub(lambda m: m[2] if _is_word(m[2]) else f"{{{m[1]}}}", path)


def _is_word(pattern: str) -> bool:
    return re.fullmatch(r"[a-z-]+", pattern) is not None


def _operation(route: Route, contract: Contract) -> dict[str, Any]:
    statuses = [*_ALWAYS, *contract.refusals, *([413] if contract.body else [])]
    operation: dict[str, Any] = {
        "summary": contract.summary,
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}{_path(route.path)}").strip("_"),
        "description": f"scope: {contract.scope}; roles: {', '.join(_roles(route))}",
        "parameters": list(_parameters(route, contract)),
        "responses": {
            "200": _answer("done", contract.answer.__name__),
            **{str(status): _answer(_SAID[status], "Refusal") for status in sorted(set(statuses))},
        },
    }
    if contract.body is not None:
        schema = {"$ref": _REFERENCE.format(model=contract.body.__name__)}
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _roles(route: Route) -> list[str]:
    return sorted(route.roles) if isinstance(route.roles, frozenset) else []


def _answer(said: str, model: str) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model=model)}
    return {"description": said, "content": {"application/json": {"schema": schema}}}


def _parameters(route: Route, contract: Contract) -> Iterator[dict[str, Any]]:
    for name, pattern in _PARAMETER.findall(route.path):
        if not _is_word(pattern):
            schema = {"type": "string", "pattern": f"^{pattern}$"}
            yield {"name": name, "in": "path", "required": True, "schema": schema}
    if contract.query is not None:
        for name, schema in contract.query.model_json_schema()["properties"].items():
            yield {"name": name, "in": "query", "required": False, "schema": schema}
