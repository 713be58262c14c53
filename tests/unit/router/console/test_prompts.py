"""The prompts at the console: heard, recorded, put in use and taken back, by the real command."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import wave
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestServer

from ops.prepare import prepare
from ops.voice.upload import wav_of
from router.accounts.model import Role
from router.accounts.tokens import unmasked
from router.api import Services, build_app
from router.applying import Applying
from router.console.link import RouterLink
from router.console.prompting.heard import as_wav
from router.console.prompting.listed import Prompts
from router.store.trail import Search
from siaga.settings import PROJECT, load
from siaga.takes import Measure, Take, Takes
from tests.unit.ops.test_voice_upload import tone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import ClientResponse

    from siaga.settings import Settings
    from tests.unit.router.console.people import Browser, House

HOLD = "/prompts/id/hold"
TAKE = re.compile(r'id="take-([0-9T]+-[0-9a-f]+)"')
NAME = "<img src=x onerror=alert(1)>.wav"
MEASURE = Measure(1000, -20, -3, 0, -60)
SOUND = wav_of(tone(0.5, 2), 8000)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a centre that is ready to be started."""
    home = tmp_path_factory.mktemp("prompts") / "home"
    plan = PROJECT / "plans" / "kutim.yaml"
    prepare(replace(load({"SIAGA_HOME": str(home)}), plan=plan), lambda _: None)
    return home


@pytest.fixture
def settings(tmp_path: Path, ready: Path) -> Settings:
    """A copy of it."""
    shutil.copytree(ready, tmp_path / "home", symlinks=True)
    return load({"SIAGA_HOME": str(tmp_path / "home")})


async def _nobody(_call: str, _agency: str) -> None: ...


@pytest.fixture
async def centre(unserved: House) -> AsyncIterator[House]:
    """A console with a plan in force, and a router that gives the real commands."""
    settings = unserved.desk.settings
    environment = (f"SIAGA_HOME={settings.home}", f"PYTHONPATH={PROJECT}")
    command = ("env", *environment, sys.executable, "-P", "-m", "ops")
    app = build_app(
        Services(
            token="t",
            health=dict,
            handsets=dict,
            transfer=_nobody,
            applying=Applying(settings, command),
        )
    )
    async with TestServer(app) as router:
        link = RouterLink(router.port or 0, "t")
        await link.open()
        unserved.desk = replace(unserved.desk, link=link)
        await unserved.serve()
        yield unserved
        await link.close()


async def sent(browser: Browser, data: bytes, name: str = NAME, path: str = HOLD) -> ClientResponse:
    """A file that is sent as the page sends it."""
    form = FormData({"word": browser.word}, quote_fields=False)
    form.add_field("file", data, filename=name, content_type="audio/wav")
    headers = {"Origin": browser.origin, "Accept": "text/html"}
    answer = await browser.ask("POST", path, data=form, headers=headers)
    browser.page = await answer.text() or browser.page
    return answer


async def test_every_prompt_is_listed_and_heard(centre: House) -> None:
    """Each of the plan's prompts in each language has its words, its voice, and can be played."""
    browser = await centre.inside("Ani", Role.AUDITOR)
    await browser.get("/prompts")
    prompts = Prompts(centre.desk.settings, centre.desk.plan())
    for name in prompts.names():
        for language in ("id", "en"):
            assert f'href="/prompts/{language}/{name}/now.wav"' in browser.page
    assert "Mohon tunggu, jangan tutup telepon." in browser.page
    assert "Please hold, do not hang up." in browser.page
    assert "tidak ada suara" not in browser.page
    answer = await browser.ask("GET", f"{HOLD}/now.wav")
    data = await answer.read()
    assert answer.headers["Content-Type"] == "audio/wav"
    with wave.open(io.BytesIO(data)) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
    piece = await browser.ask("GET", f"{HOLD}/now.wav", headers={"Range": "bytes=44-143"})
    assert (piece.status, await piece.read()) == (206, data[44:144])
    last = await browser.ask("GET", f"{HOLD}/now.wav", headers={"Range": "bytes=-10"})
    assert (last.status, await last.read()) == (206, data[-10:])
    past = await browser.ask("GET", f"{HOLD}/now.wav", headers={"Range": "bytes=9999999-"})
    assert past.status == 416
    await browser.get(HOLD)
    assert "microphone=()" in (await browser.get(HOLD)).headers["Permissions-Policy"]
    assert "Rekam di sini" not in browser.page


async def test_a_prompt_that_is_missing_is_said(centre: House) -> None:
    """Without its file, or with an empty one, it is told in words and not played."""
    prompts = Prompts(centre.desk.settings, centre.desk.plan())
    prompts.file("id", "hold").unlink()
    prompts.file("en", "hold").write_bytes(b"")
    browser = await centre.inside("Ani", Role.ADMIN)
    await browser.get("/prompts")
    assert browser.page.count("tidak ada suara") == 4  # the rows, and the list above
    assert (await browser.ask("GET", f"{HOLD}/now.wav")).status == 404
    for path in ("/prompts/id/nothing", "/prompts/fr/menu", "/prompts/id/nothing/now.wav"):
        assert (await browser.get(path)).status == 404


