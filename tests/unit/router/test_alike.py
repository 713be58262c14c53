"""What is changed at one node is so at all: set, ended, at both at once, and with one away."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text
from structlog.testing import capture_logs

from router.live import Item, NotSetError
from router.nodes.alike import KEEP_ENDED, Alike
from router.store.node_live import NodeLive, Shared
from router.store.node_tables import node_live
from siaga.names import LIVE_FAMILY, SHARED_FAMILY
from siaga.plan.arrival import flag_of
from siaga.plan.live import Override
from tests.unit.router.live_asterisk import NOW, Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.xdist_group("postgresql"),
]

NUMBER = flag_of("081234567890")


class Node:
    """A node's overrides, and what keeps them alike."""

    def __init__(self, engine: AsyncEngine, name: str) -> None:
        self.desk = Desk()
        self.shared = NodeLive(engine, name)
        self.alike = Alike(self.desk.store, self.shared)

    async def set(self, override: Override, name: str, **more: object) -> None:
        """Somebody sets one, a second after whatever was before."""
        self.desk.pass_(seconds=1)
        await self.desk.set(override, name, **more)

    async def clear(self, key: str) -> None:
        """Somebody ends one."""
        (item,) = [item for item in await self.desk.store.items() if item.key == key]
        await self.desk.store.clear(item, reason="surut", by="budi")

    async def keys(self) -> list[str]:
        """What is in force."""
        return [item.key for item in await self.desk.store.items()]

    async def items(self) -> tuple[Item, ...]:
        """The same with all that is said of it."""
        return await self.desk.store.items()


@pytest.fixture
async def nodes(engine: AsyncEngine) -> AsyncIterator[tuple[Node, Node]]:
    """Two of them on one database."""
    made = Node(engine, "node1"), Node(engine, "node2")
    yield made
    for node in made:
        node.alike.close()


async def look(*nodes: Node) -> None:
    """Each looks once."""
    for node in nodes:
        await node.alike.look()


@pytest.mark.parametrize(
    ("override", "name", "target"),
    [
        (Override.CLOSED, "damkar", None),
        (Override.DIVERT, "damkar", "kominfo"),
        (Override.PAUSE, "201", None),
        (Override.ANNOUNCE, "smoke", None),
        (Override.FLAG, NUMBER, None),
    ],
)
async def test_what_is_set_at_one_is_set_at_the_other_and_so_is_its_end(
    nodes: tuple[Node, Node], override: Override, name: str, target: str | None
) -> None:
    """With reason, author and time; queues and the file of changes know it there as well."""
    one, two = nodes
    await one.set(override, name, target=target)
    await look(one, two)
    assert await two.items() == await one.items() != ()
    if override is Override.PAUSE:
        assert two.desk.asterisk.members["201"]
    assert [line["by"] for line in two.desk.audit.lines] == ["ani"]
    await look(one, two)
    assert len(two.desk.audit.lines) == 1
    await two.clear(f"{override}/{name}")
    await look(two, one)
    assert await one.keys() == await two.keys() == []
    if override is Override.PAUSE:
        assert not one.desk.asterisk.members["201"]
    last = one.desk.audit.lines[-1]
    assert (last["what"], last["by"], last["reason"]) == ("clear", "node2", "@node2")
    await look(one, two)
    assert await one.keys() == await two.keys() == []


async def test_the_last_word_counts_whoever_said_it(nodes: tuple[Node, Node]) -> None:
    """Renewed there, turned into its opposite here: each takes what the other said after it."""
    one, two = nodes
    await one.set(Override.CLOSED, "damkar")
    await look(one, two)
    two.desk.pass_(seconds=1)
    await two.set(Override.CLOSED, "damkar", reason="banjir lagi")
    await look(two, one)
    assert [item.reason for item in await one.items()] == ["banjir lagi"]
    one.desk.pass_(seconds=5)
    await one.set(Override.OPEN, "damkar")
    await look(one, two, one)
    assert await one.keys() == await two.keys() == ["open/damkar"]


@pytest.mark.parametrize("first", [0, 1])
async def test_what_was_said_at_two_nodes_at_once_is_settled_by_the_later(
    nodes: tuple[Node, Node], first: int
) -> None:
    """Neither had heard of the other, and whichever tells it first."""
    one, two = nodes
    await one.set(Override.PAUSE, "201", reason="makan")
    two.desk.pass_(seconds=30)
    await two.set(Override.PAUSE, "201", reason="salat")
    await look(nodes[first], nodes[1 - first], one, two)
    for node in nodes:
        assert [item.reason for item in await node.items()] == ["salat"]


async def test_a_node_that_was_away_tells_and_is_told(nodes: tuple[Node, Node]) -> None:
    """Its command line went on without the database: what was ended there is ended for all."""
    one, two = nodes
    await one.set(Override.CLOSED, "damkar")
    await one.set(Override.ANNOUNCE, "smoke")
    await look(one, two)
    await two.clear("closed/damkar")
    await two.set(Override.PAUSE, "301")
    await one.clear("announce/smoke")
    await look(one)
    await look(two, one)
    assert await one.keys() == await two.keys() == ["pause/301"]


