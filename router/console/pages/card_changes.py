"""What is done by the card: asked of the router, once, and never without an answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.accounts.trail import Deed
from router.console.board.held import Link
from router.console.card import said
from router.console.card.sheet import node_of
from router.console.context import desk, visit
from router.console.incidents import asked
from router.console.link import ANSWERED_S, RefusedError, RouterAwayError
from router.console.pages.card import CALL, address, card, seat
from router.console.route import DESK, STAFF, Route
from router.console.words import speaker
from router.store.errors import UnknownCallError
from router.store.notes import MAX_NOTE, Note, NoteOvertakenError
from router.store.trail import Change
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

DISPATCH: Final = ("add", "transfer", "swap", "leave")
INCIDENT: Final = ("open", "join", "place", "ask", "advise")
OTHER: Final = ("class", "locate", "note")
PLAIN_S: Final = 2.0
"""So long a browser without script waits for it; then it is shown what is rung."""
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered.

    Attributes:
        ok: it was done. ``message``: what became of it, in the visitor's language.
        status: of HTTP. ``more``: for the page's script.
    """

    ok: bool
    message: str = ""
    status: int = 200
    more: Mapping[str, Any] = field(default_factory=dict)


async def _change(request: web.Request) -> web.StreamResponse:
    verb, call = request.match_info["verb"], request.match_info["call"]
    form = {name: str(text) for name, text in (await request.post()).items()}
    by_script = "application/json" in request.headers.get("Accept", "")
    answer = await _answered(request, verb, call, form, plain=not by_script)
    if by_script:
        body = {"ok": answer.ok, "message": answer.message, **answer.more}
        return web.json_response(body, status=answer.status)
    if answer.status < 400 and (answer.ok or not answer.message):
        return web.Response(status=303, headers={"Location": address(call)})
    return await card(request, call, answer.message, answer.status)


async def _answered(
    request: web.Request, verb: str, call: str, form: Mapping[str, str], *, plain: bool
) -> Said:
    language = visit(request).language
    try:
        if verb in DISPATCH:
            return await _dispatch(request, verb, call, form, plain=plain)
        return await _DOING[verb](request, verb, call, form)
    except RouterAwayError:
        plan = desk(request).plan()
        what = form.get("kind" if verb == "class" else "agency", "")
        keys = said.keys_of(verb, what, plan.agencies)
        return Said(ok=False, message=said.away(keys, language), status=503)
    except RefusedError as error:
        more = {"error": error.reason}
        return Said(False, said.refusal(error, language), error.status, more)  # noqa: FBT003


async def _dispatch(
    request: web.Request, verb: str, call: str, form: Mapping[str, str], *, plain: bool
) -> Said:
    stands, found = desk(request), visit(request)
    t = speaker(found.language)
    follower = stands.feed.follower
    if follower.link is Link.LIVE and call not in (follower.held.state or {"calls": ()})["calls"]:
        return Said(ok=False, message=t("card.over"), status=409, more={"error": "call_ended"})
    body = {"call": call}
    if verb != "leave":
        body["agency"] = form.get("agency", "")[:MOST]
    if verb in ("swap", "leave"):
        body["handset"] = seat(request)
        if not body["handset"]:
            return Said(ok=False, message=t("card.sit_first"), status=409)
    key = (found.session, verb, *body.values(), form.get("seen", "")[:64])
    doing = asyncio.ensure_future(stands.once.do(key, lambda: _command(request, verb, body)))
    if plain:
        await asyncio.wait({doing}, timeout=PLAIN_S)
        if not doing.done():
            return Said(ok=True)
    answer = await doing
    return Said(bool(answer["done"]), said.sentence(str(answer["message"]), found.language))


async def _command(request: web.Request, verb: str, body: dict[str, str]) -> Any:
    """Ask the router, and put down what became of it."""
    stands = desk(request)
    actor = visit(request).actor(stands.now())
    about = " ".join([verb, *list(body.values())[1:]])
    try:
        answer = await stands.link.post("dispatch", verb, body=body, timeout_s=ANSWERED_S)
    except RefusedError as error:
        await stands.trail.add(actor, Change(Deed.DISPATCHED, body["call"], about, error.reason))
        raise
    change = Change(Deed.DISPATCHED, body["call"], about, str(answer["result"]))
    await stands.trail.add(actor, change)
    return answer


