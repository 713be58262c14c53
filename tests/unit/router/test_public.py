"""The page on which a call is accepted, over HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp.test_utils import TestClient, TestServer

from router.incidents.model import Event, Said, State
from router.public import public_app
from router.public.accept import AcceptPage
from router.store import CallWriter, IncidentStore, open_engine
from router.store.acceptances import AcceptanceStore
from router.store.outbox import Notification
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.unit.router.store.records import at, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web
    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

PLAN = load_plan(PROJECT / "plans" / "kutim.yaml").plan
TOKEN = "kT3_" + "x" * 18


@asynccontextmanager
async def pages(
    engine: AsyncEngine,
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    store, incidents = AcceptanceStore(engine), IncidentStore(engine)
    page = AcceptPage(store, incidents, lambda: PLAN)
    async with TestClient(TestServer(public_app(page))) as client:
        yield client
    store.close()
    incidents.close()


async def tell(engine: AsyncEngine, agency: str = "damkar", emergency: str = "fire") -> None:
    writer = CallWriter(engine)
    writer.start()
    told = Notification(
        "1", "node1", "a", agency, "call_ringing", "sms", "{}", at(0), target="0811", token=TOKEN
    )
    writer.put(record("a", emergency=emergency), [told])
    assert await writer.close()


async def test_a_call_is_accepted_with_one_button(engine: AsyncEngine) -> None:
    """To open the page, or to have it previewed, accepts nothing; the button does, once."""
    await tell(engine)
    async with pages(engine) as client:
        for _ in range(2):
            shown = await client.get(f"/a/{TOKEN}")
            text = await shown.text()
            assert shown.status == 200
            assert "112: Kebakaran" in text
            assert "Damkar: panggilan / call 01-03-2026 10:03:04" in text
            assert '<form method="post"><button>' in text
            assert "+62811" not in text
        after = await client.post(f"/a/{TOKEN}")
        assert [each.status for each in after.history] == [303]
        text = await after.text()
        assert "Sudah diterima / accepted" in text
        assert "<form" not in text
        again = await client.post(f"/a/{TOKEN}")
        assert again.status == 200
    store = AcceptanceStore(engine)
    assert [each.who for each in (await store.of("a")).values()] == ["0811"]
    store.close()


async def test_who_has_accepted_tells_when_he_is_there(engine: AsyncEngine) -> None:
    """On the same page, once an incident is opened for the call; the first time counts."""
    await tell(engine)
    incidents, ani = IncidentStore(engine), Said("Ani", at(1))
    arrive = {"step": "arrive"}
    async with pages(engine) as client:
        # Without a word before it, it is that word.
        text = await (await client.post(f"/a/{TOKEN}", data=arrive)).text()
        assert "Sudah diterima" in text
        assert "di lokasi" not in text
        assert await incidents.of_call("a") is None
        number = await incidents.open_for("a", ani)
        assert 'name="step" value="arrive"' in await (await client.get(f"/a/{TOKEN}")).text()
        assert (await incidents.get(number)).state is State.DISPATCHED
        text = await (await client.post(f"/a/{TOKEN}", data={"step": "leave"})).text()
        assert 'value="arrive"' in text
        text = await (await client.post(f"/a/{TOKEN}", data=arrive)).text()
        assert "Di lokasi / on scene" in text
        assert "<form" not in text
        found = await incidents.get(number)
        assert found.state is State.ON_SCENE
        await client.post(f"/a/{TOKEN}", data=arrive)
        assert await incidents.get(number) == found
        await incidents.finish(number, "selesai", ani)
        assert (await client.post(f"/a/{TOKEN}", data=arrive)).status == 200
    *_, last = await incidents.log(number)
    assert last.what is Event.CLOSED
    assert [each.who for each in await incidents.log(number) if each.what is Event.ARRIVED] == [
        "0811"
    ]
    incidents.close()


async def test_every_answer_is_locked_down(engine: AsyncEngine) -> None:
    """No scripts, no frames, nothing kept, nothing told to where a link leads; also of errors."""
    await tell(engine)
    async with pages(engine) as client:
        for path, status in ((f"/a/{TOKEN}", 200), ("/a/" + "x" * 22, 404), ("/", 404)):
            shown = await client.get(path)
            assert shown.status == status
            assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
            assert shown.headers["Referrer-Policy"] == "no-referrer"
            assert shown.headers["Cache-Control"] == "no-store"


async def test_no_link_but_the_right_one_leads_anywhere(engine: AsyncEngine) -> None:
    """Nothing of the centre's own interface is here, and no token finds what has none."""
    await tell(engine)
    async with pages(engine) as client:
        for path in (
            "/a/",
            f"/a/{TOKEN[:-1]}",
            f"/a/{TOKEN}x",
            f"/a/{TOKEN}/..",
            "/a/%25",
            "/a/" + "%27%20OR%201%3D1--" * 2,
            "/a/" + "x" * 5000,
            "/api/handsets",
            "/health",
            "/metrics",
        ):
            assert (await client.get(path)).status in (400, 404), path
        assert (await client.post(f"/a/{TOKEN}", data=b"x" * 4096)).status in (200, 413)
        assert (await client.put(f"/a/{TOKEN}")).status == 405


async def test_names_are_shown_as_text(engine: AsyncEngine) -> None:
    """An agency that the plan does not have any more is shown as it was called."""
    await tell(engine, agency="<script>x</script>", emergency="<b>")
    async with pages(engine) as client:
        text = await (await client.get(f"/a/{TOKEN}")).text()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


async def test_without_a_database_it_says_so(settings: Settings) -> None:
    settings.home.mkdir()
    engine = open_engine(settings.database)
    async with pages(engine) as client:
        shown = await client.get(f"/a/{TOKEN}")
        assert shown.status == 503
        assert "112" in await shown.text()
    await engine.dispose()
