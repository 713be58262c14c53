"""Pages of incidents: read from a real database, changed by a real interface of the router's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import BaseTestServer, TestServer

from router.accounts.model import Role
from router.api import Services, build_app
from router.console.link import RouterLink
from router.incidents.desk import IncidentDesk
from router.incidents.model import Said, Unit
from router.store import CallWriter, IncidentStore
from router.store.acceptances import Acceptance, AcceptanceStore, Way
from router.store.outbox import Notification
from router.store.trail import Search
from siaga import places
from siaga.settings import KUTIM
from tests.unit.router.console.people import BEGAN
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.unit.router.console.people import Browser, House

ONE, OTHER, THIRD = "node1-1.1", "node1-2.2", "node1-3.3"
HOSTILE = "<script>alert(1)</script>"
SHOWN = "&lt;script&gt;alert(1)&lt;/script&gt;"


class Centre:
    """The router behind a console, and its incidents."""

    def __init__(self, house: House, store: IncidentStore, server: BaseTestServer) -> None:
        self.house = house
        self.store = store
        self.server = server

    async def opened(self, call: str = ONE) -> int:
        return await self.store.open_for(call, Said("Ani", BEGAN))

    async def log(self, number: int) -> list[tuple[str, str, str]]:
        return [(each.who, str(each.what), each.text) for each in await self.store.log(number)]


@pytest_asyncio.fixture
async def centre(unserved: House) -> AsyncIterator[Centre]:
    """Three calls of a minute each, and no incident yet."""
    writer = CallWriter(unserved.desk.engine)
    writer.start()
    for call, ago in ((ONE, 9), (OTHER, 6), (THIRD, 3)):
        began = BEGAN - timedelta(minutes=ago)
        record = closed(call, began=began, caller=f"0812345{ago}", answered=began, legs=())
        told = Notification(
            f"m{ago}", "node1", call, "damkar", "call_ringing", "sms", "{}", began, "+62812"
        )
        writer.put(replace(record, ended=began + timedelta(minutes=1)), (told,))
    assert await writer.close()
    store, plan = IncidentStore(unserved.desk.engine), unserved.desk.plan()
    desk = IncidentDesk(store, lambda: plan, places.load(KUTIM))

    async def nothing(_call: str, _agency: str) -> None:
        """Nothing is transferred here."""

    services = Services("right", lambda: {"ok": True}, dict, nothing, incidents=desk)
    async with TestServer(build_app(services)) as server:
        link = RouterLink(server.port or 0, "right")
        await link.open()
        unserved.desk = replace(unserved.desk, link=link)
        await unserved.serve()
        yield Centre(unserved, store, server)
        await link.close()
    store.close()


def seen(browser: Browser) -> str:
    found = re.search(r'name="seen" value="(\d+)"', browser.page)
    assert found
    return found[1]


async def send(browser: Browser, number: int, verb: str, **fields: str) -> Any:
    """A form as the page shown last has it."""
    return await browser.post(f"/incidents/{number}/{verb}", {"seen": seen(browser), **fields})


def words(page: str) -> str:
    """What somebody reads on a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


async def test_an_incident_from_its_opening_to_its_end(centre: Centre) -> None:
    """Every form does what it says, once it is sent, and all of it is in the timeline."""
    number = await centre.opened()
    ani = await centre.house.inside("ani", Role.OPERATOR)
    steps = [
        ("note", {"text": "asap tebal"}),
        ("kind", {"kind": "accident"}),
        ("place", {"where": "64.08.09", "text": "jembatan", "position": "0.80,117.60", "was": ""}),
        ("join", {"call": OTHER}),
        ("send", {"agency": "rsud", "unit": "Ambulans 2"}),
        ("accept", {"agency": "rsud", "unit": "Ambulans 2"}),
        ("arrive", {"agency": "rsud", "unit": "Ambulans 2"}),
    ]
    for verb, fields in steps:
        await ani.get(f"/incidents/{number}")
        answer = await send(ani, number, verb, **fields)
        assert (answer.status, answer.headers.get("Location")) == (303, f"/incidents/{number}")
    await ani.get(f"/incidents/{number}")
    shown = words(ani.page)
    for wanted in ("asap tebal", "jembatan", "0.80000,117.60000", "08123456", "Tiba di lokasi"):
        assert wanted in shown
    await send(ani, number, "close", text="selesai")
    found = await centre.store.get(number)
    assert (found.state, found.calls, found.emergency) == ("closed", (ONE, OTHER), "accident")
    await ani.get(f"/incidents/{number}")
    assert "Ditutup: selesai" in words(ani.page)
    assert 'data-form="place"' not in ani.page


