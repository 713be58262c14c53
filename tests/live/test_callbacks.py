"""Whoever left before a human answered is called back: list, one key, carrier, try, list clear."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import signal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from ops import callbacks
from router.ami import Address, AmiLink, Connected, Redirect
from router.store import open_engine
from router.store.tables import callback_tasks, callback_tries
from siaga import secrets
from siaga.keys import CALLBACK_KEYS
from siaga.names import START, AmiUser, Context
from siaga.settings import PROJECT, CallbackRule
from tests.live.calls import answer, arrive, choose, converse, until_quiet
from tests.live.centre import RECORD_S, Centre, running_centre
from tests.live.desk import Desk, dialling
from tests.live.door.carrier import Carrier, connected
from tests.live.phones import Phones, telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("callbacks")


@pytest.fixture(scope="module")
def far() -> Iterator[Carrier]:
    """The far side of the trunk."""
    with connected() as made:
        yield made


@pytest.fixture(scope="module")
def calling(tmp_path_factory: pytest.TempPathFactory, far: Carrier) -> Iterator[Centre]:
    """A centre whose trunk may send mobile numbers; the next try is due at once."""
    folder = tmp_path_factory.mktemp("calling")
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    out = f"trunks:\n  carrier: {{host: 127.0.0.1, port: {far.port}, may_send: ['+628']}}\n"
    plan = folder / "plan.yaml"
    plan.write_text(out + text, encoding="utf-8")
    home: Path = folder / "home"
    with running_centre(home, plan=plan, node="calling", callbacks=CallbackRule(2, 0)) as running:
        yield running


@pytest.fixture
async def phones(calling: Centre, far: Carrier) -> AsyncIterator[Phones]:
    """Telephones, a list with nobody on it, and a carrier that refuses calls."""
    far.called.clear()
    far.answers, far.refusal = False, "486 Busy Here"
    await calling.until_ready()
    for task in await tasks(calling):
        await callbacks.close(calling.settings, task["id"], "uji", None)
    async with telephones(calling) as made:
        yield made


async def command(centre: Centre, *words: str) -> str:
    """What ``./siaga112 …`` prints."""
    done = await asyncio.to_thread(centre.command, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def tasks(centre: Centre) -> list[dict[str, Any]]:
    """The list, as ``./siaga112 callbacks --json`` prints it."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        await callbacks.show(centre.settings, as_json=True)
    return [json.loads(line) for line in said.getvalue().splitlines()]


async def rows(centre: Centre, table: Any) -> list[dict[str, Any]]:
    """All of a table."""
    engine = open_engine(centre.settings.database)
    try:
        async with engine.connect() as connection:
            found = await connection.execute(select(*table.columns))
            return [dict(row) for row in found.mappings()]
    finally:
        await engine.dispose()


async def until(
    centre: Centre, number: str, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """The latest task of a number, once it is as wanted."""
    seen: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(RECORD_S):
            while True:
                seen = [
                    row for row in await rows(centre, callback_tasks) if row["number"] == number
                ]
                if seen and wanted(seen[-1]):
                    return seen[-1]
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"no such task of {number}; last seen: {seen}") from None


async def tried(centre: Centre, task: int, count: int) -> list[dict[str, Any]]:
    """The tries of a task, once so many are over."""
    seen: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(RECORD_S):
            while True:
                seen = [row for row in await rows(centre, callback_tries) if row["task"] == task]
                if len(seen) >= count and all(row["ended"] for row in seen):
                    return sorted(seen, key=lambda row: row["asked"])
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"no such tries of {task}; last seen: {seen}") from None


def is_open(task: dict[str, Any]) -> bool:
    """Whether somebody is still to be called back."""
    return task["closed"] is None


def pressing(centre: Centre, handset: str) -> AbstractAsyncContextManager[Desk]:
    """An operator presses the key, and is taken."""
    return dialling(centre, handset, CALLBACK_KEYS)


async def leave_in_menu(phones: Phones) -> tuple[str, dict[str, Any]]:
    """A caller hangs up in the menu; gives number and task."""
    number = phones.centre.number()
    call = await arrive(phones, number)
    await call.hang_up()
    return number, await until(phones.centre, number, is_open)


async def until_called(far: Carrier, number: str) -> None:
    """Wait until the carrier is called for a number, and no other."""
    async with asyncio.timeout(RECORD_S):
        while not far.called:  # noqa: ASYNC110 (filled by another thread)
            await asyncio.sleep(0.05)
    assert set(far.called) == {number}


