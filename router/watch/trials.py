"""How the test calls went, as their process leaves it in a file for everybody to read."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 (a field's type)
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from siaga.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "canary.json"


@dataclass(frozen=True, slots=True)
class Trial:
    """The latest test call of one way through the plan.

    Attributes:
        at: when it ended, seconds since the epoch.
        ok: whether everything was as it must be.
        wrong: what was not, in a few words; empty when nothing was.
        passed: when it last was; 0: never.
        ms: from the INVITE to two-way talk; None when there was none.
    """

    at: float
    ok: bool
    wrong: str = ""
    passed: float = 0.0
    ms: int | None = None


@dataclass(frozen=True, slots=True)
class Trials:
    """The latest test call of each way.

    Attributes:
        ways: by name, ``1/damkar``: keys pressed and agency that answered.
        wanted: ways that there are to try now, each of which is to pass once a day.
        since: when the first of them was wanted, seconds since the epoch.
    """

    ways: Mapping[str, Trial] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    since: float = 0.0

    @property
    def last(self) -> Trial | None:
        """The latest of all."""
        return max(self.ways.values(), key=lambda trial: trial.at, default=None)

    @property
    def failing(self) -> dict[str, Trial]:
        """Ways whose latest test call failed."""
        return {name: trial for name, trial in self.ways.items() if not trial.ok}

    def overdue(self, now: float, within_s: float) -> list[str]:
        """Ways that were not tried for so long."""
        if now - self.since < within_s:
            return []
        tried = {name: trial.at for name, trial in self.ways.items()}
        return [name for name in self.wanted if now - tried.get(name, 0.0) > within_s]


def read(path: Path) -> Trials:
    """The file's content; nothing when there is none, or it cannot be read as ours."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        ways = {str(name): _trial(trial) for name, trial in value["ways"].items()}
        return Trials(ways, tuple(map(str, value["wanted"])), float(value["since"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Trials()


def _trial(value: Mapping[str, object]) -> Trial:
    ms = value["ms"]
    return Trial(
        at=float(str(value["at"])),
        ok=value["ok"] is True,
        wrong=str(value["wrong"])[:500],
        passed=float(str(value["passed"])),
        ms=None if ms is None else int(str(ms)),
    )


def write(path: Path, trials: Trials) -> None:
    """Replace the file.

    Raises:
        OSError: no room, no permission.
    """
    write_atomic(path, json.dumps(asdict(trials), indent=1), mode=0o600)
