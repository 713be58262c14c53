"""The call card: what it shows, and that what is done by it is done once, and answered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from router.accounts.model import Role
from router.calls.record import CallRecord
from router.console.card.lately import FRESH_S, Lately
from router.console.card.once import Once
from router.console.card.origin import Origin, origin
from router.console.card.said import away, keys_of, sentence
from router.console.card.seat import At, at
from router.console.link import RouterLink
from router.incidents.model import Said
from router.store import CallWriter, IncidentStore
from router.store.incident_search import IncidentSearch
from router.store.trail import Search
from tests.unit.router.console.people import BEGAN, House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CALL = "node1-1.1"
HOSTILE = "<img src=x onerror=alert(1)>"
ACCEPT = {"Accept": "application/json"}
ASKED_S = 10.0


def state(**calls: Any) -> dict[str, Any]:
    """A board with one agency of two handsets."""
    phones = [
        {"extension": ext, "name": None, "state": "ringing", "officer": None, "calls": []}
        for ext in ("201", "202")
    ]
    agency = {"key": "damkar", "name": {"id": "Damkar", "en": "Fire"}, "handsets": phones}
    return {"centre": {"hears": True}, "calls": calls, "agencies": [agency]}


def ringing(agency: str = "damkar") -> dict[str, Any]:
    return {"ringing": [{"agency": agency, "handset": None}], "talking": []}


def test_the_call_at_a_handset_is_found_or_honestly_not() -> None:
    """By who talks, by the channel that rings, by the only call there is; of several, none."""
    board = state(a=ringing(), b=ringing())
    assert at(board, "201") == At(None, "ringing", ("a", "b"))
    phone = board["agencies"][0]["handsets"][0]
    phone["rings"] = "b"
    assert at(board, "201") == At("b", "ringing")
    phone["calls"] = ["a"]
    assert at(board, "201") == At("a", "talking")
    assert at(state(a=ringing("everyone")), "202") == At("a", "ringing")
    for nothing in (at(None, "201"), at(board, ""), at(board, "999")):
        assert nothing == At()


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("+6281212345678", Origin("Telkomsel")),
        ("0549212345", Origin(area="Kutai Timur")),
        ("02112345678", Origin(area="Jakarta")),
        ("+4930123456", Origin(abroad=True)),
        ("anonymous", Origin()),
        (HOSTILE, Origin()),
    ],
)
def test_a_number_tells_where_it_is_from(number: str, told: Origin) -> None:
    """Its network or its area, and nothing of what is no number."""
    assert origin(number) == told


async def test_the_same_command_twice_is_done_once() -> None:
    """Both who asked are answered by the one; what failed is done again."""
    once: Once[int] = Once()
    done: list[int] = []
    go = asyncio.Event()

    async def work() -> int:
        done.append(1)
        await go.wait()
        return len(done)

    both = asyncio.gather(once.do("k", work), once.do("k", work))
    await asyncio.sleep(0)
    go.set()
    assert await both == [1, 1]
    assert await once.do("k", work) == 1
    assert await once.do("other", work) == 2

    async def failing() -> int:
        done.append(1)
        raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError, match=r"^$"):
            await once.do("f", failing)
    assert len(done) == 4


async def test_what_was_read_lately_is_not_read_again() -> None:
    """Within a minute, of each key; later it is."""
    now, read = [0.0], list[str]()
    lately: Lately[int] = Lately(lambda: now[0])

    async def get(key: str) -> int:
        async def reading() -> int:
            read.append(key)
            return len(read)

        return await lately.get(key, reading)

    assert [await get("a"), await get("a"), await get("b")] == [1, 1, 2]
    now[0] = FRESH_S
    assert await get("a") == 3


def test_what_is_said_is_in_one_language_with_the_keys_of_the_handset() -> None:
    """Either way in which the router says both; an agency's keys are its place in the plan."""
    assert sentence("satu. / one.", "id") == "satu."
    assert sentence("satu.\none.", "en") == "one."
    assert keys_of("add", "b", ["a", "b"]) == "*12"
    assert keys_of("transfer", "x", ["a"]) == ""
    assert keys_of("class", "prank", []) == "*43"
    assert "*12" in away("*12", "id")


