"""The trunk that outside numbers are rung over dies: whoever waits for it goes on to the next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest

from router.calls.record import StepResult
from siaga.settings import PROJECT
from tests.live.calls import answer, canary_passes, check, choose, converse
from tests.live.centre import Centre, running_centre
from tests.live.door.carrier import Carrier, connected
from tests.live.faults.cells import TRUNK, Moment
from tests.live.phones import Phones, telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("trunk")

NUMBER: Final = "0549123456"
KNOWN_S: Final = 40.0
"""Longest it may take until Asterisk knows of a trunk that it is dead, or lives."""
CHOICE: Final = next(cell.does for cell in TRUNK.cells)


@pytest.fixture(scope="module")
def carrier() -> Iterator[Carrier]:
    """The far side of the trunk."""
    with connected() as made:
        yield made


@pytest.fixture(scope="module")
def reaching(tmp_path_factory: pytest.TempPathFactory, carrier: Carrier) -> Iterator[Centre]:
    """A centre that rings Kominfo at a number outside when none of its handsets answers."""
    folder = tmp_path_factory.mktemp("reaching")
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    known = 'handsets: ["101", "102"]'
    assert known in text
    text = text.replace(known, f'{known}\n    pstn: "{NUMBER}"\n    pstn_ring: 5s')
    out = f"trunks:\n  carrier: {{host: 127.0.0.1, port: {carrier.port}, may_send: ['0549']}}\n"
    plan = folder / "plan.yaml"
    plan.write_text(out + text, encoding="utf-8")
    with running_centre(folder / "home", plan=plan, node="reaching") as running:
        yield running


@pytest.fixture
async def staffed(reaching: Centre, carrier: Carrier) -> AsyncIterator[Phones]:
    """Telephones, with a fireman on the air and the trunk alive."""
    carrier.dead = carrier.dies = False
    await _until(reaching, "Avail")
    async with telephones(reaching) as phones:
        await phones.log_in(CHOICE.handset)
        yield phones


async def _until(centre: Centre, state: str) -> None:
    """Wait until Asterisk knows of the trunk."""
    async with asyncio.timeout(KNOWN_S):
        while True:
            shown = await asyncio.to_thread(centre.asterisk, "pjsip show contacts")
            (line,) = (line for line in shown.splitlines() if "trunk" in line and "sip:" in line)
            if state in line.split():
                return
            await asyncio.sleep(0.1)


async def _reaches(phones: Phones, result: StepResult) -> None:
    """A caller chooses whom only the trunk leads to, and the next one in the plan answers."""
    number = phones.centre.number()
    call = await choose(phones, number, CHOICE.key)
    ring = await answer(phones, CHOICE.handset)
    await converse(call, ring)
    await call.hang_up()
    record = await phones.centre.record(number)
    check(
        phones.centre,
        record,
        number,
        emergency=CHOICE.emergency,
        answered_by=CHOICE.agency,
        handset=CHOICE.handset,
        steps=[
            ("kominfo", "queue", StepResult.UNAVAILABLE),
            ("kominfo", "pstn", result),
            (CHOICE.agency, "queue", StepResult.ANSWERED),
        ],
    )


async def test_a_trunk_that_dies_before_the_call(staffed: Phones, carrier: Carrier) -> None:
    """While nobody knows, the number is rung for its time; then the next contact rings."""
    assert TRUNK.cells[0].moment is Moment.BEFORE
    before = len(carrier.called)
    carrier.dead = True
    await _reaches(staffed, StepResult.NO_ANSWER)
    assert NUMBER in carrier.called[before:]
    await _until(staffed.centre, "Unavail")
    before = len(carrier.called)
    await _reaches(staffed, StepResult.UNAVAILABLE)
    assert carrier.called[before:] == []


async def test_a_trunk_that_dies_while_it_rings(staffed: Phones, carrier: Carrier) -> None:
    """The number is rung for its time; then the next contact rings."""
    assert TRUNK.cells[1].moment is Moment.ROUTED
    carrier.dies = True
    await _reaches(staffed, StepResult.NO_ANSWER)
    assert carrier.dead


async def test_a_trunk_that_lives_again_is_used_again(staffed: Phones, carrier: Carrier) -> None:
    """Nobody has to do anything."""
    carrier.dead = True
    await _until(staffed.centre, "Unavail")
    carrier.dead = False
    await _until(staffed.centre, "Avail")
    before = len(carrier.called)
    await _reaches(staffed, StepResult.UNAVAILABLE)
    assert carrier.called[before:] == [NUMBER]
    await canary_passes(staffed.centre)
