"""Where somebody goes on to afterwards: never away from here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from router.console.route import SAFE

if TYPE_CHECKING:
    from aiohttp import web

_PATH: Final = re.compile(r"/(?:[A-Za-z0-9_.~%:@!$&'()*+,;=-][A-Za-z0-9_.~%/:@!$&'()*+,;=?-]*)?")
_LONGEST: Final = 2000
"""Of a search with all its fields filled in."""


def own_path(text: str) -> str:
    """The path with its query, if it is one of ours; else the start."""
    return text if len(text) <= _LONGEST and _PATH.fullmatch(text) else "/"


def here(request: web.Request) -> str:
    """Where the page that is being made can be asked for again, with its query.

    What a form's sending showed has no address of its own: it is the page that had the form.
    """
    if request.method in SAFE:
        return _nearest(request.rel_url.raw_path, request.rel_url.raw_query_string)
    try:
        came = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    return _nearest(came.path, came.query) if came.netloc == request.host else "/"


def _nearest(path: str, query: str) -> str:
    whole = own_path(f"{path}?{query}" if query else path)
    return own_path(path) if whole == "/" else whole
