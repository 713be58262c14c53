"""The edge before Asterisk: what it lets through, what it says when there is no room behind it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from ops import ready
from ops.apply import apply
from ops.canary import round as rounds
from ops.phone import Dtmf, Ended
from ops.phone.sdp import KEYS_EVENT
from router.alarms import Kind
from router.calls.record import Outcome, Reason
from router.watch import trials
from siaga.edge import Edge
from siaga.limits import Limits
from siaga.names import SOURCE_HEADER
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.live import wire
from tests.live.calls import UNANSWERED, answer, canary_passes, check, choose, converse, until_quiet
from tests.live.centre import START_S, running_centre
from tests.live.door import torture
from tests.live.door.test_torture import hang_up_all
from tests.live.faults.test_alarms import until_raised
from tests.live.phones import telephones
from tests.live.test_calls_outage import nobody_restarts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.live.centre import Centre
    from tests.live.phones import Phones

pytestmark = pytest.mark.xdist_group("edge")

HARD = 3
DAY_S = 86400
DEAD_S = 90.0
"""A minute, Asterisk's own asking, and a start of the router."""
CARRIER, NORTH, STRANGER, JOINED = "127.0.0.1", "127.0.0.62", "127.0.0.63", "127.0.0.64"
EDGE = "127.0.0.61"
NOBODY = "127.0.0.66"
"""Where nothing listens."""
AREA = "sangatta-utara"
EVENT = {Dtmf.RFC4733: KEYS_EVENT, Dtmf.INFO: KEYS_EVENT, Dtmf.INBAND: None}


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre behind an edge, with room for three calls, and a trunk of the north."""
    folder = tmp_path_factory.mktemp("fronted")
    # It makes a test call at its start, and none after that for a day.
    settings = {"edge": Edge(EDGE), "limits": Limits(HARD, HARD, 0), "canary_every": DAY_S}
    with running_centre(folder / "home", plan=_northern(folder), **settings) as running:
        deadline = time.monotonic() + START_S
        while not (running.settings.home / trials.FILE).exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield running


def _northern(folder: Path) -> Path:
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    plan = folder / "plan.yaml"
    trunks = (
        f"trunks:\n  north: {{from: [{NORTH}], area: {AREA}}}\n"
        f"  nowhere: {{host: {NOBODY}, may_send: ['0549']}}\n"
    )
    plan.write_text(trunks + text, encoding="utf-8")
    return plan


@pytest_asyncio.fixture
async def phones(fronted: Centre) -> AsyncIterator[Phones]:
    """Telephones at it, Damkar's first and an operator's logged in."""
    await fronted.until_ready()
    await until_quiet(fronted)
    async with telephones(fronted) as made:
        await made.log_in("201", "101")
        yield made


@contextmanager
def stopped(centre: Centre, part: str) -> Iterator[None]:
    """A part that does nothing for the block."""
    pid = centre.kill(part, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("method", list(Dtmf))
async def test_a_call_goes_through_it(phones: Phones, method: Dtmf) -> None:
    """Keys of every kind, talk both ways, and the end from either side."""
    centre = phones.centre
    for ends in ("caller", "officer"):
        number = centre.number()
        call = await phones.line.call(number, telephone_event=EVENT[method])
        await call.answered()
        await call.hears_sound()
        await call.press("1", method)
        ring = await answer(phones, "201")
        assert ring.caller_number == number
        await converse(call, ring)
        if ends == "caller":
            await call.hang_up()
            check(centre, await centre.record(number), number)
        else:
            await ring.hang_up()
            assert (await call.ended()).by is Ended.THEM
            record = await centre.record(number)
            check(centre, record, number, reason=Reason.HANDSET_HUNG_UP)


async def test_a_caller_gives_up(phones: Phones) -> None:
    """A CANCEL before the answer, and a hang-up while it rings."""
    centre, number = phones.centre, phones.centre.number()
    with stopped(centre, "asterisk"):
        call = await phones.line.call(number)
        giving_up = asyncio.create_task(call.cancel())
    end = await call.ended()
    await giving_up
    assert end.by in (Ended.CANCELLED, Ended.US)
    waiting = centre.number()
    call = await choose(phones, waiting)
    ring = await phones.bank.ring("201")
    await ring.alert()
    await call.hang_up()
    check(centre, await centre.record(waiting), waiting, UNANSWERED)


async def test_whence_a_call_comes_is_known_behind_it(fronted: Centre) -> None:
    """The trunk of the north is told apart; what a caller says of himself is not believed."""
    for address, forged, shown in ((NORTH, CARRIER, f" {AREA}"), (CARRIER, NORTH, "")):
        number = fronted.number()
        async with telephones(fronted, caller_at=address) as phones:
            await phones.log_in("201")
            call = await phones.line.call(number, headers=[f"{SOURCE_HEADER}: {forged}:5060"])
            await call.answered()
            await call.hears_sound()
            await call.press("1")
            ring = await answer(phones, "201")
            assert ring.caller_name.endswith(shown)
            assert (AREA in ring.caller_name) == bool(shown)
            await call.hang_up()
            await ring.ended()
            assert (await fronted.record(number)).address == address


async def test_when_full_it_says_when_to_try_again(phones: Phones) -> None:
    """503 and Retry-After to the fourth caller; the three others notice nothing."""
    centre = phones.centre
    calls = [await choose(phones, centre.number()) for _ in range(HARD)]
    ring = await answer(phones, "201")
    await converse(calls[0], ring)
    number = centre.number()
    async with wire.udp(centre, CARRIER, centre.entrance) as line:
        refused = await line.ask(wire.Request("INVITE", "112", number, body=wire.offer(9)))
    assert refused.status == 503
    assert refused.all("Retry-After") == [b"5"]
    record = await centre.record(number)
    assert (record.outcome, record.reason) == (Outcome.REFUSED, Reason.REFUSED)
    await converse(calls[0], ring)
    for call in reversed(calls):
        assert call.end is None
        await call.hang_up()


async def test_when_asterisk_is_not_there_it_says_so_at_once(phones: Phones) -> None:
    """A carrier learns within seconds that it has to send the call elsewhere."""
    centre = phones.centre
    with stopped(centre, "asterisk"):
        async with wire.udp(centre, CARRIER, centre.entrance) as line:
            request = wire.Request("INVITE", "112", centre.number(), body=wire.offer(9))
            refused = await line.ask(request)
        assert not await ready.edge(centre.settings)
    assert (refused.status, refused.all("Retry-After")) == (503, [b"5"])
    await centre.until_ready()
    number = centre.number()
    call = await choose(phones, number)
    await converse(call, await answer(phones, "201"))
    await call.hang_up()
    check(centre, await centre.record(number), number)


async def test_strangers_hear_nothing_and_the_way_past_it_is_closed(phones: Phones) -> None:
    """No answer to who is no carrier; Asterisk itself asks a carrier for a password."""
    centre = phones.centre
    async with AsyncExitStack() as stack:
        stranger = await stack.enter_async_context(wire.udp(centre, STRANGER, centre.entrance))
        carrier = await stack.enter_async_context(wire.udp(centre, NORTH, centre.entrance))
        past = await stack.enter_async_context(wire.udp(centre, NORTH))
        for method in ("OPTIONS", "INVITE", "REGISTER", "MESSAGE", "X"):
            await stranger.send(wire.Request(method, "112", "0812", body=wire.offer(9)))
        # All of it was read before this is answered, as it came before on the same socket.
        for method in ("REGISTER", "MESSAGE", "SUBSCRIBE", "REFER", "X"):
            answer_ = await carrier.ask(wire.Request(method, "112", "0812"))
            assert answer_.status == 405, method
            assert not answer_.all("Server")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stranger.read(), 0.5)
        direct = await past.ask(wire.Request("INVITE", "112", "0812", body=wire.offer(9)))
        assert direct.status == 401


async def test_calls_outlive_it(phones: Phones) -> None:
    """It is killed while two talk: they talk on, can end it, and the next call is taken."""
    centre, number = phones.centre, phones.centre.number()
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    before = set(centre.pids("edge"))
    centre.kill("edge")
    await converse(call, ring)
    async with asyncio.timeout(START_S):
        while not await ready.edge(centre.settings) or before & set(centre.pids("edge")):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await converse(call, ring)
    await call.hang_up()
    await ring.ended()
    check(centre, await centre.record(number), number)
    number = centre.number()
    call = await choose(phones, number)
    await converse(call, await answer(phones, "201"))
    await call.hang_up()
    check(centre, await centre.record(number), number)


async def test_a_test_call_tells_that_it_is_gone(fronted: Centre) -> None:
    """No call arrives any more, which nobody would notice: an alarm; with it back, they pass."""
    await fronted.until_ready()
    with nobody_restarts(fronted):
        for pid in fronted.pids("edge"):
            os.kill(pid, signal.SIGKILL)
        _, trial = await rounds.one(fronted.settings, "1/damkar")
        assert not trial.ok
        assert "edge" in trial.wrong
        await until_raised(fronted, {Kind.CANARY_FAILED})
    await fronted.until_ready()
    await canary_passes(fronted)


async def test_it_follows_the_plan(phones: Phones, tmp_path: Path) -> None:
    """A trunk that joins is let in, one that leaves is not any more; a call that is up stays."""
    centre, number = phones.centre, phones.centre.number()
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    before = centre.settings.plan.read_text(encoding="utf-8")
    after = tmp_path / "moved.yaml"
    after.write_text(before.replace(f"[{NORTH}]", f"[{JOINED}]"), encoding="utf-8")
    await apply(centre.settings, after, why="uji", by="penguji")
    await converse(call, ring)
    for address, welcome in ((JOINED, True), (NORTH, False)):
        async with wire.udp(centre, address, centre.entrance) as line:
            await line.send(wire.Request("MESSAGE", "112", "0812"))
            if welcome:
                assert (await line.receive()).status == 405
            else:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(line.read(), 0.5)
    await call.hang_up()
    await ring.ended()
    record = await centre.record(number)
    version = load_plan(centre.settings.plan).version
    check(centre, record, number, plan_version=version)
    await apply(centre.settings, centre.settings.plan, why="uji", by="penguji")


async def test_what_cannot_be_read_harms_no_call(phones: Phones) -> None:
    """Torture messages from the trunk: the same processes go on, and the next call is well."""
    centre = phones.centre
    before = centre.pids("edge"), centre.pid("asterisk")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((CARRIER, 0))
        port = sock.getsockname()[1]
        for data in torture.messages(CARRIER, port) + torture.bodies(CARRIER, port):
            sock.sendto(data, centre.entrance)
        async with wire.udp(centre, CARRIER, centre.entrance) as line:
            assert (await line.ask(wire.Request("MESSAGE", "112", "0812"))).status == 405
        await hang_up_all(centre, sock)
        number = centre.number()
        call = await choose(phones, number)
        await converse(call, await answer(phones, "201"))
        await call.hang_up()
        check(centre, await centre.record(number), number)
        await hang_up_all(centre, sock)
    assert (centre.pids("edge"), centre.pid("asterisk")) == before


async def test_a_trunk_that_leads_nowhere_is_an_alarm(fronted: Centre) -> None:
    """The last of this file, so that most of the minute that it takes has passed."""
    await until_raised(fronted, {Kind.TRUNK_DEAD}, within_s=DEAD_S)
