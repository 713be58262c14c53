"""Retention: what is due goes, what is held stays, and each deletion leaves its row."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.accounts.trail import Actor, Deed
from router.ami import DbDel
from router.ami.events import Event, Response
from router.ami.headers import Headers
from router.calls.record import ERASED, Outcome, Recording
from router.storage import retention as module
from router.storage.retention import Retention
from router.store import CallbackStore, CallReader, CallWriter, Notification
from router.store.custody import (
    RULE,
    Custody,
    Due,
    HeldAlreadyError,
    NotHeldError,
    UnknownCallError,
    What,
)
from router.store.trail import Change, Search, Trail
from siaga.storage import StorageRules
from tests.unit.router.storage.files import write
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.ami import Action, ListAction
    from siaga.settings import Settings

pytestmark = pytest.mark.engines

NOW = datetime(2028, 1, 1, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(days=400), NOW - timedelta(days=100)


class Manager:
    """Asterisk's database, as far as retention looks into it."""

    def __init__(self) -> None:
        self.recent = {
            "0811": f"{round(OLD.timestamp())}|fire",
            "0812": f"{round((NOW - timedelta(hours=1)).timestamp())}|fire",
            "0813": "rubbish",
        }

    async def act(self, action: Action) -> Response:
        assert isinstance(action, DbDel)
        del self.recent[action.key]
        return Response(Headers({"response": "Success"}, {}))

    async def collect(self, action: ListAction) -> list[Event]:
        return [
            Event(
                "DBGetTreeResponse",
                Headers({"key": f"/siaga-recent/{key}", "val": value}, {}),
                NOW,
            )
            for key, value in self.recent.items()
        ]


class World:
    """A node with four calls: two old, two young, one of each on disk by now only in part."""

    def __init__(self, settings: Settings, engine: AsyncEngine, custody: Custody) -> None:
        self.settings = settings
        self.reader = CallReader(engine)
        self.engine = engine
        self.custody = custody
        self.manager = Manager()
        self.quiet = True

    async def fill(self) -> None:
        writer = CallWriter(self.engine)
        writer.start()
        for name, began in (("old", OLD), ("held", OLD), ("young", YOUNG)):
            path = f"{began:%Y/%m/%d}/{name}.wav"
            digest = write(self.settings.recordings / path, 1)
            record = closed(
                name,
                began=began,
                ended=began + timedelta(minutes=1),
                recording=Recording(path, digest, 1000),
            )
            writer.put(record, [_notification(name, began)])
        assert await writer.close()

    async def enforce(self, **rules: Any) -> None:
        rules = {
            "recordings": timedelta(days=365),
            "numbers": timedelta(days=365),
            **rules,
        }
        settings = replace(self.settings, storage=StorageRules(**rules))
        keeper = Retention(
            settings, self.custody, self.manager, lambda: self.quiet, now=lambda: NOW
        )
        await keeper.enforce()

    async def callers(self) -> dict[str, str]:
        return {record.id: record.caller for record in await self.reader.calls(10)}

    def files(self) -> set[str]:
        return {path.stem for path in self.settings.recordings.rglob("*.wav")}

    async def log(self) -> list[tuple[str, What, str]]:
        return [(row.who, row.what, row.object) for row in await self.custody.log(100)]


def _notification(call: str, at: datetime) -> Notification:
    return Notification(f"n-{call}", "node1", call, "damkar", "e", "c", '{"from": "+62811"}', at)


@pytest.fixture
async def world(settings: Settings, engine: AsyncEngine) -> AsyncIterator[World]:
    custody = Custody(engine)
    made = World(settings, engine, custody)
    await made.fill()
    yield made
    custody.close()


async def test_what_is_due_goes_and_what_is_held_stays(world: World) -> None:
    """The old call loses recording, number and notification; the held and the young nothing."""
    await world.custody.hold("held", "Ibu Sari", "perkara 12/2027", NOW)
    await world.enforce()
    assert world.files() == {"held", "young"}
    assert await world.callers() == {"old": ERASED, "held": "+62811", "young": "+62811"}
    async with world.engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT call_id FROM outbox ORDER BY 1")
        assert list(rows.scalars()) == ["held", "young"]
    path = f"{OLD:%Y/%m/%d}/old.wav"
    assert await world.log() == [
        ("Ibu Sari", What.HELD, "held"),
        (RULE, What.RECORDING_DELETED, path),
        (RULE, What.NUMBER_ERASED, "old"),
    ]


