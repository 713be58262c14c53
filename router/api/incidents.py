"""``/api/incidents``: what has happened, and what is done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from router.incidents.model import Sop
from router.incidents.placing import Told
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from router.incidents.desk import IncidentDesk
    from router.incidents.locate import Locator

    Words = Mapping[str, str]

MAX_WHO: Final = 200
PLACE: Final = ("district", "village", "text", "position")
MAX_ID: Final = 2**31
STATUS: Final = {
    "unknown_incident": 404,
    "unknown_call": 404,
    "unknown_place": 400,
    "wrong_word": 400,
    "incident_closed": 409,
    "not_in_incident": 409,
    "not_asked": 409,
    "overtaken": 409,
    "too_many_links": 429,
}
"""Status by the code of what is refused."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "join": ("call",),
    "merge": ("into",),
    "kind": ("kind",),
    "place": (),
    "note": ("text",),
    "ask": ("number", "text"),
    "advise": ("number",),
    "send": ("agency",),
    "accept": ("agency",),
    "arrive": ("agency",),
    "close": ("text",),
}
"""What each change has to be told, beside ``by``.

With ``seen``, the version that somebody has seen, it is refused by 409 when another has changed the
same since.
"""


def routes(desk: IncidentDesk | None, locator: Locator | None = None) -> Iterator[web.RouteDef]:
    """The routes, when there are incidents."""
    if desk is None:
        return

    async def listed(_request: web.Request) -> web.Response:
        return await _answer(desk.rows)

    async def one(request: web.Request) -> web.Response:
        number = _number(request.match_info["id"])
        return await _answer(lambda: desk.row(number))

    async def opened(request: web.Request) -> web.Response:
        words = await _words(request, ("call",))
        kind = words.get("kind") or None
        return await _answer(lambda: _id(desk.open(words["call"], words["by"], kind)))

    async def split(request: web.Request) -> web.Response:
        words = await _words(request, ("call",))
        there = _seeing(desk, _number(words.get("incident", "")), words)
        return await _answer(lambda: _id(there.split(words["call"], words["by"])))

    async def changed(request: web.Request) -> web.Response:
        verb, number = request.match_info["verb"], _number(request.match_info["id"])
        words = await _words(request, NEEDED[verb])

        async def change() -> dict[str, Any]:
            await _change(_seeing(desk, number, words), verb, number, words)
            return await desk.row(number)

        return await _answer(change)

    async def locate(request: web.Request) -> web.Response:
        words = await _words(request, ("call",))
        if locator is None:
            raise web.HTTPNotFound
        return await _answer(lambda: _id(locator.ask(words["call"], words["by"])))

    yield web.get("/api/incidents", listed)
    yield web.post("/api/incidents/locate", locate)
    yield web.post("/api/incidents", opened)
    yield web.post("/api/incidents/split", split)
    yield web.get("/api/incidents/{id:[0-9]{1,12}}", one)
    yield web.post("/api/incidents/{id:[0-9]{1,12}}/{verb:" + "|".join(NEEDED) + "}", changed)


def _seeing(desk: IncidentDesk, number: int, words: Words) -> IncidentDesk:
    """The desk, for who has seen what ``seen`` says; without it, or of no incident, as ever."""
    seen = words.get("seen", "")
    return desk.seeing(number, _version(seen)) if seen and number else desk


async def _change(desk: IncidentDesk, verb: str, number: int, words: Words) -> None:
    who = words["by"]
    match verb:
        case "join":
            await desk.join(number, words["call"], who)
        case "merge":
            await desk.merge(number, _number(words["into"]), who)
        case "kind":
            await desk.kind(number, words["kind"], who)
        case "place":
            district, village, text, position = (words.get(name, "") for name in PLACE)
            without = words.get("without", "").split(",")
            told = Told(district, village, text, position, without=without)
            await desk.place(number, who, told)
        case "note":
            await desk.note(number, words["text"], who)
        case "ask" | "advise":
            place, answer = _number(words["number"]), words.get("text", "")
            await desk.answer(number, Sop(verb), place, answer, who)
        case "close":
            await desk.close(number, words["text"], who)
        case _:
            await desk.step(number, verb, words["agency"], words.get("unit", ""), who)


async def _id(making: Awaitable[int]) -> dict[str, int]:
    return {"id": await making}


async def _answer(work: Callable[[], Awaitable[Any]]) -> web.Response:
    try:
        return web.json_response(await work())
    except SiagaError as error:
        return _error(STATUS.get(error.code, 400), error.code, str(error))
    except (SQLAlchemyError, OSError):
        return _error(503, "database_away", "the database does not answer")


async def _words(request: web.Request, needed: tuple[str, ...]) -> Words:
    """The body's texts.

    Raises:
        HTTPBadRequest: it is not an object of texts, or one is missing.
    """
    wanted = ("by", *needed)
    try:
        body = await request.json()
        words = {name: text for name, text in body.items() if isinstance(text, str)}
    except (ValueError, AttributeError):
        words = {}
    if any(not words.get(name, "").strip() for name in wanted) or len(words["by"]) > MAX_WHO:
        shape = ", ".join(f'"{name}": "..."' for name in wanted)
        answer = _error(400, "bad_request", f"send {{{shape}}}")
        raise web.HTTPBadRequest(text=answer.text, content_type="application/json")
    return words


def _version(text: str) -> int:
    """A version; what is none is older than all."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _number(text: str) -> int:
    """A number of an incident; what is none leads to one that is not there."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    return number if number < MAX_ID else 0


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
