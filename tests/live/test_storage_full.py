from __future__ import annotations

import asyncio
import json
import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from ops.api import ask
from router.alarms import Kind
from tests.live.calls import answer, check, choose, converse, until_quiet
from tests.live.centre import RECORD_S, running_centre
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.live.centre import Centre

DISK_MB = 64


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A disk of its own, of a size that can be filled."""
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0700", "siaga112", str(place)]
    subprocess.run(words, check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take the last byte of a disk."""
    ballast = place / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    space = os.statvfs(place)
    assert space.f_bavail == 0
    return ballast


async def logged(centre: Centre, event: str, when: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until the router says something."""
    path = centre.settings.logs / "router.out.log"
    lines: list[str] = []
    try:
        async with asyncio.timeout(RECORD_S):
            while True:
                lines = path.read_text(encoding="utf-8").splitlines()
                for line in lines:
                    if f'"{event}"' in line and line.endswith("}") and when(json.loads(line)):
                        return
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"no such {event}: {lines[-10:]}") from None


async def until_told_by_the_file(centre: Centre) -> None:
    """Wait until the CEL file has told the last call to its end, and so all before it.

    What is followed then is the call whose end it lost, and one whose recording is no WAV file.
    """
    address = f"http://127.0.0.1:{centre.settings.ports.http}/health"
    async with asyncio.timeout(RECORD_S), aiohttp.ClientSession() as session:
        while True:
            async with session.get(address) as answer:
                if (await answer.json())["calls"]["followed"] <= 2:
                    return
            await asyncio.sleep(0.2)


@pytest.mark.timeout(300)
async def test_a_full_disk_stops_no_call(tmp_path: Path) -> None:
    """The disk fills up: 112 is answered, handsets log in, and somebody is told.

    One call begins before and ends while it is full, one begins while it is full and ends
    afterwards, one comes afterwards: each has its record, the last its whole recording too.
    """
    with small_disk(tmp_path / "d") as disk, running_centre(disk / "home") as centre:
        async with telephones(centre) as phones:
            await phones.log_in("201", "202")
            before, during, after = (centre.number() for _ in range(3))
            call = await choose(phones, before)
            beside = await phones.bank.ring("202")
            await beside.alert()
            ring = await answer(phones, "201")
            await beside.cancelled()
            await converse(call, ring)
            ballast = fill(disk)
            # A handset may log in all the same, and nobody's login is taken back.
            await phones.log_in("301")
            await centre.until_login_is_kept("301")
            other = await choose(phones, during)
            another = await phones.bank.ring("202", timeout=RECORD_S)
            await another.alert()
            await another.answer()
            await converse(other, another)
            await converse(call, ring)
            await logged(centre, "disk_level", lambda line: line["free_bytes"] < 1 << 20)
            await call.hang_up()
            await ring.ended()
            await logged(centre, "recording_audio_missing", lambda line: line["missing_s"] > 0)
            found = await ask(centre.settings, "GET", "/api/alarms")
            assert Kind.RECORDING_MISSING in {row["alarm"] for row in found["alarms"]}
            ballast.unlink()
            await converse(other, another)
            await other.hang_up()
            await until_quiet(centre)
            call = await choose(phones, after)
            ring = await answer(phones, "201")
            await converse(call, ring)
            await call.hang_up()
        check(centre, await centre.record(after), after)
        await until_told_by_the_file(centre)
        for number, handset in ((before, "201"), (during, "202")):
            record = await centre.record(number, filed=False)
            check(centre, record, number, filed=False, handset=handset, source=record.source)
