"""``/api/incidents`` over a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from router.api import Services, build_app
from router.incidents.desk import IncidentDesk
from router.incidents.words import MAX_WORDS
from router.store import CallWriter, IncidentStore
from siaga import places
from siaga.plan import load_plan
from siaga.settings import KUTIM, PROJECT
from tests.unit.router.store.records import at, closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

TOKEN = {"Authorization": "Bearer right"}
ONE, OTHER = "node1-1.1", "node1-2.2"


class Api:
    """The interface, as somebody with the token uses it."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    async def get(self, path: str = "") -> tuple[int, Any]:
        response = await self.client.get(f"/api/incidents{path}", headers=TOKEN)
        return response.status, await response.json()

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        response = await self.client.post(f"/api/incidents{path}", json=body, headers=TOKEN)
        return response.status, await response.json()

    async def opened(self, call: str = ONE) -> int:
        status, answer = await self.post("", {"by": "Ani", "call": call})
        assert status == 200
        return int(answer["id"])


@pytest_asyncio.fixture
async def api(engine: AsyncEngine) -> AsyncIterator[Api]:
    """It, with two calls to tell of something."""
    writer = CallWriter(engine)
    writer.start()
    for call, began in ((ONE, 0), (OTHER, 60)):
        writer.put(closed(call, began=at(began)))
    assert await writer.close()
    store, plan = IncidentStore(engine), load_plan(PROJECT / "plans" / "kutim.yaml").plan
    desk = IncidentDesk(store, lambda: plan, places.load(KUTIM))

    async def nothing(_call: str, _agency: str) -> None:
        """Nothing is transferred here."""

    services = Services("right", lambda: {"ok": True}, dict, nothing, incidents=desk)
    async with TestClient(TestServer(build_app(services))) as client:
        yield Api(client)
    store.close()


async def test_an_incident_from_its_opening_to_its_end(api: Api) -> None:
    """Every change gives the incident as it is then."""
    number = await api.opened()
    assert await api.opened() == number
    by = {"by": "Ani"}
    steps = [
        ("place", {"district": "Bengalon", "village": "Sepaso", "text": "jembatan"}),
        ("place", {"position": "0.80,117.60"}),
        ("kind", {"kind": "accident"}),
        ("note", {"text": "truk terguling"}),
        ("join", {"call": OTHER}),
        ("send", {"agency": "rsud", "unit": "Ambulans 2"}),
        ("accept", {"agency": "rsud", "unit": "Ambulans 2"}),
        ("arrive", {"agency": "rsud", "unit": "Ambulans 2"}),
    ]
    for verb, words in steps:
        status, row = await api.post(f"/{number}/{verb}", {**by, **words})
        assert status == 200, row
    assert row["state"] == "on_scene"
    assert (row["district"]["name"], row["village"]["name"]) == ("Bengalon", "Sepaso")
    assert (row["place"], row["latitude"], row["longitude"]) == ("jembatan", 0.8, 117.6)
    assert (row["emergency"], row["calls"], row["position_by"]) == (
        "accident",
        [ONE, OTHER],
        "operator",
    )
    assert [(unit["agency"], unit["name"]) for unit in row["units"]] == [("rsud", "Ambulans 2")]
    status, parted = await api.post("/split", {**by, "call": OTHER})
    assert status == 200
    status, rows = await api.get()
    assert (status, [each["id"] for each in rows]) == (200, [parted["id"], number])
    assert [each["why"] for each in rows[0]["maybe"]] == ["time"]  # nobody knows yet where it is
    status, row = await api.post(f"/{parted['id']}/merge", {**by, "into": str(number)})
    assert (status, row["how"], row["into"]) == (200, "merged", number)
    status, row = await api.post(f"/{number}/close", {**by, "text": "selesai"})
    assert (status, row["state"]) == (200, "closed")
    assert row["log"][-1] | {"at": ""} == {
        "at": "",
        "who": "Ani",
        "what": "closed",
        "text": "selesai",
    }
    assert await api.get() == (200, [])


