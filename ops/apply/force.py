"""Put a version in force while calls are up, or leave everything as it was.

In two moves: first all of the new version is loaded beside the old one, which calls still go to,
and looked at; then the entry of the dialplan is turned to it. So whatever is wrong is found before
any call has met the new version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ops.apply import retained, stage
from ops.apply.asterisk import LoadError
from ops.apply.expected import Expected, expected, lacking
from ops.apply.stage import DIALPLAN, MODULES, Staged
from siaga import secrets
from siaga.files import write_atomic
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ops.apply.asterisk import Switch
    from ops.apply.snapshot import Snapshot
    from ops.runtime import Runtime
    from siaga.plan import LoadedPlan
    from siaga.plan.versions import Change, Entry, VersionStore
    from siaga.settings import Settings


class RestoreError(LoadError):
    """The plan before could not be loaded again; what runs is uncertain."""

    code = "restore"


def touched(settings: Settings) -> list[Path]:
    """Every file that putting a plan in force replaces."""
    configuration = [settings.etc / name for name in MODULES]
    plan = [settings.plan_in_force, settings.compiled_plan]
    return [*configuration, *plan, settings.secrets]


@dataclass(frozen=True, slots=True)
class Centre:
    """Where a plan is put in force.

    Attributes:
        switch: the running Asterisk.
        store: its versions.
    """

    settings: Settings
    runtime: Runtime
    switch: Switch
    store: VersionStore

    def touched(self) -> list[Path]:
        """Every file that putting a plan in force replaces."""
        return touched(self.settings)


@dataclass(frozen=True, slots=True)
class Forced:
    """What was done.

    Attributes:
        logins: passwords of handsets that had none before, by extension.
    """

    entry: Entry
    logins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Moves:
    """The files of both moves, and what has to run after each.

    Attributes:
        beside: everything, with the dialplan's entry still where it was.
        turned: the dialplan whose entry leads to the new version.
        kept: versions that stay loaded.
    """

    beside: dict[str, str]
    turned: str
    before: Expected
    after: Expected
    kept: tuple[LoadedPlan, ...]


async def put_in_force(
    centre: Centre, staged: Staged, before: Snapshot, change: Change, *, doubt: bool
) -> Forced:
    """Load ``staged`` into the running Asterisk, see that it runs, and note it as in force.

    Args:
        centre: where.
        staged: made ready.
        before: of ``centre.touched()`` and the version's folders, from before it was staged.
        change: by whom and why.
        doubt: what runs may not be what the files say: all is loaded again.

    Raises:
        LoadError, OSError: the plan before is in force, files and all.
        RestoreError: it is not, and the next try loads everything.
    """
    settings, store, new = centre.settings, centre.store, staged.loaded
    had = secrets.read(settings.secrets).handsets
    modules: list[str] = []
    turned = False
    try:
        shared = secrets.shared(settings.secret_file)
        known = secrets.ensure(settings.secrets, new.plan.telephones, new.plan.officers, shared)
        moves = await _moves(centre, staged, known)
        modules += _write(settings, moves.beside, doubt=doubt)
        await _load(centre.switch, modules, moves.before)
        turned = True
        write_atomic(settings.etc / DIALPLAN, moves.turned, mode=0o600)
        await _load(centre.switch, [MODULES[DIALPLAN]], moves.after)
        write_atomic(settings.compiled_plan, staged.spec.to_json())
        text = store.text(new.version).read_bytes()
        write_atomic(settings.plan_in_force, text.decode("utf-8"))
        entry = store.append(new.version, change)
    except BaseException:
        # Calls that have met the new version meanwhile need its contexts to go on.
        await _restore(centre, before, modules, moves.beside if turned else {})
        raise
    stage.tidy(settings, {new.version, *(plan.version for plan in moves.kept)})
    fresh = (ext for ext in new.plan.telephones if ext not in had)
    return Forced(entry, {ext: known.handsets[ext] for ext in fresh})


async def _moves(centre: Centre, staged: Staged, known: secrets.Secrets) -> _Moves:
    settings, store, new = centre.settings, centre.store, staged.loaded
    in_calls = await centre.switch.versions_in_calls()
    names = retained.retained(store.entries(), new.version, in_calls, datetime.now(UTC))
    kept = tuple(retained.loaded(store, [name for name in names if stage.made(settings, name)]))
    files = stage.base_files(settings, staged, known, centre.runtime, kept)
    dialplans = [staged.dialplan, *(stage.dialplan(settings, plan.version) for plan in kept)]
    after = expected(new.version, new.plan, files["queues.conf"], [files[DIALPLAN], *dialplans])
    old = stage.in_force(settings, store)
    if old is None or old.loaded.version == new.version:
        return _Moves(files, files[DIALPLAN], after, after, kept)
    others = (new, *(plan for plan in kept if plan.version != old.loaded.version))
    beside = stage.base_files(settings, old, known, centre.runtime, others)[DIALPLAN]
    # Contexts of the entry itself come with it: a first trunk has one, and no plan before had it.
    aside = expected(old.loaded.version, new.plan, files["queues.conf"], [beside, *dialplans])
    return _Moves({**files, DIALPLAN: beside}, files[DIALPLAN], aside, after, kept)


def _write(settings: Settings, files: Mapping[str, str], *, doubt: bool) -> list[str]:
    """Write the files that a plan changes; gives the modules that have to read them.

    The dialplan and the music include files of their own, so they are always read again.
    """
    modules = []
    for name, module in MODULES.items():
        file = settings.etc / name
        same = file.exists() and file.read_text(encoding="utf-8") == files[name]
        if not same:
            write_atomic(file, files[name], mode=0o600)
        if doubt or not same or name in (DIALPLAN, "musiconhold.conf"):
            modules.append(module)
    return modules


async def _load(switch: Switch, modules: Iterable[str], wanted: Expected) -> None:
    await switch.reload(modules)
    if odd := lacking(wanted, await switch.running(wanted)):
        raise LoadError("Asterisk: " + "; ".join(odd[:10]))


async def _restore(
    centre: Centre, before: Snapshot, modules: Iterable[str], beside: Mapping[str, str]
) -> None:
    """Put back the files and have Asterisk read them again; those of ``beside`` stay.

    Raises:
        RestoreError: something of it failed.
    """
    try:
        before.restore(folders=not beside)
        for name in (DIALPLAN, "musiconhold.conf") if beside else ():
            write_atomic(centre.settings.etc / name, beside[name], mode=0o600)
        await centre.switch.reload(modules)
    except (LoadError, OSError) as error:
        raise RestoreError(
            f"Rencana lama tidak dapat dimuat kembali; jalankan lagi {COMMAND} apply, atau mulai "
            f"ulang {COMMAND} up: {error}\nThe plan before could not be loaded again: run "
            f"{COMMAND} apply again, or restart {COMMAND} up."
        ) from error
