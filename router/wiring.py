"""The router, wired: one place that knows all parts, and what one tells the others."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog

from router import notices
from router.alarms import FILE as ALARMS
from router.alarms import Alarms, Kind
from router.ami import Address, AmiError, AmiLink, DeviceStateList, Policy
from router.applying import Applying
from router.board import Hub
from router.board.rings import Rings
from router.board.source import sources
from router.callbacks.service import Callbacks
from router.calls.events import AMI_FORM
from router.calls.gaps import GapLedger
from router.calls.record import Source
from router.calls.tracker import CallTracker
from router.channels import Channels
from router.contacts import Contacts
from router.dispatch import Dispatcher, Supervision
from router.dispatch.comfort import Comfort
from router.dispatch.desk import Desk
from router.dispatch.keys import OfficerKeys
from router.dispatch.login import Login
from router.dispatch.overflow import Overflow
from router.door import DoorKeeper, Watch
from router.door import Policy as DoorPolicy
from router.door.hep import Ear
from router.door.trunks import is_trunk
from router.follower import CallFollower
from router.handsets import Boards, HandsetBoard
from router.hooks import outside
from router.hooks.service import Hooks
from router.incidents.carrier import CarrierPositions, probable
from router.incidents.locate import Locator
from router.listening import Listening
from router.live import LIST_MAX, AuditFile, LiveKeeper, LiveStore, live_at, utc_now
from router.live.proof import prover
from router.nodes.alike import Alike
from router.nodes.errands import Errands
from router.nodes.heart import Heart
from router.nodes.port import AsteriskPort
from router.nodes.together import Together
from router.noise import NoiseKeeper
from router.owner import owned
from router.recordings import RecordingFiler
from router.silence import SilentCalls
from router.silence.judged import Judged
from router.storage.parts import StorageParts
from router.store import (
    CallbackStore,
    CallReader,
    CallWriter,
    CelPosition,
    ClassStore,
    GapWriter,
    IncidentStore,
)
from router.store.acceptances import AcceptanceStore
from router.store.classes import ClassReader
from router.store.custody import Custody
from router.store.engine import sqlite_file
from router.store.locations import LinkStore
from router.store.news import News
from router.store.node_live import NodeLive
from router.store.node_requests import NodeRequests
from router.store.nodes import NodeStore
from router.store.positions import PositionStore
from router.store.shifts import ShiftStore
from router.watch import Watcher
from router.watch.watcher import trunk_endpoints
from siaga import __version__, secrets
from siaga.names import BLOCKED_FILE, AmiUser, Milestone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.celfile import Position
    from router.calls.events import CelEvent
    from router.calls.record import CallRecord, Recording
    from router.notify import Webhook
    from router.plans import Plans
    from router.storage import Finding
    from router.storage.disk import Level, Room
    from router.store.nodes import Gone
    from router.takeover import Left
    from siaga.secrets import Secrets
    from siaga.settings import Settings

log = structlog.get_logger(__name__)

LOOPBACK: Final = "127.0.0.1"
EVENTS: Final = Policy(gather_s=0.02, forms=(AMI_FORM,))
"""How the link that hears events is held: they are gathered before they are taken in, and yet a
record is committed within 100 ms."""
MILESTONES: Final = frozenset(Milestone)
"""Kinds of the events that our own dialplan makes."""
MARK_S: Final = 10.0
"""How often the place in the CEL file, and that the listener hears, is noted."""
PLAN_S: Final = 0.25
"""How often it is seen whether another plan is in force."""


class Router:
    """All parts of a running router.

    Args:
        settings: of the instance.
        plans: the one in force, and earlier ones.
        engine: of the migrated database.
        left: by an earlier router.
        webhook: where notifications go, if anywhere.
    """

    def __init__(
        self,
        settings: Settings,
        plans: Plans,
        engine: AsyncEngine,
        left: Left,
        webhook: Webhook | None,
    ) -> None:
        known = secrets.read(settings.secrets)
        self.settings, self.plans = settings, plans
        self.token = known.api
        self.gaps = GapWriter(engine, settings.node)
        self.ledger = GapLedger(settings.node, self.gaps.put)
        self.tracker = CallTracker(settings.node, self.ledger.missed)
        self.board = HandsetBoard(plans.in_force.extensions)
        self.file = left.file(settings.cel_file)
        self.events = _link(settings, known, AmiUser.ROUTER, EVENTS)
        self.actions = _link(settings, known, AmiUser.DISPATCH, Policy())
        self.admin = _link(settings, known, AmiUser.ADMIN, Policy(list_max=LIST_MAX))
        self.door = DoorKeeper(
            lambda: _link(settings, known, AmiUser.DOOR, Policy()),
            self.admin,
            Watch(
                DoorPolicy(block_s=settings.block_s),
                lambda peer: is_trunk(settings, plans.in_force, peer),
            ),
            lambda tell: Ear(settings.ports.ami, known.ami[AmiUser.DOOR], tell),
            settings.etc / BLOCKED_FILE,
        )
        self.live = LiveKeeper.over(self.admin, lambda: plans.in_force, settings.home)
        self.noise = NoiseKeeper.over(
            self.admin, engine, lambda: plans.in_force, AuditFile.of(settings.home)
        )
        self.classes = ClassStore(engine)
        self.writer = CallWriter(engine, on_committed=self.committed, on_back=self.database_back)
        self.filer = RecordingFiler(settings.recordings, self.filed)
        self.storage = StorageParts(
            settings, engine, self.admin, self.is_quiet, self.recording_found, disk_found
        )
        self.trunks = HandsetBoard(trunk_endpoints(plans.in_force))
        self.alarms = Alarms(
            settings.home / ALARMS,
            settings.node,
            lambda: plans.in_force,
            webhook,
            raise_after_s={Kind.AGENCY_ABSENT: settings.absent_after},
        )
        self.channels = Channels(engine, settings.node, settings.gateways, webhook, self.alarms)
        self.hooks = Hooks(
            settings, engine, lambda: outside.told(settings.node, plans, self.live.items)
        )
        self.acceptances = AcceptanceStore(engine)
        self.watcher = Watcher(self)
        self.callback_store = CallbackStore(engine, settings.callbacks)
        self.callbacks = Callbacks(
            settings.node, self.actions, self.callback_store, lambda: plans.in_force
        )
        self.dispatch = Dispatcher(
            self.actions, self.tracker, lambda: plans.in_force, lambda: self.board.states
        )
        self.links = LinkStore(engine)
        self.locator = Locator(self.links, settings.gateways)
        self.officer_keys = OfficerKeys(
            self.actions,
            self.dispatch,
            self.tracker,
            plans,
            self.classes,
            self.acceptances,
            self.locator,
            settings.recordings,
            settings.home / "run" / "again",
        )
        self.overrides = LiveStore(
            self.admin,
            lambda: plans.in_force,
            AuditFile.of(settings.home),
            utc_now,
            prove=prover(settings),
        )
        self.incident_store = IncidentStore(engine)
        self.custody = Custody(engine)
        self.listening = Listening(self.tracker, self.custody)
        self.positions = PositionStore(engine)
        self.carrier = CarrierPositions(settings.node, self.positions, probable(settings.places))
        self.shifts = ShiftStore(engine, settings.node)
        self.desk = Desk(
            self.actions,
            self.classes,
            CallReader(engine),
            self.overrides,
            self.acceptances,
            Login(self.actions, self.shifts, settings.secrets, lambda: plans.in_force, utc_now),
            lambda: plans.in_force,
        )
        self.supervision = Supervision(self.actions, self.tracker, lambda: plans.in_force)
        self.comfort = Comfort(self.actions, self.tracker)
        self.silence = SilentCalls(
            self.actions,
            self.tracker,
            plans,
            self.dispatch,
            Judged(ClassReader(engine), self.incident_store),
        )
        self.rings = Rings()
        self.hub = Hub(sources(self, engine))
        self.contacts = Contacts(self.admin)
        self.overflow = Overflow(
            self.actions,
            self.tracker,
            plans,
            board=self.board,
            contacts=self.contacts,
            rings=self.rings,
            dispatcher=self.dispatch,
            paused=lambda: live_at(self.live.items, utc_now()).paused,
        )
        self.follower = CallFollower(
            self.events,
            self.file,
            self.tracker,
            Boards(self.board, self.trunks, self.hub),
            self.emit,
            gaps=self.ledger,
            heard=self.heard,
            talks=self.silence.talks,
            missed=self.silence.missed,
            holds=self.comfort.holds,
            contacts=self.contacts,
        )
        self.applying = Applying(settings)
        self.heart, self.errands, self.together, self.news, self.alike = self._nodes(engine)
        # Calls that were over before this start, and whose recording is not filed yet.
        self._late: dict[str, CallRecord] = {}
        self._take_over(left)

    def _take_over(self, left: Left) -> None:
        self.heart.doubt(left.cut_off)
        self.follower.reconciler.ended_before = left.doubted
        left.hand_over(self.ledger, self.tracker)

    def _nodes(
        self, engine: AsyncEngine
    ) -> tuple[Heart, Errands | None, Together, News | None, Alike | None]:
        together = Together(engine, self.plans, self.applying)
        alone = sqlite_file(engine.url) is not None
        news = None if alone else News(engine, self.settings.node, self.hub.elsewhere)
        return self._heart(engine), self._errands(engine), together, news, self._alike(engine)

    def _heart(self, engine: AsyncEngine) -> Heart:
        return Heart(
            NodeStore(engine, self.settings.node),
            sqlite_file(engine.url) is None,
            self.tracker,
            self.follower,
            AsteriskPort(LOOPBACK, self.settings.ports.ami),
            self.said_of_itself,
            self.cut_off,
            utc_now,
            self.node_lost,
        )

    def _errands(self, engine: AsyncEngine) -> Errands | None:
        if sqlite_file(engine.url) is not None:
            return None
        node, port = self.settings.node, self.settings.ports.router
        requests = NodeRequests(engine, node)
        return Errands(node, requests, f"http://{LOOPBACK}:{port}", self.token)

    def _alike(self, engine: AsyncEngine) -> Alike | None:
        if sqlite_file(engine.url) is not None:
            return None
        alike = Alike(self.overrides, NodeLive(engine, self.settings.node))
        self.overrides.changed = alike.changed
        return alike

    def file_late(self, records: Iterable[CallRecord]) -> None:
        """File the recordings of calls that ended before this start."""
        for record in records:
            self._late[record.id] = record
            self.emit(record)

    def heard(self, event: CelEvent, live: bool) -> None:  # noqa: FBT001 (as it is called)
        """Take an event of either delivery."""
        self.callbacks.take(event, live=live)
        if live:
            self.rings.take(event)
            self.overflow.changed()
        if event.kind not in MILESTONES:
            return
        self.listening.take(event)
        self.carrier.take(event)
        if live:
            self.officer_keys.take(event)
            self.desk.take(event)
            self.silence.take(event)

    def emit(self, record: CallRecord) -> None:
        """Take a record that may have changed: write it, notify, file its recording."""
        self.dispatch.changed()
        self.hub.changed()
        self.silence.changed(record)
        self.comfort.changed(record)
        self.overflow.changed()
        now = datetime.now(UTC)
        plan = self.plans.of(record.plan_version)
        record = owned(record, plan)
        channels = self.channels
        due = notices.due(record, plan, now, channels.ways) if channels.is_used else ()
        # Told once more by the file: only its times are more exact now.
        again = record.source is Source.LIVE and self.tracker.told_to_its_end(record.id)
        self.writer.put(record, due, leisurely=again)
        self.storage.watch.take(record)
        self.watcher.changed(record)
        recording = record.recording
        if record.ended is not None and recording is not None and recording.sha256 is None:
            self.filer.file(record.id, recording.path)

    async def filed(self, call: str, recording: Recording) -> None:
        """Take a recording that is complete."""
        late = self._late.pop(call, None)
        record = self.tracker.recorded(call, recording)
        if record is None and late is not None:
            record = replace(late, recording=recording)
        if record is not None:
            self.writer.put(owned(record, self.plans.of(record.plan_version)), leisurely=True)
            self.storage.watch.take(record)

    @property
    def is_kept(self) -> bool:
        """Whether what is made of events beside records is kept: the file's place may be noted."""
        keepers = (self.callbacks, self.listening, self.carrier)
        return all(keeper.is_idle for keeper in keepers)

    def is_quiet(self) -> bool:
        """Whether no call is open, live or in the CEL file."""
        return not self.file.open_calls() and next(self.tracker.open(), None) is None

    def recording_found(self, finding: Finding) -> None:
        """Something is wrong with the recording of a call that is up or just over."""
        log.error("recording_audio_missing", **finding.row())
        self.alarms.happened(Kind.RECORDING_MISSING, "", finding.call)

    def committed(self, _records: tuple[CallRecord, ...]) -> None:
        """After a commit: its notifications may go out, and other nodes may show it."""
        self.channels.wake()
        self.hooks.wake()
        if self.news is not None:
            self.news.tell()

    def commanded(self) -> None:
        """After a command that was done: what it wrote is shown at once, here and elsewhere."""
        self.hub.elsewhere()
        if self.news is not None:
            self.news.tell()

    def database_back(self, away_s: float, waited: frozenset[str]) -> None:
        """Note that the database was away."""
        now = datetime.now(UTC)
        self.ledger.unwritten(now - timedelta(seconds=away_s), now, waited)

    def mark_hearing(self) -> None:
        """Note that nothing was missed until now."""
        if self.follower.hears:
            self.gaps.mark(datetime.now(UTC))

    async def mark(self) -> None:
        """Note the place in the CEL file, and that we hear, until cancelled."""
        last: Position | None = None
        while True:
            # The first mark comes at once: what is missed after it is known by it.
            await asyncio.sleep(MARK_S if self.follower.hears else PLAN_S)
            self.mark_hearing()
            place = self.file.position
            if place != last and place.file and self.is_kept:
                last = place
                node = self.settings.node
                self.writer.put_position(CelPosition(node, place.file, place.offset))

    async def follow_plan(self) -> None:
        """Go by the plan in force, whichever it is, until cancelled."""
        while True:
            await asyncio.sleep(PLAN_S)
            if not await self.plans.refresh():
                continue
            new = self.board.follow(self.plans.in_force.extensions)
            if self.trunks.follow(trunk_endpoints(self.plans.in_force)) or new:
                # A new handset may have logged in before it was watched.
                with contextlib.suppress(AmiError):
                    found = [
                        event.headers for event in await self.events.collect(DeviceStateList())
                    ]
                    states = [(h.get("Device", ""), h.get("State", "")) for h in found]
                    self.board.listed(states)
                    self.trunks.listed(states)

    def said_of_itself(self) -> dict[str, Any]:
        """What the other nodes are told of this one."""
        return {
            "plan": self.plans.version,
            "version": __version__,
            "asterisk": self.events.connected and self.actions.connected,
            "calls": sum(1 for _ in self.tracker.open()),
            "handsets": {name: str(state) for name, state in self.board.states.items()},
        }

    def cut_off(self, record: CallRecord) -> None:
        """Take a record that says what is known of a call while its Asterisk is not heard."""
        self.writer.put(owned(record, self.plans.of(record.plan_version)))

    def node_lost(self, gone: Gone) -> None:
        """Another node is not heard of any more, and its callers are to be called back."""
        self.alarms.happened(Kind.NODE_LOST, gone.node, str(len(gone.calls)))
        self.hub.changed()

    def health(self) -> dict[str, Any]:
        """What a person or a supervisor asks first."""
        connected = self.events.connected and self.actions.connected
        return {
            "ok": connected and not self.writer.is_away,
            "version": __version__,
            "node": self.settings.node,
            "plan": self.plans.version,
            "ami": {
                "connected": connected,
                "events": self.events.counters.events,
                "dropped": self.events.counters.dropped,
            },
            "database": {
                "available": not self.writer.is_away,
                "unwritten": self.writer.pending,
            },
            "calls": {"open": sum(1 for _ in self.tracker.open()), "followed": len(self.tracker)},
            "recordings": {"waiting": len(self.filer)},
            "live": self.live.health(),
            "disk": self.storage.guard.health(),
            "door": self.door.health(),
            "cel": {"malformed": self.file.malformed},
            "alarms": self.alarms.health(),
        }

    async def transfer(self, call: str, agency: str) -> None:
        """Send a call to an agency.

        Raises:
            DispatchError: nothing was moved.
        """
        await self.dispatch.send(call, agency)


def disk_found(level: Level, room: Room) -> None:
    """The disk has become fuller, or has room again."""
    log.warning("disk_level", level=level.name.lower(), free_bytes=room.free)


def _link(settings: Settings, known: Secrets, user: AmiUser, policy: Policy) -> AmiLink:
    return AmiLink(Address(LOOPBACK, settings.ports.ami, user, known.ami[user]), policy)