def outside(number: str) -> str:
    """As the plan's trunk has it."""
    return f"+62{number[1:]}"


async def test_who_leaves_in_the_menu_is_called_back_with_one_key(
    phones: Phones, far: Carrier
) -> None:
    """Listed with where he was; rung by the carrier for his number; answered, so off the list."""
    centre = phones.centre
    number, task = await leave_in_menu(phones)
    (listed,) = await tasks(centre)
    assert (listed["number"], listed["outcome"], listed["calls"]) == (number, "abandoned_menu", 1)
    assert (listed["trunk"], listed["is_due"], listed["tries"]) == ("carrier", True, 0)
    far.answers = True
    async with pressing(centre, "101") as desk:
        await until_called(far, outside(number))
        done = await until(centre, number, lambda row: not is_open(row))
        await desk.hang_up()
    assert (done["id"], done["how"], done["who"]) == (task["id"], "reached", "101")
    (attempt,) = await tried(centre, task["id"], 1)
    assert (attempt["handset"], attempt["result"]) == ("101", "answered")
    assert (centre.settings.recordings / attempt["recording"]).is_file()
    assert await tasks(centre) == []
    assert "nobody is to be called back" in await command(centre, "callbacks")
    said = await command(centre, "callbacks", "closed", "--json", "--limit", "1")
    past = json.loads(said)
    assert (past["id"], past["number"], past["how"]) == (task["id"], number, "reached")
    assert [each["result"] for each in past["tries"]] == ["answered"]
    assert "diangkat / answered" in await command(centre, "callbacks", "closed")
    await until_quiet(centre)
    async with centre.reader() as reader:
        assert all(record.caller == number for record in await reader.calls(1))


async def test_who_leaves_while_it_rings_is_listed_with_what_he_chose(phones: Phones) -> None:
    """With the agency that rang; a call that a human answers clears the list."""
    await phones.log_in("201")
    number = phones.centre.number()
    call = await choose(phones, number)
    await phones.bank.ring("201")
    await call.hang_up()
    task = await until(phones.centre, number, is_open)
    assert (task["outcome"], task["agency"], task["emergency"], task["language"]) == (
        "abandoned_ringing",
        "damkar",
        "fire",
        "id",
    )
    again = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(again, ring)
    await again.hang_up()
    done = await until(phones.centre, number, lambda row: not is_open(row))
    assert (done["id"], done["how"], done["who"]) == (task["id"], "got_through", "damkar")
    assert await tasks(phones.centre) == []


async def test_a_hidden_number_is_counted_and_no_task(phones: Phones) -> None:
    """It cannot be called back: the list says how many there were."""
    call = await arrive(phones, "anonymous")
    await call.hang_up()
    await until_quiet(phones.centre)
    assert await tasks(phones.centre) == []
    assert "without a usable number" in await command(phones.centre, "callbacks")


@pytest.mark.parametrize("refusal", ["486 Busy Here", "603 Decline"])
async def test_unanswered_tries_are_repeated_by_rule_and_then_the_task_is_closed(
    phones: Phones, far: Carrier, refusal: str
) -> None:
    """Two here, busy or declined; calling again after that is another task."""
    centre, far.refusal = phones.centre, refusal
    number, task = await leave_in_menu(phones)
    for count in (1, 2):
        async with pressing(centre, "101") as desk:
            await until_called(far, outside(number))
            found = await tried(centre, task["id"], count)
            await desk.hang_up()
        far.called.clear()
    assert [row["result"] for row in found] == ["no_answer", "no_answer"]
    done = await until(centre, number, lambda row: not is_open(row))
    assert done["how"] == "unreached"
    await (await arrive(phones, number)).hang_up()
    assert (await until(centre, number, is_open))["id"] != task["id"]


async def test_two_operators_at_once_call_two_people(phones: Phones, far: Carrier) -> None:
    """One number is given to one of them only; the third press finds nobody."""
    centre = phones.centre
    (first, one), (second, two) = [await leave_in_menu(phones) for _ in range(2)]
    far.answers = True
    async with pressing(centre, "101") as left, pressing(centre, "201") as right:
        for number in (first, second):
            await until(centre, number, lambda row: not is_open(row))
        async with pressing(centre, "102") as none:
            assert (await none.line.receive()).start.startswith(b"BYE")
        await left.hang_up()
        await right.hang_up()
    assert sorted(set(far.called)) == sorted([outside(first), outside(second)])
    found = [*await tried(centre, one["id"], 1), *await tried(centre, two["id"], 1)]
    assert sorted(row["handset"] for row in found) == ["101", "201"]


