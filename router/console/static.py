"""Our own styles and scripts: read once, served under a name that changes with their content."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.console.context import desk
from router.console.route import ANYONE, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER: Final = Path(__file__).parent / "static"
TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".woff2": "font/woff2",
}
_SQUEEZED: Final = frozenset({".css", ".js", ".svg", ".json"})
FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    squeezed: bytes | None
    kind: str


class StaticFiles:
    """The files of a folder, by their names below it.

    A request names one of those that were found at the start: nothing of it reaches the file
    system.

    Args:
        folder: of the files.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files: Mapping[str, _File] = dict(_read(folder))
        every = hashlib.sha256()
        for name in sorted(self._files):
            every.update(name.encode() + b"\0" + self._files[name].body)
        self.version = every.hexdigest()[:16]

    def address(self, name: str) -> str:
        """Where a file is found.

        Raises:
            KeyError: there is none of that name.
        """
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    def answer(self, request: web.Request, name: str) -> web.Response:
        """A file.

        Raises:
            HTTPNotFound: there is none of that name.
        """
        file = self._files.get(name)
        if file is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if file.squeezed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=file.squeezed, content_type=file.kind, headers=headers)
        return web.Response(body=file.body, content_type=file.kind, headers=headers)


def _read(folder: Path) -> Iterator[tuple[str, _File]]:
    for path in sorted(folder.rglob("*")):
        kind = TYPES.get(path.suffix)
        if kind is None or not path.is_file():
            continue
        body = path.read_bytes()
        squeezed = gzip.compress(body, mtime=0) if path.suffix in _SQUEEZED else None
        yield path.relative_to(folder).as_posix(), _File(body, squeezed, kind)


async def _serve(request: web.Request) -> web.StreamResponse:
    return desk(request).static.answer(request, request.match_info["name"])


def routes() -> Iterator[Route]:
    """Where they are; an earlier version's name gives what there is now."""
    yield Route("GET", "/static/{version:[0-9a-f]{16}}/{name:.+}", _serve, ANYONE)
