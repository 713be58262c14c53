"""Recordings of prompts put in use by the command line, with real files and real tools."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ops import voice_takes
from ops.apply import revoice, stage
from ops.apply.catalogue import catalogue_in_force
from ops.apply.command import StrandedError
from ops.apply.revoice import OutdatedError, UnknownPromptError
from ops.doctor.finding import Status
from ops.doctor.voices import voices
from ops.prepare import prepare
from ops.runtime import find_runtime
from siaga import settings as settings_module
from siaga.menuspec import MenuSpec
from siaga.plan import load_plan
from siaga.settings import PROJECT, Settings
from siaga.takes import Take, Takes, UnknownTakeError
from tests.unit.ops.voice_studio import tools

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An instance that was made ready and does not run."""
    folder = tmp_path_factory.mktemp("home")
    plan = folder / "routing.yaml"
    plan.write_bytes((PROJECT / "plans" / "kutim.yaml").read_bytes())
    made = replace(settings_module.load({"SIAGA_HOME": str(folder / "home")}), plan=plan)
    prepare(made, lambda _: None)
    return made


def answers(home: Settings, *words: str) -> tuple[int, list[Any]]:
    """The command line itself, as the router starts it: status, and what it answers by lines."""
    environment = {**os.environ, "SIAGA_HOME": str(home.home), "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ops", "prompts", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def siaga112(home: Settings, *words: str) -> tuple[int, Any]:
    """Its status, and its one answer."""
    status, (answer,) = answers(home, *words)
    return status, answer


def recorded(folder: Path, seconds: float, hz: int = 600) -> Path:
    """A sound of so many seconds."""
    file = folder / f"{seconds}-{hz}.wav"
    words = [tools().sox, "-n", "-r", "44100", "-c", "2", file, "synth", str(seconds)]
    subprocess.run([*words, "sine", str(hz), "gain", "-6"], check=True)
    return file


def playing(home: Settings, prompt: str, language: str = "id") -> Path:
    version = load_plan(home.plan_in_force).version
    return home.sounds / language / "siaga" / version / f"{prompt}.ulaw"


def lengths(home: Settings) -> int:
    """What the menu's server knows of ``hold``."""
    spec = MenuSpec.from_json(home.compiled_plan.read_text(encoding="utf-8"))
    return spec.prompt_ms["id"]["hold"]


def test_a_recording_is_kept_put_in_use_and_taken_back(home: Settings, tmp_path: Path) -> None:
    """Kept it changes nothing; in use it is played, and who hears the old one hears it out."""
    file = playing(home, "hold")
    before, was = file.read_bytes(), lengths(home)
    status, take = siaga112(
        home, "add", "--by=Ani", "--name=<b>", "--json", "--", "id/hold", str(recorded(tmp_path, 2))
    )
    assert (status, take["by"], take["name"]) == (0, "Ani", "<b>")
    assert 1900 < take["measure"]["ms"] < 2100
    assert file.read_bytes() == before
    with file.open("rb") as call:
        begun = call.read(100)
        assert siaga112(home, "use", "--by=Ani", "--json", "--", "id/hold", take["id"])[0] == 0
        assert begun + call.read() == before
    assert 15_000 < len(file.read_bytes()) < 17_000
    assert file.read_bytes() == Takes(home.takes).heard("id", "hold", take["id"]).read_bytes()
    assert 1900 < lengths(home) < 2100
    rows = {(row["language"], row["prompt"]): row for row in answers(home, "--json")[1]}
    assert rows["id", "hold"]["take"] == take["id"]
    assert rows["en", "hold"]["take"] is None
    status, told = siaga112(home, "drop", "--json", "--", "id/hold", take["id"])
    assert (status, told["error"]) == (2, "unknown_take")
    assert siaga112(home, "delivered", "--by=Ani", "--json", "--", "id/hold")[0] == 0
    assert file.read_bytes() == before
    assert lengths(home) == was
    assert siaga112(home, "drop", "--json", "--", "id/hold", take["id"])[0] == 0


def kept(home: Settings, prompt: str, file: Path, text: str | None = None) -> Take:
    """A recording of a prompt in Indonesian."""
    found = voice_takes.add(home, f"id/{prompt}", file, "Ani")
    takes = Takes(home.takes)
    take = takes.get("id", prompt, found["id"])
    if text is not None:
        place = takes.file("id", prompt, take.id).with_suffix(".json")
        take = replace(take, text=text)
        place.write_text(json.dumps(take.document()))
    return take


def test_one_that_would_strand_somebody_is_never_heard(home: Settings, tmp_path: Path) -> None:
    """A menu of half a minute leaves no time to press: refused, files and lengths as they were."""
    file = playing(home, "menu")
    before = (file.read_bytes(), home.compiled_plan.read_bytes())
    take = kept(home, "menu", recorded(tmp_path, 30))
    assert "long" in take.findings
    with pytest.raises(StrandedError, match="menu"):
        asyncio.run(revoice.use(home, "id", "menu", take.id, "Ani"))
    assert (file.read_bytes(), home.compiled_plan.read_bytes()) == before
    assert Takes(home.takes).used("id", "menu") is None


def test_one_of_other_words_is_refused(home: Settings, tmp_path: Path) -> None:
    """What was recorded before a plan said something else is not put in use."""
    take = kept(home, "overload", recorded(tmp_path, 4), text="Yang lama")
    with pytest.raises(OutdatedError):
        asyncio.run(revoice.use(home, "id", "overload", take.id, "Ani"))


def test_one_in_use_whose_words_were_changed_since_is_found(home: Settings, tmp_path: Path) -> None:
    """The doctor names it, and nothing before it is so."""
    assert [finding.status for finding in voices(home)] == [Status.OK]
    takes = Takes(home.takes)
    take = kept(home, "overload", recorded(tmp_path, 4), text="Yang lama")
    takes.use("id", "overload", take.id)
    try:
        (finding,) = voices(home)
    finally:
        takes.use("id", "overload", "")
    assert (finding.status, "id/overload" in finding.found) == (Status.WARN, True)


def test_what_is_not_there_is_told(home: Settings, tmp_path: Path) -> None:
    """A prompt, language or recording that is not there is told, also one that is a path."""
    file = recorded(tmp_path, 1)
    for where in ("id/nothing", "fr/menu", "id/../menu", "id/ring", "menu", "../x/y"):
        with pytest.raises((UnknownPromptError, UnknownTakeError)):
            voice_takes.add(home, where, file, "Ani")
    with pytest.raises(UnknownTakeError):
        asyncio.run(revoice.use(home, "id", "menu", "20260101T000000-00000000", None))
    with pytest.raises(UnknownPromptError):
        asyncio.run(revoice.use(home, "id", "nothing", "", None))


def test_the_next_start_plays_it_too(home: Settings, tmp_path: Path) -> None:
    """What is in use is what a start, or another plan, makes of that prompt."""
    take = kept(home, "all-busy", recorded(tmp_path, 5, 500))
    asyncio.run(revoice.use(home, "id", "all-busy", take.id, "Ani"))
    used = playing(home, "all-busy").read_bytes()
    playing(home, "all-busy").unlink()
    texts, _ = catalogue_in_force(home)
    stage.stage(home, find_runtime(home), load_plan(home.plan_in_force), texts)
    assert playing(home, "all-busy").read_bytes() == used
