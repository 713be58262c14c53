"""The evening that ``demo --evening`` plays, in its shortest form, and interrupted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from siaga.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

# Waits of seconds are judged: the machine must be its own.
pytestmark = pytest.mark.alone

LONGEST_S = 150.0
STOPPED_S = 40.0
"""Calls that are up are ended first, as people would."""


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for all that is temporary, with a short name for sockets; empty afterwards."""
    with tempfile.TemporaryDirectory(prefix="evening-") as name:
        yield Path(name)


def start(scratch: Path, *words: str) -> subprocess.Popen[str]:
    """Have an evening played."""
    return subprocess.Popen(
        [
            str(PROJECT / "siaga112"),
            "demo",
            "--evening",
            "--calls",
            "40",
            "--minutes",
            "0.9",
            *words,
        ],
        env={**os.environ, "TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left(scratch: Path) -> list[str]:
    """What still runs of it, and what is left of its homes."""
    mark = f"TMPDIR={scratch}".encode()
    found = [str(path) for path in scratch.glob("siaga112-evening-*")]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def test_a_short_evening_holds(scratch: Path) -> None:
    """Forty calls, two incidents, an absence: every check holds, and nothing is left of it."""
    process = start(scratch, "--seed", "40", "--json")
    output, said = process.communicate(timeout=LONGEST_S)
    told = json.loads(output) if output else {}
    wrong = [check for check in told.get("checks", ()) if not check["holds"]]
    assert (process.returncode, wrong) == (0, []), said
    assert {check["check"] for check in told["checks"]} == {
        "placed", "goal", "turns", "reached", "outage", "flags", "classes", "incidents",
        "callbacks", "lost", "report",
    }  # fmt: skip
    assert (told["holds"], told["kept"], told["calls"]) == (True, None, 40)
    assert left(scratch) == []


def test_an_evening_that_is_interrupted_leaves_nothing(scratch: Path) -> None:
    """Ctrl-C while people call: exit status 1, no process, no folder."""
    process = start(scratch)
    assert process.stdout is not None
    for line in process.stdout:
        if "40 panggilan" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=STOPPED_S)
    assert process.returncode == 1
    assert left(scratch) == []
