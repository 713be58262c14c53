"""Wheel and source archive of one commit; the same bytes whoever builds them, wherever, whenever.

They are built of what git has, never of the working tree, in which anything may lie about. The
time in them is the commit's (``SOURCE_DATE_EPOCH``). Setuptools writes the wheel that way by
itself; its source archive is packed anew, because it carries times, users and the order of a disk.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from siaga.errors import SiagaError

BACKEND: Final = """
import sys
from setuptools import build_meta
out = sys.argv[1]  # setuptools puts words of its own there
build_meta.build_wheel(out)
build_meta.build_sdist(out)
"""
TIMEOUT_S: Final = 120


class BuildError(SiagaError):
    """The release cannot be built; the sentence says why."""


def build(project: Path, out: Path, commit: str = "HEAD") -> tuple[Path, Path]:
    """The wheel and the source archive of a commit, in ``out``; needs no network.

    Raises:
        BuildError: there is no such commit, or setuptools gave up.
    """
    epoch = int(_run(["git", "log", "-1", "--format=%ct", commit], project))
    # tar.umask: the modes are ours, and not those of the machine's git settings.
    words = ["git", "-c", "tar.umask=0022", "archive", "--format=tar", commit]
    return build_archive(_run(words, project), epoch, out)


def build_archive(packed: bytes, epoch: int, out: Path) -> tuple[Path, Path]:
    """The wheel and the source archive of what a tar file holds, as if made at ``epoch``.

    Raises:
        BuildError: setuptools gave up.
    """
    with tempfile.TemporaryDirectory(prefix="siaga112-release-") as folder:
        source, made = Path(folder, "source"), Path(folder, "made")
        made.mkdir()
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(source, filter="data")
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": str(epoch),
        }
        _run([sys.executable, "-P", "-c", BACKEND, str(made)], source, environment)
        (wheel,), (sdist,) = made.glob("*.whl"), made.glob("*.tar.gz")
        out.mkdir(parents=True, exist_ok=True)
        kept = out / wheel.name, out / sdist.name
        kept[0].write_bytes(wheel.read_bytes())
        kept[1].write_bytes(packed_anew(sdist.read_bytes(), epoch))
    return kept


def packed_anew(archive: bytes, epoch: int) -> bytes:
    """A ``.tar.gz`` with the same files in the order of their names, of one time and nobody's."""
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as given,
        gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=epoch) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.PAX_FORMAT) as packed,
    ):
        for member in sorted(given.getmembers(), key=lambda one: one.name):
            member.mtime, member.pax_headers = epoch, {}
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            packed.addfile(member, given.extractfile(member) if member.isreg() else None)
    return out.getvalue()


def _run(words: list[str], folder: Path, environment: dict[str, str] | None = None) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, a commit's name is git's to refuse
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"{words[0]}: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace")[-2000:]
        raise BuildError(f"{words[0]}: {said.strip()}")
    return done.stdout
