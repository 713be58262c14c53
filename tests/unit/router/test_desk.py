"""What operators ask for from an idle handset: whose call it is about, and what they are told."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from router.ami import GetVar, NotConnectedError, Response, SetVar
from router.calls.record import Leg, LegEnd, LegKind
from router.dispatch.desk import AFTER, Desk
from router.dispatch.login import WITHIN, WRONG, Login
from router.live import StrandedError
from router.notify import Messenger
from router.store import CallReader, CallWriter, ClassReader, ClassStore, open_engine
from router.store.acceptances import AcceptanceStore, Way
from router.store.shifts import ShiftReader, ShiftStore
from siaga import secrets
from siaga.keys import CallClass
from siaga.names import Milestone, Var
from siaga.plan import parse_plan
from siaga.settings import PROJECT
from tests.unit.router.calls.celmaker import Script
from tests.unit.router.store.records import at, closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from siaga.settings import Settings

PLAN = parse_plan(
    (PROJECT / "plans" / "kutim.yaml")
    .read_bytes()
    .replace(
        b'    handsets: ["101", "102"]\n',
        b'    handsets: ["101", "102"]\n    officers: {"7101": Siti, "7102": Budi}\n',
    )
).plan
NOW = at(10_000)
CHANNEL = "PJSIP/101-00000007"


class Asterisk:
    """Notes what channels are told; has live state only to refuse it."""

    def __init__(self) -> None:
        self.told: list[SetVar] = []
        self.error: Exception | None = None
        self.secrets = Path("nowhere")
        self.entered: dict[str, str] = {}
        self._news = asyncio.Event()

    async def act(self, action: Any) -> Any:
        if isinstance(action, GetVar):
            return Response({"Value": self.entered[action.variable]})
        self.told.append(action)
        self._news.set()
        return None

    async def set(self, _item: Any) -> None:
        assert self.error is not None
        raise self.error

    async def until_told(self) -> SetVar:
        await self._news.wait()
        return self.told[-1]


@asynccontextmanager
async def desk(engine: AsyncEngine, asterisk: Asterisk) -> AsyncIterator[Desk]:
    """A desk that works."""
    classes = ClassStore(engine)
    acceptances = AcceptanceStore(engine)
    shifts = ShiftStore(engine, "one")
    made = Desk(
        asterisk,  # type: ignore[arg-type]
        classes,
        CallReader(engine),
        asterisk,  # type: ignore[arg-type]
        acceptances,
        Login(
            asterisk,  # type: ignore[arg-type]
            shifts,
            asterisk.secrets,
            lambda: PLAN,
            lambda: NOW,
        ),
        lambda: PLAN,
        lambda: NOW,
    )
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.wait((running,))
    classes.close()
    acceptances.close()
    shifts.close()


def dial(made: Desk, name: str, channel: str = CHANNEL) -> None:
    """Have a handset dial what is called so."""
    script = Script()
    script.event("USER_DEFINED")
    event = script.events[-1]
    extra = json.dumps({"extra": name})
    made.take(event._replace(kind=Milestone.DESK, channel=channel, extra=extra))


async def asked(
    engine: AsyncEngine, name: str, asterisk: Asterisk | None = None, handset: str = "101"
) -> str:
    """What a handset is told."""
    asterisk = asterisk or Asterisk()
    channel = f"PJSIP/{handset}-00000007"
    async with desk(engine, asterisk) as made:
        dial(made, name, channel)
        told = await asterisk.until_told()
    assert (told.channel, told.variable) == (channel, Var.SAID)
    return told.value


def talked(call: str, handset: str, left: float, *, ended: bool = True) -> CallRecord:
    """A call in which a handset talked until so many seconds before now."""
    gone = NOW - timedelta(seconds=left)
    leg = Leg("a", LegKind.ROUTE, "kominfo", gone, handset, gone, gone, LegEnd.RELEASED, "a")
    over = gone if ended else None
    return closed(call, began=gone - timedelta(seconds=60), ended=over, handset="9", legs=(leg,))


async def keep(engine: AsyncEngine, *records: CallRecord) -> None:
    writer = CallWriter(engine)
    writer.start()
    for record in records:
        writer.put(record)
    assert await writer.close()


async def test_a_call_whose_end_is_not_on_record_yet_is_meant(engine: AsyncEngine) -> None:
    """Who dials as soon as the caller is gone does not class the call before it."""
    before, now = talked("node1-1.1", "101", 600), talked("node1-2.2", "101", 20, ended=False)
    (leg,) = now.legs
    now = replace(now, legs=(replace(leg, left=None, end=None),))
    await keep(engine, before, now)
    assert await asked(engine, "class-ghost") == "class-ghost"
    history = ClassReader(engine)
    assert await history.history(before.id) == []
    assert [given.kind for given in await history.history(now.id)] == [CallClass.GHOST]


async def test_a_call_that_never_ended_on_record_is_not_meant_for_good(
    engine: AsyncEngine,
) -> None:
    """What the handset talked in later is."""
    stale, later = talked("node1-1.1", "101", 900, ended=False), talked("node1-2.2", "101", 20)
    (leg,) = stale.legs
    await keep(engine, replace(stale, legs=(replace(leg, left=None, end=None),)), later)
    assert await asked(engine, "class-ghost") == "class-ghost"
    assert await ClassReader(engine).history(stale.id) == []


async def test_the_last_call_of_the_handset_is_meant(engine: AsyncEngine) -> None:
    """Not a later one of another, nor one that it had before; though others talk in it still."""
    await keep(
        engine,
        talked("node1-1.1", "101", 600),
        talked("node1-2.2", "101", 300, ended=False),
        talked("node1-3.3", "102", 100),
    )
    assert await asked(engine, "class-ghost") == "class-ghost"
    classes = ClassReader(engine)
    (given,) = await classes.history("node1-2.2")
    assert (given.kind, given.who, given.at) == (CallClass.GHOST, "101", NOW)
    assert not await classes.history("node1-1.1")
    assert not await classes.history("node1-3.3")


async def test_long_after_a_call_nothing_is_meant(engine: AsyncEngine) -> None:
    """Nobody should class a call of yesterday by mistake."""
    await keep(engine, talked("node1-1.1", "101", AFTER.total_seconds() + 1))
    assert await asked(engine, "class-ghost") == "desk-nothing"
    assert not await ClassReader(engine).history("node1-1.1")


async def test_without_a_database_the_operator_is_told(settings: Settings) -> None:
    """It has no tables here."""
    settings.home.mkdir()
    engine = open_engine(settings.database)
    assert await asked(engine, "class-ghost") == "desk-away"
    await engine.dispose()


@pytest.mark.parametrize(
    ("error", "said"), [(StrandedError(()), "desk-refused"), (NotConnectedError("x"), "desk-away")]
)
async def test_a_rest_that_cannot_be_is_told(
    engine: AsyncEngine, error: Exception, said: str
) -> None:
    """It would strand callers, or Asterisk does not take it."""
    asterisk = Asterisk()
    asterisk.error = error
    assert await asked(engine, "pause", asterisk) == said


async def test_only_handsets_of_the_plan_are_answered(engine: AsyncEngine) -> None:
    """Nor is what no key stands for."""
    asterisk = Asterisk()
    async with desk(engine, asterisk) as made:
        for channel in ("PJSIP/999-00000001", "PJSIP/trunk-00000001", "Local/x@y-1;2", ""):
            dial(made, "pause", channel)
        for name in ("class-novel", "leave", ""):
            dial(made, name)
        dial(made, "class-test")
        assert (await asterisk.until_told()).value == "desk-nothing"
    assert len(asterisk.told) == 1


MESSAGES = Messenger(
    parse_plan(
        (PROJECT / "plans" / "kutim.yaml")
        .read_bytes()
        .replace(
            b'    handsets: ["201", "202"]\n',
            b'    handsets: ["201", "202"]\n    notify: [{sms: "0811"}]\n',
        )
    ).plan,
    frozenset({"sms"}),
)


async def tell(engine: AsyncEngine, call: str, seconds_ago: float) -> None:
    """Put a call on record that Damkar's contacts are told of."""
    writer = CallWriter(engine)
    writer.start()
    told = replace(closed(call), began=NOW - timedelta(seconds=seconds_ago))
    due = NOW - timedelta(seconds=seconds_ago)
    writer.put(told, tuple(MESSAGES.ringing(told, "damkar", due)))
    assert await writer.close()


