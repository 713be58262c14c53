from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from router.alarms import Alarms
from router.ami import NotConnectedError
from router.api import Services, build_app
from router.dispatch import (
    AsteriskAwayError,
    CallEndedError,
    CallNotOpenError,
    LastHumanError,
    Outcome,
    Result,
    TransferRefusedError,
    UnknownAgencyError,
    UnknownHandsetError,
    UnknownLegError,
)
from router.store import CallWriter, ClassStore
from router.store.callbacks import NotOpenError
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

TOKEN = {"Authorization": "Bearer right"}


class Moves:
    """Notes transfers, and refuses those it is told to."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self.error: Exception | None = None
        self.ok = True
        self.live: list[dict[str, str | None]] = []
        self.commands = 0

    def commanded(self) -> None:
        self.commands += 1

    async def listed(self) -> list[dict[str, str | None]]:
        if self.error is not None:
            raise self.error
        return self.live

    async def transfer(self, call: str, agency: str) -> None:
        if self.error is not None:
            raise self.error
        self.done.append((call, agency))


@pytest.fixture
def moves() -> Moves:
    return Moves()


class Desk:
    """A list of one task."""

    def __init__(self) -> None:
        self.closed: list[tuple[int, str, str]] = []
        self.error: Exception | None = None

    async def rows(self) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        return {"tasks": [{"id": 7}], "without_number": 2}

    async def close(self, task: int, who: str, why: str) -> None:
        if self.error is not None:
            raise self.error
        if task != 7:
            raise NotOpenError("no")
        self.closed.append((task, who, why))


@pytest_asyncio.fixture
async def client(moves: Moves) -> AsyncIterator[TestClient]:
    services = Services(
        token="right",
        health=lambda: {"ok": moves.ok, "ami": {"connected": moves.ok}},
        handsets=lambda: {"201": "free"},
        transfer=moves.transfer,
        live=moves.listed,
        commanded=moves.commanded,
    )
    async with TestClient(TestServer(build_app(services))) as made:
        yield made


@pytest.mark.parametrize("path", ["/api/handsets", "/api/live", "/api/transfer", "/api/nothing"])
@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": ""}])
async def test_interface_needs_the_token(
    client: TestClient, path: str, given: dict[str, str]
) -> None:
    """Without the instance's token nothing is told and nothing is done."""
    response = await client.request("POST" if "transfer" in path else "GET", path, headers=given)
    assert response.status == 401


async def test_empty_token_opens_nothing(moves: Moves) -> None:
    """An instance without a token has no interface at all."""
    services = Services("", lambda: {"ok": True}, dict, moves.transfer)
    async with TestClient(TestServer(build_app(services))) as client:
        response = await client.get("/api/handsets", headers={"Authorization": "Bearer "})
        assert response.status == 401


async def test_health_is_open_and_says_when_it_is_bad(client: TestClient, moves: Moves) -> None:
    """Health needs no token, and a bad state is a 503 for whoever watches."""
    assert (await client.get("/health")).status == 200
    moves.ok = False
    response = await client.get("/health")
    assert response.status == 503
    assert (await response.json())["ami"]["connected"] is False


async def test_transfer_is_handed_on(client: TestClient, moves: Moves) -> None:
    """Call and agency reach the dispatch as they were sent, and boards are told of a command."""
    await client.get("/api/handsets", headers=TOKEN)
    assert moves.commands == 0
    body = {"call": "node1-1.1", "agency": "rsud"}
    response = await client.post("/api/transfer", json=body, headers=TOKEN)
    assert response.status == 200
    assert moves.done == [("node1-1.1", "rsud")]
    assert moves.commands == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CallNotOpenError("gone"), 404),
        (UnknownAgencyError("who"), 404),
        (TransferRefusedError("hung up"), 409),
    ],
)
async def test_refused_transfer_says_why(
    client: TestClient, moves: Moves, error: Exception, status: int
) -> None:
    """What the dispatch refuses comes back with its code and sentence."""
    moves.error = error
    body = {"call": "x", "agency": "y"}
    response = await client.post("/api/transfer", json=body, headers=TOKEN)
    assert response.status == status
    assert (await response.json())["message"] == str(error)
    assert moves.commands == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"call": 1, "agency": "x"}', b'{"call": "x"}', b"\xff"]
)
async def test_malformed_body_moves_nothing(client: TestClient, moves: Moves, body: bytes) -> None:
    """A body that is not what it must be is refused with a 400."""
    response = await client.post("/api/transfer", data=body, headers=TOKEN)
    assert response.status == 400
    assert not moves.done


