"""Recordings that go before the synthetic voice: ``<takes>/<language>/<prompt>.wav``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ops.voice.audio import VoiceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

MAX_BYTES: Final = 50_000_000
"""Three minutes of the best a sound studio delivers; a prompt lasts some seconds."""

_SUFFIX: Final = ".wav"

_OF_SOME_PLAN: Final = (
    "announce-",
    "calling-",
    "chosen-",
    "menu-",
    "options-",
    "retry-no-input-",
    "retry-no-match-",
)
"""Such a recording may be meant for an emergency, agency, sub-menu or announcement of another
plan."""


def find_take(takes: Path, language: str, prompt: str) -> Path | None:
    """The recording of a prompt; None when nobody put one there."""
    take = takes / language / f"{prompt}{_SUFFIX}"
    return take if os.path.lexists(take) else None


def read_take(take: Path) -> bytes:
    """The recording's content.

    Raises:
        VoiceError: it cannot be read, or cannot be a prompt.
    """
    try:
        if not take.is_file():
            raise VoiceError("bukan berkas / not a file")
        if (size := take.stat().st_size) > MAX_BYTES:
            raise VoiceError(f"{size / 1e6:.0f} MB > {MAX_BYTES / 1e6:.0f} MB")
        return take.read_bytes()
    except OSError as error:
        raise VoiceError(f"{error.strerror}") from error


def stray_takes(takes: Path, language: str, prompts: Collection[str]) -> Iterator[Path]:
    """Files that will never be heard: a misspelled prompt, another kind of file."""
    for file in sorted((takes / language).glob("[!.]*")):
        known = file.stem in prompts or file.stem.startswith(_OF_SOME_PLAN)
        if file.suffix != _SUFFIX or not known:
            yield file
