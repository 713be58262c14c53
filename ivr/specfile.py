"""The compiled menus on disk, read again when they change: the one in force, those of versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from ivr import words
from siaga.menuspec import MenuSpec

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger(__name__)

VERSIONS: Final = 8
"""Versions kept in memory: those that calls in the menu may have begun with, and some to spare."""

MENU_FILE: Final = "menu.json"


class SpecFile:
    """Gives one menu; a file that became unreadable leaves its last good content in force.

    Args:
        path: what the plan was compiled to; replaced atomically by whoever applies a plan.

    Raises:
        OSError: there is no such file at the start.
        ValueError: it is not a compiled menu.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._stamp()
        self._spec = self._read()
        self._complained = ""

    def __call__(self) -> MenuSpec:
        """The menu as it is now."""
        try:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                self._spec = self._read()
                log.info("menu_loaded", version=self._spec.version)
                self._complained = ""
        except (OSError, ValueError) as error:
            self._complain(str(error))
        return self._spec

    def _complain(self, error: str) -> None:
        if error != self._complained:
            self._complained = error
            log.warning("menu_unreadable", version=self._spec.version, error=error)

    def _stamp(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_mtime_ns, status.st_ino

    def _read(self) -> MenuSpec:
        return MenuSpec.from_json(self._path.read_text(encoding="utf-8"))


class Specs:
    """Gives the menu of the version that a call began with, else the one in force.

    Args:
        folder: has ``<version>/menu.json`` for every version that calls may have begun with.
        in_force: the compiled menu in force.

    Raises:
        OSError: there is no menu in force at the start.
        ValueError: it is not a compiled menu.
    """

    def __init__(self, folder: Path, in_force: Path) -> None:
        self._folder = folder
        self._in_force = SpecFile(in_force)
        self._files: dict[str, SpecFile] = {}
        self._missing: dict[str, None] = {}

    def __call__(self, asked: str) -> MenuSpec:
        """The menu of the version that is asked for; not a version: the one in force."""
        version = words.version(asked)
        file = self._file(version) if version else None
        if file is None and not version:
            self._complain("", "not a version")
        return (file or self._in_force)()

    def _file(self, version: str) -> SpecFile | None:
        file = self._files.pop(version, None)
        if file is None:
            try:
                file = SpecFile(self._folder / version / MENU_FILE)
            except (OSError, ValueError) as error:
                self._complain(version, str(error))
                return None
            self._missing.pop(version, None)
        self._files[version] = file  # The last used is the last to go.
        if len(self._files) > VERSIONS:
            del self._files[next(iter(self._files))]
        return file

    def _complain(self, version: str, error: str) -> None:
        if version not in self._missing:
            log.warning("menu_of_version_absent", version=version, error=error)
            self._missing[version] = None
            if len(self._missing) > VERSIONS:
                del self._missing[next(iter(self._missing))]
