"""Everything of a version of the plan, made ready beside what runs: no call meets it yet."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops import render
from ops.voice import Tools, build_voice, remove_versions
from ops.voice.cache import Cache
from siaga.files import write_atomic
from siaga.menuspec import MenuSpec
from siaga.names import PLANS, SOUNDS
from siaga.plan import PlanError, compile_menu, load_plan
from siaga.plan.versions import VERSION, VersionStore
from siaga.plan.voice import voice_plan
from siaga.shared import shared
from siaga.takes import Takes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from ops.runtime import Runtime
    from ops.voice import Voice
    from siaga.plan import LoadedPlan
    from siaga.prompts import Catalogue
    from siaga.secrets import Secrets
    from siaga.settings import Settings

MODULES: Final[Mapping[str, str]] = {
    "musiconhold.conf": "res_musiconhold.so",
    "rtp.conf": "res_rtp_asterisk.so",
    "pjsip.conf": "res_pjsip.so",
    "queues.conf": "app_queue.so",
    "extensions.conf": "pbx_config.so",
}
"""Files that a plan changes, and the module that reads each, in the order of loading: a call comes
to a new version by the dialplan alone, when all that it refers to is there."""
DIALPLAN: Final = "extensions.conf"


@dataclass(frozen=True, slots=True)
class Staged:
    """A version that is ready to be loaded.

    Attributes:
        loaded: the plan.
        spec: its menu.
        dialplan: its contexts, as text.
        warnings: for people, Indonesian and English.
    """

    loaded: LoadedPlan
    spec: MenuSpec
    dialplan: str
    warnings: tuple[str, ...] = ()


def folders(settings: Settings, version: str) -> tuple[Path, ...]:
    """The folders that hold a version, whether or not they are there."""
    sounds = (settings.sounds / lang / SOUNDS / version for lang in ("id", "en"))
    text = VersionStore(settings.home / "plan").text(version)
    return (text.parent, settings.etc / PLANS / version, *sounds)


def stage(settings: Settings, runtime: Runtime, loaded: LoadedPlan, texts: Catalogue) -> Staged:
    """Make a version's prompts, menu and dialplan.

    Raises:
        OSError: there is no room.
    """
    voice = speak(settings, runtime, loaded, texts, settings.sounds)
    spec = compile_menu(loaded.plan, loaded.version, voice.prompt_ms)
    menu = VersionStore(settings.home / "plan").menu(loaded.version)
    menu.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(menu, spec.to_json())
    files = render.render_version(settings, loaded, spec)
    render.write_version(settings, loaded.version, files)
    return Staged(loaded, spec, files[DIALPLAN], voice.warnings)


def voice_cache(settings: Settings) -> Cache:
    """Where prompts that were made are kept: with the tools, or at home where those are root's.

    What is there with the tools is used all the same: an image has its plans' prompts there.
    """
    shared_by_all = settings.runtime / "voice-cache"
    writable = os.access(shared_by_all if shared_by_all.exists() else settings.runtime, os.W_OK)
    if writable:
        return Cache(shared_by_all)
    return Cache(settings.home / "voice-cache", shared_by_all)


def speak(
    settings: Settings, runtime: Runtime, loaded: LoadedPlan, texts: Catalogue, out: Path
) -> Voice:
    """Make a version's prompts below ``out``."""
    return build_voice(
        voice_plan(loaded.plan),
        texts,
        Tools(espeak=runtime.espeak, sox=runtime.sox),
        out=out,
        version=loaded.version,
        takes=shared("sounds", "takes"),
        cache=voice_cache(settings),
        own=Takes(settings.takes),
    )


def dialplan(settings: Settings, version: str) -> str:
    """The contexts of a version that was made ready.

    Raises:
        OSError: it is not there.
    """
    return (settings.etc / PLANS / version / DIALPLAN).read_text(encoding="utf-8")


def made(settings: Settings, version: str) -> bool:
    """Whether a version is ready to be included."""
    return (settings.etc / PLANS / version / DIALPLAN).exists()


def in_force(settings: Settings, store: VersionStore) -> Staged | None:
    """The version in force as it was loaded; None when it is not all there."""
    entry = store.in_force
    if entry is None:
        return None
    try:
        spec = MenuSpec.from_json(store.menu(entry.version).read_text(encoding="utf-8"))
        contexts = dialplan(settings, entry.version)
        return Staged(load_plan(store.text(entry.version)), spec, contexts)
    except (OSError, ValueError, PlanError):
        return None


def base_files(
    settings: Settings,
    staged: Staged,
    known: Secrets,
    runtime: Runtime,
    retained: tuple[LoadedPlan, ...] = (),
) -> dict[str, str]:
    """The configuration shared by all versions, leading to ``staged``."""
    return render.render(settings, staged.loaded, staged.spec, known, runtime, retained=retained)


def tidy(settings: Settings, keep: Collection[str]) -> tuple[str, ...]:
    """Remove what was made of versions that no call is on; their texts stay.

    Returns:
        Warnings, Indonesian and English: what is left over harms no call.
    """
    for folder in (settings.etc / PLANS).glob("*"):
        if VERSION.fullmatch(folder.name) and folder.name not in keep:
            shutil.rmtree(folder, ignore_errors=True)
    for menu in (settings.home / "plan").glob("*/menu.json"):
        if menu.parent.name not in keep:
            menu.unlink(missing_ok=True)
    return remove_versions(settings.sounds, keep)
