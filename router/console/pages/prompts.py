"""The prompts: what callers hear, in whose voice, to be listened to, and recordings of each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.accounts.model import Role
from router.console import render
from router.console.context import desk, visit
from router.console.guard import HEADERS
from router.console.pages.handset import MICROPHONE, POLICY
from router.console.prompting.heard import played
from router.console.prompting.listed import SECTIONS, Place, Prompts, Spoken, Voice, place_of
from router.console.route import ADMINS, HEARERS, Route
from siaga.prompts import RING
from siaga.takes import UnknownTakeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.words import Language
    from siaga.plan import Plan
    from siaga.plan.model import Agency, Emergency, SubMenu

PLACE: Final = "/prompts/{language:[a-z]{2}}/{prompt:[a-z][a-z0-9_-]{0,50}}"
TAKE: Final = PLACE + "/takes/{take:[0-9]{8}T[0-9]{6}-[0-9a-f]{8}}"
assert "microphone=()" in HEADERS[POLICY]  # noqa: S101 - or the page could not let it in


WRONG: Final = frozenset({Voice.OUTDATED, Voice.MISSING})
"""What somebody should see to."""


def name_of(plan: Plan, place: Place, language: Language) -> str:
    """What of the plan a prompt is about, in the reader's language; empty: nothing of it."""
    if not place.thing:
        return ""
    if place.kind == "announce":
        return place.thing
    found: Emergency | Agency | SubMenu | None = plan.menus.get(place.thing)
    if place.kind == "chosen":
        found = plan.emergencies.get(place.thing)
    elif place.kind == "calling":
        found = plan.agencies.get(place.thing)
    return place.thing if found is None else getattr(found.name, language) or found.name.id


async def _listed(request: web.Request) -> web.StreamResponse:
    stands, found = desk(request), visit(request)
    plan = stands.plan()

    def read() -> list[tuple[str, Place, list[Spoken]]]:
        prompts = Prompts(stands.settings, plan)
        return [
            (
                name,
                place_of(name),
                [one for lang in prompts.languages if (one := prompts.get(lang, name))],
            )
            for name in prompts.names()
        ]

    rows = await asyncio.to_thread(read)
    return render.page(
        request,
        "prompts.html",
        wrong=[
            (one, one.voice.value, place, name_of(plan, place, found.language))
            for _, place, spoken in rows
            for one in spoken
            if one.voice in WRONG
        ],
        sections=[
            (
                section,
                [
                    (name, place, name_of(plan, place, found.language), spoken)
                    for name, place, spoken in rows
                    if place.section == section
                ],
            )
            for section in SECTIONS
        ],
        edits=found.role in ADMINS,
    )


def prompts_of(request: web.Request) -> tuple[Prompts, Spoken]:
    """The prompt that the address names.

    Raises:
        HTTPNotFound: there is none.
    """
    stands = desk(request)
    prompts = Prompts(stands.settings, stands.plan())
    spoken = prompts.get(request.match_info["language"], request.match_info["prompt"])
    if spoken is None:
        raise web.HTTPNotFound
    return prompts, spoken


async def _one(request: web.Request) -> web.StreamResponse:
    return await page(request)


async def page(request: web.Request, message: str = "", status: int = 200) -> web.Response:
    """A prompt by itself: its words, its voice, its recordings."""
    prompts, spoken = await asyncio.to_thread(prompts_of, request)
    place, found = place_of(spoken.prompt), visit(request)
    takes = await asyncio.to_thread(prompts.takes.all, spoken.language, spoken.prompt)
    words = "\n".join(spoken.phrases)
    answer = render.page(
        request,
        "prompt.html",
        status=status,
        spoken=spoken,
        place=place,
        thing=name_of(desk(request).plan(), place, found.language),
        takes=[
            (
                take,
                take.text == words,
                prompts.takes.was_listened(spoken.language, spoken.prompt, take.id),
            )
            for take in takes
        ],
        others=[one for one in prompts.languages if one != spoken.language],
        message=message,
        edits=found.role in ADMINS and spoken.prompt != RING,
        said=request.query.get("said", "") if request.query.get("said") in SAID else "",
    )
    if found.role in ADMINS:
        answer.headers[POLICY] = MICROPHONE
    return answer


SAID: Final = frozenset({"added", "used", "delivered", "dropped"})
"""What the page says to have been done."""


async def _now(request: web.Request) -> web.StreamResponse:
    prompts, spoken = await asyncio.to_thread(prompts_of, request)
    return await asyncio.to_thread(played, request, prompts.file(spoken.language, spoken.prompt))


async def _take(request: web.Request) -> web.StreamResponse:
    prompts, spoken = await asyncio.to_thread(prompts_of, request)
    language, prompt, name = spoken.language, spoken.prompt, request.match_info["take"]
    try:
        await asyncio.to_thread(prompts.takes.get, language, prompt, name)
        answer = await asyncio.to_thread(
            played, request, prompts.takes.heard(language, prompt, name)
        )
    except UnknownTakeError as error:
        raise web.HTTPNotFound from error
    # An auditor changes nothing: that they have heard it lets nobody else put it in use.
    if request.method == "GET" and visit(request).role is Role.ADMIN:
        await asyncio.to_thread(prompts.takes.note_listened, language, prompt, name)
    return answer


def routes() -> Iterator[Route]:
    """Read and heard by whoever reads the plan."""
    yield Route("GET", "/prompts", _listed, HEARERS)
    yield Route("GET", PLACE, _one, HEARERS)
    yield Route("GET", PLACE + "/now.wav", _now, HEARERS)
    yield Route("GET", TAKE + ".wav", _take, HEARERS)
