"""Where Asterisk finds the prompts: ``<out>/<language>/siaga/<version>/<prompt>.ulaw``, ``.alaw``.

Both forms of G.711 lie there so that neither has to be made from the other during a call. Each
version of the plan has prompts of its own, so that a call goes on hearing those it began with.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Final

from ops.voice.cache import replace
from ops.voice.trouble import Kind, Trouble, warnings
from siaga.names import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from ops.voice.cache import Sound

_OURS: Final = re.compile(r"[^.].*\.[au]law|\..+\.[au]law\..+")
"""A prompt, or what a start that was cut short left of one."""

_VERSION: Final = re.compile(r"[0-9a-f]{12}")


def place(folder: Path, prompt: str, sound: Sound) -> set[Path]:
    """Write the prompt where it differs from what lies in the folder; the files it is in.

    Raises:
        OSError: no room, no permission.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / f"{prompt}.ulaw": sound.ulaw, folder / f"{prompt}.alaw": sound.alaw}
    for file, data in files.items():
        if not file.is_file() or file.read_bytes() != data:
            replace(file, data)
    return set(files)


def remove_old(out: Path, version: str, kept: set[Path]) -> Iterator[Trouble]:
    """Remove the version's prompts that are not to be kept: they may say what is not true.

    Files of other kinds are not ours and stay.
    """
    return _remove(out, f"*/{SOUNDS}/{version}/*", kept)


def remove_versions(out: Path, keep: Collection[str]) -> tuple[str, ...]:
    """Remove the prompts of all versions but those to ``keep``, and prompts of no version.

    Returns:
        Warnings, Indonesian and English.
    """
    troubles = list(_remove(out, f"*/{SOUNDS}/*", ()))
    for folder in sorted(out.glob(f"*/{SOUNDS}/*/")):
        if folder.name in keep or not _VERSION.fullmatch(folder.name):
            continue
        try:
            shutil.rmtree(folder)
        except OSError as error:
            troubles.append(Trouble(Kind.OLD, str(folder), str(error.strerror)))
    return tuple(warnings(troubles))


def _remove(out: Path, pattern: str, kept: Collection[Path]) -> Iterator[Trouble]:
    for file in sorted(out.glob(pattern)):
        if file in kept or not _OURS.fullmatch(file.name):
            continue
        try:
            file.unlink()
        except OSError as error:
            yield Trouble(Kind.OLD, str(file), str(error.strerror))