async def test_what_was_sent_twice_is_done_once(centre: Centre) -> None:
    """A double click, with the same version, adds no second note, and splits no call twice."""
    number = await centre.opened()
    await centre.store.join(number, OTHER, Said("Ani", BEGAN))
    await centre.store.join(number, THIRD, Said("Ani", BEGAN))
    ani = await centre.house.inside("ani", Role.OPERATOR)
    for verb, fields in (
        ("note", {"text": "asap tebal"}),
        ("kind", {"kind": "medical"}),
        ("place", {"text": "pasar"}),
        ("split", {"call": OTHER}),
        ("close", {"text": "selesai"}),
    ):
        await ani.get(f"/incidents/{number}")
        version = seen(ani)
        before = await centre.log(number)
        for _ in range(2):
            path, form = f"/incidents/{number}/{verb}", {"seen": version, **fields}
            assert (await ani.post(path, form)).status == 303, verb
        assert len(await centre.log(number)) == len(before) + 1, verb
    assert len(await centre.store.newest(9)) == 2
    # The same words again, later, are kept again.
    for _ in range(2):
        await ani.get(f"/incidents/{number}")
        await send(ani, number, "note", text="asap tebal")
    assert [text for *_, text in await centre.log(number)].count("asap tebal") == 3


async def test_two_people_do_not_write_over_each_other(centre: Centre) -> None:
    """Who comes second is shown what is new beside what they typed; sent again it counts."""
    number = await centre.opened()
    ani = await centre.house.inside("ani", Role.OPERATOR)
    budi = await centre.house.inside("budi", Role.SUPERVISOR)
    for verb, first, second, late in (
        ("place", {"text": "pasar baru"}, {"text": HOSTILE}, "pasar baru"),
        ("kind", {"kind": "medical"}, {"kind": "accident"}, "Medis"),
        ("close", {"text": "padam"}, {"text": "masih berasap"}, "padam"),
    ):
        for person in (ani, budi):
            await person.get(f"/incidents/{number}")
        assert (await send(ani, number, verb, **first)).status == 303
        before = await centre.log(number)
        answer = await send(budi, number, verb, **second)
        assert answer.status == 409, verb
        assert await centre.log(number) == before
        assert 'role="alert"' in budi.page
        shown = words(budi.page)
        assert "oleh ani" in shown
        assert late.casefold() in shown.casefold()
        assert HOSTILE not in budi.page
        if verb == "place":
            assert SHOWN in budi.page
        if verb != "close":
            assert (await send(budi, number, verb, **second)).status == 303, verb
    assert "masih berasap" in words(budi.page)
    found = await centre.store.get(number)
    assert (found.place.text, found.emergency) == (HOSTILE, "accident")


async def test_notes_and_units_of_two_people_are_both_kept(centre: Centre) -> None:
    """What only adds is refused to nobody because of what others have added."""
    number = await centre.opened()
    ani = await centre.house.inside("ani", Role.OPERATOR)
    budi = await centre.house.inside("budi", Role.OPERATOR)
    for person in (ani, budi):
        await person.get(f"/incidents/{number}")
    assert (await send(ani, number, "note", text="satu")).status == 303
    assert (await send(budi, number, "note", text="dua")).status == 303
    assert (await send(ani, number, "send", agency="damkar", unit="")).status == 303
    assert (await send(budi, number, "send", agency="rsud", unit="")).status == 303
    assert [unit.agency for unit in (await centre.store.get(number)).units] == ["damkar", "rsud"]


async def test_without_the_router_the_page_is_there_and_keeps_the_words(centre: Centre) -> None:
    """It says so, that 112 is served, and has what was typed; afterwards the same is taken."""
    number = await centre.opened()
    ani = await centre.house.inside("ani", Role.OPERATOR)
    await ani.get(f"/incidents/{number}")
    port = centre.server.port or 0
    await centre.server.close()
    answer = await send(ani, number, "note", text=f"tiga korban {HOSTILE}")
    assert answer.status == 503
    assert "router tidak menjawab" in words(ani.page)
    assert f"tiga korban {SHOWN}</textarea>" in ani.page
    assert (await ani.get(f"/incidents/{number}")).status == 200
    assert port


@pytest.mark.parametrize(
    ("verb", "fields", "status"),
    [
        ("note", {"text": " "}, 400),
        ("note", {"text": "x" * 2001}, 400),
        ("kind", {"kind": "alien"}, 400),
        ("place", {"position": "utara"}, 400),
        ("place", {"where": "64.08.99"}, 400),
        ("send", {"agency": "fbi"}, 400),
        ("join", {"call": "node1-9.9"}, 404),
        ("join", {"call": ""}, 400),
        ("split", {"call": ONE}, 409),
        ("merge", {"into": "99"}, 404),
        ("merge", {"into": "../1"}, 404),
        ("close", {"text": ""}, 400),
    ],
)
async def test_what_cannot_be_is_said_beside_the_form(
    centre: Centre, verb: str, fields: dict[str, str], status: int
) -> None:
    """In the reader's language, with what was typed, and nothing is changed."""
    number = await centre.opened()
    ani = await centre.house.inside("ani", Role.OPERATOR)
    await ani.post("/language", {"language": "en", "next": "/"})
    await ani.get(f"/incidents/{number}")
    before = await centre.log(number)
    answer = await send(ani, number, verb, **fields)
    assert answer.status == status
    assert 'role="alert" tabindex="-1"' in ani.page
    assert await centre.log(number) == before
    trail = await centre.house.desk.trail.find(Search(what="incident_changed"), 9)
    assert [row.object for row in trail] == [f"#{number}"]