async def _class(request: web.Request, _verb: str, call: str, form: Mapping[str, str]) -> Said:
    stands, found = desk(request), visit(request)
    t = speaker(found.language)
    kind = form.get("kind", "")
    if kind not in tuple(CallClass):
        return Said(ok=False, message=t("error.bad_request"), status=400)
    await stands.link.post("classes", body={"call": call, "kind": kind, "by": found.name})
    await stands.trail.add(found.actor(stands.now()), Change(Deed.CALL_CLASSED, call, "", kind))
    return Said(ok=True, message=t("card.classed", kind=t(f"class.{kind}")))


async def _locate(request: web.Request, _verb: str, call: str, _form: Mapping[str, str]) -> Said:
    stands, found = desk(request), visit(request)
    await stands.link.post("incidents", "locate", body={"call": call, "by": found.name})
    change = Change(Deed.INCIDENT_CHANGED, call, "locate", "ok")
    await stands.trail.add(found.actor(stands.now()), change)
    return Said(ok=True, message=speaker(found.language)("card.located"))


async def _incident(request: web.Request, verb: str, call: str, form: Mapping[str, str]) -> Said:
    stands, found = desk(request), visit(request)
    number = await _number(request, verb, call, form)
    about = verb
    try:
        if verb != "open":
            body = _body(verb, call, form) | {"by": found.name}
            version = form.get("version", "")[:18]
            if verb != "join" and version:
                body["seen"] = version
            about = f"{verb} {body.get('number', '')}".strip()
            await stands.link.post("incidents", number, verb, body=body)
    except RefusedError as error:
        change = Change(Deed.INCIDENT_CHANGED, f"#{number}", about, error.reason)
        await stands.trail.add(found.actor(stands.now()), change)
        raise
    change = Change(Deed.INCIDENT_CHANGED, f"#{number}", f"{about} {call}", "ok")
    await stands.trail.add(found.actor(stands.now()), change)
    t = speaker(found.language)
    return Said(ok=True, message=t(f"card_done.{verb}", number=number), more={"incident": number})


async def _number(request: web.Request, verb: str, call: str, form: Mapping[str, str]) -> str:
    """Of the incident that it is about; a call that tells of none has one opened."""
    given = form.get("incident", "")[:12]
    if given.isascii() and given.isdigit():
        return given
    if verb == "join":
        raise RefusedError(400, "bad_request", "")
    body = {"call": call, "by": visit(request).name}
    return str((await desk(request).link.post("incidents", body=body))["id"])


def _body(verb: str, call: str, form: Mapping[str, str]) -> dict[str, str]:
    match verb:
        case "join":
            return {"call": call}
        case "place":
            return asked.body("place", asked.typed("place", form))
        case _:
            text = form.get("text", "").strip()[: asked.LONGEST]
            return {"number": form.get("number", "")[:4], "text": text}


async def _note(request: web.Request, _verb: str, call: str, form: Mapping[str, str]) -> Said:
    stands, found = desk(request), visit(request)
    t = speaker(found.language)
    text = form.get("text", "").replace("\r\n", "\n")
    if len(text) > MAX_NOTE:
        return Said(ok=False, message=t("card.note_long", most=MAX_NOTE), status=413)
    seen = form.get("seen", "")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0
    note = Note(call, found.account or 0, found.name, text, version, stands.now())
    try:
        kept = await stands.notes.keep(node_of(request, call), note)
    except NoteOvertakenError as error:
        newer = error.kept
        more = {"error": error.code, "text": newer.text, "version": newer.version}
        return Said(ok=False, message=t("card.note_overtaken"), status=409, more=more)
    except UnknownCallError:
        return Said(ok=False, message=t("card.no_call"), status=404)
    if kept.version == 1 and version == 0:
        await stands.trail.add(found.actor(stands.now()), Change(Deed.CALL_NOTED, call, "", ""))
    return Said(ok=True, message=t("card.note_kept"), more={"version": kept.version})


_DOING: Final[
    Mapping[str, Callable[[web.Request, str, str, Mapping[str, str]], Awaitable[Said]]]
] = {
    "class": _class,
    "locate": _locate,
    "note": _note,
    **dict.fromkeys(INCIDENT, _incident),
}


async def _back(request: web.Request) -> web.StreamResponse:
    """Where a form was refused, a browser without script may ask for the page again."""
    raise web.HTTPSeeOther(address(request.match_info["call"]))


def routes() -> Iterator[Route]:
    """By whoever acts on calls."""
    path = CALL + "/{verb:" + "|".join((*DISPATCH, *INCIDENT, *OTHER)) + "}"
    yield Route("POST", path, _change, DESK)
    yield Route("GET", path, _back, STAFF)
