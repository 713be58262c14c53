from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.calls.record import Outcome, Reason
from tests.live.calls import answer, arrive, choose
from tests.live.centre import Centre, running_centre
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import Iterator

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("restart")

RINGS_WITHIN_S = 5.0
"""Far below the 20 s over which Asterisk spreads its first questions to handsets."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre whose Asterisk may be killed."""
    with running_centre(tmp_path_factory.mktemp("restart")) as running:
        yield running


async def test_handsets_are_on_the_air_at_once_after_asterisk_was_killed(own: Centre) -> None:
    """Logins outlive Asterisk, and the first caller after its restart reaches the agency."""
    async with telephones(own) as phones:
        await phones.log_in("201")
        number = own.number()
        cut = await phones.line.call(number)
        await cut.answered()
        await cut.press("1")
        ring = await phones.bank.ring("201")
        await ring.answer()
        await ring.confirmed()
        talking = await own.record(number, lambda record: record.answered is not None, filed=False)
        assert talking.handset == "201"
        await own.until_login_is_kept("201")
        own.kill("asterisk")
        await own.until_down("SIP")
        await own.until_ready()
        again = await phones.line.call(own.number())
        await again.answered()
        await again.press("1")
        second = await phones.bank.ring("201", timeout=RINGS_WITHIN_S)
        await second.refuse(486)
        await again.hang_up()
        record = await own.record(number, filed=False)
        assert record.reason is Reason.RESTARTED
        assert record.outcome is Outcome.ANSWERED
        assert number in own.command("callbacks", "--json").stdout


async def test_calls_that_a_restart_hangs_up_say_so(own: Centre) -> None:
    """``core restart now`` ends those who talk, wait and choose: all three were restarted."""
    async with telephones(own) as phones:
        await phones.log_in("201", "301")
        numbers = [own.number() for _ in range(3)]
        await choose(phones, numbers[0])
        talk = await answer(phones, "201")
        await talk.confirmed()
        await choose(phones, numbers[1], "2")
        ring = await phones.bank.ring("301")
        await ring.alert()
        await arrive(phones, numbers[2])
        for number in numbers:
            await own.record(number, lambda record: record.ended is None, filed=False)
        own.asterisk("core restart now")
        records = await own.records(numbers, lambda record: record.reason is Reason.RESTARTED)
        assert [records[number].outcome for number in numbers] == [
            Outcome.ANSWERED,
            Outcome.LOST,
            Outcome.LOST,
        ]
        listed = own.command("callbacks", "--json").stdout
        assert [number for number in numbers if number not in listed] == []
        await own.until_ready()
