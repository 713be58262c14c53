"""``./siaga112 release``: everything of a release, in ``dist/``."""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

from ops.release.build import BuildError, build
from ops.release.licences import LicenceError, Part, parts, refused
from ops.release.sbom import bill
from siaga import __version__
from siaga.shared import PROJECT


def release(project: Path, out: Path) -> tuple[Path, ...]:
    """Build the commit that is checked out, and write what belongs to it beside it.

    Raises:
        BuildError: it cannot be built, or what is checked out is not what was committed.
        LicenceError: a licence is not on the list.
    """
    changed = _git(project, "status", "--porcelain")
    if changed:
        raise BuildError(
            "Ada perubahan yang belum di-commit; yang diterbitkan hanya yang di-commit.\n"
            f"What is not committed is not released:\n{changed}"
        )
    listed = parts(project / "requirements.lock")
    if bad := refused(listed):
        named = "\n".join(f"{part.name} {part.version}: {part.licence or '?'}" for part in bad)
        raise LicenceError(f"Lisensi tidak dalam daftar / not on the list of licences:\n{named}")
    wheel, sdist = build(project, out)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    epoch = int(_git(project, "log", "-1", "--format=%ct"))
    name = f"siaga112-{__version__}"
    written = {
        f"{name}.cdx.json": bill(listed, __version__, digest, epoch),
        f"{name}.licences.txt": licence_list(listed),
        f"{name}.requirements.lock": (project / "requirements.lock").read_text(encoding="utf-8"),
    }
    for file, text in written.items():
        (out / file).write_text(text, encoding="utf-8")
    files = (wheel, sdist, *(out / file for file in written))
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (out / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    return (*files, out / "SHA256SUMS")


def licence_list(listed: tuple[Part, ...]) -> str:
    """One line each part: where it is from, name, version, licence."""
    rows = [(part.kind, part.name, part.version, part.licence) for part in listed]
    return "".join("\t".join(row) + "\n" for row in sorted(rows))


def _git(project: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - fixed words
        ["git", *words],  # noqa: S607 - the developer's own git
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(done.stderr.strip())
    return done.stdout.strip()


def main() -> int:
    """Exit status 0: made; 1: not, and why."""
    asked = argparse.ArgumentParser(prog="siaga112 release", description=__doc__)
    asked.add_argument("--out", type=Path, default=PROJECT / "dist", help="default: dist/")
    try:
        files = release(PROJECT, asked.parse_args().out.absolute())
    except (BuildError, LicenceError) as error:
        sys.stderr.write(f"siaga112 release: {error}\n")
        return error.exit_status
    for file in files:
        sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
