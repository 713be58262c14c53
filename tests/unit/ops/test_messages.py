"""``siaga112 messages``: what is shown, for people and programs, and what is tried once more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ops import messages
from ops.messages import NotDeadError
from router.store import CallWriter, Outbox, migrate, open_engine
from router.store.acceptances import Acceptance, AcceptanceStore, Way
from router.store.outbox import Notification
from siaga import secrets
from siaga.errors import MissingError, SettingsError
from siaga.settings import PROJECT, Settings, load
from tests.unit.router.store.records import at, record

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = Notification(
    "m1", "node1", "a", "damkar", "call_ringing", "sms", "{}", at(0), "0811", token="t" * 22
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = load({"SIAGA_HOME": str(tmp_path / "home")})
    made.plan_in_force.parent.mkdir(parents=True)
    made.plan_in_force.write_bytes((PROJECT / "plans" / "kutim.yaml").read_bytes())
    return made


async def fill(settings: Settings) -> None:
    """One accepted, one dead, one not needed, one that waits."""
    await migrate(settings)
    engine = open_engine(settings.database)
    writer = CallWriter(engine)
    writer.start()
    second = replace(PLAIN, id="m2", target="0822", created=at(1), token="")
    third = replace(second, id="m3", target="0833", created=at(2), step=1)
    fourth = replace(second, id="m4", channel="email", target="a@b.id\x1b[J", created=at(3))
    writer.put(record("a"), [PLAIN, second, third, fourth])
    assert await writer.close()
    store = AcceptanceStore(engine)
    told = await store.find(PLAIN.token)
    assert told is not None
    await store.accept(told.node, told.call, told.agency, Acceptance(at(20), "0811", Way.LINK))
    store.close()
    outbox = Outbox(engine, "node1", "sms")
    for due in await outbox.due(at(30), 9):
        if due.id == "m1":
            await outbox.delivered(due, at(30))
        elif due.moot:
            await outbox.not_needed(due, at(30))
        else:
            await outbox.given_up(due, at(30), "refused")
    await engine.dispose()


async def test_people_see_what_became_of_each(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the centre's time, oldest first; who accepted, what to do about a dead one."""
    await fill(settings)
    await messages.show(settings, 50, as_json=False, dead=False)
    assert capsys.readouterr().out.splitlines() == [
        "2026-03-01 10:03:04  damkar  sms 0811  panggilan / call a  terkirim / sent",
        "    diterima / accepted: 10:03:24 0811",
        "2026-03-01 10:03:05  damkar  sms 0822  panggilan / call a  GAGAL / DEAD",
        "    1 kali gagal / failed: refused",
        "    coba lagi / again: ./siaga112 messages retry m2",
        "2026-03-01 10:03:06  damkar  sms 0833  panggilan / call a  tidak perlu / not needed",
        "2026-03-01 10:03:07  damkar  email a@b.id\ufffd[J  panggilan / call a  menunggu / waiting",
    ]


async def test_programs_get_every_field(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Times with their offset; with ``dead`` only what never arrived."""
    await fill(settings)
    await messages.show(settings, 50, as_json=True, dead=True)
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert row == {
        "id": "m2",
        "call": "a",
        "agency": "damkar",
        "channel": "sms",
        "target": "0822",
        "event": "call_ringing",
        "due": "2026-03-01T10:03:05.567891+08:00",
        "state": "dead",
        "sent": None,
        "attempts": 1,
        "error": "refused",
        "asks": False,
        "accepted": "2026-03-01T10:03:24.567891+08:00",
        "accepted_by": "0811",
    }


async def test_only_what_never_arrived_is_tried_once_more(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await fill(settings)
    assert "m2" in await messages.retry(settings, "m2")
    for other in ("m1", "m2", "m3", "nothing"):
        with pytest.raises(NotDeadError, match="--dead"):
            await messages.retry(settings, other)
    await messages.show(settings, 50, as_json=False, dead=True)
    assert capsys.readouterr().out == messages.NOTHING + "\n"


async def test_before_the_first_start_it_says_so(settings: Settings) -> None:
    with pytest.raises(MissingError):
        await messages.show(settings, 50, as_json=False, dead=False)
    with pytest.raises(SettingsError, match="siaga112 up"):
        messages.secret(settings)
    made = secrets.ensure(settings.secrets, ())
    assert messages.secret(settings) == made.webhook
    assert made.webhook.startswith("whsec_")
