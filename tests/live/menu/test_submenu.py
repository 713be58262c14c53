"""A sub-menu and an announcement, heard and answered by a caller in every tier."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from siaga.settings import PROJECT
from tests.live.centre import Centre, running_centre
from tests.live.menu.ear import hears_prompt
from tests.live.menu.faults import no_ivr, standby_is
from tests.live.menu.staff import take
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import Iterator

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("submenu")

EXTRA = """
menus:
  crash:
    name: {id: Kecelakaan, en: Accident}
    digits: {1: medical, 2: accident}
    default: medical
announcements:
  flood:
    text: {id: "Banjir di Sangatta, tekan empat", en: "Flood in Sangatta, press four"}
    from: 2020-01-01 00:00
    until: 2999-01-01 00:00
"""


@pytest.fixture(scope="module")
def announcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre with an announcement in force, whose third digit leads to a sub-menu."""
    folder = tmp_path_factory.mktemp("announcing")
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    assert text.count("3: accident") == 1
    plan = folder / "plan.yaml"
    plan.write_text(text.replace("3: accident", "3: crash") + EXTRA, encoding="utf-8")
    with running_centre(folder / "home", plan=plan, node="announcing") as running:
        yield running


@pytest.mark.parametrize("tier", [1, 2, 3])
async def test_sub_menu_after_an_announcement(announcing: Centre, tier: int) -> None:
    """In every tier the announcement is the greeting, and a digit leads on, into and out."""
    await announcing.until_ready()
    async with AsyncExitStack() as stack:
        phones = await stack.enter_async_context(telephones(announcing))
        if tier > 1:
            await stack.enter_async_context(no_ivr(announcing))
        if tier > 2:
            stack.enter_context(standby_is(announcing))
        await phones.log_in("301", "401")
        for digit, extension, choice in (
            ("2", "401", ("accident", "id", "digit")),
            ("", "301", ("medical", "id", "no_input")),
        ):
            number = announcing.number()
            call = await phones.line.call(number)
            await call.answered()
            await hears_prompt(call, announcing, "id", "announce-flood")
            pressed = await call.press("3")
            await hears_prompt(call, announcing, "id", "menu-crash", pressed.ended)
            if digit:
                await call.press(digit)
            ring = await phones.bank.ring(extension, timeout=30)
            await take(ring)
            record = await announcing.record(number, filed=False)
            assert (record.emergency, record.language, record.choice) == choice
            assert record.tier == tier
