"""More calls than the menu is for, and more than are taken at all; with low limits."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
import pytest_asyncio

from ops.phone import Ended
from router.calls.record import Outcome, Reason, Source, StepResult
from siaga.limits import Limits
from siaga.names import GROUP_CALLS
from tests.live.calls import (
    ANSWERED,
    RECORD_S,
    UNANSWERED,
    answer,
    arrive,
    check,
    choose,
    converse,
    told,
)
from tests.live.calls import until_quiet as until_nobody_calls
from tests.live.centre import running_centre
from tests.live.phones import telephones
from tests.live.test_calls_outage import nobody_restarts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ops.phone import Call
    from tests.live.centre import Centre
    from tests.live.phones import Phones

pytestmark = pytest.mark.xdist_group("overload")

SOFT, HARD = 4, 8
PORTS: Final = 36
"""Enough for eight calls, and for a ninth that is refused."""
OPERATOR: dict[str, Any] = {
    **ANSWERED,
    "emergency": "operator",
    "choice": "overload",
    "tier": None,
    "steps": [("kominfo", "queue", StepResult.ANSWERED)],
    "answered_by": "kominfo",
    "handset": "101",
}
"""A caller who was led past the menu, and talked with an operator."""
WAITED: dict[str, Any] = {
    **OPERATOR,
    "steps": [("kominfo", "queue", StepResult.ABANDONED)],
    "answered_by": None,
    "handset": None,
    "outcome": Outcome.ABANDONED_RINGING,
}
"""A caller who was led past the menu, and left while the operator talked with another."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre that has the menu for four calls, and takes eight: it has no ports for more."""
    home = tmp_path_factory.mktemp("small")
    with running_centre(home, rtp_ports=PORTS, limits=Limits(SOFT, 1000, 0)) as running:
        yield running


@pytest_asyncio.fixture
async def phones(small: Centre) -> AsyncIterator[Phones]:
    """Telephones at the small centre, one of Damkar's and one of the operators' logged in."""
    await small.until_ready()
    async with telephones(small) as made:
        await made.log_in("201", "101")
        yield made


@contextmanager
def python_dead(centre: Centre) -> Iterator[None]:
    """Without menu server and router for the block."""
    with nobody_restarts(centre):
        centre.kill("router")
        centre.kill("ivr")
        yield


async def _fill(phones: Phones) -> dict[str, Call]:
    """As many callers as the menu is for, all of whom want Damkar."""
    return {number: await choose(phones, number) for number in _numbers(phones, SOFT)}


def _numbers(phones: Phones, count: int) -> list[str]:
    return [phones.centre.number() for _ in range(count)]


async def _crowd(phones: Phones) -> tuple[dict[str, Call], dict[str, Call], str]:
    """Fill the centre, prove each limit on the way; gives the calls below and above, and who not.

    The first of those below talks with Damkar, the first of those above with an operator.
    """
    below = await _fill(phones)
    first = next(iter(below.values()))
    damkar = await answer(phones, "201")
    await converse(first, damkar)

    above: dict[str, Call] = {}
    for number in _numbers(phones, HARD - SOFT):
        above[number] = await arrive(phones, number)  # no key is pressed
        if len(above) == 1:
            operator = await answer(phones, "101")
            assert (operator.caller_number, operator.caller_name) == (number, "TANPA MENU")
            await converse(above[number], operator)

    refused = phones.centre.number()
    end = await (await phones.line.call(refused)).ended()
    assert (end.by, end.status) == (Ended.REFUSED, 503)

    await converse(first, damkar)
    await converse(next(iter(above.values())), operator)
    for call in (*below.values(), *above.values()):
        assert call.end is None
    return below, above, refused


async def _leave(calls: dict[str, Call]) -> None:
    for call in reversed(calls.values()):  # who waits before who talks: nobody's turn comes
        await call.hang_up()


async def _until_counted(centre: Centre, calls: int) -> None:
    """Wait until so few are up: a BYE is answered before its channel is gone."""
    async with asyncio.timeout(RECORD_S):
        while True:
            shown = await asyncio.to_thread(centre.asterisk, "group show channels")
            if shown.count(f" {GROUP_CALLS} ") <= calls:
                return
            await asyncio.sleep(0.05)


async def test_above_the_soft_limit_operators_ring_and_above_the_hard_one_503(
    phones: Phones,
) -> None:
    """The fifth to eighth caller are led to the operators at once; the ninth overflows.

    Nobody who was there notices; as soon as one is gone another is taken, and when they are few
    again there is a menu again. Each record says which of it happened.
    """
    centre = phones.centre
    below, above, refused = await _crowd(phones)
    number, last = above.popitem()
    await last.hang_up()
    await _until_counted(centre, HARD - 1)
    again = phones.centre.number()
    above[again] = await arrive(phones, again)
    await _leave(above)
    await _leave(below)
    normal = centre.number()
    call = await choose(phones, normal)
    await converse(call, await answer(phones, "201"))
    await call.hang_up()

    check(centre, await centre.record(normal), normal)
    talked, *waiting = below
    check(centre, await centre.record(talked), talked)
    for each in waiting:
        check(centre, await centre.record(each), each, UNANSWERED)
    talked, *waiting = above
    check(centre, await centre.record(talked), talked, OPERATOR)
    for each in (number, *waiting):
        check(centre, await centre.record(each), each, WAITED)
    record = told(await centre.record(refused))
    assert (record["outcome"], record["reason"]) == (Outcome.REFUSED, Reason.REFUSED)
    assert (record["recorded"], record["steps"], record["choice"]) == (False, [], None)


async def test_the_limits_hold_with_python_dead(phones: Phones) -> None:
    """Asterisk alone leads past the menu and refuses; the records are made from its own file."""
    centre = phones.centre
    await until_nobody_calls(centre)
    with python_dead(centre):
        await centre.until_down("router")
        await centre.until_down("FastAGI")
        below, above, refused = await _crowd(phones)
        await _leave(above)
        await _leave(below)
    await centre.until_ready()
    for number, (calls, kind) in {
        next(iter(below)): (below, {**ANSWERED, "tier": 2}),
        next(iter(above)): (above, OPERATOR),
    }.items():
        assert number in calls
        check(centre, await centre.record(number), number, kind, source=Source.BACKFILL)
    record = await centre.record(refused)
    assert (record.outcome, record.source) == (Outcome.REFUSED, Source.BACKFILL)
