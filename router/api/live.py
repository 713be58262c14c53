"""``POST /api/live/…``: an override set for a while, or ended before its time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.ami import AmiError
from router.live import Item, LiveError, NotSetError, StrandedError, UnknownNameError, hush
from siaga.plan.live import Override

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from router.live import LiveStore

_STATUS: Final = {UnknownNameError: 404, NotSetError: 404, StrandedError: 409}


def routes(store: LiveStore | None) -> Iterator[web.RouteDef]:
    """The routes, when overrides can be set from here."""
    if store is None:
        return

    async def set_(request: web.Request) -> web.Response:
        try:
            item, force = _asked(await request.json())
        except (ValueError, KeyError, TypeError):
            return _error(400, "bad_request", "send override, name, until, why and by as texts")
        return await _told(item.key, store.set(item, force=force))

    async def clear(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            key, why, by = (_text(body[name]) for name in ("key", "why", "by"))
        except (ValueError, KeyError, TypeError):
            return _error(400, "bad_request", "send key, why and by as texts")
        return await _told(key, _clear(store, key, why, by))

    async def hush_(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            why, by = _text(body["why"]).strip(), _text(body["by"])
            until = _moment(body["until"])
        except (ValueError, KeyError, TypeError):
            return _error(400, "bad_request", "send until, why and by as texts")
        return await _told("silence", _hushed(store, until, why, by))

    yield web.post("/api/live/hush", hush_)
    yield web.post("/api/live/set", set_)
    yield web.post("/api/live/clear", clear)


async def _clear(store: LiveStore, key: str, why: str, by: str) -> tuple[str, ...]:
    item = next((one for one in await store.items() if one.key == key), None)
    if item is None:
        raise NotSetError("Sudah tidak berlaku.\nIt is set no more.")
    return await store.clear(item, reason=why, by=by)


async def _hushed(store: LiveStore, until: datetime, why: str, by: str) -> tuple[str, ...]:
    _names, warnings = await hush(store, until, reason=why, by=by)
    return warnings


async def _told(key: str, deed: Awaitable[tuple[str, ...]]) -> web.Response:
    try:
        warnings = await deed
    except LiveError as error:
        return _error(_STATUS.get(type(error), 400), error.code, str(error))
    except AmiError as error:
        return _error(503, error.code, str(error))
    return web.json_response({"key": key, "warnings": list(warnings)})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _moment(value: object) -> datetime:
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError
    return found


def _asked(body: Any) -> tuple[Item, bool]:
    """What is to be set; raises a ValueError, KeyError or TypeError if that is not said."""
    texts = {name: _text(body[name]) for name in ("override", "name", "until", "why", "by")}
    texts["target"] = _text(body.get("target", ""))
    until = _moment(texts["until"])
    override = Override(texts["override"])
    target = texts["target"] if override is Override.DIVERT else None
    item = Item(override, texts["name"], until, target, texts["why"].strip(), texts["by"])
    return item, body.get("force") == "1"


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
