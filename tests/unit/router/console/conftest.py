from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import unused_port

from router.accounts import passwords
from router.console.service import opened
from siaga.plan import load_plan
from tests.unit.router.console.people import CHEAP, HASH, Clock, House, with_clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from siaga.settings import Settings


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost little here."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    monkeypatch.setattr(passwords, "_NOBODYS", HASH)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Where no router is, also beside a centre that runs on this machine."""
    return replace(settings, ports=replace(settings.ports, router=unused_port()))


@pytest.fixture
async def unserved(settings: Settings, fresh: None) -> AsyncIterator[House]:
    """A console that does not listen yet; its router is not there."""
    plan = load_plan(settings.plan).plan
    clock = Clock()
    async with AsyncExitStack() as stack:
        desk = await opened(stack, settings, lambda: plan, lambda _version: plan)
        house = House(with_clock(desk, clock), clock)
        try:
            yield house
        finally:
            await house.close()


@pytest.fixture
async def house(unserved: House) -> House:
    """A console that listens."""
    await unserved.serve()
    return unserved
