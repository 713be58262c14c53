"""Before every handler: who asks, may they, and do they ask themselves or was it forged."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from aiohttp import web

from router.accounts import tokens
from router.accounts.model import Stage, is_over, stage
from router.console import cookies
from router.console.context import Visit, came, desk, note_visit
from router.console.failures import refused
from router.console.route import SAFE, Public, Route
from router.console.words import language_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.accounts.model import Role
    from router.console.route import Handler

WORD_FIELD: Final = "word"
"""Field of a form that carries the session's word."""
WORD_HEADER: Final = "X-Siaga-Word"
"""Header that carries it for requests made by a script."""
STAGE_PAGES: Final = {
    Stage.CODE: "/login/code",
    Stage.PASSWORD: "/login/password",
    Stage.ENROL: "/login/enrol",
    Stage.FULL: "/",
}


class Verdict(Enum):
    """What is said to a request; a closed list."""

    GRANTED = "granted"
    NOBODY = "nobody"
    """Nobody is logged in."""
    UNFINISHED = "unfinished"
    """The log-in wants something more first, or is over that stage already."""
    FORBIDDEN = "forbidden"
    FORGED = "forged"


def judge(route: Route, found: Visit, *, is_own: bool, word: str) -> Verdict:
    """What a request is told.

    Args:
        route: that is asked for.
        found: who asks.
        is_own: the request comes from a page of ours.
        word: the session's word, as the request has it.
    """
    forged = route.method not in SAFE and not is_own
    if isinstance(route.roles, Public):
        return Verdict.FORGED if forged else Verdict.GRANTED
    if found.role is None:
        return Verdict.NOBODY
    if found.stage not in route.stages:
        return Verdict.UNFINISHED
    return _judge_known(route, found, found.role, is_own=is_own, word=word)


def _judge_known(route: Route, found: Visit, role: Role, *, is_own: bool, word: str) -> Verdict:
    if not route.may(role):
        return Verdict.FORBIDDEN
    if found.scopes is not None:
        # A machine's token is sent by nobody but whoever has it.
        needed = route.contract.scope if route.contract else None
        return Verdict.GRANTED if needed in found.scopes else Verdict.FORBIDDEN
    right = route.method in SAFE or (is_own and tokens.is_same(tokens.unmasked(word), found.word))
    return Verdict.GRANTED if right else Verdict.FORGED


def guarded(route: Route) -> Handler:
    """The handler of a route, reached by whom it is for."""

    async def handle(request: web.Request) -> web.StreamResponse:
        found = await identify(request, route)
        note_visit(request, found)
        if route.body is not None:
            request = request.clone(client_max_size=route.body)
        word = "" if request.method in SAFE or not found.word else await _word(request)
        verdict = judge(route, found, is_own=is_own(request), word=word)
        if verdict is Verdict.GRANTED:
            return await route.handle(request)
        return _sent_away(request, found, verdict)

    return handle


async def identify(request: web.Request, route: Route) -> Visit:
    """Who asks: a machine by its token, a person by their cookie, or nobody."""
    if route.contract is not None and "Authorization" in request.headers:
        return await _machine(request)
    return await _person(request)


async def _machine(request: web.Request) -> Visit:
    nobody = stranger(request)
    kind, _, word = request.headers["Authorization"].partition(" ")
    digest = tokens.digest(word.removeprefix(tokens.MACHINE))
    if kind.lower() != "bearer" or digest is None or not word.startswith(tokens.MACHINE):
        return nobody
    stands = desk(request)
    found, now = await stands.tokens.find(digest), stands.now()
    if found is None or not found.counts(now):
        return nobody
    await stands.tokens.saw(found, now)
    return Visit(
        nobody.address, nobody.language, name=found.name, role=found.role, scopes=found.scopes
    )


async def _person(request: web.Request) -> Visit:
    nobody = stranger(request)
    word = cookies.read(request, cookies.SESSION)
    digest = tokens.digest(word)
    stands = desk(request)
    pair = None if digest is None else await stands.sessions.find(digest)
    if pair is None:
        return nobody
    account, session = pair
    rules, now = stands.settings.console, stands.now()
    if account.disabled is not None or is_over(session, now, rules.idle_s, rules.longest_s):
        return nobody
    await stands.sessions.saw(session, now)
    return Visit(
        address=nobody.address,
        language=language_of(account.language) if account.language else nobody.language,
        account=account.id,
        name=account.name,
        role=account.role,
        stage=stage(account, session),
        session=session.id,
        word=tokens.form_word(word),
    )


def stranger(request: web.Request) -> Visit:
    """Whoever it is, as long as nothing is known of them."""
    return Visit(came(request).address, language_of(cookies.read(request, cookies.LANGUAGE)))


def is_own(request: web.Request) -> bool:
    """Whether a browser says that the request comes from a page of this very host."""
    origin = request.headers.get("Origin", "")
    try:
        return bool(origin) and urlsplit(origin).netloc == request.host
    except ValueError:
        return False


async def _word(request: web.Request) -> str:
    if WORD_HEADER in request.headers:
        return request.headers[WORD_HEADER]
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    return str((await request.post()).get(WORD_FIELD, ""))


def _sent_away(request: web.Request, found: Visit, verdict: Verdict) -> web.StreamResponse:
    if verdict is Verdict.FORBIDDEN:
        return refused(request, 403, "forbidden")
    if verdict is Verdict.FORGED:
        return refused(request, 403, "forged")
    target = "/login" if verdict is Verdict.NOBODY else STAGE_PAGES[found.stage]
    if is_page(request):
        if verdict is Verdict.NOBODY and request.path != "/":
            target = f"{target}?next={quote(request.path_qs, safe='')}"
        raise web.HTTPSeeOther(target)
    # A page that stays open shows a window to log in, and goes on afterwards.
    answer = refused(request, 401, "log_in")
    answer.headers["X-Siaga-Login"] = target
    return answer


def is_page(request: web.Request) -> bool:
    """Whether a browser asks for a whole page, and may be led to another."""
    by_script = "HX-Request" in request.headers or request.path.startswith("/api/")
    return (
        request.method in SAFE
        and not by_script
        and "text/html" in request.headers.get("Accept", "text/html")
    )


def protected(
    pictures: str = "",
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Gives every answer the headers that hold a browser to our rules.

    Args:
        pictures: another origin that pages may take pictures from.
    """
    headers = dict(HEADERS)
    if pictures:
        policy = headers["Content-Security-Policy"]
        headers["Content-Security-Policy"] = policy.replace(
            "img-src 'self'", f"img-src 'self' {pictures}"
        )

    async def protect(request: web.Request, response: web.StreamResponse) -> None:
        if came(request).secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # Which versions run here is nobody's business; aiohttp has set its own already.
        response.headers["Server"] = "siaga112"

    return protect


HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; media-src 'self' blob:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(), camera=(), geolocation=(), payment=(), usb=()",
    # Not "no-referrer": with it a browser says Origin: null, also to us.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
