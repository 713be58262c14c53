"""The telephony tools: where they are, which version they have, where their data lies.

Set-up leaves each tool as ``<SIAGA_RUNTIME>/bin/<name>``: a link to the machine's own, or a script
that runs the one unpacked in ``<SIAGA_RUNTIME>/root``. Where set-up never ran (a container image
that brings its own tools) they are taken from ``PATH``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from siaga.errors import MissingError
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siaga.settings import Settings

Version = tuple[int, ...]

ASK_TIMEOUT: Final = 10.0
"""Seconds a tool may take to tell its version."""

_DOTTED = re.compile(r"\d{1,9}(?:\.\d{1,9})+")
_WHOLE = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program this project calls.

    Attributes:
        name: file name below ``bin``.
        package: Debian and Ubuntu package it comes in.
        oldest: first version that will do.
        ask: arguments that make it print its version.
    """

    name: str
    package: str
    oldest: Version
    ask: tuple[str, ...]


ASTERISK: Final = Tool("asterisk", "asterisk", (20,), ("-V",))
SIPP: Final = Tool("sipp", "sip-tester", (3, 6), ("-v",))
ESPEAK: Final = Tool("espeak-ng", "espeak-ng", (1,), ("--version",))
SOX: Final = Tool("sox", "sox", (), ("--version",))
TOOLS: Final = (ASTERISK, SIPP, ESPEAK, SOX)
KAMAILIO: Final = Tool("kamailio", "kamailio", (5, 6), ("-v",))
"""Only where there is an edge."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The tools as found on this machine.

    Attributes:
        asterisk: program to start Asterisk by; its pid is Asterisk's own.
        sipp: program to start SIPp by.
        espeak: program to start espeak-ng by; finds its voices itself.
        sox: program to start sox by.
        asterisk_version: for example ``(22, 10, 1)``.
        sbin_dir: ``astsbindir`` for asterisk.conf; holds ``astcanary``, save where Asterisk came
            without.
        module_dir: ``astmoddir`` for asterisk.conf.
        data_dir: ``astdatadir`` for asterisk.conf; holds ``documentation/core-en_US.xml``.
        sipp_data: folder of the packet captures that come with SIPp (``dtmf_2833_1.pcap``); may not
            exist where SIPp was built by hand.
        kamailio: program to start the edge by; None: there is no edge.
    """

    asterisk: Path
    sipp: Path
    espeak: Path
    sox: Path
    asterisk_version: Version
    sbin_dir: Path
    module_dir: Path
    data_dir: Path
    sipp_data: Path
    kamailio: Path | None = None


def find_tool(settings: Settings, tool: Tool) -> Path | None:
    """Where the tool is, or None; says nothing about its version."""
    made = settings.runtime / "bin" / tool.name
    if os.access(made, os.X_OK):
        return made
    # Daemons live in folders that are not on every user's PATH.
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"))
    found = shutil.which(tool.name, path=path)
    return Path(found) if found else None


def parse_version(text: str) -> Version:
    """The first dotted number in what a tool prints, else the first whole one, else empty."""
    match = _DOTTED.search(text) or _WHOLE.search(text)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def show_version(version: Version) -> str:
    """The version as people write it; ``?`` when it is not known."""
    return ".".join(map(str, version)) or "?"


def ask_version(tool: Tool, program: Path) -> Version:
    """Run the program and read its version; empty when it does not run or does not say."""
    try:
        done = subprocess.run(  # noqa: S603 - the program is the tool itself, the arguments are fixed
            (program, *tool.ask),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_TIMEOUT,
            check=False,  # SIPp exits with 99 after printing its version
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return parse_version((done.stdout + done.stderr).decode("utf-8", "replace"))


def tools(settings: Settings) -> tuple[Tool, ...]:
    """What an instance runs on."""
    return (*TOOLS, KAMAILIO) if settings.own_edge else TOOLS


def install_hint(tools: Iterable[Tool]) -> str:
    """What to type to have these tools, Indonesian first."""
    packages = " ".join(tool.package for tool in tools)
    return (
        f"Jalankan {COMMAND} up agar dipasang sendiri, atau: apt-get install {packages}. / "
        f"Run {COMMAND} up to have it installed, or: apt-get install {packages}."
    )


def find_runtime(settings: Settings) -> Runtime:
    """The tools that this instance runs on.

    Raises:
        MissingError: a tool is not there or too old; the sentence says what to install.
    """
    found = {tool: find_tool(settings, tool) for tool in tools(settings)}
    missing = [tool for tool, program in found.items() if program is None]
    if missing:
        names = ", ".join(tool.name for tool in missing)
        raise MissingError(
            f"Tidak ada di mesin ini / not on this machine: {names}. {install_hint(missing)}"
        )
    programs = {tool: program for tool, program in found.items() if program is not None}
    version = ask_version(ASTERISK, programs[ASTERISK])
    if version < ASTERISK.oldest:
        shown, oldest = show_version(version), show_version(ASTERISK.oldest)
        raise MissingError(
            f"{programs[ASTERISK]}: Asterisk {shown}, perlu / needed: >= {oldest}. "
            f"{install_hint([ASTERISK])}"
        )
    return Runtime(
        asterisk=programs[ASTERISK],
        sipp=programs[SIPP],
        espeak=programs[ESPEAK],
        sox=programs[SOX],
        asterisk_version=version,
        sbin_dir=_sbin_dir(settings, programs[ASTERISK]),
        module_dir=_module_dir(settings, programs[ASTERISK]),
        data_dir=_data_dir(settings, programs[ASTERISK]),
        sipp_data=_prefix(settings, programs[SIPP]) / "share" / "sip-tester",
        kamailio=programs.get(KAMAILIO),
    )


def _prefix(settings: Settings, program: Path) -> Path:
    """The ``/usr`` or ``/usr/local`` that the program's own files lie in."""
    root = settings.runtime / "root" / "usr"
    if program.is_symlink() or not program.is_relative_to(settings.runtime):
        return program.resolve().parent.parent
    return root


def _first(candidates: Iterable[Path], holds: str, what: str, program: Path) -> Path:
    tried = []
    for folder in candidates:
        if (folder / holds).exists():
            return folder
        tried.append(str(folder))
    raise MissingError(
        f"{what} {program}: tidak ditemukan / not found: {holds} ({', '.join(tried)}). "
        f"{install_hint([ASTERISK])}"
    )


def _sbin_dir(settings: Settings, program: Path) -> Path:
    made = settings.runtime / "bin"
    return made if (made / "astcanary").exists() else program.resolve().parent


def _module_dir(settings: Settings, program: Path) -> Path:
    prefix = _prefix(settings, program)
    folders = (*sorted(prefix.glob("lib/*/asterisk/modules")), prefix / "lib/asterisk/modules")
    folders = (*folders, prefix / "lib64/asterisk/modules")
    return _first(folders, "res_pjsip.so", "Modul Asterisk / the modules of", program)


def _data_dir(settings: Settings, program: Path) -> Path:
    prefix = _prefix(settings, program)
    folders = (prefix / "share/asterisk", Path("/var/lib/asterisk"))
    return _first(
        folders, "documentation/core-en_US.xml", "Dokumentasi Asterisk / the data of", program
    )