async def test_numbers_to_call_back_go_with_those_of_their_calls(world: World) -> None:
    """An old task loses its number and is closed; a held and a young one stay."""
    writer = CallWriter(world.engine)
    writer.start()
    for index, (call, began) in enumerate({"o": OLD, "h": OLD, "y": YOUNG}.items()):
        left = replace(closed(call), caller=f"08120000000{index}", began=began, answered=None)
        writer.put(replace(left, outcome=Outcome.ABANDONED_RINGING))
    assert await writer.close()
    await world.custody.hold("h", "Ibu Sari", "perkara 12/2027", NOW)
    await world.enforce()
    store = CallbackStore(world.engine)
    assert [task.number for task in await store.tasks(NOW)] == ["081200000001", "081200000002"]
    store.close()
    async with world.engine.connect() as connection:
        asked = "SELECT number, how FROM callback_tasks WHERE closed IS NOT NULL"
        assert (await connection.exec_driver_sql(asked)).all() == [(ERASED, "erased")]
        kept = await connection.exec_driver_sql("SELECT number FROM callback_calls ORDER BY 1")
        assert "081200000000" not in kept.scalars().all()


async def test_what_remains_is_the_record(world: World) -> None:
    """The record of a call past its time differs from what it was in the number alone."""
    before = await world.reader.call("node1", "old")
    position = await world.reader.position()
    await world.enforce()
    after = await world.reader.call("node1", "old")
    assert before is not None
    assert after == replace(before, caller=ERASED)
    changed = await world.reader.changes(position)
    assert {record.id for record in changed.records} == {"old", "held"}


async def test_enforcing_again_changes_nothing(world: World) -> None:
    """A second pass finds nothing due and writes no row."""
    await world.enforce()
    log = await world.log()
    await world.enforce()
    assert await world.log() == log


async def test_a_released_call_is_due_again(world: World) -> None:
    """Once released the call goes with the next pass, and the log tells all of it in order."""
    await world.custody.hold("held", "a", "why", NOW)
    await world.enforce()
    await world.custody.release("held", "b", "closed", NOW)
    await world.enforce()
    assert world.files() == {"young"}
    told = [(who, what) for who, what, thing in await world.log() if "held" in thing]
    assert told == [
        ("a", What.HELD),
        ("b", What.RELEASED),
        (RULE, What.RECORDING_DELETED),
        (RULE, What.NUMBER_ERASED),
    ]


async def test_rules_of_for_ever_delete_nothing(world: World) -> None:
    """Without a rule for it nothing is ever due."""
    await world.enforce(recordings=None, numbers=None)
    assert world.files() == {"old", "held", "young"}
    assert await world.log() == []


async def test_a_file_that_cannot_be_removed_stays_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row says that a recording is gone which is not; the next pass takes it up again."""
    folder = world.settings.recordings / f"{OLD:%Y/%m/%d}"
    (folder / "old.wav").unlink()
    (folder / "held.wav").unlink()
    (folder / "old.wav").mkdir()  # not to be unlinked, whoever asks
    monkeypatch.setattr(
        module, "locate", lambda base, name: base / name if (base / name).exists() else None
    )
    await world.enforce()
    paths = [thing for _, what, thing in await world.log() if what is What.RECORDING_DELETED]
    assert paths == [f"{OLD:%Y/%m/%d}/held.wav"]
    (folder / "old.wav").rmdir()
    await world.enforce()
    paths = [thing for _, what, thing in await world.log() if what is What.RECORDING_DELETED]
    assert paths == [f"{OLD:%Y/%m/%d}/{name}.wav" for name in ("held", "old")]


async def test_a_log_that_cannot_be_written_deletes_again(world: World) -> None:
    """A crash between a file's end and its row: the next pass writes the row."""
    due = Due("node1", NOW - timedelta(days=365), "why")

    def crash(path: str) -> bool:
        (world.settings.recordings / path).unlink()
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        await world.custody.delete_recordings(due, crash, NOW)
    assert await world.log() == []
    await world.enforce()
    assert len([what for _, what, _ in await world.log() if what is What.RECORDING_DELETED]) == 2


