"""The router's periodic job."""

from __future__ import annotations

import asyncio

import pytest

from router.ami import AmiError, DbDel, DbPut, DbTree
from router.live import LiveKeeper
from siaga.names import LIVE_FAMILY, NOTE_FAMILY, RECENT_FAMILY
from siaga.plan.live import Override
from tests.unit.router.live_asterisk import NOW, PLAN, Desk


def stamp(days: float) -> int:
    """A second so many days before now."""
    return int(NOW.timestamp() - days * 86400)


async def test_a_handset_goes_on_when_its_pause_ends() -> None:
    """Nobody has to do anything: at the end the queues ring it again."""
    desk = Desk()
    keeper = LiveKeeper(desk.store)
    await desk.set(Override.PAUSE, "201")
    await keeper.look()
    assert desk.asterisk.members["201"]
    desk.pass_(hours=1)
    await keeper.look()
    assert not any(desk.asterisk.members.values())


async def test_pauses_are_made_good_after_a_restart_of_asterisk() -> None:
    """Asterisk keeps the key but not that a member is paused: the first look pauses it again."""
    desk = Desk()
    await desk.set(Override.PAUSE, "201")
    desk.asterisk.members = dict.fromkeys(PLAN.extensions, False)
    await LiveKeeper(desk.store).look()
    assert [ext for ext, paused in desk.asterisk.members.items() if paused] == ["201"]


async def test_members_are_compared_again_now_and_then() -> None:
    """A member that somebody paused past us is resumed within a minute, as no key pauses it."""
    desk = Desk()
    keeper = LiveKeeper(desk.store)
    await keeper.look()
    desk.asterisk.members["202"] = True
    await keeper.look()
    assert desk.asterisk.members["202"]
    desk.pass_(minutes=1)
    await keeper.look()
    assert not desk.asterisk.members["202"]


async def test_what_has_ended_is_removed_with_its_note() -> None:
    """A while after its end the entries go, and the record says so; what is in force stays."""
    desk = Desk()
    keeper = LiveKeeper(desk.store)
    await desk.set(Override.CLOSED, "damkar")
    desk.pass_(minutes=50)
    await desk.set(Override.CLOSED, "rsud")
    desk.pass_(minutes=19)
    await keeper.look()
    assert set(desk.family(LIVE_FAMILY)) == {"closed/damkar", "closed/rsud"}
    desk.pass_(minutes=1)
    await keeper.look()
    assert set(desk.family(LIVE_FAMILY)) == set(desk.family(NOTE_FAMILY)) == {"closed/rsud"}
    assert [(line["what"], line["name"]) for line in desk.audit.lines][-1] == ("ended", "damkar")


async def test_what_was_set_anew_meanwhile_is_not_removed() -> None:
    """An override renewed between the look and the removal stays."""
    desk = Desk()
    keeper = LiveKeeper(desk.store)
    await desk.set(Override.CLOSED, "damkar")
    old = desk.family(LIVE_FAMILY)["closed/damkar"]
    desk.pass_(hours=2)
    collect = desk.asterisk.collect

    async def renewing(action: object) -> object:
        found = await collect(action)  # type: ignore[arg-type]
        if action == listing:
            await desk.asterisk.act(DbPut(LIVE_FAMILY, "closed/damkar", str(int(old) + 90000)))
        return found

    listing = DbTree(LIVE_FAMILY)
    desk.asterisk.collect = renewing  # type: ignore[assignment, method-assign]
    await keeper.look()
    assert "closed/damkar" in desk.family(LIVE_FAMILY)
    assert DbDel(LIVE_FAMILY, "closed/damkar") not in desk.asterisk.asked


async def test_recent_choices_are_forgotten_after_a_day() -> None:
    """Choices older than a day go, and what is no choice of ours; younger ones stay."""
    desk = Desk()
    entries = {
        "081200001": f"{stamp(0.9)}|fire",
        "081200002": f"{stamp(1.1)}|fire",
        "081200003": "x",
    }
    desk.asterisk.entries.update({(RECENT_FAMILY, k): v for k, v in entries.items()})
    await LiveKeeper(desk.store).look()
    assert list(desk.family(RECENT_FAMILY)) == ["081200001"]


async def test_keys_that_we_cannot_say_are_left_alone() -> None:
    """Somebody's own key with a space in it hinders nothing."""
    desk = Desk()
    desk.asterisk.entries[RECENT_FAMILY, "a b"] = "1"
    desk.asterisk.entries[LIVE_FAMILY, "closed/dam kar"] = "1"
    desk.asterisk.entries[RECENT_FAMILY, "0812"] = "1"
    await LiveKeeper(desk.store).look()
    assert list(desk.family(RECENT_FAMILY)) == ["a b"]


async def test_notes_without_an_override_are_removed_but_not_at_once() -> None:
    """A note that nothing belongs to goes; one just written, whose override is to follow, stays."""
    desk = Desk()
    new = desk.item(Override.CLOSED, "damkar", since=NOW)
    desk.asterisk.entries[NOTE_FAMILY, new.key] = new.note
    desk.asterisk.entries[NOTE_FAMILY, "closed/old"] = '{"since": 1}'
    desk.asterisk.entries[NOTE_FAMILY, "closed/none"] = "{"
    await LiveKeeper(desk.store).look()
    assert list(desk.family(NOTE_FAMILY)) == ["closed/damkar"]


async def test_health_tells_how_many_are_in_force() -> None:
    """Before the first look nothing is known; then the number is right, also between looks."""
    desk = Desk()
    keeper = LiveKeeper(desk.store)
    assert keeper.health() == {"known": False, "overrides": 0}
    await desk.set(Override.CLOSED, "damkar")
    await desk.set(Override.PAUSE, "201")
    await keeper.look()
    assert keeper.health() == {"known": True, "overrides": 2}
    desk.pass_(hours=1)
    assert keeper.health() == {"known": True, "overrides": 0}


async def test_rows_are_asked_for_anew() -> None:
    """What the command line set a moment ago is in the list without a look."""
    desk = Desk()
    keeper = LiveKeeper(desk.store)
    await desk.set(Override.CLOSED, "damkar")
    (row,) = await keeper.rows()
    assert (row["override"], row["name"], row["reason"]) == ("closed", "damkar", "banjir")
    assert row["until"] == "2026-11-24T19:00:00+08:00"
    desk.asterisk.away = True
    with pytest.raises(AmiError):
        await keeper.rows()


async def test_an_asterisk_that_is_away_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job goes on looking; meanwhile health says that it does not know."""
    monkeypatch.setattr("router.live.keeper.EVERY_S", 0.0)
    desk = Desk()
    keeper = LiveKeeper(desk.store)
    running = asyncio.create_task(keeper.run())

    async def until(known: bool) -> None:  # noqa: FBT001
        async with asyncio.timeout(30):
            while keeper.known is not known:  # noqa: ASYNC110 (another task's work)
                await asyncio.sleep(0)

    await until(known=True)
    desk.asterisk.away = True
    await until(known=False)
    desk.asterisk.away = False
    await until(known=True)
    running.cancel()
    await asyncio.wait((running,))
    assert running.cancelled()
