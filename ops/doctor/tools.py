"""Checks of what is installed: Python and the telephony tools."""

from __future__ import annotations

import platform
import re
import sys
from typing import TYPE_CHECKING, Final

from ops.doctor.finding import fail, ok
from ops.runtime import (
    Tool,
    Version,
    ask_version,
    find_runtime,
    find_tool,
    install_hint,
    show_version,
    tools,
)
from siaga.errors import MissingError
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

OLDEST_PYTHON: Final[Version] = (3, 11)
_LOADED: Final = re.compile(r"^load = (\w+\.so)$", re.MULTILINE)


def python_version(_settings: Settings) -> Iterator[Finding]:
    """Python is new enough."""
    found = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info >= OLDEST_PYTHON:
        yield ok("python", found)
    else:
        yield fail(
            "python",
            found,
            f"Pasang Python 3.11 atau lebih baru, hapus folder .runtime/venv, jalankan {COMMAND}.",
            f"Install Python 3.11 or newer, remove the folder .runtime/venv, run {COMMAND}.",
        )


def telephony(settings: Settings) -> Iterator[Finding]:
    """Asterisk, SIPp, espeak-ng, sox and what the edge needs are there, run, and are new enough."""
    findings = [_tool(settings, tool) for tool in tools(settings)]
    yield from findings
    if all(not finding.todo for finding in findings):
        yield _modules(settings)


def _tool(settings: Settings, tool: Tool) -> Finding:
    program = find_tool(settings, tool)
    indonesian, _, english = install_hint([tool]).partition(" / ")
    if program is None:
        return fail(tool.name, "tidak ada / missing", indonesian, english)
    version = ask_version(tool, program)
    found = f"{show_version(version)} ({program})"
    if not version:
        return fail(
            tool.name,
            f"tidak dapat dijalankan / does not run ({program})",
            f"Hapus {settings.runtime}/stamp/tools, lalu jalankan {COMMAND} up.",
            f"Remove {settings.runtime}/stamp/tools, then run {COMMAND} up.",
        )
    if version < tool.oldest:
        oldest = show_version(tool.oldest)
        return fail(
            tool.name,
            found,
            f"Perlu {oldest} atau lebih baru. {indonesian}",
            f"{oldest} or newer is needed. {english}",
        )
    return ok(tool.name, found)


def _modules(settings: Settings) -> Finding:
    try:
        runtime = find_runtime(settings)
    except MissingError as error:
        indonesian, _, english = str(error).partition(" / ")
        return fail("asterisk-modules", str(error), indonesian, english)
    wanted = _LOADED.findall(_text(settings.etc / "modules.conf"))
    missing = [name for name in wanted if not (runtime.module_dir / name).exists()]
    if missing:
        return fail(
            "asterisk-modules",
            f"{runtime.module_dir}: {', '.join(missing)}",
            f"Asterisk ini kurang lengkap: pasang modul-modul itu, atau biarkan {COMMAND} up "
            "memasang Asterisk-nya sendiri (SIAGA_RUNTIME).",
            f"This Asterisk lacks modules: install them, or have {COMMAND} up install its own "
            "(SIAGA_RUNTIME).",
        )
    return ok("asterisk-modules", str(runtime.module_dir))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # nothing was started here yet
