"""Make every prompt of a plan and put it where Asterisk plays it from.

A recording goes before synthetic speech: one made on the console or command line, as long as it is
of the words that the plan has there, and else a file in the folder of takes. Whatever fails costs
that one prompt and a warning, never the start of the centre.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ops.voice import audio, trouble
from ops.voice.audio import Tools, VoiceError
from ops.voice.cache import Key, Sound, digest
from ops.voice.place import place, remove_old
from ops.voice.takes import find_take, read_take, stray_takes
from ops.voice.trouble import Kind, Trouble
from siaga.names import SOUNDS
from siaga.prompts import RING, Phrase, script
from siaga.takes import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ops.voice.cache import Cache
    from siaga.prompts import Catalogue, VoicePlan
    from siaga.takes import Takes


@dataclass(frozen=True, slots=True)
class Voice:
    """What was made.

    Attributes:
        prompt_ms: length by language and prompt; a prompt that could not be made is not in it.
        warnings: for the person who starts the centre, Indonesian and English.
    """

    prompt_ms: Mapping[str, Mapping[str, int]]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Job:
    """One prompt to have: its phrases, none for the ringing tone."""

    language: str
    prompt: str
    phrases: tuple[Phrase, ...]

    @property
    def name(self) -> str:
        return f"{self.language}/{self.prompt}"


def build_voice(  # noqa: PLR0913 - what to say, what to say it with, and where it belongs
    plan: VoicePlan,
    catalogue: Catalogue,
    tools: Tools,
    out: Path,
    *,
    version: str,
    takes: Path,
    cache: Cache,
    own: Takes | None = None,
) -> Voice:
    """Make the prompts of ``plan`` in ``out/<language>/siaga/<version>``, in G.711.

    What was said alike by an earlier version comes from the cache.

    Args:
        plan: names, digits and languages.
        catalogue: the texts.
        tools: the programs.
        out: sounds folder; prompts in it that this version does not need are removed, those of
            other versions stay (see :func:`ops.voice.place.remove_versions`).
        version: of the plan.
        takes: recordings, ``<language>/<prompt>.wav``, that go before synthetic speech.
        cache: what was made earlier.
        own: recordings of this instance, which go before all others.
    """
    texts = script(plan, catalogue)
    jobs = [
        _Job(language, prompt, phrases)
        for language, prompts in texts.items()
        for prompt, phrases in (*prompts.items(), (RING, ()))
    ]
    maker = _Maker(tools, takes, cache, digest(audio.versions(tools), _recipe()), own)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        made = list(pool.map(maker.make, jobs))
    troubles = _strays(takes, texts)
    prompt_ms: dict[str, dict[str, int]] = {language: {} for language in texts}
    kept: set[Path] = set()
    for job, (sound, found) in zip(jobs, made, strict=True):
        troubles += found
        if sound is None:
            continue
        try:
            kept |= place(out / job.language / SOUNDS / version, job.prompt, sound)
        except OSError as error:
            troubles.append(Trouble(Kind.PLACE, job.name, str(error.strerror)))
        else:
            prompt_ms[job.language][job.prompt] = sound.ms
    troubles += remove_old(out, version, kept)
    return Voice(prompt_ms, tuple(trouble.warnings(troubles)))


def _recipe() -> bytes:
    """Changes whenever the way sounds are made does."""
    return Path(audio.__file__).read_bytes()


def _strays(folder: Path, texts: Mapping[str, Mapping[str, object]]) -> list[Trouble]:
    return [
        Trouble(Kind.STRAY, str(file))
        for language, prompts in texts.items()
        for file in stray_takes(folder, language, {*prompts, RING})
    ]


@dataclass(frozen=True, slots=True)
class _Maker:
    tools: Tools
    takes: Path
    cache: Cache
    version: str
    own: Takes | None = None

    def make(self, job: _Job) -> tuple[Sound | None, list[Trouble]]:
        """The sound of one prompt, and what went wrong on the way to it."""
        troubles: list[Trouble] = []
        for take in self._takes(job, troubles):
            try:
                wav = read_take(take)
                made = partial(self._take, wav)
                return self._sound(job, ("take", wav), made, troubles), troubles
            except VoiceError as error:
                troubles.append(Trouble(Kind.TAKE, str(take), str(error)))
        content = ("speech", repr(job.phrases))
        try:
            return self._sound(job, content, lambda: self._speech(job), troubles), troubles
        except VoiceError as error:
            return None, [*troubles, Trouble(Kind.SILENT, job.name, str(error))]

    def _takes(self, job: _Job, troubles: list[Trouble]) -> Iterator[Path]:
        """The recordings that may be played, the first that can be read before the others."""
        if self.own is not None and (used := self.own.used(job.language, job.prompt)):
            if used.text == words_of(job.phrases):
                yield self.own.file(job.language, job.prompt, used.id)
            else:
                troubles.append(Trouble(Kind.OUTDATED, job.name))
        if take := find_take(self.takes, job.language, job.prompt):
            yield take

    def _sound(
        self,
        job: _Job,
        content: tuple[str | bytes, ...],
        make: Callable[[], bytes],
        troubles: list[Trouble],
    ) -> Sound:
        """The sound of ``content``: from the cache, else made, else as other tools made it.

        Raises:
            VoiceError: it cannot be made and never was.
        """
        key = Key(digest(*content), self.version)
        if sound := self.cache.get(key):
            return sound
        try:
            sound = Sound(*audio.encode(self.tools, make()))
        except VoiceError as error:
            if earlier := self.cache.by_other_tools(key.content):
                troubles.append(Trouble(Kind.EARLIER, job.name, str(error)))
                return earlier
            raise
        try:
            self.cache.put(key, sound)
        except OSError as error:
            troubles.append(Trouble(Kind.CACHE, job.name, str(error.strerror)))
        return sound

    def _take(self, wav: bytes) -> bytes:
        return audio.shape(self.tools, audio.convert(self.tools, wav))

    def _speech(self, job: _Job) -> bytes:
        if not job.phrases:
            return audio.ring(self.tools)
        parts = [audio.speak(self.tools, phrase) for phrase in job.phrases]
        return audio.shape(self.tools, audio.join(parts, job.phrases[0].voice.pause))
