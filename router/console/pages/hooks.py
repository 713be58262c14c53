"""Webhooks: who is told what happens here, how that went, and what admins do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web
from yarl import URL

from router.accounts.errors import AccountError
from router.console import render
from router.console.context import desk, visit
from router.console.pages.account import number
from router.console.route import ADMINS, READERS, Route
from router.console.words import speaker
from router.hooks.addresses import LONGEST, HookAddressError, HookRules
from router.hooks.model import CHOICES, MOST
from router.store.hooks import HookError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from router.hooks.model import Hook

SHOWN: Final = 50
"""Posts on the page of one."""


async def _show(request: web.Request) -> web.StreamResponse:
    return await _list(request)


async def _list(
    request: web.Request,
    message: str = "",
    status: int = 200,
    typed: Mapping[str, str] | None = None,
) -> web.Response:
    stands = desk(request)
    return render.page(
        request,
        "hooks.html",
        status=status,
        hooks=await stands.hooks.listed(),
        waiting=await stands.hooks.waiting(),
        host=_host,
        choices=CHOICES,
        longest=LONGEST,
        most=MOST,
        typed=typed or {},
        message=message,
    )


def _host(hook: Hook) -> str:
    """Where it is; path and query may be its receiver's secret."""
    return URL(hook.address).host or ""


async def _make(request: web.Request) -> web.StreamResponse:
    form, stands, found = await request.post(), desk(request), visit(request)
    typed = {name: str(form.get(name, "")).strip()[: LONGEST + 1] for name in ("name", "address")}
    events = [str(event) for event in form.getall("event", [])]
    try:
        made, secret = await stands.hooks.make(
            typed["name"],
            HookRules.of(stands.settings).checked(typed["address"]),
            events,
            found.actor(stands.now()),
            personal="personal" in form,
        )
    except (AccountError, HookError, HookAddressError) as error:
        kept = {
            **typed,
            **dict.fromkeys(events, "1"),
            **dict.fromkeys(form.keys() & {"personal"}, "1"),
        }
        return await _list(request, speaker(found.language)(f"hooks.{error.code}"), 400, kept)
    return await _one(request, made, secret)


async def _show_one(request: web.Request) -> web.StreamResponse:
    return await _one(request, number(request))


async def _one(request: web.Request, which: int, secret: str = "") -> web.Response:
    """One of them; a ``secret`` is shown this once."""
    stands = desk(request)
    hook = await stands.hooks.get(which)
    if hook is None:
        raise web.HTTPNotFound
    return render.page(
        request,
        "hook.html",
        hook=hook,
        choices=CHOICES,
        host=_host(hook),
        turns=len(hook.secrets(stands.now())) > 1,
        posts=await stands.hooks.posts(which, SHOWN),
        given=(hook.name, secret) if secret else ("", ""),
        now=stands.now(),
    )


async def _rotate(request: web.Request) -> web.StreamResponse:
    stands, which = desk(request), number(request)
    secret = await stands.hooks.rotate(which, visit(request).actor(stands.now()))
    if secret is None:
        raise web.HTTPNotFound
    return await _one(request, which, secret)


async def _test(request: web.Request) -> web.StreamResponse:
    stands, which = desk(request), number(request)
    actor = visit(request).actor(stands.now())
    await stands.hooks.test(which, stands.settings.node, actor)
    return _back(f"/hooks/{which}")


async def _remove(request: web.Request) -> web.StreamResponse:
    stands = desk(request)
    await stands.hooks.remove(number(request), visit(request).actor(stands.now()))
    return _back("/hooks")


def _changed(verb: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def change(request: web.Request) -> web.StreamResponse:
        stands, which = desk(request), number(request)
        actor = visit(request).actor(stands.now())
        does = {
            "pause": stands.hooks.pause,
            "resume": stands.hooks.resume,
            "again": stands.hooks.again,
        }
        await does[verb](which, actor)
        return _back(f"/hooks/{which}")

    return change


def _back(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})


def routes() -> Iterator[Route]:
    """The list, each one, and what admins do about it."""
    yield Route("GET", "/hooks", _show, READERS)
    yield Route("POST", "/hooks", _make, ADMINS)
    one = "/hooks/{id:[0-9]{1,12}}"
    yield Route("GET", one, _show_one, READERS)
    yield Route("POST", f"{one}/secret", _rotate, ADMINS)
    yield Route("POST", f"{one}/test", _test, ADMINS)
    yield Route("POST", f"{one}/remove", _remove, ADMINS)
    for verb in ("pause", "resume", "again"):
        yield Route("POST", f"{one}/{verb}", _changed(verb), ADMINS)
