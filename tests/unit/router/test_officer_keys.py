"""Keys of officers: whose they are, and what is said about them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from router.ami import Originate
from router.dispatch.keys import OfficerKeys
from router.incidents.locate import Locator
from router.plans import Plans
from router.store import ClassStore, open_engine
from router.store.acceptances import AcceptanceStore
from router.store.locations import LinkStore
from siaga.gateways import Gateways
from siaga.names import Milestone
from siaga.settings import PROJECT, load
from tests.unit.router.calls.celmaker import CALL, CALLER
from tests.unit.router.calls.roommaker import OPERATOR
from tests.unit.router.test_dispatcher import desk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("channel", "call", "name"),
    [
        (CALLER, CALL, "add-3"),
        ("PJSIP/999-00000009", CALL, "add-3"),
        (OPERATOR, "node1-9.9", "add-3"),
        (OPERATOR, "", "add-3"),
        (OPERATOR, CALL, "add-0"),
        (OPERATOR, CALL, "add-"),
        (OPERATOR, CALL, "hang_up"),
        (OPERATOR, CALL, "class-novel"),
        (OPERATOR, CALL, "pause"),
        (OPERATOR, CALL, ""),
    ],
)
async def test_nobody_else_commands_and_nothing_else_is_a_command(
    channel: str, call: str, name: str, tmp_path: Path
) -> None:
    """The caller, who is no part of the call, and what the dialplan never says."""
    engine = open_engine(load({"SIAGA_HOME": str(tmp_path)}).database)
    async with desk() as made:
        keys = OfficerKeys(
            made,  # type: ignore[arg-type]
            made.dispatch,
            made.tracker,
            Plans(PROJECT / "plans" / "kutim.yaml"),
            ClassStore(engine),
            AcceptanceStore(engine),
            Locator(LinkStore(engine), Gateways()),
            tmp_path,
            tmp_path,
        )
        running = asyncio.create_task(keys.run())
        told = made.script.events[-1]._replace(kind=Milestone.COMMAND, channel=channel)
        keys.take(told._replace(extra=json.dumps({"extra": f"{call}|{name}"})))
        # One that counts, after it: an officer alone may not leave, and is told so.
        right = json.dumps({"extra": f"{CALL}|leave"})
        keys.take(told._replace(channel=OPERATOR, extra=right))
        await made.until_asked(Originate)
        running.cancel()
    await engine.dispose()
    (said,) = made.asked
    assert isinstance(said, Originate)
    assert said.variables["__SIAGA_EAR"] == OPERATOR
    assert said.variables["__SIAGA_SAID"].endswith("/dispatch-alone")
