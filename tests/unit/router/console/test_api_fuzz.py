"""The interface for machines, asked as its document allows and as it does not, by schemathesis.

What is asked is the same at each run: no seed but the test's own, no clock, a fixed number.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import hypothesis
import pytest
import requests
import schemathesis
from aiohttp.test_utils import TestServer, unused_port
from hypothesis import HealthCheck, Phase, given, seed
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import checks as rules

from router.accounts.model import Role
from router.api import Services
from router.api import build_app as router_app
from router.console.api import scopes
from router.console.api.openapi import document
from router.console.pages import routes
from router.dispatch import CallNotOpenError, Outcome, Result
from router.incidents.desk import IncidentDesk
from router.incidents.model import Said
from router.store import CallWriter, IncidentStore
from siaga import places
from siaga.settings import Settings, load
from tests.unit.router.board.test_board import World
from tests.unit.router.console.people import BEGAN
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.unit.router.console.people import House

TOKEN: Final = "the instance's"
EXAMPLES: Final = 6
"""Of each operation, each role and each way."""
SEED: Final = 112
CHECKS: Final = [
    schemathesis.checks.not_a_server_error,
    rules.status_code_conformance,
    rules.content_type_conformance,
    rules.response_schema_conformance,
    rules.response_headers_conformance,
    rules.negative_data_rejection,
]
CASES: Final = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
AWAY: Final = 503
"""Promised where the router is asked; it is there in these tests."""


class Dispatch:
    """Every other call is over; the rest is done."""

    def __getattr__(self, name: str) -> Any:
        async def command(call: str, *_words: str) -> Outcome:
            if len(call) % 2:
                raise CallNotOpenError(call)
            return Outcome(Result.JOINED, "done")

        return command


@dataclass
class Asked:
    """Who asks, and what they were told.

    Attributes:
        told: how often each status, by operation.
    """

    origin: str
    headers: dict[str, str]
    told: dict[str, Counter[int]] = field(default_factory=dict)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = load({"SIAGA_HOME": str(tmp_path / "home"), "SIAGA_ROUTER_PORT": str(unused_port())})
    found.home.mkdir()
    found.secrets.write_text(json.dumps({"ami": {}, "handsets": {}, "api": TOKEN}))
    return found


@pytest.fixture
async def centre(settings: Settings, house: House) -> AsyncIterator[House]:
    """A console with calls and incidents, hostile ones too, and a router behind it."""
    writer, store = CallWriter(house.desk.engine), IncidentStore(house.desk.engine)
    writer.start()
    for number in range(4):
        caller = "<script>\u202e\x00'\"" if number % 2 else ""
        began = BEGAN - timedelta(minutes=number)
        writer.put(replace(closed(f"node1-17.{number}", caller=caller), began=began))
    assert await writer.close()
    await store.open_for("node1-17.1", Said("<b>Ani\u202e", BEGAN))

    async def moved(_call: str, _agency: str) -> None: ...

    dispatch: Any = Dispatch()
    services = Services(
        token=TOKEN,
        health=dict,
        handsets=lambda: {"201": "free", "202": "unavailable"},
        transfer=moved,
        dispatch=dispatch,
        hub=World().hub,
        incidents=IncidentDesk(store, house.desk.plan, places.load(settings.places)),
    )
    async with TestServer(router_app(services), port=settings.ports.router):
        yield house
    store.close()


def asks(asked: Asked, mode: GenerationMode) -> None:
    """Ask all that is documented; every answer is as it was promised."""
    schema = schemathesis.openapi.from_dict(document(routes(), "112"))
    with requests.Session() as session:
        for result in schema.get_all_operations():
            ask(result.ok(), asked, mode, session)


def ask(operation: Any, asked: Asked, mode: GenerationMode, session: requests.Session) -> None:
    """Ask for one of it."""
    told = asked.told.setdefault(operation.label, Counter())

    @CASES
    @seed(SEED)
    @given(operation.as_strategy(generation_mode=mode))
    def check(case: Case) -> None:
        answer = case.call(base_url=asked.origin, headers=asked.headers, session=session)
        told[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    check()


async def asked_by(centre: House, headers: dict[str, str], mode: GenerationMode) -> Asked:
    """What was told to who asks with these headers."""
    asked = Asked(centre.browser().origin, headers)
    await asyncio.to_thread(asks, asked, mode)
    return asked


@pytest.mark.parametrize("role", Role)
async def test_what_may_be_asked_is_answered_as_promised(centre: House, role: Role) -> None:
    """By every role: no 5xx, and statuses, types and bodies as they are written down."""
    asked = await asked_by(
        centre, await centre.machine(role, *scopes.SCOPES), GenerationMode.POSITIVE
    )
    for label, told in asked.told.items():
        assert AWAY not in told, label
        if role is Role.AUDITOR and label.startswith("POST"):
            assert set(told) == {403}, label
    assert asked.told["GET /api/v1/calls"][200]
    assert asked.told["GET /api/v1/incidents"][200]
    assert asked.told["GET /api/v1/board"][200]


async def test_what_may_not_be_asked_is_refused(centre: House) -> None:
    """Neither done nor a fault: every request that is none gets its refusal."""
    header = await centre.machine(Role.ADMIN, *scopes.SCOPES)
    asked = await asked_by(centre, header, GenerationMode.NEGATIVE)
    assert asked.told["GET /api/v1/calls"][400]
    assert not any(status >= 500 for told in asked.told.values() for status in told)


async def test_nobody_is_told_anything(centre: House) -> None:
    """Without a token every request is answered by 401, in the form that is written down."""
    asked = await asked_by(centre, {}, GenerationMode.POSITIVE)
    assert {status for told in asked.told.values() for status in told} == {401}
