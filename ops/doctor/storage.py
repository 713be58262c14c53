"""Checks of what lies on disk: room, prompts, permissions."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from ops.doctor.finding import fail, ok, warn
from ops.doctor.plan import languages
from siaga.names import SOUNDS
from siaga.plan.versions import VersionStore
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

RECORDING_RATE: Final = 16_000
"""Bytes a second of a recording: 8000 samples of 16 bits."""
FAIL_HOURS: Final = 24.0
"""Less room than one line talking for a day: the night shift would run out of it."""
WARN_HOURS: Final = 720.0
"""Less room than one line talking for 30 days."""
FAIL_INODES: Final = 1_000
WARN_INODES: Final = 50_000
MAX_SOCKET_PATH: Final = 100
"""Bytes; Linux takes 107 for an AF_UNIX path, Asterisk cuts a longer one off without a word."""


def existing(path: Path) -> Path:
    """The path, or its nearest ancestor that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def disk(settings: Settings) -> Iterator[Finding]:
    """Room for recordings, in bytes (as hours of recording) and in files."""
    place = existing(settings.recordings)
    space = os.statvfs(place)
    free = space.f_bavail * space.f_frsize
    hours = free / RECORDING_RATE / 3600
    found = (
        f"{free / 1e9:.1f} GB bebas / free ({place}): {hours:.0f} jam rekaman / hours of recording"
    )
    todo = (
        f"Kosongkan disk {place}, atau pindahkan SIAGA_HOME ke disk yang lebih besar.",
        f"Free space on {place}, or move SIAGA_HOME to a larger disk.",
    )
    yield graded("disk", found, hours, (FAIL_HOURS, WARN_HOURS), todo)
    if space.f_files:  # 0 where the file system sets no limit (btrfs)
        yield graded(
            "inodes",
            f"{space.f_favail} berkas lagi / more files ({place})",
            space.f_favail,
            (FAIL_INODES, WARN_INODES),
            todo,
        )


def graded(
    name: str, found: str, value: float, limits: tuple[float, float], todo: tuple[str, str]
) -> Finding:
    """A failure below the first limit, a warning below the second."""
    fails, warns = limits
    if value < fails:
        return fail(name, found, *todo)
    if value < warns:
        return warn(name, found, *todo)
    return ok(name, found)


def prompts(settings: Settings) -> Iterator[Finding]:
    """Every language has its prompts, each with sound in it, and the same ones."""
    if not settings.sounds.exists():
        yield ok("prompts", "dibuat saat pertama dijalankan / made at first start")
        return
    todo = (
        f"Hapus {settings.sounds} dan jalankan {COMMAND} up: suara dibuat lagi.",
        f"Remove {settings.sounds} and run {COMMAND} up: the prompts are made again.",
    )
    sounds = {language: _sounds(folder(settings, language)) for language in languages(settings)}
    everything = {name for files in sounds.values() for name in files}
    for language, files in sounds.items():
        name = f"prompts-{language}"
        absent = sorted(everything - files.keys())
        silent = sorted(name for name, good in files.items() if not good)
        if not files:
            where = folder(settings, language)
            yield fail(name, f"tidak ada / none in {where}", *todo)
        elif absent or silent:
            bad = ", ".join([*absent, *silent][:5])
            count = len(absent) + len(silent)
            yield fail(name, f"{count} hilang atau kosong / missing or empty: {bad}", *todo)
        else:
            yield ok(name, f"{len(files)} suara / prompts")


def folder(settings: Settings, language: str) -> Path:
    """Where the prompts of the plan in force are, in one language."""
    entry = VersionStore(settings.home / "plan").in_force
    return settings.sounds / language / SOUNDS / (entry.version if entry else "")


def _sounds(folder: Path) -> dict[str, bool]:
    """Prompt → whether it can be read and holds sound."""
    return {
        path.stem: path.stat().st_size > 0 and os.access(path, os.R_OK)
        for path in folder.glob("*.ulaw")
        if path.is_file()
    }


def home(settings: Settings) -> Iterator[Finding]:
    """The instance's folder can be written by us and read by nobody else."""
    place = existing(settings.home)
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        yield fail(
            "home",
            f"{place}: tidak dapat ditulisi / cannot be written",
            f"Jalankan sebagai pemiliknya, atau: sudo chown -R $(id -un) {place}; "
            "atau pilih SIAGA_HOME lain.",
            f"Run as its owner, or: sudo chown -R $(id -un) {place}; or choose another SIAGA_HOME.",
        )
        return
    if place != settings.home:
        yield ok("home", f"{settings.home}: dibuat saat pertama dijalankan / made at first start")
        return
    mode = stat.S_IMODE(place.stat().st_mode)
    if mode & stat.S_IRWXO:
        yield warn(
            "home",
            f"{place}: mode {mode:04o}, pengguna lain dapat masuk / open to other users",
            f"Rekaman dan sandi ada di dalamnya: chmod 0700 {place}",
            f"Recordings and passwords lie in it: chmod 0700 {place}",
        )
    else:
        yield ok("home", f"{place}: mode {mode:04o}")


def secrets(settings: Settings) -> Iterator[Finding]:
    """The passwords are readable by the owner only."""
    path = settings.secrets
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        yield ok("secrets", "dibuat saat pertama dijalankan / made at first start")
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield fail(
            "secrets",
            f"{path}: mode {mode:04o}",
            f"Sandi terbaca pengguna lain: chmod 0600 {path}",
            f"Other users can read the passwords: chmod 0600 {path}",
        )
    elif not os.access(path, os.R_OK):
        yield fail(
            "secrets",
            f"{path}: tidak terbaca / cannot be read",
            f"Jalankan sebagai pemilik berkas itu, atau: sudo chown $(id -un) {path}",
            f"Run as the owner of that file, or: sudo chown $(id -un) {path}",
        )
    else:
        yield ok("secrets", f"{path}: mode {mode:04o}")


def socket_path(settings: Settings) -> Iterator[Finding]:
    """Asterisk's control socket fits into what the kernel takes."""
    path = settings.home / "run" / "asterisk.ctl"
    length = len(os.fsencode(path))
    found = f"{path}: {length} bita / bytes"
    if length < MAX_SOCKET_PATH:
        yield ok("socket-path", found)
    else:
        yield fail(
            "socket-path",
            found,
            "Jalur terlalu panjang untuk soket Asterisk: pilih SIAGA_HOME yang lebih pendek.",
            "The path is too long for Asterisk's socket: choose a shorter SIAGA_HOME.",
        )


def user(settings: Settings) -> Iterator[Finding]:
    """Not root once the network can reach it; root on loopback is how demonstrations run."""
    uid = os.geteuid()
    if uid == 0 and not settings.bind.startswith("127.") and settings.bind != "::1":
        yield warn(
            "user",
            f"root, SIAGA_BIND={settings.bind}",
            f"Tidak perlu root: pasang sebagai layanan dengan penggunanya sendiri: "
            f"{COMMAND} service.",
            f"This needs no root: install it as a service with a user of its own: "
            f"{COMMAND} service.",
        )
    else:
        yield ok("user", f"uid {uid}")