@pytest.mark.parametrize(
    ("path", "words", "status", "code"),
    [
        ("/{}/kind", {"kind": "alien"}, 400, "wrong_word"),
        ("/{}/send", {"agency": "fbi"}, 400, "wrong_word"),
        ("/{}/send", {"agency": "damkar", "unit": "x" * 61}, 400, "wrong_word"),
        ("/{}/note", {"text": "x" * (MAX_WORDS + 1)}, 400, "wrong_word"),
        ("/{}/note", {"text": " "}, 400, "bad_request"),
        ("/{}/note", {"text": 7}, 400, "bad_request"),
        ("/{}/place", {"district": "Bontang"}, 400, "unknown_place"),
        ("/{}/place", {"village": "Nirgends"}, 400, "unknown_place"),
        ("/{}/place", {"position": "north"}, 400, "wrong_word"),
        ("/{}/place", {"position": "nan,117"}, 400, "wrong_word"),
        ("/{}/join", {"call": "node1-9.9"}, 404, "unknown_call"),
        ("/{}/merge", {"into": "99"}, 404, "unknown_incident"),
        ("/{}/merge", {"into": "-1"}, 404, "unknown_incident"),
        ("/{}/merge", {"into": "٣"}, 404, "unknown_incident"),
        ("/99/note", {"text": "x"}, 404, "unknown_incident"),
        ("/999999999999/note", {"text": "x"}, 404, "unknown_incident"),
        ("/split", {"call": ONE}, 409, "not_in_incident"),
        ("", {"call": "node1-9.9"}, 404, "unknown_call"),
        ("", {"call": OTHER, "kind": "alien"}, 400, "wrong_word"),
        ("", {}, 400, "bad_request"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    api: Api, path: str, words: dict[str, Any], status: int, code: str
) -> None:
    """With a word for programs and a sentence for people."""
    number = await api.opened()
    before = await api.get(f"/{number}")
    given, answer = await api.post(path.format(number), {"by": "Ani", **words})
    assert (given, answer["error"]) == (status, code)
    assert answer["message"]
    assert await api.get(f"/{number}") == before


@pytest.mark.parametrize("body", [None, [], "x", 7, {"call": ONE}, {"by": "", "call": ONE}])
async def test_a_body_that_is_none_is_refused(api: Api, body: object) -> None:
    """Nothing is opened by it."""
    status, answer = await api.post("", body)
    assert (status, answer["error"]) == (400, "bad_request")
    assert await api.get() == (200, [])


async def test_what_is_closed_stays_as_it_is(api: Api) -> None:
    """But for words about it."""
    number = await api.opened()
    by = {"by": "Ani"}
    await api.post(f"/{number}/close", {**by, "text": "selesai"})
    for verb, words in (
        ("kind", {"kind": "accident"}),
        ("place", {"text": "x"}),
        ("send", {"agency": "rsud"}),
        ("join", {"call": OTHER}),
    ):
        status, answer = await api.post(f"/{number}/{verb}", {**by, **words})
        assert (status, answer["error"]) == (409, "incident_closed"), verb
    assert (await api.post(f"/{number}/note", {**by, "text": "masih berasap"}))[0] == 200


async def test_a_position_alone_gives_the_nearest_district_as_a_guess(api: Api) -> None:
    """Which a person may correct; a district told anew forgets a village of another."""
    number = await api.opened()
    by = {"by": "Ani"}
    _, row = await api.post(f"/{number}/place", {**by, "position": "0.17,117.31"})
    assert row["district"]["name"] == "Teluk Pandan"
    _, row = await api.post(f"/{number}/place", {**by, "village": "Sepaso"})
    assert (row["district"]["name"], row["latitude"]) == ("Bengalon", 0.17)
    _, row = await api.post(f"/{number}/place", {**by, "district": "Telen"})
    assert (row["district"]["name"], row["village"]) == ("Telen", None)


async def test_the_plans_questions_are_kept_as_asked_and_answered(api: Api) -> None:
    """With who and when; the last answer counts, the log has all; of a former plan's, too."""
    number = await api.opened()
    by = {"by": "101"}
    _, row = await api.get(f"/{number}")
    questions = [each["text"] for each in row["sop"]["ask"]]
    assert questions[0] == "Di mana tepatnya, apa patokannya?"
    assert [each["number"] for each in row["sop"]["ask"]] == [1, 2, 3, 4]
    assert {each["answer"] for each in row["sop"]["ask"]} == {None}
    for answer in ("ya", "tiga orang"):
        body = {**by, "number": "3", "text": answer}
        status, row = await api.post(f"/{number}/ask", body)
        assert status == 200
    _, row = await api.post(f"/{number}/advise", {**by, "number": "1"})
    third = row["sop"]["ask"][2]
    assert (third["text"], third["answer"], third["who"]) == (questions[2], "tiga orang", "101")
    assert third["at"] >= row["opened"]
    given = [each["at"] is not None for each in row["sop"]["advise"]]
    assert given == [True, False]
    assert [(each["what"], each["text"]) for each in row["log"][1:]] == [
        ("asked", f"{questions[2]} ya"),
        ("asked", f"{questions[2]} tiga orang"),
        ("advised", row["sop"]["advise"][0]["text"]),
    ]
    _, row = await api.post(f"/{number}/kind", {**by, "kind": "medical"})
    assert [each["number"] for each in row["sop"]["ask"]] == [1, 2, 3, None]
    assert row["sop"]["ask"][-1]["answer"] == "tiga orang"


async def test_a_kind_that_the_plan_asks_nothing_about_says_so(api: Api) -> None:
    """There are no numbers to choose from."""
    number = await api.opened()
    await api.post(f"/{number}/kind", {"by": "101", "kind": "operator"})
    status, answer = await api.post(f"/{number}/advise", {"by": "101", "number": "1"})
    assert (status, answer["error"]) == (400, "wrong_word")
    assert "operator" in answer["message"]


@pytest.mark.parametrize(
    ("verb", "words", "code"),
    [
        ("ask", {"number": "5", "text": "x"}, "wrong_word"),
        ("ask", {"number": "0", "text": "x"}, "wrong_word"),
        ("ask", {"number": "one", "text": "x"}, "wrong_word"),
        ("ask", {"number": "1", "text": " "}, "bad_request"),
        ("ask", {"number": "1"}, "bad_request"),
        ("advise", {"number": "3"}, "wrong_word"),
        ("advise", {}, "bad_request"),
    ],
)
async def test_what_the_plan_does_not_ask_is_not_answered(
    api: Api, verb: str, words: dict[str, str], code: str
) -> None:
    """The sentence tells which numbers there are."""
    number = await api.opened()
    before = await api.get(f"/{number}")
    status, answer = await api.post(f"/{number}/{verb}", {"by": "101", **words})
    assert (status, answer["error"]) == (400, code)
    assert await api.get(f"/{number}") == before


async def test_who_has_not_seen_the_latest_is_refused_what_would_undo_it(api: Api) -> None:
    """By 409; what another has only added refuses nobody, and the latest version is taken."""
    number = await api.opened()
    _, row = await api.get(f"/{number}")
    old = {"by": "Budi", "seen": str(row["version"])}
    for verb, words in (("kind", {"kind": "accident"}), ("place", {"text": "pasar"})):
        _, row = await api.post(f"/{number}/{verb}", {"by": "Ani", **words})
    for verb, words in (
        ("kind", {"kind": "medical"}),
        ("place", {"district": "Bengalon"}),
        ("merge", {"into": str(await api.opened(OTHER))}),
        ("close", {"text": "selesai"}),
    ):
        status, answer = await api.post(f"/{number}/{verb}", {**old, **words})
        assert (status, answer["error"]) == (409, "overtaken"), verb
        assert "Ani" in answer["message"]
    assert (await api.post(f"/{number}/note", {**old, "text": "asap"}))[0] == 200
    status, last = await api.get(f"/{number}")
    assert (last["emergency"], last["place"], last["district"]) == ("accident", "pasar", None)
    new = {"by": "Budi", "seen": str(last["version"])}
    status, last = await api.post(f"/{number}/place", {**new, "without": "text,x", "text": ""})
    assert (status, last["place"]) == (200, "")


@pytest.mark.parametrize("seen", ["0", "-1", "x", "٣", "9" * 40])
async def test_a_version_that_is_none_is_older_than_all(api: Api, seen: str) -> None:
    """Nothing is written over by who says nothing that can be understood."""
    number = await api.opened()
    await api.post(f"/{number}/kind", {"by": "Ani", "kind": "accident"})
    body = {"by": "Budi", "seen": seen, "kind": "medical"}
    status, answer = await api.post(f"/{number}/kind", body)
    assert (status, answer["error"]) == (409, "overtaken")


async def test_a_form_that_is_sent_twice_is_taken_once(api: Api) -> None:
    """Also an answer, and a call that was split off: the second time gives what the first gave."""
    number = await api.opened()
    await api.post(f"/{number}/join", {"by": "Ani", "call": OTHER})
    _, row = await api.get(f"/{number}")
    by = {"by": "Ani", "seen": str(row["version"])}
    asked = {**by, "number": "1", "text": "di pasar"}
    parted = {**by, "call": OTHER, "incident": str(number)}
    first = [await api.post(f"/{number}/ask", asked), await api.post("/split", parted)]
    _, before = await api.get(f"/{number}")
    again = [await api.post(f"/{number}/ask", asked), await api.post("/split", parted)]
    assert [status for status, _ in (*first, *again)] == [200] * 4
    assert again[1] == first[1]
    assert await api.get(f"/{number}") == (200, before)
