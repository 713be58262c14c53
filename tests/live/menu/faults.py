"""Parts of a centre out of order for as long as a block lasts."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.live.menu.prompts import folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.live.centre import Centre

UNUSABLE = "#!/bin/sh\nexit 1\n"


@asynccontextmanager
async def no_restarts(centre: Centre) -> AsyncIterator[None]:
    """What is killed within stays dead; afterwards everything runs again."""
    pid = int((centre.settings.home / "run" / "supervisord.pid").read_text(encoding="ascii"))
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        await centre.until_ready()


@asynccontextmanager
async def no_ivr(centre: Centre) -> AsyncIterator[None]:
    """Tier 1 is dead."""
    async with no_restarts(centre):
        centre.kill("ivr")
        yield


@asynccontextmanager
async def hung_ivr(centre: Centre) -> AsyncIterator[None]:
    """Tier 1 hangs; whoever kills it for that is welcome to."""
    pid = centre.kill("ivr", signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        await centre.until_ready()


@contextmanager
def deaf_ivr(centre: Centre) -> Iterator[None]:
    """Tier 1 stands still, and nobody kills it for that."""
    pid = centre.kill("ivr", signal.SIGSTOP)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGSTOP)
    try:
        yield
    finally:
        for stopped in (pid, *map(int, children)):
            os.kill(stopped, signal.SIGCONT)


@contextmanager
def standby_is(centre: Centre, script: str = UNUSABLE) -> Iterator[None]:
    """Tier 2 is another script than ours."""
    path = centre.settings.home / "agi-bin" / "standby"
    with _set_aside(path):
        path.write_text(script, encoding="utf-8")
        path.chmod(0o750)
        yield


@contextmanager
def prompt_is(centre: Centre, language: str, prompt: str, content: bytes | None) -> Iterator[None]:
    """A prompt's files hold something else, or are not there."""
    place = folder(centre, language)
    with contextlib.ExitStack() as stack:
        for path in (place / f"{prompt}.alaw", place / f"{prompt}.ulaw"):
            stack.enter_context(_set_aside(path))
            if content is not None:
                path.write_bytes(content)
        yield


@contextmanager
def _set_aside(path: Path) -> Iterator[None]:
    kept = path.with_name(f"{path.name}.kept")
    path.rename(kept)
    try:
        yield
    finally:
        if path.is_dir():
            shutil.rmtree(path)
        kept.replace(path)
