"""A plan put in force: checked, proven, loaded, seen to run, and noted who did it and why."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from ops import ready
from ops.apply import asterisk, edge, ivr, lock, stage
from ops.apply.catalogue import catalogue_in_force
from ops.apply.force import Centre, RestoreError, put_in_force
from ops.apply.outcome import Outcome
from ops.apply.proof import refusals
from ops.apply.snapshot import Snapshot
from ops.logged import logged
from ops.runtime import find_runtime
from siaga.errors import SiagaError
from siaga.plan import load_plan, parse_plan
from siaga.plan.versions import Change, VersionStore, clean, person

if TYPE_CHECKING:
    from pathlib import Path

    from ops.apply.force import Forced
    from ops.apply.lock import Hold
    from ops.apply.stage import Staged
    from siaga.plan import LoadedPlan
    from siaga.plan.versions import Entry
    from siaga.settings import Settings


log = structlog.get_logger(__name__)


class StrandedError(SiagaError):
    """The plan is well formed, and yet somebody could be left without a human."""

    code = "stranded"


class OvertakenError(SiagaError):
    """Another plan is in force than the one that was looked at."""

    code = "overtaken"


@dataclass(frozen=True, slots=True)
class Wish:
    """A plan that somebody wants in force.

    Attributes:
        data: its text.
        proven: it was in force before; only a new one is proven.
        instead: number of the version that is to be in force until then; None: any.
    """

    loaded: LoadedPlan
    data: bytes
    change: Change
    proven: bool
    instead: int | None = None


async def apply(
    settings: Settings,
    plan: Path,
    *,
    why: str = "",
    by: str | None = None,
    instead: int | None = None,
) -> Outcome:
    """Put the plan at ``plan`` in force while calls are up.

    Raises:
        PlanError, StrandedError: it is refused.
        OvertakenError: not version ``instead`` is in force, but a later one.
        MissingError: Asterisk does not run.
        BusyError: somebody else is applying a plan.
        LoadError, OSError: it could not be loaded; the plan before is in force.
    """
    loaded, data = _read(plan)
    change = Change(person(by), clean(why), "apply")
    return await _fulfil(settings, Wish(loaded, data, change, proven=False, instead=instead))


def _read(plan: Path) -> tuple[LoadedPlan, bytes]:
    """A plan and the very text it was checked in: the file may be saved again meanwhile."""
    try:
        data = plan.read_bytes()
    except OSError:
        load_plan(plan)  # raises, and says how it looks to a person
        raise
    return parse_plan(data, str(plan)), data


async def rollback(
    settings: Settings,
    number: int,
    *,
    why: str = "",
    by: str | None = None,
    instead: int | None = None,
) -> Outcome:
    """Put the text of version ``number`` in force again, as a new version.

    Raises:
        UnknownVersionError: there is no such version.
        PlanError, OvertakenError, MissingError, BusyError, LoadError, OSError: as :func:`apply`.
    """
    store = VersionStore(settings.home / "plan")
    entry = store.numbered(number)
    file = store.text(entry.version)
    loaded, data = _read(file)
    change = Change(person(by), clean(why), f"rollback to {number}")
    return await _fulfil(settings, Wish(loaded, data, change, proven=True, instead=instead))


async def _fulfil(settings: Settings, wish: Wish) -> Outcome:
    began = time.monotonic()
    if not await ready.ami(settings):
        raise asterisk.missing(settings)
    store = VersionStore(settings.home / "plan")
    with lock.held(store.folder, wish.change.by) as hold:
        now = store.in_force
        if now is not None and wish.instead not in (None, now.number):
            raise _overtaken(now)
        if now is not None and now.version == wish.loaded.version and not hold.uncertain:
            return Outcome(now, changed=False)
        with logged(settings, "apply"):
            async with asterisk.connected(settings) as switch:
                centre = Centre(settings, find_runtime(settings), switch, store)
                warnings, done = await _under_lock(centre, wish, hold)
            entry = done.entry
            log.info("plan_applied", version=entry.version, number=entry.number, by=entry.change.by)
        answer = await ivr.serves(settings, wish.loaded.version)
        fronted = await edge.follow(settings, wish.loaded.plan)
    return Outcome(
        entry,
        changed=True,
        seconds=time.monotonic() - began,
        warnings=warnings,
        served=answer is True,
        fronted=fronted,
        logins=done.logins,
    )


def _overtaken(now: Entry) -> OvertakenError:
    when = now.at.astimezone().isoformat(" ", "minutes")
    return OvertakenError(
        f"Sejak Anda melihatnya, {now.change.by} menerapkan versi {now.number} ({when}). "
        f"Bandingkan lagi.\n"
        f"Since you looked, {now.change.by} applied version {now.number} ({when}). Compare again."
    )


async def _under_lock(centre: Centre, wish: Wish, hold: Hold) -> tuple[tuple[str, ...], Forced]:
    settings, version = centre.settings, wish.loaded.version
    before = Snapshot.take(centre.touched(), stage.folders(settings, version))
    try:
        staged, complaints = await asyncio.to_thread(_stage, centre, wish)
    except BaseException:
        before.restore()
        raise
    try:
        done = await put_in_force(centre, staged, before, wish.change, doubt=hold.uncertain)
    except RestoreError:
        hold.uncertain = True
        raise
    hold.uncertain = False
    return (*complaints, *staged.warnings), done


def _stage(centre: Centre, wish: Wish) -> tuple[Staged, tuple[str, ...]]:
    """Make the version ready; refuse it if somebody could be stranded."""
    texts, complaints = catalogue_in_force(centre.settings)
    centre.store.keep(wish.data)
    staged = stage.stage(centre.settings, centre.runtime, wish.loaded, texts)
    if not wish.proven and (found := refusals(wish.loaded, staged.spec)):
        raise StrandedError("\n".join(found))
    return staged, tuple(complaints)
