from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from ops.backup.make import backup
from router.calls.record import Outcome, Reason
from tests.live.calls import answer, arrive, check, choose, converse, wav
from tests.live.centre import RECORD_S, START_S, running_centre
from tests.live.phones import telephones

if TYPE_CHECKING:
    from pathlib import Path

    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.phones import Phones


async def told(centre: Centre, *words: str) -> None:
    """Run a command that does not fail."""
    done = await asyncio.to_thread(centre.command, *words)
    assert done.returncode == 0, done.stderr


async def listed(centre: Centre) -> list[CallRecord]:
    """The call records."""
    async with centre.reader() as reader:
        return await reader.calls(1000)


async def backed_up(centre: Centre, folder: Path) -> tuple[Path, list[CallRecord]]:
    """A backup made while no record changed, and the records.

    A record changes once more when the CEL file has told its call, three seconds behind.
    """
    async with asyncio.timeout(START_S):
        for number in count():
            archive = folder / f"{number}.tar"
            before = await listed(centre)
            await asyncio.to_thread(backup, centre.settings, archive)
            if await listed(centre) == before:
                return archive, before
    raise AssertionError("unreachable")


@pytest.mark.timeout(300)
async def test_a_backup_made_in_a_call_is_a_centre_again(phones: Phones, tmp_path: Path) -> None:
    """With a call up a backup is made; restored elsewhere it has the same calls, and takes more."""
    centre = phones.centre
    past, present, future = (centre.number() for _ in range(3))
    await phones.log_in("201")
    call = await choose(phones, past)
    ring = await answer(phones, "201")
    await converse(call, ring)
    await call.hang_up()
    await centre.record(past)
    call = await choose(phones, present)
    ring = await answer(phones, "201")
    await converse(call, ring)
    await centre.record(present, lambda record: record.answered is not None, filed=False)
    archive, before = await backed_up(centre, tmp_path)
    await converse(call, ring)
    await call.hang_up()
    finished = await centre.record(past)
    there = replace(centre, settings=replace(centre.settings, home=tmp_path / "h"))
    await told(there, "restore", str(archive))
    assert await listed(there) == before
    assert wav(there, finished).read_bytes() == wav(centre, finished).read_bytes()
    with running_centre(tmp_path / "h") as restored:
        # Its call ended with the machine that it was on.
        record = await restored.record(present, filed=False)
        assert (record.outcome, record.reason) == (Outcome.ANSWERED, Reason.RESTARTED)
        async with telephones(restored) as others:
            await others.log_in("201")
            call = await choose(others, future)
            ring = await answer(others, "201")
            await converse(call, ring)
            await call.hang_up()
        taken = await restored.record(future)
        check(restored, taken, future)
        # The CEL file tells it again, if the backup was made before that had told it here.
        again = await restored.record(past)
        check(restored, again, past, source=again.source)
        audit = await asyncio.to_thread(restored.command, "audit", "--since", "1h", "--json")
        found = json.loads(audit.stdout)
        assert found["calls"] >= 2
        assert not {finished.id, taken.id} & {each["call"] for each in found["findings"]}


async def test_a_recording_that_vanishes_is_told_in_mid_call(phones: Phones) -> None:
    """The router says in its log that a recording is gone while its call is still up."""
    centre = phones.centre
    number = centre.number()
    call = await arrive(phones, number)
    record = await centre.record(number, lambda record: record.recording is not None, filed=False)
    path = wav(centre, record)
    async with asyncio.timeout(RECORD_S):
        while not path.exists() or path.stat().st_size < 1000:  # noqa: ASYNC110 (Asterisk's)
            await asyncio.sleep(0.1)
    path.unlink()
    log = centre.settings.logs / "router.out.log"
    async with asyncio.timeout(RECORD_S):
        while True:
            lines = [line for line in log.read_text().splitlines() if record.id in line]
            if any('"recording_audio_missing"' in line for line in lines):
                break
            await asyncio.sleep(0.2)
    await call.hang_up()
