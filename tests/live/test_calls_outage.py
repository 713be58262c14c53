from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from router.calls.record import Source
from tests.live.calls import answer, arrive, check, choose, converse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.centre import Centre
    from tests.live.phones import Phones


@contextmanager
def nobody_restarts(centre: Centre) -> Iterator[None]:
    """Have the supervisor stand still, so that what is killed stays away for the block."""
    supervisor = int((centre.settings.home / "run" / "supervisord.pid").read_text())
    os.kill(supervisor, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(supervisor, signal.SIGCONT)


async def test_a_call_outlives_the_router(phones: Phones) -> None:
    """The router is killed while two talk: they talk on, and the record is complete afterwards."""
    number = phones.centre.number()
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    phones.centre.kill("router")
    await converse(call, ring)
    await phones.centre.until_down("router")
    await phones.centre.until_ready()
    await converse(call, ring)
    await call.hang_up()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, source=Source.BACKFILL)


async def test_calls_that_end_while_the_router_is_away_are_recorded(phones: Phones) -> None:
    """Of two calls one ends while the router is away, one after; one more comes and goes."""
    centre = phones.centre
    early, late, between = centre.number(), centre.number(), centre.number()
    await phones.log_in("201", "202", "301")
    first = await choose(phones, early)
    ring = await answer(phones, "201")
    await ring.confirmed()
    second = await choose(phones, late, "2")
    other = await answer(phones, "301")
    with nobody_restarts(centre):
        centre.kill("router")
        await centre.until_down("router")
        await first.hang_up()
        await ring.ended()
        third = await choose(phones, between)
        await converse(third, await answer(phones, "201"))
        await third.hang_up()
        await converse(second, other)
    await centre.until_ready()
    await converse(second, other)
    await second.hang_up()
    for number in (early, between):
        check(centre, await centre.record(number), number, source=Source.BACKFILL)
    check(
        centre,
        await centre.record(late),
        late,
        emergency="medical",
        steps=[("rsud", "queue", "answered")],
        answered_by="rsud",
        handset="301",
        source=Source.BACKFILL,
    )


async def test_without_menu_and_router_damkar_still_rings(phones: Phones) -> None:
    """With IVR and router both dead the menu speaks, the key counts, and Damkar answers."""
    centre = phones.centre
    number = centre.number()
    await phones.log_in("201")
    with nobody_restarts(centre):
        centre.kill("router")
        centre.kill("ivr")
        await centre.until_down("router")
        await centre.until_down("FastAGI")
        call = await choose(phones, number)
        ring = await answer(phones, "201")
        await converse(call, ring)
    await centre.until_ready()
    await converse(call, ring)
    await call.hang_up()
    check(centre, await centre.record(number), number, tier=2, source=Source.BACKFILL)


async def test_a_hostile_number_is_not_taken_for_a_vanished_call(phones: Phones) -> None:
    """A caller whose number breaks AMI's lists is still up after the router was restarted."""
    hostile = "1\r\nLinkedid: x\r\n\r\nEvent: y"
    await phones.log_in("201")
    call = await phones.line.call(quote(hostile, safe=""))
    await call.answered()
    await call.press("1")
    ring = await answer(phones, "201")
    await converse(call, ring)
    bystander = phones.centre.number()
    other = await arrive(phones, bystander)
    await other.press("1")
    phones.centre.kill("router")
    await phones.centre.until_down("router")
    await phones.centre.until_ready()
    await converse(call, ring)
    await call.hang_up()
    next_ring = await answer(phones, "201")
    await converse(other, next_ring)
    await other.hang_up()
    for number in (hostile, bystander):
        record = await phones.centre.record(number)
        check(phones.centre, record, number, source=Source.BACKFILL)
