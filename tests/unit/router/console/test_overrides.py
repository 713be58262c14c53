"""Overrides set and ended at the console, in the store that the command line uses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestServer

from router.accounts.model import Role
from router.api import Services, build_app
from router.console.link import RouterLink
from router.live.items import as_row
from router.store.trail import Search
from siaga.plan.live import Override
from siaga.plan.words import Words
from tests.unit.router.live_asterisk import NOW, Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.unit.router.console.people import House

UNTIL = {"until": f"{NOW:%Y-%m-%dT23:59}"}


@pytest.fixture
async def watch(unserved: House) -> AsyncIterator[tuple[House, Desk]]:
    """A console, and live state behind a router."""
    live = Desk(lambda _plan, state, *_: [Words("ada", "some")] if "rsud" in state.closed else [])

    async def rows() -> list[dict[str, str | None]]:
        return [as_row(item, NOW.tzinfo) for item in await live.store.items()]  # type: ignore[arg-type]

    services = Services(
        token="t", health=dict, handsets=dict, transfer=_nobody, live=rows, overrides=live.store
    )
    async with TestServer(build_app(services)) as router:
        link = RouterLink(router.port or 0, "t")
        await link.open()
        unserved.desk = replace(unserved.desk, link=link, now=live.store.now)
        await unserved.serve()
        yield unserved, live
        await link.close()


async def _nobody(_call: str, _agency: str) -> None: ...


async def test_an_agency_is_closed_until_a_time_and_opened_again(watch: tuple[House, Desk]) -> None:
    """Set with an end and a reason, listed escaped, written down, and ended with a reason."""
    house, live = watch
    browser = await house.inside("Siti", Role.SUPERVISOR)
    why = "latihan <script>x</script>"
    form = {"override": "closed", "name": "damkar", "why": why, **UNTIL}
    assert (await browser.post("/plan/overrides", form)).status == 303
    (item,) = await live.store.items()
    assert (item.key, item.reason, item.by) == ("closed/damkar", why, "Siti")
    await browser.get("/plan/overrides")
    assert "&lt;script&gt;x" in browser.page
    assert "<script>x" not in browser.page
    end = {"key": "closed/damkar", "why": "selesai"}
    assert (await browser.post("/plan/overrides/end", end)).status == 303
    assert await live.store.items() == ()
    assert (await browser.post("/plan/overrides/end", end)).status == 404
    rows = await house.desk.trail.find(Search(words=("closed/damkar",)), 10)
    assert [row.what for row in rows] == ["override_ended", "override_set"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "<b>"},
        {"until": "besok"},
        {"until": "2020-01-01T00:00"},
        {"until": "2036-01-01T00:00"},
        {"why": " "},
        {"override": "nothing"},
        {"override": "divert", "target": "damkar"},
    ],
)
async def test_what_cannot_be_is_refused_with_what_was_typed(
    watch: tuple[House, Desk], wrong: dict[str, str]
) -> None:
    """Nothing is set, and what was typed stays in the form."""
    house, live = watch
    browser = await house.inside("Siti", Role.SUPERVISOR)
    form = {"override": "closed", "name": "damkar", "why": "uji", **UNTIL, **wrong}
    answer = await browser.post("/plan/overrides", form)
    assert answer.status in {400, 404}
    assert 'role="alert"' in browser.page
    assert await live.store.items() == ()


async def test_who_would_strand_callers_has_to_insist(watch: tuple[House, Desk]) -> None:
    """It is refused with the story, and set when it is insisted on."""
    house, live = watch
    browser = await house.inside("Siti", Role.SUPERVISOR)
    form = {"override": "closed", "name": "rsud", "why": "uji", **UNTIL}
    assert (await browser.post("/plan/overrides", form)).status == 409
    assert 'name="force"' in browser.page
    assert (await browser.post("/plan/overrides", {**form, "force": "1"})).status == 303
    assert len(await live.store.items()) == 1


async def test_all_announcements_end_by_one_button(watch: tuple[House, Desk]) -> None:
    """With a reason, which is shown escaped and written down; without one nothing happens."""
    house, live = watch
    await live.set(Override.ANNOUNCE, "smoke")
    browser = await house.inside("Siti", Role.SUPERVISOR)
    await browser.get("/plan/overrides")
    assert 'action="/plan/overrides/hush"' in browser.page
    assert (await browser.post("/plan/overrides/hush", {"why": " "})).status == 400
    assert [item.key for item in await live.store.items()] == ["announce/smoke"]
    why = "salah <script>x</script>"
    assert (await browser.post("/plan/overrides/hush", {"why": why})).status == 303
    items = await live.store.items()
    assert [item.key for item in items] == ["silence/flood", "silence/smoke"]
    await browser.get("/plan/overrides")
    assert "<script>x" not in browser.page
    (row,) = await house.desk.trail.find(Search(what="announcements_hushed"), 10)
    assert (row.actor.who, row.new) == ("Siti", f"2026-11-25T18:00: {why}")
    auditor = await house.inside("Aud", Role.AUDITOR)
    await auditor.get("/plan/overrides")
    assert "/hush" not in auditor.page


async def test_auditors_only_read(watch: tuple[House, Desk]) -> None:
    """They see what is in force; an operator does not."""
    house, _live = watch
    browser = await house.inside("Aud", Role.AUDITOR)
    assert (await browser.get("/plan/overrides")).status == 200
    assert 'action="/plan/overrides' not in browser.page
    operator = await house.inside("Op", Role.OPERATOR)
    assert (await operator.get("/plan/overrides")).status == 403


async def test_without_the_router_it_is_not_known(house: House) -> None:
    """No answer is not "nothing is set"."""
    browser = await house.inside("Siti", Role.SUPERVISOR)
    await browser.get("/plan/overrides")
    assert "Belum diketahui" in browser.page
