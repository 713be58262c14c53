"""How much room storage must leave, and how long what is stored is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_TRAIL: Final = timedelta(days=365)
"""Whoever sets the rule could hide what they did by a shorter one."""
FOREVER: Final = "forever"
_UNITS: Final = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_PERCENT: Final = re.compile(r"(\d{1,2}(?:\.\d{1,2})?)%", re.ASCII)
_SIZE: Final = re.compile(r"(\d{1,6})(KB|MB|GB|TB)", re.ASCII)
_DAYS: Final = re.compile(r"(\d{1,5})d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Watermark:
    """A limit of free room: the smaller of both, so that it suits small disks and large ones.

    Attributes:
        percent: of the disk; None: no such limit.
        size: bytes; None: no such limit.
    """

    percent: float | None
    size: int | None

    def below(self, total: int) -> int:
        """Bytes below which free room has to be for the mark to be passed, on a disk of ``total``.

        A mark of neither is never passed.
        """
        limits = [] if self.percent is None else [int(total * self.percent / 100)]
        return min([*limits, *([] if self.size is None else [self.size])], default=0)

    def __str__(self) -> str:
        """As it is written in a setting."""
        parts = [] if self.percent is None else [f"{self.percent:g}%"]
        if self.size is not None:
            unit = max((u for u in _UNITS if self.size % _UNITS[u] == 0), key=_UNITS.__getitem__)
            parts.append(f"{self.size // _UNITS[unit]}{unit}")
        return ",".join(parts)


@dataclass(frozen=True, slots=True)
class StorageRules:
    """The rules of one instance.

    Attributes:
        warn: free room below which somebody is told (``SIAGA_DISK_WARN``).
        thin: below which old debug data is removed (``SIAGA_DISK_THIN``).
        full: below which all debug data is (``SIAGA_DISK_FULL``); nothing else ever is.
        recordings: how long recordings are kept (``SIAGA_KEEP_RECORDINGS``); None: for ever.
        numbers: how long callers' numbers are (``SIAGA_KEEP_NUMBERS``); None: for ever.
        logs: how long rotated logs are (``SIAGA_KEEP_LOGS``); None: until they are rotated out.
        trail: how long it is told who did what at the console (``SIAGA_KEEP_AUDIT``); None: for
            ever.
    """

    warn: Watermark = Watermark(15, 20 * 10**9)
    thin: Watermark = Watermark(8, 5 * 10**9)
    full: Watermark = Watermark(3, 10**9)
    recordings: timedelta | None = timedelta(days=365)
    numbers: timedelta | None = timedelta(days=365)
    logs: timedelta | None = timedelta(days=30)
    trail: timedelta | None = None

    def environment(self) -> dict[str, str]:
        """The settings that give these rules."""
        return {
            "SIAGA_DISK_WARN": str(self.warn),
            "SIAGA_DISK_THIN": str(self.thin),
            "SIAGA_DISK_FULL": str(self.full),
            "SIAGA_KEEP_RECORDINGS": _kept(self.recordings),
            "SIAGA_KEEP_NUMBERS": _kept(self.numbers),
            "SIAGA_KEEP_LOGS": _kept(self.logs),
            "SIAGA_KEEP_AUDIT": _kept(self.trail),
        }


def storage_rules(env: Mapping[str, str]) -> StorageRules:
    """The rules that the environment sets.

    Raises:
        SettingsError: a value cannot be used; says which and what to give instead.
    """
    base = StorageRules()
    rules = StorageRules(
        warn=_watermark(env, "SIAGA_DISK_WARN", base.warn),
        thin=_watermark(env, "SIAGA_DISK_THIN", base.thin),
        full=_watermark(env, "SIAGA_DISK_FULL", base.full),
        recordings=_keep(env, "SIAGA_KEEP_RECORDINGS", base.recordings),
        numbers=_keep(env, "SIAGA_KEEP_NUMBERS", base.numbers),
        logs=_keep(env, "SIAGA_KEEP_LOGS", base.logs),
        trail=_trail(env, base.trail),
    )
    for total in (10**10, 10**13):
        if not rules.full.below(total) <= rules.thin.below(total) <= rules.warn.below(total):
            raise SettingsError(
                f"SIAGA_DISK_WARN={rules.warn}, SIAGA_DISK_THIN={rules.thin}, "
                f"SIAGA_DISK_FULL={rules.full}: each must leave more room than the next."
            )
    return rules


def _watermark(env: Mapping[str, str], name: str, default: Watermark) -> Watermark:
    text = env.get(name, "").replace(" ", "")
    if not text:
        return default
    percent: float | None = None
    size: int | None = None
    for part in text.split(","):
        if (found := _PERCENT.fullmatch(part)) and percent is None:
            percent = float(found[1])
        elif (found := _SIZE.fullmatch(part.upper())) and size is None:
            size = int(found[1]) * _UNITS[found[2]]
        else:
            raise SettingsError(
                f"{name}={text[:40]!r}: give free room like 10%, 5GB or 10%,5GB (the smaller)."
            )
    return Watermark(percent, size)


def _keep(env: Mapping[str, str], name: str, default: timedelta | None) -> timedelta | None:
    text = env.get(name, "").strip()
    if not text:
        return default
    if text == FOREVER:
        return None
    found = _DAYS.fullmatch(text)
    if found is None or int(found[1]) == 0:
        raise SettingsError(f"{name}={text[:40]!r}: give days like 365d, or {FOREVER}.")
    return timedelta(days=int(found[1]))


def _trail(env: Mapping[str, str], default: timedelta | None) -> timedelta | None:
    name = "SIAGA_KEEP_AUDIT"
    kept = _keep(env, name, default)
    if kept is not None and kept < LEAST_TRAIL:
        raise SettingsError(
            f"{name}={kept.days}d: give {LEAST_TRAIL.days}d at least, or {FOREVER}; what was done "
            f"is not to be forgotten before anybody asks."
        )
    return kept


def _kept(keep: timedelta | None) -> str:
    return FOREVER if keep is None else f"{keep.days}d"
