"""What a log-in wants before it is one: a code, a password of one's own, a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.accounts.errors import WeakPasswordError
from router.accounts.model import Stage
from router.console import logins, render
from router.console.context import visit
from router.console.failures import wants_object
from router.console.guard import STAGE_PAGES
from router.console.logins import own_account
from router.console.pages import factor
from router.console.route import ADMINS, STAFF, Route
from router.console.words import speaker

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE: Final = frozenset({Stage.CODE})
PASSWORD: Final = frozenset({Stage.PASSWORD})
ENROL: Final = frozenset({Stage.ENROL})


async def _code(request: web.Request) -> web.StreamResponse:
    return render.page(request, "code.html", message="")


async def _take_code(request: web.Request) -> web.StreamResponse:
    form, account = await request.post(), await own_account(request)
    denied = await logins.prove_code(request, account, str(form.get("code", "")))
    if denied is not None:
        return _denied(request, denied)
    if wants_object(request):
        # What it wants further, a page leads to.
        answer = web.json_response({"stage": Stage.FULL.value, "page": STAGE_PAGES[Stage.FULL]})
    else:
        answer = web.Response(status=303, headers={"Location": "/"})
    await logins.know(request, answer, account)
    return answer


def _denied(request: web.Request, denied: logins.Denied) -> web.Response:
    message = speaker(visit(request).language)(denied.word, seconds=denied.wait_s)
    status = 400 if denied.wait_s == 0 else 429
    if wants_object(request):
        return web.json_response({"error": denied.word, "message": message}, status=status)
    return render.page(request, "code.html", status=status, message=message)


async def _password(request: web.Request) -> web.StreamResponse:
    return _choose(request, "")


def _choose(request: web.Request, message: str, status: int = 200) -> web.Response:
    rule = {"least": logins.LEAST, "most": logins.MOST}
    return render.page(request, "password.html", status=status, message=message, **rule)


async def _take_password(request: web.Request) -> web.StreamResponse:
    account = await own_account(request)
    form = await request.post()
    given, again = str(form.get("password", "")), str(form.get("again", ""))
    message = await take_password(request, account.id, given, again)
    if message:
        return _choose(request, message, 400)
    answer = web.Response(status=303, headers={"Location": "/"})
    await logins.know(request, answer, account)
    return answer


async def take_password(request: web.Request, account: int, given: str, again: str) -> str:
    """Give somebody the password that they chose; what is wrong with it, or nothing."""
    t = speaker(visit(request).language)
    if given != again:
        return t("password.differ")
    try:
        await logins.choose(request, account, given)
    except WeakPasswordError as error:
        return t(f"password.{error.rule}", least=logins.LEAST, most=logins.MOST)
    except logins.SameError:
        return t("password.same")
    return ""


async def _enrol(request: web.Request) -> web.StreamResponse:
    return await factor.show(request, "/login/enrol")


async def _take_enrol(request: web.Request) -> web.StreamResponse:
    return await factor.take(request, "/login/enrol", "/")


def routes() -> Iterator[Route]:
    """A page for each of the stages."""
    yield Route("GET", "/login/code", _code, STAFF, stages=CODE)
    yield Route("POST", "/login/code", _take_code, STAFF, own=True, stages=CODE)
    yield Route("GET", "/login/password", _password, STAFF, stages=PASSWORD)
    yield Route("POST", "/login/password", _take_password, STAFF, own=True, stages=PASSWORD)
    yield Route("GET", "/login/enrol", _enrol, ADMINS, stages=ENROL)
    yield Route("POST", "/login/enrol", _take_enrol, ADMINS, own=True, stages=ENROL)
