"""Commands about the plan and overrides over the router's interface: what cannot be asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.api import Services, build_app
from router.applying import Applying
from tests.unit.router.live_asterisk import Desk

if TYPE_CHECKING:
    from siaga.settings import Settings

GOOD = {"text": "a: b\n", "by": "Ani", "why": "uji", "instead": "1", "number": "1"}
SET = {
    "override": "closed",
    "name": "rsud",
    "until": "2026-11-27T10:00+08:00",
    "by": "a",
    "why": "b",
}


async def _nobody(_call: str, _agency: str) -> None: ...


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("plan/apply", []),
        ("plan/apply", {**GOOD, "text": 1}),
        ("plan/apply", {**GOOD, "why": " "}),
        ("plan/apply", {**GOOD, "by": "x" * 400}),
        ("plan/apply", {**GOOD, "instead": "-1"}),
        ("plan/rollback", {**GOOD, "number": "../1"}),
        ("plan/rollback", {"number": "1"}),
        ("plan/rotate", {"extension": "--rotate-all", "by": "Ani"}),
        ("live/set", {**SET, "until": "2026-11-27T10:00"}),
        ("live/set", {**SET, "override": "all"}),
        ("live/set", {**SET, "name": None}),
        ("prompts/id/menu/add", {"file": "../secrets.json", "by": "Ani", "name": "a"}),
        ("prompts/id/menu/add", {"file": "voice-" + "0" * 32, "by": "Ani"}),
        ("prompts/id/menu/add", {"file": "voice-" + "0" * 32, "by": "Ani", "name": "x" * 400}),
        ("prompts/id/menu/use", {"take": "--help", "by": "Ani"}),
        ("prompts/id/menu/use", {"take": "", "by": "a\0b"}),
        ("prompts/id/..%2F..%2Fmenu/use", {"take": "", "by": "Ani"}),
        ("prompts/--help/menu/use", {"take": "", "by": "Ani"}),
        ("prompts/id/menu/drop", {"take": ""}),
        ("live/clear", {"key": "closed/rsud", "why": 1, "by": "a"}),
    ],
)
async def test_what_is_not_whole_is_refused(settings: Settings, path: str, body: object) -> None:
    """No command is started, and nothing is set."""
    script = (sys.executable, "-c", "raise SystemExit('started')")
    live = Desk()
    services = Services(
        token="t",
        health=dict,
        handsets=dict,
        transfer=_nobody,
        applying=Applying(settings, script),
        overrides=live.store,
    )
    async with TestClient(TestServer(build_app(services))) as client:
        headers = {"Authorization": "Bearer t"}
        answer = await client.post(f"/api/{path}", json=body, headers=headers)
        assert (answer.status, (await answer.json())["error"]) == (400, "bad_request")
        assert (await client.post(f"/api/{path}", json=body)).status == 401
    assert await live.store.items() == ()