async def test_sent_heard_used_and_taken_back(centre: House) -> None:
    """A file is kept, heard, put in use, gives way to the delivered voice, and is removed."""
    browser = await centre.inside("Ani", Role.ADMIN)
    prompts = Prompts(centre.desk.settings, centre.desk.plan())
    before = prompts.file("id", "hold").read_bytes()
    answer = await browser.get(HOLD)
    assert "microphone=(self)" in answer.headers["Permissions-Policy"]
    answer = await sent(browser, SOUND)
    assert answer.headers["Location"] == f"{HOLD}?said=added", browser.page
    await browser.get(answer.headers["Location"])
    assert "<img" not in browser.page
    assert "&lt;img src=x" in browser.page
    (take,) = TAKE.findall(browser.page)
    assert prompts.file("id", "hold").read_bytes() == before

    answer = await browser.post(f"{HOLD}/takes/{take}/use")
    assert answer.status == 409
    assert "Dengarkan dulu rekaman ini" in browser.page
    word = browser.word
    heard = await (await browser.ask("GET", f"{HOLD}/takes/{take}.wav")).read()
    answer = await browser.post(f"{HOLD}/takes/{take}/use")
    assert answer.headers["Location"] == f"{HOLD}?said=used", browser.page
    assert as_wav(prompts.file("id", "hold").read_bytes()) == heard
    await browser.get(HOLD)
    assert "rekaman sendiri" in browser.page
    assert f"takes/{take}/drop" not in browser.page
    assert unmasked(browser.word) == unmasked(word)

    answer = await browser.post(f"{HOLD}/delivered")
    assert answer.headers["Location"] == f"{HOLD}?said=delivered"
    assert prompts.file("id", "hold").read_bytes() == before
    answer = await browser.post(f"{HOLD}/takes/{take}/drop")
    assert answer.headers["Location"] == f"{HOLD}?said=dropped"
    assert (await browser.ask("GET", f"{HOLD}/takes/{take}.wav")).status == 404
    done = [entry.what for entry in await centre.desk.trail.find(Search(), 20)]
    assert [what for what in done if what.startswith("prompt_")] == [
        "prompt_dropped",
        "prompt_replaced",
        "prompt_replaced",
        "prompt_recorded",
    ]
    await browser.get("/audit")
    assert "<img" not in browser.page
    assert not list((centre.desk.settings.home / "run").glob("voice-*"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"#EXTM3U\nfile:///etc/passwd\n", "tidak terbaca sebagai suara"),
        (wav_of(bytes(32_000), 8000), "Tidak ada suara di dalamnya"),
    ],
    ids=["playlist", "silence"],
)
async def test_what_is_no_recording_is_refused(centre: House, data: bytes, words: str) -> None:
    """The page says why in the reader's language, and nothing is kept, nor left behind.

    What a console that was killed left an hour ago is removed too.
    """
    run = centre.desk.settings.home / "run"
    (run / "voice-folder").mkdir(parents=True)
    (run / "voice-folder" / "a.ulaw").touch()
    (run / "voice-00").touch()
    for left in run.glob("voice-*"):
        os.utime(left, (1.0, 1.0))
    browser = await centre.inside("Ani", Role.ADMIN)
    answer = await sent(browser, data)
    assert answer.status == 409
    assert words in browser.page
    assert "This file" not in browser.page
    assert Takes(centre.desk.settings.takes).all("id", "hold") == []
    assert not list((centre.desk.settings.home / "run").glob("voice-*"))


async def test_a_form_without_a_file_is_refused(centre: House) -> None:
    """No file, a tone, a prompt that is not there, and a file that is far too large."""
    browser = await centre.inside("Ani", Role.ADMIN)
    answer = await browser.post(HOLD, {"file": "words"})
    assert answer.status == 422
    assert "Pilih dulu berkas" in browser.page
    assert (await sent(browser, SOUND, path="/prompts/id/ring")).status == 404
    assert (await sent(browser, SOUND, path="/prompts/id/nothing")).status == 404
    await browser.get(HOLD)
    assert (await sent(browser, bytes(31_000_000))).status == 413


async def test_an_outdated_recording_is_said(centre: House) -> None:
    """Once the plan says something else there, the page says so, and does not offer to use it."""
    settings, name = centre.desk.settings, "20261127T080000-0123abcd"
    takes = Takes(settings.takes)
    take = Take(name, "Ani", "2026-11-27T08:00:00+00:00", "a", "<b>Menghubungi", MEASURE)
    takes.add("id", "calling-damkar", take, SOUND, b"\xff" * 800)
    takes.use("id", "calling-damkar", name)
    browser = await centre.inside("Ani", Role.ADMIN)
    await browser.get("/prompts")
    assert "rekaman usang" in browser.page
    await browser.get("/prompts/id/calling-damkar")
    assert "Rekaman Anda mengatakan yang lain dari rencana" in browser.page
    assert "&lt;b&gt;Menghubungi" in browser.page
    assert "Pakai rekaman ini" not in browser.page
    await browser.ask("GET", f"/prompts/id/calling-damkar/takes/{name}.wav")
    answer = await browser.post(f"/prompts/id/calling-damkar/takes/{name}/use")
    assert answer.status == 409
    assert "dibuat untuk kata-kata lain" in browser.page


async def test_the_router_away_is_said(house: House) -> None:
    """Nothing is changed, and the page says why."""
    browser = await house.inside("Ani", Role.ADMIN)
    await browser.get(HOLD)
    assert (await sent(browser, SOUND)).status == 503
    assert "router tidak menjawab" in browser.page
