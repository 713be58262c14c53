"""A plan or a recording put in force, a handset's new password: by the command line's commands.

Staging, loading into Asterisk, undoing and the lock are the command's; it runs as a process of its
own, in a session of its own, and goes on to its end when this one is stopped or killed meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from siaga.errors import SiagaError
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siaga.settings import Settings

log = structlog.get_logger(__name__)

LONGEST_S: Final = 120.0
"""Longest that is waited for the command; new prompts are spoken meanwhile."""


class NotAppliedError(SiagaError):
    """The command refused; code and sentence are the command's."""

    code = "not_applied"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants what in force.

    Attributes:
        by: whose wish it is. ``why``: the reason.
        instead: number of the version that is to be in force until then.
        approved: name of the second person; empty: there is none.
    """

    by: str
    why: str
    instead: int
    approved: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What another node has decided.

    Attributes:
        origin: that node.
        approved: name of the second person; empty: there was none, or none was asked for.
        only_check: make it ready and prove it, and change nothing.
        proven: it was in force before.
    """

    by: str
    why: str
    origin: str
    approved: str = ""
    only_check: bool = False
    proven: bool = False


class Applying:
    """Puts plans in force by ``siaga112 apply`` and ``rollback``, recordings by ``prompts``.

    Args:
        settings: of the instance; its environment is this process's own.
        command: the command line, before its arguments.
    """

    def __init__(self, settings: Settings, command: Sequence[str] = ()) -> None:
        self._home = settings.home
        self._command = tuple(command) or (sys.executable, "-P", "-m", "ops")
        self._decoding = asyncio.Lock()

    async def apply(self, text: str, wish: Wish) -> dict[str, Any]:
        """Put ``text`` in force; what became of it.

        Raises:
            NotAppliedError: it was refused, or is not over after ``LONGEST_S``.
            OSError: the text cannot be handed over.
        """
        file = await asyncio.to_thread(self._hand_over, text)
        try:
            return await self._run("apply", *_told(wish), "--", str(file))
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)

    async def here(self, text: str, told: Told) -> dict[str, Any]:
        """Do with ``text`` what another node wants done here; as :meth:`apply`.

        Raises:
            NotAppliedError: it was refused, or is not over after ``LONGEST_S``.
            OSError: the text cannot be handed over.
        """
        file = await asyncio.to_thread(self._hand_over, text)
        said = [f"--by={told.by}", f"--why={told.why}", f"--approved={told.approved}"]
        said += [f"--from={told.origin}", "--json"]
        said += ["--only-check"] if told.only_check else []
        said += ["--proven"] if told.proven else []
        try:
            return await self._run("apply", *said, "--", str(file))
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)

    async def rollback(self, number: int, wish: Wish) -> dict[str, Any]:
        """Put version ``number`` in force again; as :meth:`apply`.

        Raises:
            NotAppliedError: it was refused, or is not over after ``LONGEST_S``.
        """
        return await self._run("rollback", *_told(wish), "--", str(number))

    async def rotate(self, extension: str, by: str) -> dict[str, Any]:
        """Give a handset a new password; it is in the answer.

        Raises:
            NotAppliedError: it was refused, or is not over after ``LONGEST_S``.
        """
        return await self._run("handsets", f"--rotate={extension}", f"--by={by}", "--json")

    async def add_recording(self, where: str, file: str, by: str, name: str) -> dict[str, Any]:
        """Make a recording of a prompt of the file in ``run`` and keep it; what it is like.

        Args:
            where: ``language/prompt``.
            file: name of it in ``run``; it is left there.
            by: who made it.
            name: that its file had.

        Raises:
            NotAppliedError: it was refused, or is not over after ``LONGEST_S``.
        """
        path = self._home / "run" / file
        said = (f"--by={by}", f"--name={name}", "--json", "--", where, str(path))
        # One at a time: each may take a good part of the machine for some seconds.
        async with self._decoding:
            return await self._run("prompts", "add", *said)

    async def use_recording(self, where: str, take: str, by: str) -> dict[str, Any]:
        """Put a recording in use, or with an empty name the delivered voice again.

        Raises:
            NotAppliedError: it was refused, or is not over after ``LONGEST_S``.
        """
        said = (f"--by={by}", "--json", "--", where)
        if not take:
            return await self._run("prompts", "delivered", *said)
        return await self._run("prompts", "use", *said, take)

    async def drop_recording(self, where: str, take: str) -> dict[str, Any]:
        """Remove a recording that is not in use.

        Raises:
            NotAppliedError: it was refused, or is not over after ``LONGEST_S``.
        """
        return await self._run("prompts", "drop", "--json", "--", where, take)

    def _hand_over(self, text: str) -> Path:
        number, name = tempfile.mkstemp(prefix="plan-", suffix=".yaml", dir=self._home / "run")
        with os.fdopen(number, "wb") as file:
            file.write(text.encode())
        return Path(name)

    async def _run(self, verb: str, *arguments: str) -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            verb,
            *arguments,
            cwd=PROJECT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
        except TimeoutError as error:
            raise NotAppliedError(
                "slow",
                "Belum selesai sesudah dua menit dan masih berjalan; lihat daftar versi.\n"
                "Not over after two minutes, and still at work; look at the list of versions.",
            ) from error
        return self._read(verb, out, process.returncode)

    def _read(self, verb: str, out: bytes, status: int | None) -> dict[str, Any]:
        try:
            found = json.loads(out.splitlines()[-1])
        except (ValueError, IndexError) as error:
            log.warning("plan_command_failed", verb=verb, status=status)
            raise NotAppliedError(
                "failed",
                "Perintahnya gagal; rencana sebelumnya tetap berlaku. Lihat log/apply.log.\n"
                "The command failed; the plan before stays in force. Look into log/apply.log.",
            ) from error
        if "error" in found:
            raise NotAppliedError(str(found["error"]), str(found["message"]))
        return dict(found)


def _told(wish: Wish) -> tuple[str, ...]:
    """Each in one word with its option, so that what a person wrote never is an option itself."""
    return (
        f"--by={wish.by}",
        f"--why={wish.why}",
        f"--instead={wish.instead}",
        f"--approved={wish.approved}",
        "--json",
    )
