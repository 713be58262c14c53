"""A plan put in force: checked, proven, loaded, seen to run, and noted who did it and why."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from ops import ready
from ops.apply import alone, asterisk, edge, ivr, lock, others, stage
from ops.apply.catalogue import catalogue_in_force
from ops.apply.force import Centre, RestoreError, put_in_force, touched
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
    from ops.apply.others import Others
    from ops.apply.stage import Staged
    from ops.runtime import Runtime
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
class Scope:
    """On which nodes, and what.

    Attributes:
        here: on this node alone; otherwise on all that live, or on none.
        origin: the node that decided it, and asked whoever had to be asked; empty: this one.
        only_check: make it ready and prove it, and change nothing.
        proven: it was in force before; only a new one is proven.
    """

    here: bool = False
    origin: str = ""
    only_check: bool = False
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """A plan that somebody wants in force.

    Attributes:
        data: its text.
        proven: it was in force before; only a new one is proven.
        instead: number of the version that is to be in force until then; None: any.
        by_hand: at the machine's own command line, where one person may act alone.
        scope: on which nodes.
    """

    loaded: LoadedPlan
    data: bytes
    change: Change
    proven: bool
    instead: int | None = None
    by_hand: bool = True
    scope: Scope = Scope()


async def apply(  # noqa: PLR0913 (each is an option of the command)
    settings: Settings,
    plan: Path,
    *,
    why: str = "",
    by: str | None = None,
    instead: int | None = None,
    approved: str | None = None,
    scope: Scope = Scope(),
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
        scope: on which nodes.

    Raises:
        PlanError, StrandedError: it is refused.
        ApprovalError: the plan in force asks for a second person, and there is none.
        OvertakenError: not version ``instead`` is in force, but a later one.
        MissingError: Asterisk does not run.
        BusyError: somebody else is applying a plan.
        LoadError, OSError: it could not be loaded; the plan before is in force.
        ElsewhereError: another node refuses, or cannot be asked; the plan before is in force.
    """
    loaded, data = _read(plan)
    what = f"apply ({clean(scope.origin)})" if scope.origin else "apply"
    change = Change(person(by), clean(why), what, clean(approved or ""))
    by_hand = approved is None
    wish = Wish(loaded, data, change, scope.proven, instead, by_hand, scope)
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
    scope = wish.scope
    if scope.only_check:
        return await asyncio.to_thread(_checked, settings, wish)
    if scope.here or scope.origin or not others.is_shared(settings):
        return await _here(settings, wish)
    async with others.others(settings) as nodes:
        return await _everywhere(settings, wish, nodes)


async def _everywhere(settings: Settings, wish: Wish, nodes: Others) -> Outcome:
    """On all nodes, or on none: each has it ready and proven before any has it in force."""
    store = VersionStore(settings.home / "plan")
    now = store.in_force
    if now is not None and wish.instead not in (None, now.number):
        raise _overtaken(now)
    before = None if now is None else _before(store, now, wish)
    if nodes.names:
        await asyncio.to_thread(_checked, settings, wish)
        await nodes.check(_proposal(wish))
    outcome = await _here(settings, wish)
    try:
        await nodes.take(_proposal(wish), None if before is None else _proposal(before))
    except others.ElsewhereError:
        if before is not None and outcome.changed:
            await _here(settings, before)
        raise
    return replace(outcome, nodes=tuple(nodes.names))


def _proposal(wish: Wish) -> others.Proposal:
    change = wish.change
    return others.Proposal(
        wish.data.decode("utf-8"),
        wish.loaded.version,
        change.by,
        change.why,
        None if wish.by_hand else change.approved,
        wish.proven,
    )


def _before(store: VersionStore, now: Entry, wish: Wish) -> Wish:
    """What is in force, to go back to."""
    loaded, data = _read(store.text(now.version))
    change = replace(wish.change, what="undo")
    return Wish(loaded, data, change, proven=True, scope=Scope(origin="undo"))


def _checked(settings: Settings, wish: Wish) -> Outcome:
    """Have it made ready and proven, and leave everything as it was."""
    store = VersionStore(settings.home / "plan")
    now = store.in_force
    if now is None:
        raise asterisk.missing(settings)
    with lock.held(store.folder, wish.change.by):
        folders = stage.folders(settings, wish.loaded.version)
        before = Snapshot.take(touched(settings), folders)
        try:
            _, complaints = _stage(settings, find_runtime(settings), store, wish)
        finally:
            before.restore()
    return Outcome(now, changed=False, warnings=complaints)


async def _here(settings: Settings, wish: Wish) -> Outcome:
    began = time.monotonic()
    if not await ready.ami(settings):
        raise asterisk.missing(settings)
    store = VersionStore(settings.home / "plan")
    with lock.held(store.folder, wish.change.by) as hold:
        now = store.in_force
        if now is not None and wish.instead not in (None, now.number):
            raise _overtaken(now)
        is_alone = not wish.scope.origin and alone.is_alone(
            settings, wish.change, by_hand=wish.by_hand
        )
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
        staged, complaints = await asyncio.to_thread(
            _stage, settings, centre.runtime, centre.store, wish
        )
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


def _stage(
    settings: Settings, runtime: Runtime, store: VersionStore, wish: Wish
) -> tuple[Staged, tuple[str, ...]]:
    """Make the version ready; refuse it if somebody could be stranded."""
    texts, complaints = catalogue_in_force(settings)
    store.keep(wish.data)
    staged = stage.stage(settings, runtime, wish.loaded, texts)
    if not wish.proven and (found := refusals(wish.loaded, staged.spec)):
        raise StrandedError("\n".join(found))
    return staged, tuple(complaints)