async def test_old_recordings_of_no_call_go_too(world: World) -> None:
    """A stray file in an old day is deleted with its own row.

    One of a young day stays, and one of a day before the database's first call: a database that was
    made anew does not know what was on hold.
    """
    stray = f"{OLD + timedelta(days=9):%Y/%m/%d}/stray.wav"
    before = f"{OLD - timedelta(days=9):%Y/%m/%d}/before.wav"
    write(world.settings.recordings / stray, 1)
    write(world.settings.recordings / before, 1)
    write(world.settings.recordings / f"{YOUNG:%Y/%m/%d}/new.wav", 1)
    await world.custody.hold("old", "a", "b", NOW)
    await world.custody.hold("held", "a", "b", NOW)
    await world.enforce()
    assert world.files() == {"old", "held", "young", "new", "before"}
    assert (RULE, What.ORPHAN_DELETED, stray) in await world.log()


async def test_recent_choices_are_forgotten(world: World) -> None:
    """Numbers in Asterisk's database go after two days, and what is no choice at once."""
    await world.enforce()
    assert set(world.manager.recent) == {"0812"}


async def test_cel_files_are_rotated_when_quiet_and_go_by_age(world: World) -> None:
    """An old CEL file is put aside only while no call is open, and removed past its time."""
    cel = world.settings.cel_file
    cel.parent.mkdir(parents=True)
    cel.write_text(f'"CHAN_START","{OLD.timestamp():.6f}","","+62811"\n')
    world.quiet = False
    await world.enforce()
    assert cel.exists()
    world.quiet = True
    await world.enforce()
    (aside,) = cel.parent.iterdir()
    assert aside.name == "cel-20280101T000000.csv"
    os.utime(aside, (OLD.timestamp(), OLD.timestamp()))
    await world.custody.hold("young", "a", "b", NOW)
    await world.enforce()
    assert aside.exists()
    await world.custody.release("young", "a", "b", NOW)
    await world.enforce()
    assert not aside.exists()
    assert (RULE, What.CEL_DELETED, aside.name) in await world.log()


async def test_a_young_cel_file_stays(world: World) -> None:
    """A CEL file of this month is not put aside, nor is one whose beginning is no event."""
    cel = world.settings.cel_file
    cel.parent.mkdir(parents=True)
    for text in (f'"CHAN_START","{(NOW - timedelta(days=29)).timestamp():.6f}","","x"\n', "?", ""):
        cel.write_text(text)
        await world.enforce()
        assert cel.read_text() == text


async def test_holds_refuse_what_makes_no_sense(world: World) -> None:
    """Unknown calls, a second hold, a release of what is not held: each is named."""
    with pytest.raises(UnknownCallError, match="nothing"):
        await world.custody.hold("nothing", "a", "b", NOW)
    await world.custody.hold("old", "a", "b", NOW)
    with pytest.raises(HeldAlreadyError):
        await world.custody.hold("old", "a", "b", NOW)
    with pytest.raises(NotHeldError):
        await world.custody.release("young", "a", "b", NOW)
    assert [hold.call for hold in await world.custody.holds()] == ["old"]


async def test_a_hold_tells_what_is_gone_already(world: World) -> None:
    """Holding a call past its time says what it comes too late for."""
    await world.enforce()
    _, gone = await world.custody.hold("old", "a", "b", NOW)
    assert gone == [What.RECORDING_DELETED, What.NUMBER_ERASED]
    _, gone = await world.custody.hold("young", "a", "b", NOW)
    assert gone == []


async def test_who_did_what_is_kept_by_a_rule_of_its_own(world: World) -> None:
    """For ever without one; with one, what is older goes but of a call on hold, and stays told."""
    trail = Trail(world.engine)
    for at in (OLD, YOUNG):
        actor = Actor("sari", "10.0.0.1", at)
        plays = [Change(Deed.RECORDING_PLAYED, call) for call in ("old", "held")]
        await trail.add(actor, *plays, Change(Deed.TOKEN_MADE, "mesin"))
    await world.custody.listened("101", "old", "handset 101", OLD)
    await world.custody.hold("held", "Sari", "Perkara 12", NOW)
    await world.enforce(recordings=None, numbers=None)
    assert len(await trail.find(Search(), 20)) == 8
    for _ in range(2):
        await world.enforce(recordings=None, numbers=None, trail=timedelta(days=365))
    rows = await trail.find(Search(), 20)
    assert [(row.what, row.actor.at) for row in rows if row.object == "held"] == [
        ("held", NOW),
        ("recording_played", YOUNG),
        ("recording_played", OLD),
    ]
    assert [row.what for row in rows if row.actor.at == OLD] == ["recording_played"]
    (told,) = [row for row in rows if row.what == "trail_deleted"]
    assert (told.actor.who, told.object[:2], told.new) == (RULE, "3 ", "SIAGA_KEEP_AUDIT=365d")
    trail.close()
