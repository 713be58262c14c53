"""Which menu a call gets: that of the version it began with, else the one in force."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from structlog.typing import EventDict

from ivr.specfile import VERSIONS, Specs
from tests.unit.ivr.test_menu import SPEC

IN_FORCE, OLDER, ABSENT = "aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"


def put(path: Path, version: str) -> None:
    """Replace a menu as whoever applies a plan does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(replace(SPEC, version=version).to_json())
    os.replace(fresh, path)  # noqa: PTH105 - the atomic form


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the menu in force and those of two versions."""
    put(tmp_path / "compiled.json", IN_FORCE)
    for version in (IN_FORCE, OLDER):
        put(tmp_path / version / "menu.json", version)
    return tmp_path


@pytest.fixture
def specs(folder: Path) -> Specs:
    return Specs(folder, folder / "compiled.json")


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


def test_call_keeps_the_version_it_began_with(specs: Specs, folder: Path) -> None:
    """A new plan in force does not change what an older version's calls hear."""
    assert specs(OLDER).version == OLDER
    put(folder / "compiled.json", "dddddddddddd")
    assert specs(OLDER).version == OLDER
    assert specs("").version == "dddddddddddd"


@pytest.mark.parametrize(
    "asked", ["", ABSENT, "../aaaaaaaaa", "AAAAAAAAAAAA", "aaaaaaaaaaaaa", "aaaaaaaaaaa\n", "*"]
)
def test_anything_else_gets_the_menu_in_force(
    specs: Specs, asked: str, logged: list[EventDict]
) -> None:
    """A version that is not there, or is none, is one line in the log and never a failed call."""
    assert [specs(asked).version for _ in range(3)] == [IN_FORCE] * 3
    assert [entry["event"] for entry in logged] == ["menu_of_version_absent"]


def test_damaged_menu_of_a_version_gives_way_to_the_one_in_force(
    specs: Specs, folder: Path
) -> None:
    """Half a file is no menu; once it is whole it is used."""
    (folder / ABSENT).mkdir()
    (folder / ABSENT / "menu.json").write_text('{"version": ')
    assert specs(ABSENT).version == IN_FORCE
    put(folder / ABSENT / "menu.json", ABSENT)
    assert specs(ABSENT).version == ABSENT


def test_changed_menu_of_a_version_is_read_again(specs: Specs, folder: Path) -> None:
    """A menu compiled anew for the same version is the one the next call gets."""
    specs(OLDER)
    put(folder / OLDER / "menu.json", "eeeeeeeeeeee")
    assert specs(OLDER).version == "eeeeeeeeeeee"


@pytest.mark.parametrize("asked", [OLDER, ""])
def test_menu_that_is_lost_stays_as_it_was(
    specs: Specs, folder: Path, asked: str, logged: list[EventDict]
) -> None:
    """A file that was readable and no longer is leaves its content in force, with one warning."""
    before = specs(asked)
    (folder / (f"{asked}/menu.json" if asked else "compiled.json")).unlink()
    logged.clear()
    assert [specs(asked) for _ in range(3)] == [before] * 3
    assert [entry["event"] for entry in logged] == ["menu_unreadable"]


def test_memory_is_bounded(specs: Specs, folder: Path) -> None:
    """Ever so many versions leave only the last used in memory: the first is read anew."""
    specs(OLDER)
    for number in range(VERSIONS):
        version = f"{number:012x}"
        put(folder / version / "menu.json", version)
        assert specs(version).version == version
    (folder / OLDER / "menu.json").unlink()
    assert specs(OLDER).version == IN_FORCE


def test_without_a_menu_in_force_the_server_does_not_start(tmp_path: Path) -> None:
    """There is nothing to fall back to: whoever starts it is told."""
    with pytest.raises(OSError, match=r"compiled\.json"):
        Specs(tmp_path, tmp_path / "compiled.json")
