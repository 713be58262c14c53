"""Make ``SIAGA_HOME`` ready: folders, passwords, plan in force, prompts, configuration.

Everything here is idempotent and quick the second time; nothing of value is ever replaced.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ops import render
from ops.apply import stage
from ops.apply.catalogue import catalogue_in_force
from ops.apply.proof import refusals
from ops.render.edge import FILE as EDGE_FILE
from ops.runtime import find_runtime
from siaga import limits, places, secrets
from siaga.errors import SettingsError
from siaga.files import write_atomic
from siaga.plan import LoadedPlan, PlanError, load_plan
from siaga.plan.versions import Change, VersionStore, person
from siaga.shared import COMMAND, python_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ops.runtime import Runtime
    from siaga.plan.versions import Entry
    from siaga.secrets import Secrets
    from siaga.settings import Settings

FOLDERS = ("agi-bin", "cel", "data", "etc", "lib/keys", "log", "plan", "recordings", "run", "spool")

MAX_HOME: Final = 80
"""Bytes. Linux takes 107 for a socket's path; the longest is the one under which the supervisor
makes its own, ``run/supervisor.sock.`` and a process id."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an instance starts with.

    Attributes:
        warnings: for the person who starts it, Indonesian and English.
    """

    runtime: Runtime
    loaded: LoadedPlan
    secrets: Secrets
    warnings: tuple[str, ...]


def plan_in_force(settings: Settings) -> tuple[LoadedPlan, tuple[str, ...]]:
    """The plan to start with, and what to say of it.

    A home's first start takes ``SIAGA_PLAN`` as version 1. Later starts go on by the version in
    force; a plan that was edited meanwhile is put in force by ``apply`` alone.

    Raises:
        PlanError: there is no valid plan at all.
        OSError: the home cannot be written.
    """
    store = VersionStore(settings.home / "plan")
    entry = store.in_force
    if entry is None:
        return _first(settings, store), ()
    loaded = _kept(settings, store, entry.version)
    if loaded is not None:
        return loaded, _not_applied(settings, entry)
    # What is in force cannot be read any more: lost, or no longer understood by this program.
    loaded = _take(settings.plan, store, "start")
    warning = (
        f"Teks versi {entry.number} ({entry.version}) rusak; {settings.plan} yang dipakai."
        f"\nThe text of version {entry.number} cannot be used; {settings.plan} was taken instead."
    )
    return loaded, (warning,)


def _first(settings: Settings, store: VersionStore) -> LoadedPlan:
    """Version 1: the plan given, else what a home from before versions runs on."""
    try:
        return _take(settings.plan, store, "first start")
    except PlanError:
        if not settings.plan_in_force.exists():
            raise
        return _take(settings.plan_in_force, store, "first start")


def _take(file: Path, store: VersionStore, what: str) -> LoadedPlan:
    loaded = load_plan(file)
    data = file.read_bytes()
    kept = load_plan(store.keep(data))
    store.append(kept.version, Change(person(None), "", what))
    return replace(kept, file=loaded.file)


def _kept(settings: Settings, store: VersionStore, version: str) -> LoadedPlan | None:
    """The text of a version, from either of the two places that it is kept in."""
    for file in (store.text(version), settings.plan_in_force):
        try:
            loaded = load_plan(file)
        except PlanError:
            continue
        if loaded.version == version:
            store.keep(file.read_bytes())
            return loaded
    return None


def _not_applied(settings: Settings, entry: Entry) -> tuple[str, ...]:
    """A notice when ``SIAGA_PLAN`` is not what is in force."""
    file = settings.plan
    try:
        given = load_plan(file)
    except PlanError as error:
        warning = (
            f"Rencana {file} tidak sah dan tidak diterapkan; versi {entry.number} "
            f"({entry.version}) tetap berlaku.\nThe plan {file} is not valid and not applied; "
            f"version {entry.number} stays in force:\n{error}"
        )
        return (warning,)
    if given.version == entry.version:
        return ()
    notice = (
        f"Rencana {file} berbeda dari yang berlaku (versi {entry.number}, {entry.version}) dan "
        f"belum diterapkan. Terapkan dengan: {COMMAND} apply {file}"
        f"\nThe plan {file} differs from the one in force (version {entry.number}) and is not "
        f"applied yet. Apply it by: {COMMAND} apply {file}"
    )
    return (notice,)


def check_home(home: Path) -> None:
    """Refuse a home whose sockets nobody could open.

    Raises:
        SettingsError: its name is too long.
    """
    if len(os.fsencode(home)) > MAX_HOME:
        raise SettingsError(
            f"SIAGA_HOME={str(home)!r} lebih panjang dari {MAX_HOME} huruf, terlalu panjang untuk "
            f"soket di dalamnya: pilih yang lebih pendek.\nSIAGA_HOME is longer than {MAX_HOME} "
            f"characters, too long for the sockets in it: choose a shorter one."
        )


def _folders(settings: Settings, runtime: Runtime) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.home.chmod(0o700)
    for name in FOLDERS:
        (settings.home / name).mkdir(parents=True, exist_ok=True)
    settings.sounds.mkdir(exist_ok=True)
    _link(settings.logs / "cel-custom", settings.cel_file.parent)
    _link(settings.home / "data" / "sounds", settings.sounds)
    _link(settings.home / "data" / "documentation", runtime.data_dir / "documentation")


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def _standby(settings: Settings) -> None:
    words = [sys.executable, "-m", "ivr.standby", str(settings.compiled_plan.parent)]
    text = (
        "#!/bin/sh\n"
        "# Tier 2 of the menu; Asterisk starts it when tier 1 does not answer.\n"
        f'PYTHONPATH={shlex.quote(python_path())} exec {shlex.join(words)} "$@"\n'
    )
    write_atomic(settings.home / "agi-bin" / "standby", text, mode=0o750)


def prepare(settings: Settings, say: Callable[[str], None]) -> Prepared:
    """Make the instance ready to start; ``say`` is told what takes time.

    Raises:
        SettingsError: the home's name is too long.
        MissingError: a tool is not there; says what to install.
        PlanError: no valid plan.
        OSError: the home cannot be written.
    """
    check_home(settings.home)
    runtime = find_runtime(settings)
    _folders(settings, runtime)
    new = VersionStore(settings.home / "plan").in_force is None
    loaded, warnings = plan_in_force(settings)
    known = secrets.ensure(
        settings.secrets,
        loaded.plan.telephones,
        loaded.plan.officers,
        secrets.shared(settings.secret_file),
    )
    say("Menyiapkan suara menu / making the menu's voice")
    catalogue, complaints = catalogue_in_force(settings)
    staged = stage.stage(settings, runtime, loaded, catalogue)
    # No call is up: no version but this one is needed.
    stage.tidy(settings, {loaded.version})
    plan = VersionStore(settings.home / "plan").text(loaded.version).read_bytes()
    write_atomic(settings.plan_in_force, plan.decode("utf-8"))
    write_atomic(settings.compiled_plan, staged.spec.to_json())
    render.write(settings, stage.base_files(settings, staged, known, runtime))
    if (text := render.render_edge(settings, loaded.plan, known)) is not None:
        render.write(settings, {EDGE_FILE: text})
    _standby(settings)
    # 112 is answered by what there is; a later plan is refused instead.
    stranded = refusals(loaded, staged.spec) if new else ()
    told = (*warnings, *complaints, *staged.warnings, *stranded, *_placeless(settings))
    return Prepared(runtime, loaded, known, told)


def _placeless(settings: Settings) -> tuple[str, ...]:
    """A warning when nobody can say where an incident is; calls are taken all the same."""
    try:
        places.load(settings.places)
    except SettingsError as error:
        warning = (
            f"Daftar kecamatan (SIAGA_PLACES) tidak dapat dipakai; kejadian tidak dilayani.\n"
            f"The list of places (SIAGA_PLACES) cannot be used, incidents are not served:\n{error}"
        )
        return (warning,)
    return ()


def child_environment(settings: Settings) -> dict[str, str]:
    """Environment of the processes of this instance: the settings, spelled out."""
    ports = settings.ports
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": python_path(),
        "PYTHONUNBUFFERED": "1",
        "SIAGA_COMMAND": COMMAND,
        "SIAGA_HOME": str(settings.home),
        "SIAGA_RUNTIME": str(settings.runtime),
        "SIAGA_PLAN": str(settings.plan),
        "SIAGA_NODE": settings.node,
        "SIAGA_BIND": settings.bind,
        "SIAGA_TRUNKS": ",".join(settings.trunks),
        "SIAGA_PLACES": str(settings.places),
        **(settings.edge.environment() if settings.edge else {"SIAGA_EDGE": ""}),
        "SIAGA_GEOLOCATION": "1" if settings.geolocation else "",
        "SIAGA_TLS_CERTIFICATE": str(settings.tls_certificate or ""),
        "SIAGA_TLS_REQUIRED": "1" if settings.tls_required else "",
        "SIAGA_BLOCK_S": f"{settings.block_s:g}",
        "SIAGA_DATABASE_URL": settings.database_url,
        "SIAGA_SECRET_FILE": str(settings.secret_file or ""),
        "SIAGA_WEBHOOK": settings.webhook or "",
        "SIAGA_HOOK_NETWORKS": ",".join(settings.hook_networks),
        **settings.gateways.environment(),
        **limits.spelled(settings.limits),
        "SIAGA_CANARY_EVERY": str(settings.canary_every),
        "SIAGA_ABSENT_AFTER": str(settings.absent_after),
        "SIAGA_CALLBACK_TRIES": str(settings.callbacks.tries),
        "SIAGA_CALLBACK_GAP": str(settings.callbacks.gap_s),
        "SIAGA_TEST_CLOCK": "1" if settings.test_clock else "",
        "SIAGA_TEST_SPEED": f"{settings.test_speed:g}",
        "SIAGA_SIP_PORT": str(ports.sip),
        "SIAGA_SIP_TLS_PORT": str(ports.sip_tls),
        "SIAGA_AMI_PORT": str(ports.ami),
        "SIAGA_AGI_PORT": str(ports.agi),
        "SIAGA_HTTP_PORT": str(ports.http),
        "SIAGA_PUBLIC_PORT": str(ports.public),
        "SIAGA_ROUTER_PORT": str(ports.router),
        "SIAGA_WS_PORT": str(ports.ws),
        "SIAGA_RTP_START": str(ports.rtp_start),
        "SIAGA_RTP_END": str(ports.rtp_end),
        **settings.console.environment(),
        **settings.storage.environment(),
    }