async def test_joined_ones_are_led_to_and_suggested(centre: Centre) -> None:
    """Another of the same kind is suggested; merged, the page of the one that stays is shown."""
    first, second = await centre.opened(ONE), await centre.opened(OTHER)
    ani = await centre.house.inside("ani", Role.OPERATOR)
    await ani.get(f"/incidents/{second}")
    assert f'data-form="merge {first}"' in ani.page
    answer = await send(ani, second, "merge", into=str(first))
    assert answer.headers["Location"] == f"/incidents/{first}"
    assert (await centre.store.get(first)).calls == (ONE, OTHER)
    answer = await ani.get(f"/incidents/{second}")
    assert f'<a href="/incidents/{first}">' in ani.page


async def test_a_position_that_nobody_touched_stays_whose_it_was(centre: Centre) -> None:
    """The form sends it back as shown; emptied, it is taken back, and so are words and village."""
    number = await centre.opened()
    ani = await centre.house.inside("ani", Role.OPERATOR)
    await ani.get(f"/incidents/{number}")
    given = {"where": "64.08.09", "text": "pasar", "position": "0.8,117.6", "was": "0.8,117.6"}
    await send(ani, number, "place", **given)
    assert (await centre.store.get(number)).place.position is None
    await ani.get(f"/incidents/{number}")
    await send(ani, number, "place", **{**given, "was": ""})
    place = (await centre.store.get(number)).place
    assert (place.district, place.text, place.position is None) == ("64.08.09", "pasar", False)
    await ani.get(f"/incidents/{number}")
    await send(ani, number, "place", where="", text="", position="", was="0.80000,117.60000")
    place = (await centre.store.get(number)).place
    assert (place.district, place.text, place.position) == ("64.08.09", "", None)


async def test_the_timeline_has_calls_messages_and_words(centre: Centre) -> None:
    """Each with its time, in their order, and hostile words as words, in both languages."""
    number = await centre.opened()
    await centre.store.send(number, Unit("damkar", HOSTILE), Said(HOSTILE, BEGAN))
    accepted = AcceptanceStore(centre.house.desk.engine)
    word = Acceptance(BEGAN + timedelta(seconds=5), "Pak Budi", Way.LINK)
    await accepted.accept("node1", ONE, "damkar", word)
    accepted.close()
    ani = await centre.house.inside("ani", Role.AUDITOR)
    await ani.get(f"/incidents/{number}")
    story = words(ani.page[ani.page.index('class="story"') :])
    places_ = [
        story.index(each)
        for each in ("Panggilan masuk", "Bicara dengan penelepon", "Panggilan berakhir")
    ]
    assert places_ == sorted(places_)
    assert "Pesan" in story
    assert "(lewat tautan)" in story
    assert story.count("Berangkat") == 1
    assert HOSTILE not in ani.page
    assert '<form method="post" action="/incidents' not in ani.page
    await ani.post("/language", {"language": "en", "next": "/"})
    await ani.get(f"/incidents/{number}")
    assert "Call came" in ani.page


async def test_the_list_has_open_ones_first_and_is_filtered(centre: Centre) -> None:
    """By state, kind, district and day; nonsense in the address filters by nothing that exists."""
    numbers = [await centre.opened(call) for call in (ONE, OTHER, THIRD)]
    await centre.store.finish(numbers[2], "x", Said("Ani", BEGAN))
    await centre.store.set_kind(numbers[1], "medical", Said("Ani", BEGAN))
    ani = await centre.house.inside("ani", Role.AUDITOR)

    async def listed(query: str = "") -> list[int]:
        assert (await ani.get(f"/incidents{query}")).status == 200, query
        return [int(found) for found in re.findall(r'href="/incidents/(\d+)"', ani.page)]

    one, two, three = numbers
    assert await listed() == [two, one, three]
    assert await listed("?state=closed") == [three]
    assert await listed("?state=open&kind=medical") == [two]
    assert await listed("?kind=fire") == [one, three]
    assert await listed("?district=64.08.09") == []
    assert await listed("?since=2026-11-27&until=2026-11-27") == [two, one, three]
    assert await listed("?until=2026-11-26") == []
    assert await listed(f"?before={three}") == []
    assert await listed("?state=x&since=x&until=9999-99-99&before=-1") == [two, one, three]


async def test_no_incident_is_no_page(centre: Centre) -> None:
    """Neither to be read nor to be changed."""
    await centre.opened()
    ani = await centre.house.inside("ani", Role.OPERATOR)
    assert (await ani.get("/incidents/999999999")).status == 404
    await ani.get("/account")
    answer = await ani.post("/incidents/999999999/note", {"seen": "1", "text": "x"})
    assert answer.status == 404
