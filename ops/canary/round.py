"""Which test call is due, and what becomes of its result: the file that everybody reads."""

from __future__ import annotations

import fcntl
import shutil
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog

from ops.api import AnswerError, ask
from ops.canary.trial import Centre, attempt
from ops.canary.ways import ways
from router.watch import trials
from router.watch.trials import Trial, Trials
from siaga import secrets
from siaga.errors import MissingError, SiagaError
from siaga.names import TEST_FOLDER
from siaga.plan import calendar, load_plan
from siaga.plan.live import Live, Override
from siaga.plan.route import Situation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ops.canary.ways import Way
    from siaga.plan import Plan
    from siaga.settings import Settings

log = structlog.get_logger(__name__)

KEEP_DAYS: Final = 3
"""Recordings of test calls are kept for so long."""


class BusyError(SiagaError):
    """Another test call is being made; two at a time would ring each other's telephone."""

    code = "canary_busy"


class NoWayError(SiagaError):
    """There is no such way, or none at all."""

    code = "canary_no_way"


def overrides(rows: Iterable[dict[str, Any]]) -> Live:
    """Live state as the router lists it."""
    found = [(Override(row["override"]), row["name"], row["target"]) for row in rows]

    def names(kind: Override) -> frozenset[str]:
        return frozenset(name for each, name, _ in found if each is kind)

    return Live(
        closed=names(Override.CLOSED),
        opened=names(Override.OPEN),
        diverted={name: target for each, name, target in found if each is Override.DIVERT},
        paused=names(Override.PAUSE),
    )


async def situation(settings: Settings, plan: Plan) -> Situation:
    """How things stand now; without the router, as if nothing overrode the plan."""
    try:
        live = overrides(await ask(settings, "GET", "/api/live"))
    except (MissingError, AnswerError):
        live = Live()
    return Situation(calendar.local(plan, datetime.now(UTC)), live=live)


def due(found: Iterable[Way], kept: Trials) -> Way:
    """The way that was tried longest ago; of those never tried the first.

    Raises:
        NoWayError: there is none.
    """
    tried = {name: trial.at for name, trial in kept.ways.items()}
    way = min(found, key=lambda way: tried.get(way.name, 0.0), default=None)
    if way is None:
        raise NoWayError(
            "Rencana ini tidak punya jalur ke telepon mana pun. / "
            "This plan has no way to any telephone."
        )
    return way


def noted(kept: Trials, way: str, trial: Trial, wanted: tuple[str, ...]) -> Trials:
    """The results with one more; ways that the plan no longer has are forgotten."""
    old = kept.ways.get(way)
    passed = trial.passed or (old.passed if old is not None else 0.0)
    both = {**kept.ways, way: replace(trial, passed=passed)}
    known = {name: each for name, each in both.items() if name in wanted}
    return Trials(known, wanted, kept.since or trial.at)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """One test call at a time.

    Raises:
        BusyError: another is being made.
    """
    with (settings.home / "canary.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BusyError(
                "Panggilan uji lain sedang berlangsung. / Another test call is being made."
            ) from error
        yield


async def one(settings: Settings, name: str | None = None) -> tuple[Way, Trial]:
    """Make the test call that is due, or the one named, and keep its result.

    Raises:
        BusyError: another is being made.
        NoWayError: there is no such way.
        PlanError, SettingsError: the instance was never started.
    """
    with alone(settings):
        way, trial, wanted = await _settled(settings, name)
        file = settings.home / trials.FILE
        trials.write(file, noted(trials.read(file), way.name, trial, wanted))
    tidy(settings)
    say = log.info if trial.ok else log.error
    event = "canary_passed" if trial.ok else "canary_failed"
    say(event, way=way.name, ms=trial.ms, wrong=trial.wrong)
    return way, trial


async def _settled(settings: Settings, name: str | None) -> tuple[Way, Trial, tuple[str, ...]]:
    """A test call whose plan and hours were the same before and after it.

    One that fails while a plan is applied or an agency closes says nothing: it is made once more.
    """
    before = await _chosen(settings, name)
    trial = await attempt(before[0], before[1])
    if not trial.ok:
        after = await _chosen(settings, before[1].name if name is None else name, before[1])
        if (after[0].version, after[1]) != (before[0].version, before[1]):
            before = after
            trial = await attempt(after[0], after[1])
    return before[1], trial, before[2]


async def _chosen(
    settings: Settings, name: str | None, fallback: Way | None = None
) -> tuple[Centre, Way, tuple[str, ...]]:
    loaded = load_plan(settings.plan_in_force)
    centre = Centre(settings, secrets.read(settings.secrets), loaded.plan, loaded.version)
    found = ways(loaded.plan, await situation(settings, loaded.plan))
    wanted = tuple(way.name for way in found)
    if name is None:
        return centre, due(found, trials.read(settings.home / trials.FILE)), wanted
    way = next((way for way in found if way.name == name), fallback)
    if way is None:
        raise NoWayError(
            f"Tidak ada jalur {name[:40]!r}; yang ada / there is no such way; there are: "
            f"{', '.join(wanted)}"
        )
    return centre, way, wanted


def tidy(settings: Settings) -> None:
    """Remove old recordings of test calls; their records stay."""
    oldest = datetime.now(UTC) - timedelta(days=KEEP_DAYS)
    for folder in (settings.recordings / TEST_FOLDER).glob("[0-9]*/[0-9]*/[0-9]*"):
        if folder.is_dir() and folder.stat().st_mtime < oldest.timestamp():
            shutil.rmtree(folder, ignore_errors=True)


def ago(at: float) -> str:
    """How long ago, in words of either language."""
    return f"{(time.time() - at) / 60:.0f} menit lalu / minutes ago"
