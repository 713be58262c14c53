"""Setting the second factor up: a picture for the telephone, and a code that proves it.

The secret goes to the page and comes back with the code; nothing is kept until that is right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.accounts import codes
from router.console import logins, render
from router.console.context import desk, visit
from router.console.words import speaker

if TYPE_CHECKING:
    from aiohttp.web import Request

_SECRET: Final = re.compile(r"[A-Z2-7]{32}")


async def show(request: Request, action: str) -> web.Response:
    """The picture of a new secret, and a form that is sent to ``action``."""
    return _page(request, action, codes.secret(), "")


async def take(request: Request, action: str, target: str) -> web.Response:
    """Keep the secret if its code is right, and go on to ``target``."""
    form, found, stands = await request.post(), visit(request), desk(request)
    secret = str(form.get("secret", ""))
    account = await logins.own_account(request)
    if not _SECRET.fullmatch(secret) or account.secret is not None:
        raise web.HTTPBadRequest
    now = stands.now()
    step = codes.step_of(secret, str(form.get("code", "")), now, None)
    if step is None:
        message = speaker(found.language)("code.wrong")
        return _page(request, action, secret, message, status=400)
    await stands.accounts.enrol(account.id, secret, step, found.actor(now))
    return web.Response(status=303, headers={"Location": target})


def _page(
    request: Request, action: str, secret: str, message: str, status: int = 200
) -> web.Response:
    centre = desk(request).plan().centre.name.id
    address = codes.address(secret, visit(request).name, centre)
    return render.page(
        request,
        "enrol.html",
        status=status,
        action=action,
        secret=secret,
        shown=" ".join(re.findall("....", secret)),
        picture=codes.picture(address),
        message=message,
    )
