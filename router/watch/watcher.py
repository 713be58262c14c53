"""Looks at the centre's parts every few seconds and says what is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.alarms import Kind
from router.alarms.silence import Silence
from router.handsets import HandsetState
from router.live import live_at
from router.watch import conditions, menu, metrics, trials
from router.watch.figures import REMEMBERED, Figures
from router.watch.parts import document, parts
from router.watch.snapshot import Snapshot
from siaga.files import write_atomic
from siaga.names import SOUNDS, STANDBY_TIERS, TRUNK_PREFIX, MenuReason
from siaga.plan import calendar
from siaga.plan.trunks import trunk_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from router.alarms.core import Alarm
    from router.calls.record import CallRecord
    from router.wiring import Router
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

LOOK_S: Final = 2.0
MENU_S: Final = 10.0
"""Between two trial calls to the menu."""
SAVE_S: Final = 60.0
MENUS: Final = "menus.json"
"""Who pressed nothing lately, by trunk; what is usual is known after a restart too."""
_ASKED: Final = frozenset(
    (MenuReason.DIGIT, MenuReason.NO_INPUT, MenuReason.NO_MATCH, MenuReason.TIMEOUT)
)
_SILENT: Final = frozenset((MenuReason.NO_INPUT, MenuReason.TIMEOUT))


class Watcher:
    """The watch over one router.

    Args:
        router: whose parts are looked at, and whose alarms are used.
    """

    def __init__(self, router: Router) -> None:
        self.figures = Figures()
        self.silence = Silence()
        self.snapshot = Snapshot(at=time.time(), menu=None, uptime=0.0)
        self._router = router
        self._began = time.monotonic()
        self._menu: bool | None = None
        self._fallen: dict[tuple[str, int | None], None] = {}
        self._menus = router.settings.home / MENUS
        self._unsaved = False
        self._restore()

    @property
    def raised(self) -> Sequence[Alarm]:
        """Alarms that stand."""
        return self._router.alarms.raised

    def alarms(self) -> Mapping[str, Any]:
        """Health of the alarms."""
        return self._router.alarms.health()

    def names(self) -> tuple[str, str]:
        """The node's, and the version of the plan in force."""
        return self._router.settings.node, self._router.plans.version

    def now(self) -> Mapping[str, float]:
        """Counters of the router's parts."""
        router = self._router
        written = router.writer.counters
        return {
            "calls_open": sum(1 for state in router.tracker.open() if not state.record.is_test),
            "recordings_waiting": len(router.filer),
            "ami_events": router.events.counters.events,
            "ami_dropped": router.events.counters.dropped,
            "malformed": router.file.malformed,
            "written": written.written,
            "store_outages": written.outages,
            "store_dropped": written.dropped,
        }

    def ready(self) -> dict[str, Any]:
        """For ``/readyz``."""
        return document(parts(self.snapshot, self.alarms()))

    def metrics(self) -> bytes:
        """For ``/metrics``."""
        return metrics.exposition(self)

    def changed(self, record: CallRecord) -> None:
        """Take a record that may have changed: counted, and judged, when it is final."""
        # A test call that fell is told by the canary, which has some begin with a lower tier.
        fell = record.tier in STANDBY_TIERS and not record.is_test
        if fell and (record.id, record.tier) not in self._fallen:
            self._fallen[record.id, record.tier] = None
            if len(self._fallen) > REMEMBERED:
                del self._fallen[next(iter(self._fallen))]
            self._router.alarms.happened(Kind.TIER_FELL, str(record.tier), record.id)
        if record.outcome is None or not self._router.tracker.told_to_its_end(record.id):
            return
        plan = self._router.plans.of(record.plan_version)
        trunk = trunk_of(plan, record.address)
        if not self.figures.over(record, plan.emergencies, trunk) or record.is_test:
            return
        if record.choice in _ASKED:
            self.silence.menu(trunk, silent=record.choice in _SILENT)
            self._unsaved = True
        if record.outcome == "lost":
            self._router.alarms.happened(Kind.CALL_LOST, "", record.id)

    async def run(self) -> None:
        """Look again and again until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._try_menu())
            tasks.create_task(self._keep())
            while True:
                self.look()
                await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """One look: what is wrong now becomes an alarm, what no longer is ends one."""
        self.snapshot = self._taken()
        alarms = self._router.alarms
        alarms.judge(conditions.found(self.snapshot), conditions.unknown(self.snapshot))

    async def _try_menu(self) -> None:
        ports = self._router.settings.ports
        while True:
            self._menu = await menu.answers(ports.agi, self._router.plans.version)
            await asyncio.sleep(MENU_S if self._menu else LOOK_S)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SAVE_S)
            if self._unsaved:
                self._unsaved = False
                text = json.dumps(self.silence.kept())
                try:
                    await asyncio.to_thread(write_atomic, self._menus, text, 0o600)
                except OSError as error:
                    log.warning("menus_unsaved", error=str(error)[:200])

    def _restore(self) -> None:
        try:
            self.silence.restore(json.loads(self._menus.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.warning("menus_unreadable", error=str(error)[:200])

    def _taken(self) -> Snapshot:
        router = self._router
        settings, plan = router.settings, router.plans.in_force
        free, total = disk(settings.recordings)
        return Snapshot(
            at=time.time(),
            ami=router.events.connected and router.actions.connected,
            menu=self._menu,
            database=not router.writer.is_away,
            pending=router.writer.pending,
            prompts=self._prompts(),
            handsets=self._handsets(plan),
            duty=self._duty(plan),
            trunks={
                name.removeprefix(TRUNK_PREFIX): state
                for name, state in router.trunks.states.items()
            },
            disk_free=free,
            disk_total=total,
            trials=trials.read(settings.home / trials.FILE),
            trial_every=settings.canary_every,
            silent=self.silence.found(),
            stuck=router.channels.stuck(),
            hooks=router.hooks.failing(),
            uptime=time.monotonic() - self._began,
        )

    def _handsets(self, plan: Plan) -> dict[str, dict[str, HandsetState]]:
        states = self._router.board.states
        return {
            name: {ext: states.get(ext, HandsetState.UNKNOWN) for ext in agency.extensions}
            for name, agency in plan.agencies.items()
            if agency.extensions
        }

    def _duty(self, plan: Plan) -> frozenset[str]:
        """Agencies that neither the plan nor a live closure has not answer."""
        at = calendar.local(plan, datetime.now(UTC))
        live = live_at(self._router.live.items, datetime.now(UTC))
        return frozenset(
            name
            for name in plan.agencies
            if name not in live.closed
            and name not in live.diverted
            and (name in live.opened or not calendar.is_closed(plan, name, at))
        )

    def _prompts(self) -> bool:
        router = self._router
        folder = router.settings.sounds
        return all(
            _has_sound(folder / language / SOUNDS / router.plans.version)
            for language in router.plans.in_force.centre.languages
        )


def _has_sound(folder: Any) -> bool:
    try:
        return any(os.stat(file).st_size > 0 for file in folder.glob("menu.*"))  # noqa: PTH116
    except OSError:
        return False


def disk(place: Any) -> tuple[int, int]:
    """Bytes free and in all where a folder lies; much when that cannot be known."""
    try:
        space = os.statvfs(place)
    except OSError:
        return 1 << 40, 1 << 40
    return space.f_bavail * space.f_frsize, space.f_blocks * space.f_frsize


def trunk_endpoints(plan: Plan) -> tuple[str, ...]:
    """Endpoints of the trunks that calls can go out by."""
    return tuple(f"{TRUNK_PREFIX}{n}" for n, trunk in plan.trunks.items() if trunk.host is not None)
