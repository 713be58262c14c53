"""``pip-audit`` against a copy of PyPA's advisory database, where no service of OSV is reached.

The copy is a folder of files in OSV's schema (https://ossf.github.io/osv-schema/), as ``vulns/`` of
that database is. They are served on loopback in OSV's own way, so that it is ``pip-audit`` itself
that asks, and says what it finds.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from aiohttp import web
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from siaga.shared import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LOCKS: Final = ("requirements.lock", "requirements-dev.lock")

Advisory = dict[str, Any]


class AdvisoryError(Exception):
    """A folder has no advisories, or one that cannot be read; says which."""


def load(folder: Path) -> dict[str, list[Advisory]]:
    """All advisories of a folder and those below it, by the package that they are of.

    Raises:
        AdvisoryError: there is none, or one cannot be read.
    """
    found: dict[str, list[Advisory]] = defaultdict(list)
    for path in sorted(folder.rglob("*.yaml")):
        try:
            # All as text: a version such as 1.10 is no number, and a time goes on as it is.
            advisory = yaml.load(path.read_bytes(), yaml.CBaseLoader)  # noqa: S506 (text alone)
            names = {_name(each) for each in advisory.get("affected", ()) if _is_python(each)}
        except (yaml.YAMLError, AttributeError, KeyError, TypeError, OSError) as error:
            raise AdvisoryError(f"{path}: {error}") from error
        for name in names:
            found[name].append(advisory)
    if not found:
        raise AdvisoryError(f"{folder}: tidak ada isinya / has no advisories")
    return dict(found)


def affects(advisory: Advisory, name: str, version: str) -> bool:
    """Whether a version of a package is among those that an advisory is of."""
    wanted = Version(version)
    return any(
        any(_same(each, wanted) for each in affected.get("versions") or ())
        or any(_within(each["events"], wanted) for each in _ranges(affected))
        for affected in advisory["affected"]
        if _is_python(affected) and _name(affected) == canonicalize_name(name)
    )


def _is_python(affected: Mapping[str, Any]) -> bool:
    return bool(affected["package"]["ecosystem"] == "PyPI")


def _name(affected: Mapping[str, Any]) -> str:
    return canonicalize_name(affected["package"]["name"])


def _same(text: str, wanted: Version) -> bool:
    try:
        return Version(text) == wanted
    except InvalidVersion:
        return False  # of before versions had a form


def _ranges(affected: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (each for each in affected.get("ranges") or () if each["type"] == "ECOSYSTEM")


def _within(events: Sequence[Mapping[str, str]], wanted: Version) -> bool:
    """Whether the last that happened up to a version leaves it affected."""
    found = False
    for event in sorted(events, key=_at):
        ((kind, _),) = event.items()
        at = _at(event)
        if kind == "introduced":
            found = found or at <= wanted
        elif at < wanted or (kind == "fixed" and at == wanted):
            found = False
    return found


def _at(event: Mapping[str, str]) -> Version:
    ((_, text),) = event.items()
    return Version(text)


def application(advisories: Mapping[str, list[Advisory]]) -> web.Application:
    """What answers as OSV does (``POST /v1/query``)."""

    async def query(request: web.Request) -> web.Response:
        asked = await request.json()
        name, version = canonicalize_name(asked["package"]["name"]), asked["version"]
        known = advisories.get(name, ())
        vulns = [each for each in known if affects(each, name, version)]
        return web.json_response({"vulns": vulns} if vulns else {})

    app = web.Application()
    app.router.add_post("/v1/query", query)
    return app


async def audit(folder: Path, program: str) -> int:
    """Have ``pip-audit`` look through both lock files; gives the first exit status that is not 0.

    Raises:
        AdvisoryError: see :func:`load`.
        OSError: ``program`` cannot be started.
    """
    advisories = load(folder)
    count = sum(len(each) for each in advisories.values())
    _say(f"{count} advisories of {len(advisories)} packages")
    runner = web.AppRunner(application(advisories))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/query"
        return next(filter(None, [await _run(program, url, lock) for lock in LOCKS]), 0)
    finally:
        await runner.cleanup()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _run(program: str, url: str, lock: str) -> int:
    _say(f"== {lock}")
    # A cache of answers would outlive the copy they are from.
    with tempfile.TemporaryDirectory() as cache:
        words = (
            *("--vulnerability-service", "osv", "--osv-url", url, "--cache-dir", cache),
            *("--strict", "--require-hashes", "--disable-pip", "--requirement"),
        )
        process = await asyncio.create_subprocess_exec(program, *words, str(PROJECT / lock))
        return await process.wait()


def main() -> int:
    """The command: ``python -m ops.release.advisories FOLDER``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the copy, or its vulns/")
    parser.add_argument("--pip-audit", default="pip-audit", metavar="PROGRAM")
    words = parser.parse_args()
    try:
        return asyncio.run(audit(words.folder, words.pip_audit))
    except (AdvisoryError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