async def test_large_body_is_refused(client: TestClient, moves: Moves) -> None:
    """Nobody can have the router keep megabytes."""
    response = await client.post("/api/transfer", data=b" " * 100_000, headers=TOKEN)
    assert response.status == 413
    assert not moves.done


async def test_live_state_is_listed(client: TestClient, moves: Moves) -> None:
    """Whoever has the token is told what overrides the plan."""
    moves.live = [{"override": "closed", "name": "damkar", "reason": "<b>banjir</b>"}]
    response = await client.get("/api/live", headers=TOKEN)
    assert response.status == 200
    assert response.content_type == "application/json"
    assert await response.json() == moves.live


async def test_live_state_that_nobody_knows_is_no_empty_list(
    client: TestClient, moves: Moves
) -> None:
    """With Asterisk away the answer is a 503, not that nothing is set."""
    moves.error = NotConnectedError("no connection")
    response = await client.get("/api/live", headers=TOKEN)
    assert response.status == 503
    assert (await response.json())["error"] == "not_connected"


async def test_live_state_is_served_only_where_it_is_kept(moves: Moves) -> None:
    """Without a keeper there is no such address."""
    services = Services("right", lambda: {"ok": True}, dict, moves.transfer)
    async with TestClient(TestServer(build_app(services))) as client:
        assert (await client.get("/api/live", headers=TOKEN)).status == 404


async def test_the_centre_tells_how_it_is(tmp_path: Path) -> None:
    """Health, readiness and metrics are open to this machine; alarms need the token."""
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    alarms = Alarms(tmp_path / "alarms.json", "n", lambda: plan, None)
    told = Told()
    services = Services(
        token="right",
        health=lambda: {"ok": True},
        handsets=dict,
        transfer=Moves().transfer,
        watcher=told,  # type: ignore[arg-type]
        alarms=alarms,
    )
    async with TestClient(TestServer(build_app(services))) as client:
        assert (await client.get("/healthz")).status == 200
        assert (await client.get("/readyz")).status == 503
        told.ok = True
        assert (await client.get("/readyz")).status == 200
        metrics = await client.get("/metrics")
        assert metrics.headers["Content-Type"].startswith("text/plain")
        assert await metrics.read() == b"siaga_calls_open 1\n"
        assert (await client.get("/api/alarms")).status == 401
        assert (await client.post("/api/alarms/trial")).status == 401
        tried = await client.post("/api/alarms/trial", headers=TOKEN)
        assert (await tried.json())["unheard"] == 1
        standing = await (await client.get("/api/alarms", headers=TOKEN)).json()
        assert [row["alarm"] for row in standing["alarms"]] == ["trial"]
        assert standing["receiver"] == "none"


class Told:
    ok = False

    def ready(self) -> dict[str, bool]:
        return {"ok": self.ok}

    def metrics(self) -> bytes:
        return b"siaga_calls_open 1\n"


async def test_call_backs_are_listed_and_closed_by_those_with_the_token(moves: Moves) -> None:
    """By whom and why; what makes no sense, is not there, or cannot be done is refused as such."""
    desk = Desk()
    any_desk: Any = desk
    services = Services("right", lambda: {"ok": True}, dict, moves.transfer, callbacks=any_desk)
    async with TestClient(TestServer(build_app(services))) as client:
        assert (await client.get("/api/callbacks")).status == 401
        assert (await client.post("/api/callbacks/7/close")).status == 401
        listed = await client.get("/api/callbacks", headers=TOKEN)
        assert await listed.json() == {"tasks": [{"id": 7}], "without_number": 2}
        said = {"by": " Budi ", "why": "salah sambung"}

        async def close(task: str, body: Any) -> int:
            path = f"/api/callbacks/{task}/close"
            return (await client.post(path, json=body, headers=TOKEN)).status

        for wrong in (None, [], {}, {"by": "Budi"}, {**said, "why": " "}, {**said, "by": 7}):
            assert await close("7", wrong) == 400
        assert await close("7", {**said, "why": "x" * 201}) == 400
        assert [await close(task, said) for task in ("8", "9" * 12, "9" * 13, "x")] == [404] * 4
        assert await close("7", said) == 200
        assert desk.closed == [(7, "Budi", "salah sambung")]
        desk.error = OSError()
        assert await close("7", said) == 503
        assert (await client.get("/api/callbacks", headers=TOKEN)).status == 503


