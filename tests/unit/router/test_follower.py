from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from router.ami import Connected, CoreShowChannels, Event, Headers, Overflow
from router.ami.events import Shed
from router.calls.celfile import CelFile
from router.calls.record import Outcome, Reason
from router.calls.tracker import CallTracker
from router.follower import CallFollower
from router.handsets import HandsetBoard
from siaga.names import Context
from tests.unit.router.calls.celmaker import Script, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from router.ami import ListAction
    from router.calls.record import CallRecord

OLD, NEW = "node1-1795529994.1", "node1-1795529999.0"


class StandIn:
    """Asterisk's side: a connection that comes up once, and what is listed when asked."""

    def __init__(self, cel: Path, written_while_listing: bytes, channels: list[str]) -> None:
        self.connected = True
        self.listed = asyncio.Event()
        self._cel = cel
        self._written = written_while_listing
        self._channels = channels
        self._items: list[Any] = [Connected(first=True, booted=True)]

    async def next_event(self) -> Any:
        if self._items:
            return self._items.pop()
        self.listed.set()
        return await asyncio.get_running_loop().create_future()

    def waiting(self) -> Iterator[Any]:
        return iter(())

    async def collect(self, action: ListAction) -> list[Event]:
        if not isinstance(action, CoreShowChannels):
            return []
        with self._cel.open("ab") as file:
            file.write(self._written)
        return [
            Event("CoreShowChannel", Headers({"channel": name, "linkedid": call}, {}), None)  # type: ignore[arg-type]
            for name, call in (item.split(" ") for item in self._channels)
        ]


async def after_connecting(
    tmp_path: Path, before: Script, while_listing: Script, channels: list[str]
) -> dict[str, CallRecord]:
    """The latest record of each call once the follower has seen what is up."""
    cel = tmp_path / "cel.csv"
    cel.write_bytes(lines(before.events))
    link = StandIn(cel, lines(while_listing.events), channels)
    told: dict[str, CallRecord] = {}
    follower = CallFollower(
        link,  # type: ignore[arg-type]
        CelFile(cel),
        CallTracker("node1"),
        HandsetBoard(()),
        lambda record: told.update({record.id: record}),
    )
    listening = asyncio.create_task(follower.listen())
    await link.listed.wait()
    listening.cancel()
    return told


def arriving(call: str) -> Script:
    script = Script(linked=call)
    script.arrive()
    return script


async def test_a_call_that_begins_while_channels_are_listed_is_up(tmp_path: Path) -> None:
    """A call that is too new for the list is no call that Asterisk has lost."""
    told = await after_connecting(tmp_path, Script(), arriving(NEW), [])
    assert told[NEW].ended is None


async def test_a_call_that_is_not_listed_was_lost_with_asterisk(tmp_path: Path) -> None:
    """A call known before, of which there is no channel, ended when Asterisk did."""
    told = await after_connecting(tmp_path, arriving(OLD), Script(), [])
    assert told[OLD].reason is Reason.RESTARTED
    assert told[OLD].outcome is Outcome.LOST


async def test_a_name_used_again_does_not_keep_a_lost_call_up(tmp_path: Path) -> None:
    """After a restart another call has the lost one's channel name; the lost one is over."""
    told = await after_connecting(
        tmp_path, arriving(OLD), arriving(NEW), [f"PJSIP/trunk-00000001 {NEW}"]
    )
    assert told[OLD].reason is Reason.RESTARTED
    assert told[NEW].ended is None


async def test_a_forged_list_does_not_end_the_forgers_call(tmp_path: Path) -> None:
    """A channel that claims another call's id is still its own caller's."""
    told = await after_connecting(
        tmp_path, arriving(OLD), Script(), [f"PJSIP/trunk-00000001 {NEW}"]
    )
    assert told[OLD].ended is None


def test_the_script_is_a_call_to_112() -> None:
    """What these tests write into the file begins a call of ours."""
    assert arriving(OLD).events[0].context == Context.TRUNK


class Slow(StandIn):
    """A link whose consumer was too slow; lists one handset."""

    def __init__(self, cel: Path, item: Any) -> None:
        super().__init__(cel, b"", [])
        self._items = [item]

    async def collect(self, action: ListAction) -> list[Event]:
        headers = Headers({"device": "PJSIP/201", "state": "INUSE"}, {})
        return [Event("DeviceStateChange", headers, None)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("item", "taken"), [(Overflow(3), True), (Shed(3), False)])
async def test_what_was_dropped_is_asked_for_anew(
    tmp_path: Path, item: Overflow | Shed, *, taken: bool
) -> None:
    """After a gap handsets are listed, and, unless only their states are missing, the file read."""
    cel = tmp_path / "cel.csv"
    cel.write_bytes(lines(arriving(OLD).events))
    link = Slow(cel, item)
    told: dict[str, CallRecord] = {}
    board = HandsetBoard(("201",))
    follower = CallFollower(
        link,  # type: ignore[arg-type]
        CelFile(cel),
        CallTracker("node1"),
        board,
        lambda record: told.update({record.id: record}),
    )
    listening = asyncio.create_task(follower.listen())
    await link.listed.wait()
    listening.cancel()
    before = HandsetBoard(("201",))
    before.listed([("PJSIP/201", "INUSE")])
    assert board.states == before.states
    assert (OLD in told) is taken
