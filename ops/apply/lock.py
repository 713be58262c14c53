"""One admin at a time: the lock under which a plan is put in force, and who holds it."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from siaga.errors import SiagaError
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BusyError(SiagaError):
    """Somebody else is putting a plan in force; the sentence says who, since when."""

    code = "apply_busy"


@dataclass
class Hold:
    """The lock, held.

    Attributes:
        uncertain: what Asterisk runs may not be what the files say, because whoever held the lock
            before was killed, or could not undo what he began.
    """

    uncertain: bool


@contextmanager
def held(folder: Path, by: str) -> Iterator[Hold]:
    """Hold the lock of an instance; ``folder`` is ``SIAGA_HOME/plan``.

    A lock left by a killed process is free, and the next holder finds it uncertain.

    Raises:
        BusyError: somebody else does.
    """
    with (folder / "apply.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise _busy(file.read()) from error
        file.seek(0)
        hold = Hold(uncertain=bool(file.read().strip()))
        since = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        _write(file, json.dumps({"by": by, "since": since, "pid": os.getpid()}))
        try:
            yield hold
        finally:
            if not hold.uncertain:
                _write(file, "")


def _write(file: IO[str], text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def _busy(text: str) -> BusyError:
    try:
        told = json.loads(text)
        who, since = str(told["by"]), str(told["since"])
    except (ValueError, TypeError, KeyError):
        who = since = "?"
    return BusyError(
        f"{who} sedang menerapkan rencana sejak {since}; tunggu sampai selesai, lalu lihat "
        f"{COMMAND} versions.\n{who} is applying a plan since {since}: wait for the end of it, "
        f"then look at {COMMAND} versions."
    )
