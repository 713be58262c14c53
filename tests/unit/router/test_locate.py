"""Asking a caller where they are: the message, the page, the position; over HTTP and a database."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, update

from router.incidents.locate import Locator, NotAskedError
from router.incidents.model import By, Event, Place, Said
from router.public import public_app
from router.public.locate import LocatePage
from router.store import CallWriter, IncidentStore
from router.store.custody import Custody, Due
from router.store.errors import UnknownCallError
from router.store.locations import LINKS, LinkStore, TooManyLinksError
from router.store.tables import location_links, outbox
from siaga import places
from siaga.gateways import Gateways
from siaga.places import Position
from siaga.plan import load_plan
from siaga.settings import KUTIM, PROJECT
from tests.unit.router.store.records import at, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

ONE, FIXED, HIDDEN, ABROAD = "a", "b", "c", "d"
GATEWAYS = Gateways({"sms": "json://127.0.0.1/?-to={to}"}, "https://112.example.org")
SENT = {"latitude": "0.5003", "longitude": "117.5364", "accuracy": "24.6"}


class Asked:
    """A caller who may be asked, and what came of it."""

    def __init__(self, engine: AsyncEngine, client: TestClient) -> None:
        self.engine = engine
        self.client = client
        self.links = LinkStore(engine)
        self.incidents = IncidentStore(engine)
        self.locator = Locator(self.links, GATEWAYS)

    async def token(self) -> str:
        """Ask; the secret of the link that was sent last."""
        await self.locator.ask(ONE, "101")
        async with self.engine.connect() as connection:
            query = select(location_links.c.token).order_by(location_links.c.made.desc())
            return str((await connection.execute(query)).scalars().first())

    async def messages(self) -> list[tuple[str, str]]:
        """Target and text of what is to be sent."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(select(outbox.c.target, outbox.c.payload))
            return [(row.target, json.loads(row.payload)["body"]) for row in rows]


@pytest_asyncio.fixture
async def asked(engine: AsyncEngine) -> AsyncIterator[Asked]:
    """Calls from a mobile telephone, a fixed one, a hidden one and one abroad."""
    writer = CallWriter(engine)
    writer.start()
    numbers = {ONE: "081234567890", FIXED: "054921112", HIDDEN: "", ABROAD: "+4915112345678"}
    for call, number in numbers.items():
        writer.put(record(call, caller=number, emergency="fire"))
    assert await writer.close()
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    links = LinkStore(engine)
    page = LocatePage(links, places.load(KUTIM), lambda: plan)
    async with TestClient(TestServer(public_app(page))) as client:
        made = Asked(engine, client)
        yield made
        made.links.close()
        made.incidents.close()
    links.close()


async def test_a_caller_is_asked_and_sends_where_they_are(asked: Asked) -> None:
    """The page opened as often as may be sends nothing; the tap does, once."""
    token = await asked.token()
    ((target, text),) = await asked.messages()
    assert target == "+6281234567890"
    assert f"https://112.example.org/l/{token}" in text
    (incident,) = await asked.incidents.open()
    assert (incident.calls, incident.place) == ((ONE,), Place())
    for _ in range(2):
        shown = await asked.client.get(f"/l/{token}")
        page = await shown.text()
        assert "Kirim lokasi saya" in page
        nonce = re.search(r"script-src 'nonce-([\w-]+)'", shown.headers["Content-Security-Policy"])
        assert nonce is not None
        assert page.count(f'nonce="{nonce[1]}"') == page.count("<script") == 1
        assert "0812" not in page
    sent = await asked.client.post(f"/l/{token}", data=SENT)
    assert "sudah diterima" in await sent.text()
    (incident,) = await asked.incidents.open()
    assert incident.place == Place("64.08.04", position=Position(0.5003, 117.5364), by=By.LINK)
    *_, last = await asked.incidents.log(incident.id)
    assert (last.who, last.what, last.text) == ("link", Event.PLACE, "0.50030,117.53640 ±25 m")

    again = await asked.client.post(f"/l/{token}", data={**SENT, "latitude": "0.6"})
    assert "sudah diterima" in await again.text()
    assert (await asked.incidents.open())[0].place == incident.place


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {**SENT, "latitude": "91"},
        {**SENT, "latitude": "nan"},
        {**SENT, "longitude": "inf"},
        {**SENT, "longitude": "x"},
        {**SENT, "accuracy": "-1"},
        {**SENT, "accuracy": "nan"},
        {**SENT, "accuracy": "1e9"},
        {"latitude": "0", "longitude": "0"},
    ],
)
async def test_what_is_no_position_is_not_taken(asked: Asked, wrong: dict[str, str]) -> None:
    """And the link is as good as before."""
    token = await asked.token()
    assert (await asked.client.post(f"/l/{token}", data=wrong)).status == 400
    assert "Kirim lokasi saya" in await (await asked.client.get(f"/l/{token}")).text()


