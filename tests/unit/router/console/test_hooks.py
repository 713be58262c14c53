"""Webhooks as admins subscribe, try and end them at the console."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.accounts.model import Role
from router.console.api.openapi import document
from router.console.pages import routes
from router.hooks.model import HookEvent
from router.hooks.posts import model_of
from router.store.hooks import HookQueue
from router.store.trail import Search

if TYPE_CHECKING:
    from tests.unit.router.console.people import Browser, House

ADDRESS = "https://example.org/hook?token=s3cret"
FORM = {"name": "Peta Kominfo", "address": ADDRESS, "event": "call.ended"}


async def admin(house: House) -> Browser:
    return await house.inside("Ani", Role.ADMIN)


async def test_a_subscription_is_made_and_its_secret_shown_once(house: House) -> None:
    """On the answer that made it and nowhere else; auditors see of the address its host alone."""
    ani = await admin(house)
    assert (await ani.post("/hooks", FORM)).status == 200
    found = re.search(r"whsec_[A-Za-z0-9+/=&#;]+", ani.page)
    assert found
    (hook,) = await house.desk.hooks.listed()
    assert (hook.address, hook.personal) == (ADDRESS, False)
    await ani.get(f"/hooks/{hook.id}")
    assert "whsec_" not in ani.page
    auditor = await house.inside("Aud", Role.AUDITOR)
    for path in ("/hooks", f"/hooks/{hook.id}"):
        assert (await auditor.get(path)).status == 200
        assert "s3cret" not in auditor.page
        assert "example.org" in auditor.page
        assert 'method="post" action="/hooks' not in auditor.page
    (row,) = await house.desk.trail.find(Search(what="hook_made"), 10)
    assert (row.actor.who, row.object, row.new) == (
        "Ani",
        "Peta Kominfo",
        "example.org: call.ended",
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "<script>x</script>"}, "64"),
        ({"name": ""}, "64"),
        ({"address": "javascript:alert(1)"}, "https://host"),
        ({"address": "http://example.org/"}, "https"),
        ({"address": "https://192.168.0.1/<script>x</script>"}, "SIAGA_HOOK_NETWORKS"),
        ({"event": "nothing"}, "satu kejadian"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_was_typed(
    house: House, wrong: dict[str, str], said: str
) -> None:
    """Escaped, and nothing is made."""
    ani = await admin(house)
    answer = await ani.post("/hooks", {**FORM, **wrong})
    assert answer.status == 400
    assert said in re.search(r'role="alert">([^<]*)<', ani.page)[1]  # type: ignore[index]
    assert "<script>x" not in ani.page
    assert await house.desk.hooks.listed() == []


async def test_our_own_ports_are_no_address(house: House) -> None:
    """Nothing is posted to the router, the console or Asterisk."""
    ani = await admin(house)
    for port in (house.desk.settings.ports.router, house.desk.settings.ports.ami):
        form = {**FORM, "address": f"http://127.0.0.1:{port}/api/live/set"}
        assert (await ani.post("/hooks", form)).status == 400


async def test_a_test_waits_for_the_router_and_is_listed(house: House) -> None:
    """With what became of it, hostile errors escaped; tried again when it was given up."""
    house.clock.time = datetime.now(UTC)
    ani = await admin(house)
    await ani.post("/hooks", FORM)
    (hook,) = await house.desk.hooks.listed()
    page = f"/hooks/{hook.id}"
    assert (await ani.post(f"{page}/test")).status == 303
    await ani.get(page)
    assert "menunggu" in ani.page
    queue = HookQueue(house.desk.engine, house.desk.settings.node)
    (due,) = await queue.due(house.clock(), 10)
    assert json.loads(due.payload)["event"] == "test"
    await queue.given_up(due, house.clock(), "HTTP 500 <script>x</script>")
    await ani.get(page)
    assert "HTTP 500 &lt;script&gt;" in ani.page
    assert await queue.due(house.clock(), 10) == []
    assert (await ani.post(f"{page}/again")).status == 303
    assert len(await queue.due(house.clock(), 10)) == 1


async def test_pause_renewal_and_removal(house: House) -> None:
    """Each does what it says, and is written down; what is gone is not found."""
    ani = await admin(house)
    await ani.post("/hooks", FORM)
    (hook,) = await house.desk.hooks.listed()
    page = f"/hooks/{hook.id}"
    for verb in ("pause", "resume"):
        await ani.get(page)
        assert (await ani.post(f"{page}/{verb}")).status == 303
    await ani.get(page)
    assert (await ani.post(f"{page}/secret")).status == 200
    renewed = await house.desk.hooks.get(hook.id)
    assert renewed is not None
    assert renewed.secrets(house.clock()) == (renewed.secret, hook.secret)
    assert renewed.secrets(house.clock() + timedelta(hours=25)) == (renewed.secret,)
    await ani.get("/hooks")
    assert (await ani.post(f"{page}/remove")).status == 303
    assert (await ani.get(page)).status == 404
    rows = await house.desk.trail.find(Search(words=("Peta",)), 10)
    assert [row.what for row in rows][::-1] == [
        "hook_made",
        "hook_paused",
        "hook_resumed",
        "hook_secret_renewed",
        "hook_removed",
    ]


def test_every_post_is_in_the_document() -> None:
    """As a webhook of OpenAPI 3.1, whose model is what posts are made by."""
    made = document(routes(), "112")
    assert set(made["webhooks"]) == {event.value for event in HookEvent}
    for event, methods in made["webhooks"].items():
        content: Any = methods["post"]["requestBody"]["content"]["application/json"]
        name = content["schema"]["$ref"].rpartition("/")[2]
        assert made["components"]["schemas"][name]["properties"]["event"]["const"] == event
        assert name == model_of(HookEvent(event)).__name__


async def test_the_interface_page_tells_of_posts(house: House) -> None:
    """Also to who may not subscribe."""
    sari = await house.inside("sari", Role.OPERATOR)
    assert (await sari.get("/api")).status == 200
    assert "CallEndedPost" in sari.page