async def test_a_node_made_anew_takes_all(nodes: tuple[Node, Node], engine: AsyncEngine) -> None:
    """It knows nothing, and ends nothing by that."""
    one, _ = nodes
    await one.set(Override.CLOSED, "damkar")
    await look(one)
    new = Node(engine, "node2")
    await look(new, one)
    assert await new.items() == await one.items() != ()
    new.alike.close()


async def test_an_empty_database_is_told_what_is_in_force(
    nodes: tuple[Node, Node], engine: AsyncEngine
) -> None:
    """It was made anew, or is as it was yesterday: nothing is ended by that."""
    one, two = nodes
    await one.set(Override.CLOSED, "damkar")
    await look(one, two)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM node_live"))
    await look(two, one)
    assert await one.keys() == await two.keys() == ["closed/damkar"]
    assert list(await one.shared.all()) == ["closed/damkar"]


async def test_what_has_ended_by_itself_is_forgotten(nodes: tuple[Node, Node]) -> None:
    """By both, marks too, and in time by the database: a flag holds a caller's number."""
    one, two = nodes
    await one.set(Override.FLAG, NUMBER)
    await look(one, two)
    for node in nodes:
        node.desk.pass_(hours=2)
    await look(one, two)
    for node in nodes:
        assert node.desk.family(SHARED_FAMILY) == {}
    assert list(await one.shared.all()) == [f"flag/{NUMBER}"]
    await one.shared.forget(one.desk.time + KEEP_ENDED)
    assert await one.shared.all() == {}


async def test_rows_that_are_none_of_ours_change_nothing(
    nodes: tuple[Node, Node], engine: AsyncEngine
) -> None:
    """Whoever wrote them: no key, no value and no name reaches Asterisk that is not ours."""
    one, _ = nodes
    await one.set(Override.CLOSED, "damkar")
    later = NOW + timedelta(hours=1)
    end = int(later.timestamp())
    note = json.dumps({"reason": "x", "by": "x", "since": NOW.timestamp()})
    rows = {
        "closed/damkar\r\nAction: Originate": f"{end}",
        "divert/damkar": f"{end}|x,${{SHELL(id)}}",
        "closed/pemadam": f"{end}",
        "pause/*": None,
        "pause/301": f"{end + 30 * 86400}",
    }
    async with engine.begin() as connection:
        for number, (key, value) in enumerate(rows.items(), 1):
            values = {"key": key, "number": number, "until": end * 10**6, "value": value}
            await connection.execute(insert(node_live).values(note=note, node="x", **values))
    with capture_logs() as logs:
        await look(one, one)
    refused = [entry["override"] for entry in logs if entry["event"] == "live_not_followed"]
    assert refused == ["closed", "pause"]
    assert list(one.desk.family(LIVE_FAMILY)) == ["closed/damkar"]
    assert list(one.desk.family(SHARED_FAMILY)) == ["closed/damkar"]
    async with engine.connect() as connection:
        told = select(node_live.c.node).where(node_live.c.key == "closed/damkar")
        assert (await connection.execute(told)).scalar() == "node1"


async def test_who_is_second_to_tell_changes_nothing(nodes: tuple[Node, Node]) -> None:
    """A number is given once, greater than any before, those of rows that are gone too."""
    one, two = nodes
    change = Shared("closed/damkar", "1", "", NOW + timedelta(hours=1))
    number = await one.shared.put(change, 0)
    assert number is not None
    assert await two.shared.put(change, 0) is None
    await one.shared.forget(NOW + timedelta(hours=2))
    again = await two.shared.put(change, 0)
    assert again is not None
    assert again > number


async def test_what_is_changed_while_it_is_compared_is_left(nodes: tuple[Node, Node]) -> None:
    """Somebody's word of this very moment is not written over."""
    one, two = nodes
    await one.set(Override.CLOSED, "damkar")
    await look(one)
    here = two.desk.item(Override.CLOSED, "damkar", since=two.desk.time, reason="api")
    kept = two.shared.all

    async def meanwhile() -> dict[str, Shared]:
        found = await kept()
        two.desk.asterisk.entries[LIVE_FAMILY, here.key] = here.value
        return found

    two.shared.all = meanwhile  # type: ignore[method-assign]
    await look(two)
    assert two.desk.family(LIVE_FAMILY) == {here.key: here.value}
    assert two.desk.audit.lines == []


async def test_an_end_that_is_there_already_is_no_error(nodes: tuple[Node, Node]) -> None:
    """Both ended it."""
    one, two = nodes
    await one.set(Override.CLOSED, "damkar")
    await look(one, two)
    await one.clear("closed/damkar")
    await two.clear("closed/damkar")
    await look(one, two, one)
    assert await one.keys() == await two.keys() == []
    with pytest.raises(NotSetError):
        await two.desk.store.clear(
            two.desk.item(Override.CLOSED, "damkar"), reason="lagi", by="ani"
        )