async def test_a_link_is_over_after_its_time(asked: Asked) -> None:
    """It shows nothing and takes nothing; one that was used still says thanks."""
    token = await asked.token()
    async with asked.engine.begin() as connection:
        await connection.execute(update(location_links).values(expires=1))
    assert (await asked.client.get(f"/l/{token}")).status == 404
    assert (await asked.client.post(f"/l/{token}", data=SENT)).status == 404
    taken = await asked.links.use(
        token, Position(0, 0), 1.0, datetime.now(UTC), lambda _: "64.08.04"
    )
    assert not taken
    assert (await asked.incidents.open())[0].place == Place()


@pytest.mark.parametrize("token", ["x" * 22, "..%2f..%2fa", "short", "%00" * 20, "x" * 200])
async def test_a_link_that_is_none_leads_nowhere(asked: Asked, token: str) -> None:
    """Guessed, too short, with signs."""
    assert (await asked.client.get(f"/l/{token}")).status == 404
    assert (await asked.client.post(f"/l/{token}", data=SENT)).status == 404


@pytest.mark.parametrize("call", [FIXED, HIDDEN, ABROAD])
async def test_who_cannot_get_a_message_is_not_asked(asked: Asked, call: str) -> None:
    """And no incident is opened for it."""
    with pytest.raises(NotAskedError, match="seluler"):
        await asked.locator.ask(call, "101")
    assert await asked.messages() == []
    assert await asked.incidents.open() == []


@pytest.mark.parametrize("gateways", [Gateways(), Gateways(GATEWAYS.addresses), Gateways(
    {"email": "mailto://x?to={to}"}, "https://112.example.org")])  # fmt: skip
async def test_without_a_gateway_or_a_page_nobody_is_asked(
    asked: Asked, gateways: Gateways
) -> None:
    """The sentence names what is to be set."""
    with pytest.raises(NotAskedError, match="SIAGA_NOTIFY_SMS"):
        await Locator(asked.links, gateways).ask(ONE, "101")


async def test_a_caller_is_not_asked_for_ever(asked: Asked) -> None:
    """Each message costs; an unknown call gets none."""
    for _ in range(LINKS):
        await asked.locator.ask(ONE, "101")
    with pytest.raises(TooManyLinksError):
        await asked.locator.ask(ONE, "101")
    with pytest.raises(UnknownCallError):
        await asked.locator.ask("nobody", "101")
    assert len(await asked.messages()) == LINKS


async def test_it_reaches_the_incident_that_the_call_tells_of_now(asked: Asked) -> None:
    """Joined meanwhile: the other one; a district that was said stays; closed: no more."""
    token = await asked.token()
    by = Said("Ani", datetime.now(UTC))
    other = await asked.incidents.open_for(FIXED, by)
    await asked.incidents.set_place(other, Place("64.08.13", text="pasar"), by, "pasar")
    await asked.incidents.join(other, ONE, by)
    await asked.client.post(f"/l/{token}", data=SENT)
    found = await asked.incidents.get(other)
    assert found.place == Place(
        "64.08.13", text="pasar", position=Position(0.5003, 117.5364), by=By.LINK
    )
    late = await asked.token()
    await asked.incidents.finish(other, "selesai", by)
    thanks = await asked.client.post(f"/l/{late}", data={**SENT, "latitude": "0.6"})
    assert "sudah diterima" in await thanks.text()
    assert (await asked.incidents.get(other)).place == found.place


async def test_links_are_forgotten_with_their_call(asked: Asked) -> None:
    """And what came by them."""
    token = await asked.token()
    await asked.client.post(f"/l/{token}", data=SENT)
    custody = Custody(asked.engine)
    await custody.erase_numbers(Due("node1", at(10), "aturan"), at(1000))
    custody.close()
    async with asked.engine.connect() as connection:
        assert (await connection.execute(select(location_links))).first() is None
    assert (await asked.client.get(f"/l/{token}")).status == 404
