"""Another recording of a prompt for the plan in force: heard by the next caller, calls go on.

Nothing has to be loaded for it to be heard: Asterisk opens a prompt's file each time it plays it,
whoever hears the old one hears it to its end, and the menu's server reads lengths again when they
change. Asterisk's own copy of the menu, which serves without that server, has the lengths in its
dialplan; that is read again as after ``apply``.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from ops import ready, render
from ops.apply import asterisk, lock, stage
from ops.apply.asterisk import LoadError
from ops.apply.catalogue import catalogue_in_force
from ops.apply.command import StrandedError
from ops.apply.proof import refusals
from ops.apply.stage import DIALPLAN, MODULES
from ops.logged import logged
from ops.runtime import find_runtime
from siaga.errors import MissingError, SiagaError
from siaga.files import write_atomic
from siaga.plan import compile_menu
from siaga.plan.versions import VersionStore, person
from siaga.plan.voice import voice_plan
from siaga.prompts import estimated_ms, script
from siaga.shared import COMMAND
from siaga.takes import Takes, words_of

if TYPE_CHECKING:
    from ops.apply.stage import Staged
    from siaga.menuspec import MenuSpec
    from siaga.prompts import Catalogue
    from siaga.settings import Settings

log = structlog.get_logger(__name__)


class UnknownPromptError(SiagaError):
    """The plan in force says no such prompt in that language."""

    code = "unknown_prompt"
    exit_status = 2

    def __init__(self) -> None:
        super().__init__(
            "Suara itu tidak ada dalam rencana yang berlaku.\nThe plan in force has no such prompt."
        )


class OutdatedError(SiagaError):
    """The recording is of other words than the plan in force has there."""

    code = "outdated"

    def __init__(self) -> None:
        super().__init__(
            "Rekaman ini dibuat untuk kata-kata lain; rekam lagi.\n"
            "This recording is of other words; record it again."
        )


@dataclass(frozen=True, slots=True)
class Spoken:
    """The prompts of the plan in force.

    Attributes:
        staged: the plan as it was loaded. ``texts``: what is said.
    """

    staged: Staged
    texts: Catalogue

    def words(self, language: str, prompt: str) -> str:
        """The words of a prompt.

        Raises:
            UnknownPromptError: there is none of this name.
        """
        said = script(voice_plan(self.staged.loaded.plan), self.texts)
        if language not in said or prompt not in said[language]:
            raise UnknownPromptError
        return words_of(said[language][prompt])

    def expected_ms(self, language: str, prompt: str) -> int:
        """How long the words of a prompt take."""
        lengths = estimated_ms(voice_plan(self.staged.loaded.plan), self.texts)
        return lengths.get(language, {}).get(prompt, 0)


def spoken(settings: Settings) -> Spoken:
    """The prompts in force.

    Raises:
        MissingError: no plan is in force yet.
    """
    current = stage.in_force(settings, VersionStore(settings.home / "plan"))
    if current is None:
        raise MissingError(
            f"Belum ada rencana yang berlaku: jalankan {COMMAND} up dulu.\n"
            f"No plan is in force yet: run {COMMAND} up first."
        )
    texts, _ = catalogue_in_force(settings)
    return Spoken(current, texts)


def outdated(settings: Settings) -> tuple[str, ...]:
    """Prompts, ``language/name``, whose recording in use is of other words than the plan's now.

    Raises:
        MissingError: no plan is in force yet.
    """
    now, takes = spoken(settings), Takes(settings.takes)
    found = []
    for language, prompts in script(voice_plan(now.staged.loaded.plan), now.texts).items():
        for prompt, phrases in prompts.items():
            used = takes.used(language, prompt)
            if used is not None and used.text != words_of(phrases):
                found.append(f"{language}/{prompt}")
    return tuple(found)


async def use(settings: Settings, language: str, prompt: str, name: str, by: str | None) -> int:
    """Play recording ``name``, or with an empty name the delivered voice; the length in ms.

    Raises:
        UnknownPromptError, UnknownTakeError, OutdatedError: there is nothing to play.
        StrandedError: with it somebody could be stranded; all is as it was.
        MissingError, BusyError, OSError: as :func:`ops.apply.apply`.
    """
    with lock.held(VersionStore(settings.home / "plan").folder, person(by)):
        now, takes = spoken(settings), Takes(settings.takes)
        words = now.words(language, prompt)
        if name and takes.get(language, prompt, name).text != words:
            raise OutdatedError
        before = takes.used(language, prompt)
        with logged(settings, "apply"):
            await asyncio.to_thread(takes.use, language, prompt, name)
            try:
                changed, lengths = await asyncio.to_thread(_revoice, settings, now)
            except BaseException:
                takes.use(language, prompt, before.id if before else "")
                raise
            if changed:
                await _reload(settings)
            log.info("prompt_replaced", prompt=prompt, language=language, take=name, by=person(by))
    return lengths.prompt_ms.get(language, {}).get(prompt, 0)


def _revoice(settings: Settings, now: Spoken) -> tuple[bool, MenuSpec]:
    """Put the sounds in their place; whether the dialplan is another, and the menu."""
    loaded, runtime = now.staged.loaded, find_runtime(settings)
    run = settings.home / "run"
    run.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="voice-", dir=run) as folder:
        # Aside first, so that what would be refused is never heard; the cache makes it quick.
        voice = stage.speak(settings, runtime, loaded, now.texts, Path(folder))
    spec = compile_menu(loaded.plan, loaded.version, voice.prompt_ms)
    known = set(refusals(loaded, now.staged.spec))
    if found := [line for line in refusals(loaded, spec) if line not in known]:
        raise StrandedError("\n".join(found))
    # Lengths before sounds: what plays longer than it is said to would be cut off.
    write_atomic(VersionStore(settings.home / "plan").menu(loaded.version), spec.to_json())
    write_atomic(settings.compiled_plan, spec.to_json())
    stage.speak(settings, runtime, loaded, now.texts, settings.sounds)
    files = render.render_version(settings, loaded, spec)
    render.write_version(settings, loaded.version, files)
    return files[DIALPLAN] != now.staged.dialplan, spec


async def _reload(settings: Settings) -> None:
    if not await ready.ami(settings):
        return  # It reads all of it when it starts.
    try:
        async with asterisk.connected(settings) as switch:
            await switch.reload([MODULES[DIALPLAN]])
    except (LoadError, MissingError) as error:
        # The recording is heard all the same; the next apply reads the dialplan again.
        log.warning("prompt_lengths_not_loaded", error=str(error)[:200])
