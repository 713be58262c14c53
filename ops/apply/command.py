"""``siaga112 apply`` and ``rollback``: check, prove, load, see that it runs, note who and why."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from ops import ready
from ops.apply import asterisk, edge, ivr, lock, stage
from ops.apply.catalogue import catalogue_in_force
from ops.apply.force import Centre, Forced, RestoreError, put_in_force
from ops.apply.proof import refusals
from ops.apply.snapshot import Snapshot
from ops.apply.versions import Change, VersionStore, clean, person
from ops.logged import logged
from ops.runtime import find_runtime
from siaga.errors import SiagaError
from siaga.plan import load_plan, parse_plan

if TYPE_CHECKING:
    from pathlib import Path

    from ops.apply.lock import Hold
    from ops.apply.stage import Staged
    from siaga.plan import LoadedPlan
    from siaga.settings import Settings


log = structlog.get_logger(__name__)


class StrandedError(SiagaError):
    """The plan is well formed, and yet somebody could be left without a human."""

    code = "stranded"


@dataclass(frozen=True, slots=True)
class Wish:
    """A plan that somebody wants in force.

    Attributes:
        data: its text.
        proven: it was in force before; only a new one is proven.
    """

    loaded: LoadedPlan
    data: bytes
    change: Change
    proven: bool


async def apply(settings: Settings, plan: Path, *, why: str = "", by: str | None = None) -> int:
    """Put the plan at ``plan`` in force while calls are up; gives the exit status.

    Raises:
        PlanError, StrandedError: it is refused.
        MissingError: Asterisk does not run.
        BusyError: somebody else is applying a plan.
        LoadError, OSError: it could not be loaded; the plan before is in force.
    """
    loaded, data = _read(plan)
    change = Change(person(by), clean(why), "apply")
    return await _fulfil(settings, Wish(loaded, data, change, proven=False))


def _read(plan: Path) -> tuple[LoadedPlan, bytes]:
    """A plan and the very text it was checked in: the file may be saved again meanwhile."""
    try:
        data = plan.read_bytes()
    except OSError:
        load_plan(plan)  # raises, and says how it looks to a person
        raise
    return parse_plan(data, str(plan)), data


async def rollback(settings: Settings, number: int, *, why: str = "", by: str | None = None) -> int:
    """Put the text of version ``number`` in force again, as a new version.

    Raises:
        UnknownVersionError: there is no such version.
        PlanError, MissingError, BusyError, LoadError, OSError: as :func:`apply`.
    """
    store = VersionStore(settings.home / "plan")
    entry = store.numbered(number)
    file = store.text(entry.version)
    loaded, data = _read(file)
    change = Change(person(by), clean(why), f"rollback to {number}")
    return await _fulfil(settings, Wish(loaded, data, change, proven=True))


async def _fulfil(settings: Settings, wish: Wish) -> int:
    began = time.monotonic()
    if not await ready.ami(settings):
        raise asterisk.missing(settings)
    store = VersionStore(settings.home / "plan")
    with lock.held(store.folder, wish.change.by) as hold:
        now = store.in_force
        if now is not None and now.version == wish.loaded.version and not hold.uncertain:
            _say(
                f"Rencana ini sudah berlaku: versi {now.number} ({now.version}).\n"
                f"This plan is in force already: version {now.number}."
            )
            return 0
        with logged(settings, "apply"):
            async with asterisk.connected(settings) as switch:
                centre = Centre(settings, find_runtime(settings), switch, store)
                staged, done = await _under_lock(centre, wish, hold)
            entry = done.entry
            log.info("plan_applied", version=entry.version, number=entry.number, by=entry.change.by)
        answer = await ivr.serves(settings, wish.loaded.version)
        fronted = await edge.follow(settings, wish.loaded.plan)
    _tell(staged, done, time.monotonic() - began, served=answer)
    if not fronted:
        _say(
            "! Edge (Kamailio) belum memakai daftar trunk versi ini. Lihat log/edge.out.log, lalu "
            "mulai ulang ./siaga112 up.\n! The edge does not have this version's trunks. Look into "
            "log/edge.out.log, then restart ./siaga112 up."
        )
    return 0


async def _under_lock(centre: Centre, wish: Wish, hold: Hold) -> tuple[Staged, Forced]:
    settings, version = centre.settings, wish.loaded.version
    before = Snapshot.take(centre.touched(), stage.folders(settings, version))
    try:
        staged = await asyncio.to_thread(_stage, centre, wish)
    except BaseException:
        before.restore()
        raise
    try:
        done = await put_in_force(centre, staged, before, wish.change, doubt=hold.uncertain)
    except RestoreError:
        hold.uncertain = True
        raise
    hold.uncertain = False
    return staged, done


def _stage(centre: Centre, wish: Wish) -> Staged:
    """Make the version ready; refuse it if somebody could be stranded."""
    texts, complaints = catalogue_in_force(centre.settings)
    centre.store.keep(wish.data)
    staged = stage.stage(centre.settings, centre.runtime, wish.loaded, texts)
    if not wish.proven and (found := refusals(wish.loaded, staged.spec)):
        raise StrandedError("\n".join(found))
    for complaint in complaints:
        _say(complaint)
    return staged


def _tell(staged: Staged, done: Forced, seconds: float, *, served: bool | None) -> None:
    entry = done.entry
    _say(
        f"Berlaku: versi {entry.number} ({entry.version}), +{entry.stat.added} "
        f"-{entry.stat.removed} baris, oleh {entry.change.by}, {seconds:.1f} s. Panggilan yang "
        f"sedang berjalan selesai dengan rencana lamanya.\n"
        f"In force: version {entry.number} ({entry.version}), +{entry.stat.added} "
        f"-{entry.stat.removed} lines, by {entry.change.by}. Calls in progress finish on the plan "
        f"they began with. Undo: ./siaga112 rollback {entry.number - 1}"
    )
    for warning in staged.warnings:
        _say(f"! {warning}")
    if served is not True:
        _say(
            "! Menu utama (IVR) belum menyuarakan versi ini; menu cadangan yang melayani. Jalankan "
            "./siaga112 doctor.\n! The main menu (IVR) does not speak this version; the standby "
            "menus serve it. Run ./siaga112 doctor."
        )
    for extension, password in done.logins.items():
        _say(f"Pesawat baru / new handset: {extension}  sandi / password: {password}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
