"""The evening that ``demo --evening`` plays, in its shortest form, and interrupted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from siaga.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

# Waits of seconds are judged: no more may run beside it than one other of these.
pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]

LONGEST_S = 280.0
"""Beside another of these it took 80 s; whether it holds is told by itself."""
CALLS_S = 60.0
INTERRUPTED = 128 + signal.SIGINT
STOPPED_S = 40.0
"""Calls that are up are ended first, as people would."""


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder for all that is temporary, with a short name for sockets; empty afterwards."""
    with tempfile.TemporaryDirectory(prefix="evening-") as name:
        yield Path(name)


def start(scratch: Path, *words: str) -> subprocess.Popen[str]:
    """Have an evening played, as from a terminal.

    What is started in a shell's background ignores Ctrl-C, and so would this.
    """
    return subprocess.Popen(
        [
            "env",
            "--default-signal=INT",
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


def until_somebody_calls(process: subprocess.Popen[str], scratch: Path) -> None:
    """Wait until the first caller's INVITE is sent."""
    deadline = time.monotonic() + CALLS_S
    while process.poll() is None and time.monotonic() < deadline:
        logs = scratch.glob("siaga112-evening-*/sipp/callers.log")
        if any(b"\nINVITE sip:112@" in log.read_bytes() for log in logs):
            return
        time.sleep(0.1)
    raise AssertionError(f"nobody calls: {process.poll()}")


def test_an_evening_that_is_interrupted_leaves_nothing(scratch: Path) -> None:
    """Ctrl-C while people call: no process and no folder is left, and the shell is told."""
    process = start(scratch)
    until_somebody_calls(process, scratch)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=STOPPED_S)
    assert process.returncode == INTERRUPTED
    assert left(scratch) == []
