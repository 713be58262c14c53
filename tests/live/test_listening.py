"""A supervisor listens to a talk: heard by nobody, allowed by the plan, never without a row."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ops.api import AnswerError, ask
from ops.phone import g711, rtp, sound
from router.store import open_engine
from router.store.custody import AuditRow, Custody, What
from siaga.keys import LISTEN_KEYS
from tests.live import wire
from tests.live.calls import CALLER_HZ, OFFICER_HZ
from tests.live.centre import RECORD_S
from tests.live.desk import ADDRESS, dialling
from tests.live.dispatch import AGENCY_HZ, AMONG, hears_among, talking
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.centre import Centre

PACKETS = 25


@contextmanager
def ear() -> Iterator[socket.socket]:
    """Where a supervisor's audio arrives."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.setblocking(False)  # noqa: FBT003  (the socket API)
        made.bind((ADDRESS, 0))
        yield made


async def hears(heard: socket.socket, *tones: int) -> None:
    """Wait until half a second arrives in which all these tones sound."""
    loop = asyncio.get_running_loop()
    samples: list[int] = []
    async with asyncio.timeout(wire.ANSWER_S):
        while any(sound.amplitude(samples, hz) < AMONG for hz in tones):
            packet = rtp.parse(await loop.sock_recv(heard, 2048))
            assert packet is not None
            samples += g711.decode(packet.payload, g711.Law.PCMA)
            samples = samples[-PACKETS * rtp.FRAME :]


async def log(centre: Centre) -> list[AuditRow]:
    """The rows of the audit log."""
    engine = open_engine(centre.settings.database)
    custody = Custody(engine)
    try:
        return await custody.log(100)
    finally:
        custody.close()
        await engine.dispose()


async def rows(centre: Centre, call: str, count: int) -> list[AuditRow]:
    """Who listened to a call, once so many rows tell it."""
    found: list[AuditRow] = []
    try:
        async with asyncio.timeout(RECORD_S):
            while len(found) < count:
                found = [row for row in await log(centre) if row.object == call]
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"only these rows: {found}") from None
    return found


async def test_a_supervisor_hears_both_and_nobody_hears_him(brisk: Centre) -> None:
    """Until the talk is over, and also while the router is dead; each time is a row."""
    async with telephones(brisk) as phones:
        await phones.log_in("101")
        talk = await talking(phones, brisk.number())
        with ear() as heard:
            port = heard.getsockname()[1]
            async with dialling(brisk, "102", f"{LISTEN_KEYS}101", port) as first:
                await hears(heard, CALLER_HZ, OFFICER_HZ)
                await first.hang_up()
            (row,) = await rows(brisk, talk.id, 1)
            assert (row.who, row.what) == ("102", What.LISTENED)
            assert row.why.startswith("pesawat / handset 101, brisk-")
            brisk.kill("router", signal.SIGKILL)
            async with dialling(brisk, "102", f"{LISTEN_KEYS}101", port) as second:
                await hears(heard, CALLER_HZ, OFFICER_HZ)
                await talk.call.hears(OFFICER_HZ)
                await talk.call.hang_up()
                await talk.officer.ended()
                await second.ended()
        await brisk.until_ready()
        both = await rows(brisk, talk.id, 2)
        assert len({row.why for row in both}) == 2


async def test_who_is_no_supervisor_hears_nothing_of_a_talk(brisk: Centre) -> None:
    """He is told so, and let go; there is no row of it."""
    async with telephones(brisk) as phones:
        await phones.log_in("101")
        talk = await talking(phones, brisk.number())
        async with dialling(brisk, "201", f"{LISTEN_KEYS}101") as asked:
            await asked.ended()
        # Nobody is listened to who does not talk.
        async with dialling(brisk, "102", f"{LISTEN_KEYS}301") as idle:
            await idle.ended()
        await talk.call.hang_up()
        await talk.officer.ended()
        told = await log(brisk)
        assert talk.id not in {row.object for row in told}
        assert "201" not in {row.who for row in told}


async def test_a_supervisor_is_heard_by_the_officer_alone(brisk: Centre) -> None:
    """His handset is rung by the interface; each time is a row, and what cannot be is refused."""
    async with telephones(brisk) as phones:
        await phones.log_in("101")
        talk = await talking(phones, brisk.number())
        await phones.log_in("102")
        words = {"call": talk.id, "handset": "101", "at": "102"}
        for verb, heard_by_officer in (("listen", False), ("whisper", True)):
            path = f"/api/supervise/{verb}"
            # A button that is pressed twice rings once.
            await asyncio.gather(*(ask(brisk.settings, "POST", path, words) for _ in range(2)))
            supervisor = await phones.bank.ring("102")
            await supervisor.answer()
            supervisor.play_tone(AGENCY_HZ)
            talk.call.play_tone(CALLER_HZ)
            talk.officer.play_tone(OFFICER_HZ)
            await asyncio.gather(
                hears_among(supervisor, CALLER_HZ), hears_among(supervisor, OFFICER_HZ)
            )
            await hears_among(talk.officer, CALLER_HZ)
            if heard_by_officer:
                await hears_among(talk.officer, AGENCY_HZ)
            else:
                assert talk.officer.heard.since(0, 10_000).amplitude(AGENCY_HZ) < AMONG
            mark = talk.call.heard.mark()
            await hears_among(talk.call, OFFICER_HZ)
            assert talk.call.heard.since(mark, 10_000).amplitude(AGENCY_HZ) < AMONG / 2
            await supervisor.hang_up()
        told = {row.why.partition(", brisk-")[0] for row in await rows(brisk, talk.id, 2)}
        assert told == {
            "pesawat / handset 101",
            "pesawat / handset 101, berbisik / whispered",
        }
        for other in ({"at": "101"}, {"handset": "201"}, {"call": "brisk-1.1"}, {"at": "102/n"}):
            with pytest.raises(AnswerError):
                await ask(brisk.settings, "POST", "/api/supervise/listen", {**words, **other})
        await talk.call.hang_up()
        await talk.officer.ended()
