"""The handsets: on the air or not, and a new password for one, shown once with what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from router.accounts import codes
from router.accounts.trail import Deed
from router.console import render
from router.console.context import desk, visit
from router.console.link import RefusedError, RouterAwayError
from router.console.pages.plan_apply import LONGEST_S, said
from router.console.route import ADMINS, HEARERS, Route
from router.console.words import speaker
from router.store.trail import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiohttp import web

    from siaga.settings import Settings

STATES: Final = frozenset({"free", "busy", "ringing", "unavailable"})


async def _show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request,
    message: str = "",
    given: Mapping[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    """The list; ``given`` is what a handset needs to log in, shown this once."""
    stands, t = desk(request), speaker(visit(request).language)
    try:
        states = await stands.link.get("handsets")
    except (RouterAwayError, RefusedError):
        states, message = {}, message or t("handsets.unknown")
    plan = stands.plan()
    rows: list[dict[str, Any]] = [
        {
            "extension": extension,
            "agency": agency.name,
            "browser": extension in plan.browsers,
            "state": state if (state := states.get(extension)) in STATES else "unknown",
        }
        for agency in plan.agencies.values()
        for extension in agency.extensions
    ]
    return render.page(
        request,
        "handsets.html",
        status=status,
        rows=rows,
        message=message,
        given=given,
        picture="" if given is None else _picture(given),
        edits=visit(request).role in ADMINS,
    )


async def _renew(request: web.Request) -> web.StreamResponse:
    stands, found = desk(request), visit(request)
    extension = request.match_info["id"]
    body = {"extension": extension, "by": found.name}
    try:
        done = await stands.link.post("plan", "rotate", body=body, timeout_s=LONGEST_S)
    except RouterAwayError:
        return await _page(request, speaker(found.language)("error.away"), status=503)
    except RefusedError as error:
        return await _page(request, said(request, error), status=error.status)
    await stands.trail.add(found.actor(stands.now()), Change(Deed.HANDSET_RENEWED, extension))
    given = _given(stands.settings, extension, str(done["logins"][extension]))
    return await _page(request, given=given)


def _given(settings: Settings, extension: str, password: str) -> dict[str, str]:
    return {
        "user": extension,
        "password": password,
        "server": settings.handset_server,
        "transport": "tls" if settings.tls_required else "udp",
    }


def _picture(given: Mapping[str, str]) -> str:
    """A sip: address with all of it, which softphones that read pictures understand."""
    text = (
        f"sip:{given['user']}:{quote(given['password'], safe='')}@{given['server']}"
        f";transport={given['transport']}"
    )
    return codes.picture(text)


def routes() -> Iterator[Route]:
    """Read by whoever reads the plan; passwords are made by admins."""
    yield Route("GET", "/plan/handsets", _show, HEARERS)
    yield Route("POST", "/plan/handsets/{id:[0-9]{1,6}}/renew", _renew, ADMINS)
