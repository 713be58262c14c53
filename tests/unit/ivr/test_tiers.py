"""What the dialplan says to the tiers of the menu, and the menu they run for it."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.fastagi import handler
from ivr.keys import LENGTHENED_MS
from ivr.specfile import Specs
from siaga.settings import PROJECT
from tests.unit.ivr.agi_peer import Peer, serving
from tests.unit.ivr.test_menu import WIDER
from tests.unit.ivr.test_specfile import ABSENT, IN_FORCE, OLDER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two versions' menus, the first of them in force."""
    for version in (IN_FORCE, OLDER):
        (tmp_path / version).mkdir()
        text = replace(WIDER, version=version).to_json()
        (tmp_path / version / "menu.json").write_text(text)
    (tmp_path / "compiled.json").write_text(replace(WIDER, version=IN_FORCE).to_json())
    return tmp_path


def environment(path: str, *arguments: str) -> bytes:
    lines = [f"agi_network_script: {path}", "agi_uniqueid: node1-1.1"]
    lines += [f"agi_arg_{number}: {text}" for number, text in enumerate(arguments, 1)]
    return "".join(f"{line}\n" for line in (*lines, "")).encode()


async def played(folder: Path, path: str, *arguments: str) -> list[bytes]:
    """The prompts a caller hears who presses 1 at once."""
    specs = Specs(folder, folder / "compiled.json")
    async with serving(handler(specs)) as server:
        peer = await Peer.connect(server, environment(path, *arguments))
        asked = await peer.whole_call()
    return [line.split()[2] for line in asked if line.startswith(b"STREAM")]


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (f"menu/{OLDER}", OLDER),
        (f"menu/{ABSENT}", IN_FORCE),
        ("menu/../aaaaaaaaaaaa", IN_FORCE),
        ("menu/", IN_FORCE),
        ("menu", IN_FORCE),
    ],
)
async def test_path_names_the_version(folder: Path, path: str, version: str) -> None:
    """The menu and the prompts are those of the version in the path, else those in force."""
    assert await played(folder, path) == [f"siaga/{version}/menu".encode()]


@pytest.mark.parametrize(
    ("arguments", "prompt"),
    [
        (("flood", "", "id"), "announce-flood"),
        (("", "crash", "id"), "menu-crash"),
        (("flood", "crash", "en"), "menu-crash"),
        (("", "", ""), "menu"),
        ((), "menu"),
        (("../../flood", "Crash;", "${X}"), "menu"),
    ],
)
async def test_arguments_say_where_to_begin(
    folder: Path, arguments: tuple[str, ...], prompt: str
) -> None:
    """Announcement and sub-menu are begun with; what is no name of ours is taken for none."""
    first = await played(folder, f"menu/{OLDER}", *arguments)
    assert first == [f"siaga/{OLDER}/{prompt}".encode()]


async def test_other_paths_are_refused(folder: Path) -> None:
    """A path that only begins like ours is nobody's."""
    assert await played(folder, f"menus/{OLDER}") == []


def standby(folder: Path, *arguments: str, digit: str = "1") -> tuple[int, list[str]]:
    """Run tier 2 as the wrapper does, for a caller who presses a digit at once."""
    answers = f"agi_uniqueid: 1\n\n200 result=0\n200 result=1\n200 result={ord(digit)} endpos=800\n"
    done = subprocess.run(
        [sys.executable, "-m", "ivr.standby", str(folder), *arguments],
        input=answers + "200 result=1\n" * 9,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "prompt", "result"),
    [
        ((OLDER, "id", "", ""), f"{OLDER}/menu", "fire"),
        ((OLDER, "en", "crash", "flood"), f"{OLDER}/menu-crash", "injured"),
        ((ABSENT, "", "", "flood"), f"{IN_FORCE}/announce-flood", "fire"),
        (("../x", "${X}", "../crash", ";"), f"{IN_FORCE}/menu", "fire"),
    ],
)
def test_standby_goes_on_with_what_the_dialplan_says(
    folder: Path, arguments: tuple[str, ...], prompt: str, result: str
) -> None:
    """Tier 2 runs the menu of the call's version from where the call was, to its result."""
    version, *rest = arguments
    code, said = standby(folder, version, f"{time.time():.3f}", *rest)
    assert code == 0
    assert [line.split()[2] for line in said if line.startswith("STREAM")] == [f"siaga/{prompt}"]
    assert said[-1] == f'SET VARIABLE SIAGA_RESULT "{result}"'


def test_standby_takes_up_what_was_pressed_while_it_started(folder: Path) -> None:
    """A key that nobody has looked at decides before anything is said."""
    words = [sys.executable, "-m", "ivr.standby", str(folder), OLDER]
    answers = ["1 (71)", "1", "0", "1 (71)", "1"]
    said = subprocess.run(
        [*words, f"{time.time():.3f}", "id", "", "", "1"],
        input="agi_uniqueid: 1\n\n" + "".join(f"200 result={text}\n" for text in answers),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()
    assert [line for line in said if "TIMEOUT" not in line] == [
        "GET VARIABLE SIAGA_KEYS",
        f"WAIT FOR DIGIT {LENGTHENED_MS}",
        "GET VARIABLE SIAGA_KEYS",
        'SET VARIABLE SIAGA_RESULT "fire"',
    ]


def test_standby_without_any_menu_leaves_the_call_to_the_dialplan(tmp_path: Path) -> None:
    """With neither file there is no result and no word: the native menu follows."""
    code, said = standby(tmp_path, OLDER, "1.0", "id", "", "")
    assert (code, said) == (1, [])