async def test_an_agency_accepts_the_latest_call_it_was_told_of(engine: AsyncEngine) -> None:
    """By a handset of its own; then the one before, and then there is none left."""
    await tell(engine, "node1-1.1", 600)
    await tell(engine, "node1-2.2", 60)
    await tell(engine, "node1-3.3", AFTER.total_seconds() + 1)
    assert await asked(engine, "accept") == "desk-nothing"  # 101 is Kominfo's
    store = AcceptanceStore(engine)
    for call in ("node1-2.2", "node1-1.1"):
        assert await asked(engine, "accept", handset="202") == "desk-accepted"
        (given,) = (await store.of(call)).values()
        assert (given.who, given.how, given.at) == ("202", Way.KEY, NOW)
    assert await asked(engine, "accept", handset="202") == "desk-nothing"
    assert not await store.of("node1-3.3")
    store.close()


class Entered(Asterisk):
    """An officer who enters a number and a PIN."""

    def __init__(self, folder: Path, number: str, pin: str = "") -> None:
        super().__init__()
        self.secrets = folder / "secrets.json"
        known = secrets.ensure(self.secrets, (), PLAN.officers).officers
        self.entered = {Var.OFFICER: number, Var.PIN: pin or known.get(number, "")}


async def seated(engine: AsyncEngine) -> dict[str, str]:
    """Who is logged in where, now."""
    found = await ShiftReader(engine).now(NOW)
    return {handset: shift.officer for handset, shift in found.items()}


