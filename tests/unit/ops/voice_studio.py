"""The real espeak-ng and sox, the plan of Kutai Timur, and ways to listen to what was made."""

import array
import math
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from ops import runtime
from ops.voice import Tools, Voice, build_voice
from ops.voice.cache import Cache
from siaga.plan import load_plan
from siaga.plan.voice import voice_plan
from siaga.prompts import VoicePlan, load_catalogue
from siaga.settings import PROJECT, load
from siaga.takes import Takes

CATALOGUE = load_catalogue(PROJECT / "sounds" / "prompts.yaml")
VERSION = "0123456789ab"
KUTIM = load_plan(PROJECT / "plans" / "kutim.yaml")
SMALL = VoicePlan(
    languages=("id",),
    emergencies={"fire": {"id": "Kebakaran", "en": "Fire"}},
    agencies={"damkar": {"id": "Damkar", "en": "the fire brigade"}},
    digits=(("1", "fire"),),
    language_digits={},
)


def tools() -> Tools:
    settings = load({**os.environ, "SIAGA_HOME": "/nonexistent"})
    espeak = runtime.find_tool(settings, runtime.ESPEAK)
    sox = runtime.find_tool(settings, runtime.SOX)
    assert espeak, "espeak-ng is not here: ./siaga112 sets it up"
    assert sox, "sox is not here: ./siaga112 sets it up"
    return Tools(espeak=espeak, sox=sox)


@dataclass(frozen=True)
class Studio:
    """Folders of one instance, and the tools it uses."""

    folder: Path
    tools: Tools
    plan: VoicePlan = SMALL

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def takes(self) -> Path:
        return self.folder / "takes"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def delivered(self) -> Path:
        return self.folder / "delivered"

    def build(
        self,
        plan: VoicePlan | None = None,
        using: Tools | None = None,
        version: str = VERSION,
        own: Takes | None = None,
    ) -> Voice:
        return build_voice(
            plan or self.plan,
            CATALOGUE,
            using or self.tools,
            self.out,
            version=version,
            takes=self.takes,
            cache=Cache(self.cache, self.delivered),
            own=own,
        )

    def file(self, prompt: str, language: str = "id", form: str = "ulaw") -> Path:
        return self.out / language / "siaga" / VERSION / f"{prompt}.{form}"

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.out)): path.read_bytes()
            for path in self.out.rglob("*")
            if path.is_file()
        }

    def take(self, prompt: str, *effects: str, form: tuple[str, ...] = ()) -> Path:
        """A recording made by sox, by default at the rate of a studio and in stereo."""
        path = self.takes / "id" / f"{prompt}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        form = form or ("-r", "44100", "-c", "2")
        subprocess.run([self.tools.sox, "-n", *form, path, *effects], check=True)
        return path

    def counting(self) -> tuple[Tools, Path]:
        """The same tools, each use of which is a line in a file."""
        log = self.folder / "uses"
        log.touch()
        made = []
        for name in ("espeak", "sox"):
            script = self.folder / name
            real = getattr(self.tools, name)
            script.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {real} "$@"\n')
            script.chmod(0o755)
            made.append(script)
        return Tools(*made), log

    def failing_espeak(self) -> Tools:
        """The same tools, but espeak-ng speaks no more."""
        script = self.folder / "espeak-broken"
        script.write_text("#!/bin/sh\necho 'no voice today' >&2\nexit 1\n")
        script.chmod(0o755)
        return replace(self.tools, espeak=script)

    def listen(self, file: Path, *effects: str) -> list[int]:
        """The samples of a prompt, after sox's effects."""
        kind = "ul" if file.suffix == ".ulaw" else "al"
        words = ["-D", "-t", kind, "-r", "8000", "-c", "1", file]
        raw = ["-t", "raw", "-e", "signed", "-b", "16", "-"]
        done = subprocess.run(
            [self.tools.sox, *words, *raw, *effects], check=True, capture_output=True
        )
        return array.array("h", done.stdout).tolist()


def studio(folder: Path, warm: Path | None = None) -> Studio:
    """A studio in ``folder``; ``warm`` is the cache of an earlier one, to save its time."""
    if warm:
        shutil.copytree(warm, folder / "cache")
    return Studio(folder, tools())


def kutim() -> VoicePlan:
    return voice_plan(KUTIM.plan)


def rms(samples: list[int]) -> float:
    """Level, dBFS RMS."""
    power = sum(value * value for value in samples) / len(samples) / 32768**2
    return 10 * math.log10(power) if power else -math.inf