class Router:
    """A router of which a test knows what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answer: tuple[int, dict[str, Any]] = (200, {"id": 7})
        self.go = asyncio.Event()
        self.go.set()
        self.heard = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, await request.json()))
        self.heard.set()
        await self.go.wait()
        status, body = self.answer
        return web.json_response(body, status=status)


@pytest.fixture
async def router(house: House) -> AsyncIterator[Router]:
    """In the place of the one of the house, which is not there."""
    there = Router()
    app = web.Application()
    app.router.add_post("/{rest:.*}", there.handle)
    server = TestServer(app)
    await server.start_server()
    link = RouterLink(server.port or 0, "t")
    await link.open()
    object.__setattr__(house.desk, "link", link)
    yield there
    there.go.set()
    await link.close()
    await server.close()


async def put(house: House, *records: CallRecord) -> None:
    """Calls in the database."""
    writer = CallWriter(house.desk.engine)
    writer.start()
    for record in records:
        writer.put(record)
    assert await writer.close()


def record(number: int = 1, **changes: Any) -> CallRecord:
    given = {
        "id": f"node1-1.{number}",
        "node": "node1",
        "caller": "081212345678",
        "began": BEGAN,
        "emergency": "fire",
        "choice": "digit",
        **changes,
    }
    return CallRecord(**given)


async def test_a_card_shows_who_calls_and_whoever_called_before(house: House) -> None:
    """Number and network, the same number's earlier calls; hostile words are words."""
    earlier = record(0, caller="+6281212345678", began=BEGAN - timedelta(days=2), ended=BEGAN)
    await put(house, earlier, record(), record(2, caller=HOSTILE))
    anna = await house.inside("Anna", Role.OPERATOR)
    answer = await anna.get(f"/card/{CALL}")
    assert answer.status == 200
    assert "seluler Telkomsel" in anna.page
    assert "/records/node1/node1-1.0" in anna.page
    assert "node1-1.2" not in anna.page
    await anna.get("/card/node1-1.2")
    assert HOSTILE not in anna.page
    assert "&lt;img src=x onerror" in anna.page
    assert (await anna.get("/card/node1-1.9")).status == 404


async def test_an_auditor_reads_the_card_and_has_nothing_to_press(house: House) -> None:
    """No form of the card is on their page."""
    await put(house, record())
    auditor = await house.inside("Aud", Role.AUDITOR)
    assert (await auditor.get(f"/card/{CALL}")).status == 200
    assert f'action="/card/{CALL}' not in auditor.page


async def test_a_note_is_kept_as_it_is_typed_and_never_overwritten(house: House) -> None:
    """Two people have a text each; the same person in two windows is told; the trail once."""
    await put(house, record())
    anna, budi = await house.inside("Anna", Role.OPERATOR), await house.inside("Budi", Role.ADMIN)
    path = f"/card/{CALL}/note"

    async def note(who: Any, text: str, seen: int) -> tuple[int, dict[str, Any]]:
        answer = await who.post(path, {"text": text, "seen": str(seen)}, **ACCEPT)
        who.page = page[who]
        return answer.status, await answer.json()

    page = {who: who.page for who in (anna, budi)}
    assert (await note(anna, "asap", 0))[1]["version"] == 1
    assert (await note(anna, f"asap {HOSTILE}", 1))[1]["version"] == 2
    assert (await note(budi, "dua di dalam", 0))[1]["version"] == 1
    status, said = await note(anna, "lain", 1)
    assert (status, said["error"], said["text"]) == (409, "overtaken", f"asap {HOSTILE}")
    # What is kept already may be sent again, by a request that was repeated.
    assert (await note(anna, f"asap {HOSTILE}", 1))[1]["version"] == 2
    assert (await note(anna, "x" * 10_001, 2))[0] == 413
    await budi.get(f"/card/{CALL}")
    assert HOSTILE not in budi.page
    assert "asap &lt;img" in budi.page
    assert "dua di dalam" in budi.page
    rows = await house.desk.trail.find(Search(what="call_noted"), 10)
    assert sorted(row.actor.who for row in rows) == ["Anna", "Budi"]


async def test_without_script_a_form_leads_back_to_the_card(house: House, router: Router) -> None:
    """A class by a plain form: the router is asked, the trail knows, the card comes again."""
    await put(house, record())
    anna = await house.inside("Anna", Role.OPERATOR)
    answer = await anna.post(f"/card/{CALL}/class", {"kind": "emergency"})
    assert (answer.status, answer.headers["Location"]) == (303, f"/card/{CALL}")
    body = {"call": CALL, "kind": "emergency", "by": "Anna"}
    assert router.asked == [("/api/classes", body)]
    assert (await anna.post(f"/card/{CALL}/class", {"kind": HOSTILE})).status == 400
    rows = await house.desk.trail.find(Search(what="call_classed"), 10)
    assert [(row.object, row.new) for row in rows] == [(CALL, "emergency")]


