"""``siaga112 prompts``: the prompts of the plan in force, recordings added and put in use."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ops.apply import revoice
from ops.plan_changes import refusal
from ops.runtime import find_runtime
from ops.voice import Tools
from ops.voice.upload import Wanted, make
from siaga.errors import SiagaError
from siaga.names import SOUNDS
from siaga.plan.versions import clean, person
from siaga.plan.voice import voice_plan
from siaga.prompts import RING, script
from siaga.takes import Takes, UnknownTakeError

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from siaga.settings import Settings

ODD = {
    "clipped": ("pecah karena terlalu keras", "clipped: too loud"),
    "quiet": ("terlalu pelan", "too quiet"),
    "noisy": ("ruang terlalu bising", "the room is too noisy"),
    "short": ("terlalu pendek untuk kata-katanya", "too short for its words"),
    "long": ("terlalu panjang untuk kata-katanya", "too long for its words"),
}


def show(settings: Settings, *, as_json: bool) -> None:
    """Print every prompt of the plan in force: its words, its length, whose voice.

    Raises:
        MissingError: no plan is in force yet.
    """
    now, takes = revoice.spoken(settings), Takes(settings.takes)
    version = now.staged.loaded.version
    rows: list[dict[str, Any]] = []
    for language, prompts in script(voice_plan(now.staged.loaded.plan), now.texts).items():
        for prompt in (*prompts, RING):
            words = "" if prompt == RING else now.words(language, prompt)
            used = takes.used(language, prompt)
            file = settings.sounds / language / SOUNDS / version / f"{prompt}.ulaw"
            rows.append(
                {
                    "language": language,
                    "prompt": prompt,
                    "words": words,
                    "ms": file.stat().st_size // 8 if file.is_file() else None,
                    "take": used.id if used and used.text == words else None,
                    "outdated": bool(used and used.text != words),
                }
            )
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    for row in rows:
        length = "tidak ada / missing" if row["ms"] is None else f"{row['ms'] / 1000:.1f} s"
        voice = row["take"] or "suara bawaan / delivered voice"
        old = "  rekaman usang / outdated recording" if row["outdated"] else ""
        sys.stdout.write(f"{row['language']}/{row['prompt']}  {length}  {voice}{old}\n")


def add(
    settings: Settings, where: str, file: Path, by: str | None, name: str = ""
) -> dict[str, Any]:
    """Make a recording of a sound file and keep it; it is not in use yet.

    Raises:
        UnknownPromptError, UploadError, VoiceError, MissingError, OSError: it was not kept.
    """
    language, prompt = _split(where)
    now, runtime = revoice.spoken(settings), find_runtime(settings)
    wanted = Wanted(
        text=now.words(language, prompt),
        expected_ms=now.expected_ms(language, prompt),
        by=person(by),
        at=datetime.now(UTC),
        name=clean(name or file.name),
    )
    made = make(Tools(espeak=runtime.espeak, sox=runtime.sox), file, wanted)
    Takes(settings.takes).add(language, prompt, made.take, made.wav, made.heard)
    return made.take.document()


async def use(settings: Settings, where: str, name: str, by: str | None) -> dict[str, Any]:
    """Put a recording in use, or with an empty name the delivered voice again.

    Raises:
        SiagaError, OSError: as :func:`ops.apply.revoice.use`.
    """
    language, prompt = _split(where)
    ms = await revoice.use(settings, language, prompt, name, by)
    return {"language": language, "prompt": prompt, "take": name, "ms": ms}


def drop(settings: Settings, where: str, name: str) -> dict[str, Any]:
    """Remove a recording that is not in use.

    Raises:
        UnknownTakeError: there is none, or it is in use.
    """
    language, prompt = _split(where)
    Takes(settings.takes).drop(language, prompt, name)
    return {"language": language, "prompt": prompt, "take": name}


async def tell(deed: Awaitable[dict[str, Any]], *, as_json: bool) -> int:
    """Do it and print what became of it; the exit status.

    Raises:
        SiagaError, OSError: it was not done, and that is told to people, not to a machine.
    """
    if not as_json:
        done = await deed
        for finding in done.get("findings", ()):
            sys.stdout.write(" / ".join(ODD[finding]) + "\n")
        sys.stdout.write(f"{done.get('id') or done['take'] or 'suara bawaan / delivered voice'}\n")
        return 0
    try:
        report, status = await deed, 0
    except SiagaError as error:
        report, status = refusal(error), error.exit_status
    sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    return status


def _split(where: str) -> tuple[str, str]:
    language, slash, prompt = where.partition("/")
    if not slash:
        raise UnknownTakeError
    return language, prompt
