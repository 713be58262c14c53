"""A plan put in force: checked, proven, loaded, seen to run, and noted who did it and why."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from ops import ready
from ops.apply import alone, asterisk, edge, ivr, lock, stage
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
        by_hand: at the machine's own command line, where one person may act alone.
    """

    loaded: LoadedPlan
    data: bytes
    change: Change
    proven: bool
    instead: int | None = None
    by_hand: bool = True


async def apply(  # noqa: PLR0913 (each is an option of the command)
    settings: Settings,
    plan: Path,
    *,
    why: str = "",
    by: str | None = None,
    instead: int | None = None,
    approved: str | None = None,
) -> Outcome:
    """Put the plan at ``plan`` in force while calls are up.

    Args:
        settings: of the instance.
        plan: its file.
        why: the reason.
        by: whose wish it is; None: of who is at the shell.
        instead: number of the version that is to be in force until then; None: any.
        approved: name of the second person, empty: there is none; None: asked for at the shell,
            where one may act alone, which is said and written down.

    Raises:
        PlanError, StrandedError: it is refused.
        ApprovalError: the plan in force asks for a second person, and there is none.
        OvertakenError: not version ``instead`` is in force, but a later one.
        MissingError: Asterisk does not run.
        BusyError: somebody else is applying a plan.
        LoadError, OSError: it could not be loaded; the plan before is in force.
    """
    loaded, data = _read(plan)
    change = Change(person(by), clean(why), "apply", clean(approved or ""))
    by_hand = approved is None
    wish = Wish(loaded, data, change, proven=False, instead=instead, by_hand=by_hand)
    return await _fulfil(settings, wish)


def _read(plan: Path) -> tuple[LoadedPlan, bytes]:
    """A plan and the very text it was checked in: the file may be saved again meanwhile."""
    try:
        data = plan.read_bytes()
    except OSError:
        load_plan(plan)  # raises, and says how it looks to a person
        raise
    return parse_plan(data, str(plan)), data


async def rollback(  # noqa: PLR0913 (each is an option of the command)
    settings: Settings,
    number: int,
    *,
    why: str = "",
    by: str | None = None,
    instead: int | None = None,
    approved: str | None = None,
) -> Outcome:
    """Put the text of version ``number`` in force again, as a new version.

    Raises:
        UnknownVersionError: there is no such version.
        PlanError, ApprovalError, OvertakenError, MissingError, BusyError, LoadError, OSError: as
            :func:`apply`.
    """
    store = VersionStore(settings.home / "plan")
    entry = store.numbered(number)
    file = store.text(entry.version)
    loaded, data = _read(file)
    change = Change(person(by), clean(why), f"rollback to {number}", clean(approved or ""))
    by_hand = approved is None
    wish = Wish(loaded, data, change, proven=True, instead=instead, by_hand=by_hand)
    return await _fulfil(settings, wish)


async def _fulfil(settings: Settings, wish: Wish) -> Outcome:
    began = time.monotonic()
    if not await ready.ami(settings):
        raise asterisk.missing(settings)
    store = VersionStore(settings.home / "plan")
    with lock.held(store.folder, wish.change.by) as hold:
        now = store.in_force
        if now is not None and wish.instead not in (None, now.number):
            raise _overtaken(now)
        is_alone = alone.is_alone(settings, wish.change, by_hand=wish.by_hand)
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
    told = await alone.told(settings, entry) if is_alone else ()
    return Outcome(
        entry,
        changed=True,
        seconds=time.monotonic() - began,
        warnings=(*told, *warnings),
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