async def test_a_double_click_dispatches_once(house: House, router: Router) -> None:
    """Two requests of the same click ask the router once, and both are told what became of it."""
    await put(house, record())
    anna = await house.inside("Anna", Role.OPERATOR)
    router.answer = 200, {"done": True, "result": "joined", "message": "Damkar ikut. / Joined."}
    router.go.clear()
    form = {"agency": "damkar", "seen": "m"}
    both = asyncio.gather(*(anna.post(f"/card/{CALL}/add", form, **ACCEPT) for _ in range(2)))
    async with asyncio.timeout(ASKED_S):
        await router.heard.wait()
    router.go.set()
    assert [(await each.json())["message"] for each in await both] == ["Damkar ikut."] * 2
    assert router.asked == [("/api/dispatch/add", {"call": CALL, "agency": "damkar"})]
    rows = await house.desk.trail.find(Search(what="dispatched"), 10)
    assert [(row.object, row.old, row.new) for row in rows] == [(CALL, "add damkar", "joined")]


async def test_a_call_that_is_over_is_told_so(house: House, router: Router) -> None:
    """In words and by a status, with and without script."""
    await put(house, record(ended=BEGAN))
    anna = await house.inside("Anna", Role.OPERATOR)
    router.answer = 404, {"error": "call_not_open", "message": "x / y"}
    form = {"agency": "damkar"}
    answer = await anna.post(f"/card/{CALL}/transfer", form, **ACCEPT)
    assert answer.status == 404
    assert (await answer.json())["message"] == "Panggilan sudah berakhir."
    await anna.get(f"/card/{CALL}")
    answer = await anna.post(f"/card/{CALL}/transfer", form)
    assert answer.status == 404
    assert "Panggilan sudah berakhir." in anna.page


async def test_without_the_router_the_keys_of_the_handset_are_told(house: House) -> None:
    """What does the same is said beside that nothing was done."""
    await put(house, record())
    anna = await house.inside("Anna", Role.OPERATOR)
    place = list(house.desk.plan().agencies).index("damkar") + 1
    answer = await anna.post(f"/card/{CALL}/add", {"agency": "damkar"}, **ACCEPT)
    assert answer.status == 503
    assert f"*1{place}" in (await answer.json())["message"]


async def test_the_first_answer_opens_an_incident(house: House, router: Router) -> None:
    """A call that tells of none has one opened; with one, the version that was seen goes along."""
    await put(house, record())
    anna = await house.inside("Anna", Role.OPERATOR)
    form = {"incident": "", "version": "", "number": "1", "text": "api besar"}
    answer = await anna.post(f"/card/{CALL}/ask", form, **ACCEPT)
    assert (await answer.json())["incident"] == "7"
    asked = {"number": "1", "text": "api besar", "by": "Anna"}
    assert router.asked == [
        ("/api/incidents", {"call": CALL, "by": "Anna"}),
        ("/api/incidents/7/ask", asked),
    ]
    await anna.get(f"/card/{CALL}")
    router.answer = 409, {"error": "overtaken", "message": "x / y"}
    form |= {"incident": "7", "version": "12"}
    answer = await anna.post(f"/card/{CALL}/ask", form, **ACCEPT)
    assert (answer.status, (await answer.json())["error"]) == (409, "overtaken")
    assert router.asked[-1] == ("/api/incidents/7/ask", {**asked, "seen": "12"})


async def test_a_seat_is_kept_by_the_browser_and_noted(house: House) -> None:
    """One of the plan's; another is refused, and who sits nowhere is asked."""
    anna = await house.inside("Anna", Role.OPERATOR)
    assert "Saya duduk di pesawat" in (await (await anna.get("/card")).text())
    assert (await anna.post("/card/seat", {"handset": HOSTILE})).status == 400
    assert HOSTILE not in anna.page
    await anna.get("/card")
    answer = await anna.post("/card/seat", {"handset": "201"})
    assert answer.status == 303
    assert anna.cookie("handset") == "201"
    await anna.get("/")
    assert 'name="siaga-seat" content="201"' in anna.page
    rows = await house.desk.trail.find(Search(what="seat_taken"), 10)
    assert [(row.old, row.new) for row in rows] == [("", "201")]


async def test_a_card_of_an_incident_shows_it_and_what_was_answered(house: House) -> None:
    """Its number, place and version; the other open ones may be attached to where there is none."""
    await put(house, record(), record(2))
    store = IncidentStore(house.desk.engine)
    number = await store.open_for("node1-1.2", Said("201", BEGAN), "fire")
    store.close()
    file = await IncidentSearch(house.desk.engine).file(number)
    assert file is not None
    anna = await house.inside("Anna", Role.OPERATOR)
    await anna.get("/card/node1-1.2")
    assert f'href="/incidents/{number}"' in anna.page
    assert f'name="version" value="{file.version}"' in anna.page
    await anna.get(f"/card/{CALL}")
    assert f'<option value="{number}">' in anna.page