async def test_with_nobody_on_the_list_nothing_is_dialled(phones: Phones, far: Carrier) -> None:
    """The operator hears so, and the centre ends his call."""
    async with pressing(phones.centre, "101") as desk:
        assert (await desk.line.receive()).start.startswith(b"BYE")
    await until_quiet(phones.centre)
    assert far.called == []


async def test_a_number_that_no_trunk_may_send_is_not_dialled(phones: Phones, far: Carrier) -> None:
    """It stays on the list, which says so."""
    centre = phones.centre
    number = "05491234567"
    await (await arrive(phones, number)).hang_up()
    await until(centre, number, is_open)
    async with pressing(centre, "101") as desk:
        assert (await desk.line.receive()).start.startswith(b"BYE")
    (listed,) = await tasks(centre)
    assert (listed["number"], listed["trunk"], listed["tries"]) == (number, None, 0)
    assert far.called == []


async def test_a_caller_sent_to_the_key_by_mistake_reaches_a_human(phones: Phones) -> None:
    """An operator transfers a call for 112 to ``*7``: the operators ring, nobody is dropped."""
    centre = phones.centre
    await phones.log_in("101")
    number = centre.number()
    call = await arrive(phones, number)
    shown = await asyncio.to_thread(centre.asterisk, "core show channels concise")
    (channel,) = (line.partition("!")[0] for line in shown.splitlines() if number in line)
    secret = secrets.read(centre.settings.secrets).ami[AmiUser.DISPATCH]
    link = AmiLink(Address("127.0.0.1", centre.settings.ports.ami, AmiUser.DISPATCH, secret))
    running = asyncio.create_task(link.run())
    assert isinstance(await link.next_event(), Connected)
    await link.act(Redirect(channel, Context.CALLBACK, "s", START))
    running.cancel()
    ring = await answer(phones, "101")
    await converse(call, ring)
    await call.hang_up()


async def test_a_router_killed_while_the_caller_talks_loses_and_doubles_nothing(
    phones: Phones, far: Carrier
) -> None:
    """The try is completed from the CEL file; meanwhile the key says that it does not work."""
    centre = phones.centre
    number, task = await leave_in_menu(phones)
    waiting, _ = await leave_in_menu(phones)
    far.answers = True
    async with pressing(centre, "101") as desk:
        await until_called(far, outside(number))
        await until(centre, number, lambda row: not is_open(row))
        centre.kill("router", signal.SIGSTOP)
        async with pressing(centre, "102") as other:
            assert (await other.line.receive()).start.startswith(b"BYE")
        await desk.hang_up()
    centre.kill("router", signal.SIGKILL)
    await centre.until_ready()
    (attempt,) = await tried(centre, task["id"], 1)
    assert (attempt["handset"], attempt["result"]) == ("101", "answered")
    assert attempt["ended"] is not None
    assert [row["number"] for row in await tasks(centre)] == [waiting]
    assert far.called == [outside(number)]


async def test_who_leaves_while_no_router_hears_is_listed_once(phones: Phones) -> None:
    """The next router finds him in the CEL file; whoever got through meanwhile is not listed."""
    centre = phones.centre
    _, before = await leave_in_menu(phones)
    await phones.log_in("201")
    centre.kill("router", signal.SIGSTOP)
    gone, through = centre.number(), centre.number()
    for number in (gone, gone, through):
        await (await arrive(phones, number)).hang_up()
    again = await choose(phones, through)
    ring = await answer(phones, "201")
    await converse(again, ring)
    await again.hang_up()
    centre.kill("router", signal.SIGKILL)
    await centre.until_ready()
    await until(centre, gone, lambda row: row["calls"] == 2)
    await until_quiet(centre)
    assert [row["number"] for row in await tasks(centre)] == [before["number"], gone]
    said = await command(centre, "callbacks", "close", str(before["id"]), "--why", "uji")
    assert said.startswith("Tugas")
    assert [row["number"] for row in await tasks(centre)] == [gone]
    assert [row for row in await rows(centre, callback_tasks) if row["number"] == gone][1:] == []
