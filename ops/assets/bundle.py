"""Bundles the packages into what browsers are given: minified, compressed, named by content.

The same packages and entries give the same bytes, whenever and wherever.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from ops.assets.packages import AssetError, Package, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MANIFEST: Final = "manifest.json"
"""Path of each asset by its name; a page asks for ``/assets/`` and that path."""
LICENCES: Final = "licences.txt"
BUNDLE_S: Final = 60.0
"""Longest that bundling may take; it takes a tenth of a second."""
TARGET: Final = "es2022,chrome109,firefox115,safari16"
"""The oldest browsers served: 109 is the last Chrome of Windows 7, 115 its last Firefox."""
DIGITS: Final = 12
"""Hexadecimal digits of a digest in a path."""


def build(
    packages: Sequence[Package], fetched: Path, entries: Path, work: Path, target: Path
) -> None:
    """Make ``target`` anew from packages that were checked.

    Args:
        packages: those of pages and of the bundler.
        fetched: folder of their files.
        entries: what is bundled, a file an asset.
        work: folder for what is needed meanwhile; it is removed.
        target: folder of the assets.

    Raises:
        AssetError: a package is not as it should be, or cannot be bundled.
    """
    shutil.rmtree(work, ignore_errors=True)
    modules = work / "node_modules"
    homes = {each: unpack(each, fetched, modules) for each in packages}
    bundler = next((homes[each] for each in packages if each.use == "build"), None)
    if bundler is None:
        raise AssetError(
            "Tidak ada esbuild untuk mesin ini. / There is no esbuild for this machine."
        )
    shutil.copytree(entries, work / "entries")
    made = work / "made"
    _bundle(bundler / "bin" / "esbuild", work, made)
    served = {each: home for each, home in homes.items() if each.use == "page"}
    (made / LICENCES).write_text(_licences(served), encoding="utf-8")
    named = work / "named"
    _name(made, named)
    shutil.rmtree(target, ignore_errors=True)
    named.rename(target)
    shutil.rmtree(work)


def _bundle(program: Path, work: Path, made: Path) -> None:
    sources = sorted(str(file.relative_to(work)) for file in (work / "entries").iterdir())
    words = [
        str(program),
        *sources,
        "--bundle",
        "--minify",
        "--format=iife",
        f"--target={TARGET}",
        "--legal-comments=none",
        "--charset=utf8",
        "--loader:.png=dataurl",
        '--define:process.env.NODE_ENV="production"',
        "--log-level=warning",
        f"--outdir={made}",
    ]
    try:
        done = subprocess.run(  # noqa: S603 (our own words)
            words, cwd=work, capture_output=True, text=True, timeout=BUNDLE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetError(f"esbuild: {error}") from error
    if done.returncode != 0:
        raise AssetError(f"esbuild: {done.stderr.strip()[:2000]}")


def _name(made: Path, named: Path) -> None:
    """Give each asset a path that holds its digest, and write which has which."""
    paths: dict[str, str] = {}
    for file in sorted(made.iterdir()):
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()[:DIGITS]
        paths[file.name] = f"{digest}/{file.name}"
        target = named / digest / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        target.with_name(f"{file.name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    text = json.dumps(paths, indent=1, sort_keys=True)
    (named / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def _licences(homes: dict[Package, Path]) -> str:
    """The licences of what is served, each with its text."""
    parts = []
    for package, home in sorted(homes.items(), key=lambda item: item[0].name):
        texts = [
            file.read_text(encoding="utf-8", errors="replace").strip()
            for file in sorted(home.iterdir())
            if file.name.lower().startswith("licen")
        ]
        head = f"{package.name} {package.version} ({package.licence})"
        parts.append("\n\n".join([head, *texts]))
    rule = f"\n\n{'-' * 72}\n\n"
    return f"{rule.join(parts)}\n"
