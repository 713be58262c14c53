"""The release as it is built of what is in the working tree."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from ops.release.build import build_archive
from siaga import __version__
from siaga.settings import PROJECT
from siaga.shared import FOLDERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PACKAGES = ("siaga", "ivr", "router", "ops")
EPOCH = 1_795_000_000


def _files() -> list[str]:
    """What git has, or would take: the files of a release."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    names = {name for name in done.stdout.decode().split("\0") if name}
    return sorted(name for name in names if (PROJECT / name).is_file())


def _packed(files: Sequence[str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in files:
            archive.add(PROJECT / name, name)
    return out.getvalue()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Wheel and source archive."""
    return build_archive(_packed(_files()), EPOCH, tmp_path_factory.mktemp("dist"))


def test_the_wheel_has_every_file_that_the_code_reads(built: tuple[Path, Path]) -> None:
    """Each file of the packages and of the shared folders is in the wheel, with the same bytes."""
    wanted = {}
    for name in _files():
        top = name.partition("/")[0]
        if "/" in name and top in PACKAGES:
            wanted[name] = (PROJECT / name).read_bytes()
        elif "/" in name and top in FOLDERS:
            wanted[f"siaga/share/{name}"] = (PROJECT / name).read_bytes()
    with zipfile.ZipFile(built[0]) as wheel:
        found = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
    assert sorted(found) == sorted(wanted)
    assert [name for name in wanted if found[name] != wanted[name]] == []
    assert built[0].name == f"siaga112-{__version__}-py3-none-any.whl"


def test_the_source_archive_has_all_that_git_has(built: tuple[Path, Path]) -> None:
    """Who has the source archive has the tests and the documentation as well."""
    with tarfile.open(built[1]) as archive:
        names = {one.name.partition("/")[2] for one in archive if one.isfile()}
    assert set(_files()) - names == set()


def test_a_second_build_has_the_same_bytes(built: tuple[Path, Path], tmp_path: Path) -> None:
    """Order of the disk, users and times of whoever builds are not in what is built."""
    again = build_archive(_packed(_files()[::-1]), EPOCH, tmp_path)
    assert [file.read_bytes() for file in again] == [file.read_bytes() for file in built]


def test_what_the_wheel_brings_serves_without_a_checkout(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    """Out of the wheel alone a plan is printed, proven and tried on paper, and files are found."""
    place = tmp_path / "site"
    with zipfile.ZipFile(built[0]) as wheel:
        wheel.extractall(place)  # noqa: S202 - made a moment ago
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(place), "HOME": str(tmp_path)}

    def run(*words: str) -> str:
        command = [sys.executable, "-P", *words]
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert run("-m", "ops", "--version") == f"siaga112 {__version__}\n"
    (tmp_path / "plan.yaml").write_text(run("-m", "ops", "example"), encoding="utf-8")
    run("-m", "ops", "check", "plan.yaml")
    assert "damkar" in run("-m", "ops", "simulate", "plan.yaml", "--press", "1").lower()
    said = run(
        "-c",
        "from siaga import settings, shared; found = settings.load();"
        "print(shared.installed(), repr(shared.python_path()), found.home, found.runtime)",
    )
    data = tmp_path / ".local" / "share" / "siaga112"
    assert said == f"True '' {data / 'var'} {data / 'runtime'}\n"
