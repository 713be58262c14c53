"""What is done about an incident: asked of the router, once, on what the page showed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from router.accounts.trail import Deed
from router.console.context import desk, visit
from router.console.incidents import asked
from router.console.incidents.sheet import Refusal, sheet
from router.console.link import RefusedError, RouterAwayError
from router.console.route import DESK, STAFF, Route
from router.console.words import speaker
from router.store.trail import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.words import Language

OVERTAKEN = "overtaken"
CLOSED = "incident_closed"


async def _change(request: web.Request) -> web.StreamResponse:
    number, verb = int(request.match_info["id"]), request.match_info["verb"]
    form = await request.post()
    fields, seen = asked.typed(verb, form), str(form.get("seen", ""))[:18]
    stands, found = desk(request), visit(request)
    words = {"by": found.name, "seen": seen or "0", **asked.body(verb, fields)}
    about, t = asked.told(verb, fields), speaker(found.language)
    actor = found.actor(stands.now())
    try:
        await _ask(request, number, verb, words)
    except RouterAwayError:
        return await sheet(request, number, Refusal(verb, fields, t("incident.away"), 503))
    except RefusedError as error:
        change = Change(Deed.INCIDENT_CHANGED, f"#{number}", about, error.reason)
        await stands.trail.add(actor, change)
        return await _refused(request, number, Refusal(verb, fields, "", error.status), error, seen)
    await stands.trail.add(actor, Change(Deed.INCIDENT_CHANGED, f"#{number}", about, "ok"))
    there = fields["into"].strip() if verb == "merge" else str(number)
    return web.Response(status=303, headers={"Location": f"/incidents/{there}"})


async def _ask(request: web.Request, number: int, verb: str, words: dict[str, str]) -> Any:
    link = desk(request).link
    if verb == "split":
        return await link.post("incidents", "split", body={**words, "incident": str(number)})
    return await link.post("incidents", str(number), verb, body=words)


async def _refused(
    request: web.Request, number: int, refusal: Refusal, error: RefusedError, seen: str
) -> web.Response:
    language = visit(request).language
    said = Refusal(
        refusal.verb,
        refusal.fields,
        _said(error, language),
        refusal.status,
        overtaken=error.reason in (OVERTAKEN, CLOSED),
        seen=int(seen) if seen.isascii() and seen.isdigit() else 0,
    )
    return await sheet(request, number, said)


def _said(error: RefusedError, language: Language) -> str:
    """Why not; the router says it in both languages, a line each."""
    t = speaker(language)
    match error.reason:
        case "overtaken":
            return t("incident.overtaken")
        case "incident_closed":
            return t("incident.is_closed")
        case "bad_request":
            return t("incident.missing")
        case "not_in_incident":
            return t("incident.alone")
        case _:
            first, _, second = str(error).replace(" / ", "\n", 1).partition("\n")
            return second if language == "en" and second else first


async def _back(request: web.Request) -> web.StreamResponse:
    """Where a form was refused, a browser without script may ask for the page again."""
    raise web.HTTPSeeOther(f"/incidents/{int(request.match_info['id'])}")


def routes() -> Iterator[Route]:
    """By whoever acts on calls."""
    path = "/incidents/{id:[0-9]{1,9}}/{verb:" + "|".join(asked.FIELDS) + "}"
    yield Route("POST", path, _change, DESK)
    yield Route("GET", path, _back, STAFF)
