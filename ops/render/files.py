"""Where the rendered files lie; each is replaced as a whole, readable by the owner only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.files import write_atomic
from siaga.names import PLANS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from siaga.settings import Settings


def write(settings: Settings, files: Mapping[str, str]) -> None:
    """Write files into ``settings.etc``.

    Raises:
        OSError: no room, no permission; every file is then either old or new.
    """
    _write(settings.etc, files)


def write_version(settings: Settings, version: str, files: Mapping[str, str]) -> None:
    """Write the files of one version of the plan into its own folder.

    Raises:
        OSError: as :func:`write`.
    """
    _write(settings.etc / PLANS / version, files)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_atomic(folder / name, text, mode=0o600)
