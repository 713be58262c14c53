"""The link against a real Asterisk with the configuration an instance is rendered with."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from typing import TYPE_CHECKING

import pytest

from ops import freeports, ready
from ops.bench.centre import command
from ops.prepare import prepare
from router.ami import (
    ActionRefusedError,
    Address,
    AmiLink,
    Connected,
    CoreShowChannels,
    DeviceStateList,
    Disconnected,
    Down,
    Event,
    GetVar,
    Hangup,
    Originate,
    PJSIPShowContacts,
    Policy,
    QueueStatus,
    Redirect,
)
from siaga.names import CANARY_QUEUE, LIVE_FAMILY, START, AmiUser, Milestone, Part
from siaga.plan.route import EVERYONE
from siaga.settings import load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from ops.prepare import Prepared
    from siaga.settings import Settings

pytestmark = pytest.mark.live

TRIAL = """
[ami-trial]
exten => s,1(start),Answer()
 same => n,Wait(600)
 same => n(other),CELGenUserEvent(Trial,moved)
 same => n,Wait(600)
 same => n(told),Set(TOLD=1)
 same => n,UserEvent(Told)
"""

ACCOUNT = """
[ami-trial](account)
secret = trial
read = system
write = system

[ami-all](account)
secret = trial
read = all
"""

HOSTILE = 'x,PWNED=1",PWNED=1"\\,PWNED=1(é[${PWNED}'


class Node:
    """One Asterisk of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.prepared: Prepared = prepare(settings, print)
        with (settings.etc / "extensions.conf").open("a") as file:
            file.write(TRIAL)
        with (settings.etc / "manager.conf").open("a") as file:
            file.write(ACCOUNT)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it may not answer yet."""
        program = self.prepared.runtime.asterisk
        self._process = subprocess.Popen(
            (program, "-f", "-C", str(self.settings.etc / "asterisk.conf")),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def command(self, words: str) -> str:
        """What it says to this on its command line."""
        return command(self.prepared.runtime.asterisk, self.settings.etc, words)

    def address(self, user: AmiUser, secret: str | None = None) -> Address:
        """Where its manager is."""
        known = self.prepared.secrets.ami[user]
        return Address("127.0.0.1", self.settings.ports.ami, user, secret or known)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home: Path = tmp_path_factory.mktemp("ami")
    with freeports.reserved(load({"SIAGA_HOME": str(home)})) as settings:
        node = Node(settings)
        node.start()
        yield node
        node.kill()


@contextlib.asynccontextmanager
async def link_to(address: Address) -> AsyncIterator[AmiLink]:
    """A link that is kept up in the block."""
    link = AmiLink(address, Policy(retry_max_s=0.5))
    running = asyncio.create_task(link.run())
    yield link
    running.cancel()
    await asyncio.wait((running,))


async def up(link: AmiLink, *, first: bool = True) -> None:
    """Wait until all of Asterisk is up."""
    async for item in link:
        if isinstance(item, Connected):
            assert item == Connected(first=first, booted=True)
            return


async def until(link: AmiLink, **headers: str) -> Event:
    """The next event that has these headers."""
    async for item in link:
        assert isinstance(item, Event), item
        if all(item.headers.get(name) == value for name, value in headers.items()):
            return item
    raise AssertionError("the link ended")


async def test_a_channel_is_made_moved_and_ended(node: Node) -> None:
    """Originate, Getvar, Redirect and Hangup do what they say, and the events tell of it."""
    async with (
        link_to(node.address(AmiUser.ROUTER)) as hears,
        link_to(node.address(AmiUser.DISPATCH)) as moves,
    ):
        await up(hears)
        await up(moves)
        place = ("ami-trial", "s", "start")
        variables = {"__HOSTILE": HOSTILE, "PLAIN": "1"}
        originate = Originate(
            "Local/s@ami-trial", *place, variables=variables, channel_id="trial-1"
        )
        await moves.act(originate)
        started = await until(hears, EventName="CHAN_START", UniqueID="trial-1")
        await until(hears, EventName="ANSWER", UniqueID="trial-1")

        assert (await moves.act(GetVar("HOSTILE", "trial-1"))).headers["Value"] == HOSTILE
        assert (await moves.act(GetVar("PLAIN", "trial-1"))).headers["Value"] == "1"
        assert (await moves.act(GetVar("PWNED", "trial-1"))).headers["Value"] == ""

        channels = await hears.collect(CoreShowChannels())
        assert "trial-1" in {channel.headers["Uniqueid"] for channel in channels}

        channel = started.headers["Channel"]
        with pytest.raises(ActionRefusedError):
            await moves.act(Redirect(channel, "ami-trial", "s", "no-such-label"))
        await moves.act(Redirect(channel, "ami-trial", "s", "other"))
        await until(hears, EventName="Trial", UniqueID="trial-1")

        await moves.act(Hangup(channel))
        await until(hears, EventName="LINKEDID_END", LinkedID="trial-1")
        with pytest.raises(ActionRefusedError):
            await moves.act(Redirect(channel, *place))


async def test_variables_are_told_to_nobody(node: Node) -> None:
    """Asterisk makes no message of a variable that is set, though an account hears all it makes."""
    account = Address("127.0.0.1", node.settings.ports.ami, "ami-all", "trial")
    async with link_to(account) as hears, link_to(node.address(AmiUser.DISPATCH)) as moves:
        await up(hears)
        await up(moves)
        place = ("ami-trial", "s", "told")
        await moves.act(Originate("Local/s@ami-trial", *place, channel_id="trial-2"))
        heard: set[str] = set()
        # Call records and all else take ways of their own through Asterisk, and pass each other.
        while not {"UserEvent", "LINKEDID_END"} <= heard:
            item = await hears.next_event()
            assert isinstance(item, Event), item
            heard |= {item.name, item.headers.get("EventName", "")}
        assert {"Newchannel", "Newexten"} <= heard
        assert "VarSet" not in heard


async def test_a_handset_is_ready_before_its_agency_rings(node: Node) -> None:
    """Before it, whoever the live state says is paused is paused, and nobody else is."""
    loaded = node.prepared.loaded
    first, *rest = loaded.plan.agencies["damkar"].extensions
    async with (
        link_to(node.address(AmiUser.ROUTER)) as hears,
        link_to(node.address(AmiUser.DISPATCH)) as moves,
    ):
        await up(hears)
        await up(moves)
        # What the queue knows is what the one before has left.
        for paused in (first, rest[-1], None):
            for handset in (first, *rest):
                node.command(f"database del {LIVE_FAMILY} pause/{handset}")
            if paused:
                node.command(f"database put {LIVE_FAMILY} pause/{paused} {2**33}")
            ring = f"{loaded.version}-{Part.RING}", "to-damkar", START
            await moves.act(Originate("Local/s@ami-trial", *ring))
            await until(hears, EventName=Milestone.STEP_END)
            shown = node.command("queue show damkar").splitlines()
            await until(hears, EventName="LINKEDID_END")
            silent = [line.split()[0] for line in shown if "(paused" in line]
            assert silent == ([paused] if paused else [])


async def test_lists_come_whole_also_when_empty(node: Node) -> None:
    """Every list action ends, with what there is or with nothing."""
    account = Address("127.0.0.1", node.settings.ports.ami, "ami-trial", "trial")
    async with link_to(node.address(AmiUser.ROUTER)) as link, link_to(account) as system:
        await up(link)
        await up(system)
        assert await system.collect(PJSIPShowContacts()) == []
        devices = await link.collect(DeviceStateList())
        assert {event.name for event in devices} == {"DeviceStateChange"}
        queues = await link.collect(QueueStatus())
        agencies = {*node.prepared.loaded.plan.agencies, EVERYONE, CANARY_QUEUE}
        assert {event.headers["Queue"] for event in queues} == agencies
        assert await link.collect(CoreShowChannels()) == []


async def test_a_wrong_password_is_told(node: Node) -> None:
    """Asterisk's refusal of a login is known as such, and no action is taken."""
    async with link_to(node.address(AmiUser.ROUTER, "wrong")) as link:
        down = await link.next_event()
        while isinstance(down, Disconnected) and down.reason is Down.UNREACHABLE:
            down = await link.next_event()
        assert down == Disconnected(Down.LOGIN_REFUSED, "Authentication failed")
        assert not link.connected


async def test_a_restarted_asterisk_is_found_again(node: Node) -> None:
    """After Asterisk was killed and started again the link is up without anybody's help."""
    async with link_to(node.address(AmiUser.ROUTER)) as link:
        await up(link)
        assert await ready.ami(node.settings)
        node.kill()
        while not isinstance(item := await link.next_event(), Disconnected):
            pass
        assert item.reason is Down.CLOSED
        node.start()
        await up(link, first=False)
        assert await link.collect(CoreShowChannels()) == []