class Room:
    """Notes commands of the dispatch, and refuses those it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.done: list[tuple[str, ...]] = []
        self.error = error

    def __getattr__(self, verb: str) -> Any:
        async def command(*words: str) -> Outcome:
            if self.error is not None:
                raise self.error
            self.done.append((verb, *words))
            return Outcome(Result.NO_ANSWER, "tidak ada / nobody")

        return command


def dispatching(room: Room) -> TestClient:
    """An interface whose dispatch is ``room``."""
    moves: Any = Moves()
    services = Services("right", lambda: {"ok": True}, dict, moves.transfer, dispatch=room)  # type: ignore[arg-type]
    return TestClient(TestServer(build_app(services)))


@pytest.mark.parametrize(
    ("path", "field", "verb"),
    [
        ("add", "agency", "add_agency"),
        ("transfer", "agency", "transfer"),
        ("leave", "handset", "leave"),
        ("take-over", "handset", "take_over"),
        ("hang-up", "leg", "hang_up_leg"),
    ],
)
async def test_commands_of_the_dispatch_are_open_to_whoever_has_the_token(
    path: str, field: str, verb: str
) -> None:
    """Each is done once and answered by its outcome; without token, or misspelt, it is not."""
    room, url = Room(), f"/api/dispatch/{path}"
    body = {"call": "node1-1.1", field: "x"}
    async with dispatching(room) as client:
        assert (await client.post(url, json=body)).status == 401
        for wrong in ({}, {"call": "a"}, {"call": 1, field: "x"}, {"call": "a", field: ["x"]}, []):
            assert (await client.post(url, json=wrong, headers=TOKEN)).status == 400
        assert (await client.post(url, data=b"{", headers=TOKEN)).status == 400
        assert room.done == []
        response = await client.post(url, json=body, headers=TOKEN)
        assert response.status == 200
        assert await response.json() == {
            **body,
            "result": "no_answer",
            "done": False,
            "message": "tidak ada / nobody",
        }
    assert room.done == [(verb, "node1-1.1", "x")]


async def test_a_swap_names_the_agency_and_who_stays() -> None:
    """Both are needed."""
    room, body = Room(), {"call": "node1-1.1", "agency": "rsud", "handset": "101"}
    async with dispatching(room) as client:
        for missing in body:
            short = {name: value for name, value in body.items() if name != missing}
            answer = await client.post("/api/dispatch/swap", json=short, headers=TOKEN)
            assert answer.status == 400
        done = await client.post("/api/dispatch/swap", json=body, headers=TOKEN)
        assert (await done.json())["handset"] == "101"
    assert room.done == [("swap", "node1-1.1", "rsud", "101")]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CallNotOpenError("a"), 404),
        (UnknownAgencyError("a"), 404),
        (UnknownHandsetError("a"), 404),
        (UnknownLegError("a"), 404),
        (CallEndedError("a"), 409),
        (LastHumanError("a"), 409),
        (TransferRefusedError("a"), 409),
        (AsteriskAwayError("a"), 503),
    ],
)
async def test_a_refused_command_has_its_status_and_code(error: Any, status: int) -> None:
    """Not there, not as things are, or no Asterisk: told apart by status and by code."""
    async with dispatching(Room(error)) as client:
        body = {"call": "node1-1.1", "agency": "rsud"}
        response = await client.post("/api/dispatch/add", json=body, headers=TOKEN)
        assert response.status == status
        assert await response.json() == {"error": error.code, "message": "a"}


async def test_a_class_is_given_at_somebodys_word(moves: Moves, engine: AsyncEngine) -> None:
    """What a call was is kept; wrong words, an unknown call and no database are told apart."""
    writer = CallWriter(engine)
    writer.start()
    writer.put(closed("node1-1.1"))
    assert await writer.close()
    classes = ClassStore(engine)
    services = Services("right", lambda: {"ok": True}, dict, moves.transfer, classes=classes)
    async with TestClient(
        TestServer(build_app(services)), headers={"Authorization": "Bearer right"}
    ) as client:
        given = {"call": "node1-1.1", "kind": "prank", "by": "Ani"}
        assert (await client.post("/api/classes", json=given)).status == 200
        wrong: list[tuple[object, int]] = [
            ({**given, "kind": "x"}, 400),
            ({**given, "kind": ["prank"]}, 400),
            ({**given, "by": " "}, 400),
            ([], 400),
            ({**given, "call": "node1-9.9"}, 404),
        ]
        for body, status in wrong:
            assert (await client.post("/api/classes", json=body)).status == status, body
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DROP TABLE call_classes")
        assert (await client.post("/api/classes", json={**given, "by": "Budi"})).status == 503
    classes.close()