async def test_an_officer_logs_in_and_out_at_any_handset(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    """Also at another agency's; where he was he is no more."""
    assert await asked(engine, "login", Entered(tmp_path, "7101")) == "desk-in"
    assert await seated(engine) == {"101": "7101"}
    assert await asked(engine, "login", Entered(tmp_path, "7101"), "202") == "desk-in"
    assert await seated(engine) == {"202": "7101"}
    assert await asked(engine, "logout", handset="202") == "desk-out"
    assert await asked(engine, "logout", handset="202") == "desk-out"
    assert await seated(engine) == {}


@pytest.mark.parametrize(
    ("number", "pin"),
    [
        ("7101", "000"),
        ("7101", "*"),
        ("7199", "123456"),
        ("", ""),
        ("71\u06611", "123456"),
        ("${SHELL(id)}", "1"),
    ],
)
async def test_who_is_not_known_is_not_logged_in(
    engine: AsyncEngine, tmp_path: Path, number: str, pin: str
) -> None:
    """A wrong PIN, an unknown number, nothing, or what no telephone can enter."""
    assert await asked(engine, "login", Entered(tmp_path, number, pin)) == "desk-wrong"
    assert await seated(engine) == {}


async def test_wrong_pins_are_looked_at_five_times(engine: AsyncEngine, tmp_path: Path) -> None:
    """Then that number has to wait, and no other; in time it may try again."""
    asterisk, now = Entered(tmp_path, "7101"), [NOW]
    right = asterisk.entered[Var.PIN]
    shifts = ShiftStore(engine, "one")
    login = Login(asterisk, shifts, asterisk.secrets, lambda: PLAN, lambda: now[0])  # type: ignore[arg-type]
    asterisk.entered[Var.PIN] = "000"
    for handset in range(WRONG):
        assert await login.log_in(f"20{handset}", CHANNEL) == "desk-wrong"
    asterisk.entered[Var.PIN] = right
    assert await login.log_in("101", CHANNEL) == "desk-wrong"
    asterisk.entered = Entered(tmp_path, "7102").entered
    assert await login.log_in("101", CHANNEL) == "desk-in"
    asterisk.entered = {Var.OFFICER: "7101", Var.PIN: right}
    now[0] += WITHIN
    assert await login.log_in("102", CHANNEL) == "desk-in"
    shifts.close()
