"""Third-party scripts that set-up has made, served by the names that hold their content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from router.console.context import desk
from router.console.route import ANYONE, Route
from router.console.static import FOREVER, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

log = structlog.get_logger(__name__)

MANIFEST: Final = "manifest.json"


class Assets:
    """The assets of a folder; a request names one of those that were found at the start.

    Without them, as where set-up never ran, pages do without what these would do.

    Args:
        folder: that set-up has made.
    """

    def __init__(self, folder: Path) -> None:
        self._paths: Mapping[str, str] = {}
        self._files: dict[str, tuple[bytes, bytes]] = {}
        try:
            self._paths = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            for path in self._paths.values():
                packed = (folder / f"{path}.gz").read_bytes()
                self._files[path] = ((folder / path).read_bytes(), packed)
        except (OSError, ValueError) as error:
            log.error("assets_missing", folder=str(folder), reason=str(error)[:200])  # noqa: TRY400

    def address(self, name: str) -> str:
        """Where an asset is found."""
        return f"/assets/{self._paths.get(name, f'none/{name}')}"

    def answer(self, request: web.Request, path: str) -> web.Response:
        """An asset.

        Raises:
            HTTPNotFound: there is none.
        """
        found = self._files.get(path)
        if found is None:
            raise web.HTTPNotFound
        kind = TYPES.get(f".{path.rpartition('.')[2]}", "text/plain")
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=found[1], content_type=kind, headers=headers)
        return web.Response(body=found[0], content_type=kind, headers=headers)


async def _serve(request: web.Request) -> web.StreamResponse:
    return desk(request).assets.answer(request, request.match_info["path"])


def routes() -> Iterator[Route]:
    """Where they are."""
    yield Route("GET", "/assets/{path:[0-9a-f]+/[A-Za-z0-9.-]+}", _serve, ANYONE)
