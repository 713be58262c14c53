"""``siaga112 canary``: the latest results of the test calls, or one now."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.canary import round as rounds
from ops.canary.ways import ways
from router.watch import trials
from siaga import log
from siaga.plan import load_plan
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.watch.trials import Trial
    from siaga.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for.

    Attributes:
        once: one test call now, of ``way`` or of the one that is due.
        every: one of each way, now.
        as_json: one object a line.
    """

    once: bool
    way: str | None
    every: bool
    as_json: bool


async def run(settings: Settings, asked: Asked) -> int:
    """Print results; 0 when all of them are good, else 1.

    Raises:
        BusyError, NoWayError: as :mod:`ops.canary.round`.
        PlanError, SettingsError: the instance was never started.
    """
    log.quiet()
    if asked.every:
        plan = load_plan(settings.plan_in_force).plan
        names = [way.name for way in ways(plan, await rounds.situation(settings, plan))]
    else:
        names = [asked.way or ""] if asked.once or asked.way else []
    made = [await rounds.one(settings, name or None) for name in names]
    found = [(way.name, trial) for way, trial in made]
    if not names:
        found = sorted(trials.read(settings.home / trials.FILE).ways.items())
    _print(found, as_json=asked.as_json)
    return int(not all(trial.ok for _, trial in found))


def _print(found: Sequence[tuple[str, Trial]], *, as_json: bool) -> None:
    if as_json:
        for name, trial in found:
            row: dict[str, Any] = {"way": name, **asdict(trial)}
            sys.stdout.write(json.dumps(row) + "\n")
        return
    shown = Table(box=None, pad_edge=False)
    for heading in ("", "jalur / way", "bicara / talk", "kapan / when", "yang salah / wrong"):
        shown.add_column(heading, overflow="fold")
    for name, trial in found:
        verdict = Text("baik", style="green") if trial.ok else Text("GAGAL", style="bold red")
        talk = "-" if trial.ms is None else f"{trial.ms / 1000:.1f} s"
        shown.add_row(verdict, name, talk, rounds.ago(trial.at), Text(trial.wrong))
    Console(width=None if sys.stdout.isatty() else 160).print(
        shown if found else f"Belum ada / none yet: {COMMAND} canary --once"
    )
