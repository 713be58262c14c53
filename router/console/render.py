"""Pages made of templates; whatever is put into them is escaped."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from router.accounts import tokens
from router.console import cookies
from router.console.context import desk, visit
from router.console.navigation import links
from router.console.route import DESK
from router.console.targets import here
from router.console.words import LANGUAGES, speaker
from siaga import __version__

ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def page(
    request: web.Request, template: str, /, *, status: int = 200, **values: Any
) -> web.Response:
    """A template as an answer.

    In it are ``t``, ``language``, ``visit``, ``centre`` (its name), ``zone`` and ``zone_name``,
    ``theme``, ``static(name)`` and ``asset(name)``, ``when(time)``, ``links`` and
    ``path``, ``same_page`` (it with its query), beside the ``values``.
    """
    body = text(request, template, **values).encode()
    answer = web.Response(body=body, status=status, content_type="text/html", charset="utf-8")
    return squeezed(request, answer)


def squeezed(request: web.Request, answer: web.Response) -> web.Response:
    """The answer, compressed on its way to whoever takes that."""
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.enable_compression(web.ContentCoding.gzip)
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


def text(request: web.Request, template: str, /, **values: Any) -> str:
    """A template filled in: a page, or a fragment of one."""
    found, stands = visit(request), desk(request)
    centre = stands.plan().centre
    zone = ZoneInfo(centre.timezone)

    def when(time: datetime | None) -> Markup:
        return _when(time, zone)

    return ENVIRONMENT.get_template(template).render(
        t=speaker(found.language),
        language=found.language,
        other_language=next(one for one in LANGUAGES if one != found.language),
        version=__version__,
        visit=replace(found, word=tokens.masked(found.word)) if found.word else found,
        centre=getattr(centre.name, found.language) or centre.name.id,
        static=stands.static.address,
        asset=stands.assets.address,
        zone=centre.timezone,
        zone_name=datetime.now(zone).tzname() or "",
        theme=request.cookies.get(cookies.THEME, ""),
        when=when,
        links=links(found.role),
        sits=_sits(request) if found.role in DESK else "",
        path=request.path,
        same_page=here(request),
        **values,
    )


def _sits(request: web.Request) -> str:
    """The handset at which the visitor sits, as they said; empty: they have not."""
    said = cookies.read(request, cookies.SEAT)
    return said if said in desk(request).plan().extensions else ""


def _when(time: datetime | None, zone: ZoneInfo) -> Markup:
    """A time in the centre's zone, and for machines as it is."""
    if time is None:
        return Markup("–")  # noqa: RUF001 (a dash is meant)
    there = time.astimezone(zone)
    return Markup('<time datetime="{}">{}</time>').format(
        there.isoformat(timespec="seconds"), f"{there:%d-%m-%Y %H:%M:%S}"
    )
