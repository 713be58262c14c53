from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ops.doctor import ports
from ops.phone import CallerLine, Ended, HandsetBank
from siaga.settings import PROJECT
from tests.live.calls import answer, arrive, check, choose, converse
from tests.live.centre import running_centre
from tests.live.phones import Phones, telephones
from tests.live.test_calls_audio import holds_both

if TYPE_CHECKING:
    from tests.live.centre import Centre


def processes_of(home: Path) -> list[str]:
    """Command lines of the processes of a centre."""
    mark = f"SIAGA_HOME={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


def check_file(recording: Path, digest: str) -> None:
    """Look at a recording itself."""
    assert hashlib.sha256(recording.read_bytes()).hexdigest() == digest
    assert holds_both(recording)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_stopping_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """``up`` ends with status 0 at Ctrl-C or SIGTERM, even in a call, and leaves nothing."""
    with running_centre(tmp_path / "home") as centre:
        assert processes_of(centre.settings.home)
        async with (
            CallerLine(centre.sipp, centre.target) as line,
            HandsetBank(centre.sipp, centre.target) as bank,
        ):
            phones = Phones(centre, line, bank)
            await phones.log_in("201")
            call = await choose(phones, centre.number())
            ring = await answer(phones, "201")
            await converse(call, ring)
            centre.process.send_signal(number)
            assert await asyncio.to_thread(centre.process.wait, 60) == 0
            assert (await call.ended()).by is Ended.THEM
            assert (await ring.ended()).by is Ended.THEM
        assert processes_of(centre.settings.home) == []
        assert list(ports.occupied(centre.settings)) == []
        assert "Berhenti / stopped." in centre.output.read_text(encoding="utf-8")


async def test_two_centres_run_side_by_side(phones: Phones, brisk: Centre) -> None:
    """Two instances on one machine take a call each at the same time, each its own."""
    here, there = phones.centre.number(), f"+62{brisk.number()}"
    async with telephones(brisk) as others:
        await phones.log_in("201")
        await others.log_in("201")
        calls = await asyncio.gather(arrive(phones, here), arrive(others, there))
        await asyncio.gather(*(call.press("1") for call in calls))
        rings = await asyncio.gather(answer(phones, "201"), answer(others, "201"))
        assert [ring.caller_number for ring in rings] == [here, there]
        await asyncio.gather(*map(converse, calls, rings))
        await asyncio.gather(*(call.hang_up() for call in calls))
    for centre, mine, other in ((phones.centre, here, there), (brisk, there, here)):
        check(centre, await centre.record(mine), mine)
        async with centre.reader() as reader:
            assert other not in {record.caller for record in await reader.calls(200)}


async def test_a_second_start_in_the_same_home_is_refused(centre: Centre) -> None:
    """``up`` for a home that is in use says so and exits 1; the one that runs is not disturbed."""
    done = await asyncio.to_thread(centre.command, "up")
    assert done.returncode == 1
    assert "in use by another siaga112" in done.stderr
    await centre.until_ready()
    assert centre.process.poll() is None


async def test_the_demonstration_tells_the_truth(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """``demo --json`` exits 0, and its call, times and recording are as it says."""
    home = tmp_path_factory.mktemp("demo")  # short: socket names end at 107 characters
    done = await asyncio.to_thread(
        subprocess.run,
        [str(PROJECT / "siaga112"), "demo", "--json"],
        env={**os.environ, "SIAGA_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    moments = [moment["event"] for moment in told["timeline"]]
    assert moments == [
        "invite",
        "answered",
        "menu",
        "digit",
        "ringing",
        "talk",
        "heard",
        "hang_up",
    ]
    times = [moment["ms"] for moment in told["timeline"]]
    assert times == sorted(times)
    at = dict(zip(moments, times, strict=True))
    assert (told["emergency"], told["tier"], told["outcome"]) == ("fire", 1, "answered")
    assert (told["answered_by"], told["handset"]) == ("damkar", "201")
    assert at["digit"] < told["wait_ms"] <= at["heard"]
    assert at["hang_up"] - at["heard"] <= told["talk_ms"] <= at["hang_up"] - at["ringing"]
    assert told["recording_ms"] >= told["talk_ms"]
    check_file(Path(told["recording"]), told["recording_sha256"])
    assert processes_of(home) == []
    assert processes_of(home / "demo") == []
