"""Two nodes with one database behind an edge do what one machine does.

A caller of one whose agency talks with a caller of the other waits for it, and what overrides the
plan for a while counts at both, wherever it was said.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from ops.api import ask
from ops.phone.transfer import dial
from router.calls.record import StepResult
from siaga.names import Milestone
from siaga.settings import PROJECT
from tests.edge.nodes import front, logged_in, running, telephones
from tests.live.calls import choose, converse
from tests.postgresql import make_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ops.phone import Call, Ring
    from tests.edge.nodes import Trial
    from tests.live.centre import Centre

pytestmark = pytest.mark.xdist_group("edge")

REACH_S = 8.0
"""How long the plan lets callers wait where nobody rings for them."""
RING_S = 20.0
"""How long Damkar's turn is; nobody waits for so long here."""
TRIED_S = 10.0
TOLD_S = 20.0
"""Seven seconds as promised, on a machine that has other work."""
MOST = 6
"""Calls that come to both nodes: the edge's own look at them is a turn like a call."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, ...]]:
    """Both, and what is before and behind them."""
    folder = tmp_path_factory.mktemp("nodes")
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    plan = folder / "plan.yaml"
    limits = f"centre:\n  limits: {{reach: {REACH_S:.0f}s}}\n"
    plan.write_text(text.replace("centre:\n", limits, 1), encoding="utf-8")
    server = make_server()
    server.start()
    try:
        shared = server.url()
        with running(folder, plan=plan, database_url=shared) as made, front(folder, made):
            yield made
    finally:
        server.remove()


@pytest_asyncio.fixture
async def trial(nodes: tuple[Centre, ...]) -> AsyncIterator[Trial]:
    """Damkar's 201 and an operator are logged in."""
    async with telephones(nodes) as made:
        await logged_in(made, "201", "101")
        yield made


async def talking(trial: Trial) -> tuple[str, Call, Ring]:
    """A caller and Damkar's only handset."""
    number = trial.number()
    call = await choose(trial.phones, number)
    ring = await trial.answer("201")
    await converse(call, ring)
    return number, call, ring


async def behind(trial: Trial, number: str) -> tuple[str, Call, Centre]:
    """A caller at the node that has not the call of ``number``, once 201 was tried for him."""
    taken = await trial.node_of(number)
    for _ in trial.nodes:
        second = trial.number()
        call = await choose(trial.phones, second)
        node = await trial.node_of(second)
        if node is not taken:
            await tried_twice(node)
            return second, call, node
        await call.hang_up()
    raise AssertionError(f"all calls came to {taken.settings.node}")


async def tried_twice(node: Centre) -> None:
    """Wait until the edge has refused this node a handset, and has done so again."""
    before = tried(node)
    async with asyncio.timeout(TRIED_S):
        while tried(node) < before + 2:  # noqa: ASYNC110 (another process writes the file)
            await asyncio.sleep(0.1)


def tried(node: Centre) -> int:
    """How often the edge has refused this node a handset."""
    return node.settings.cel_file.read_text(encoding="utf-8").count(Milestone.ELSEWHERE)


async def test_whoever_waits_is_next_when_the_other_nodes_talk_is_over(trial: Trial) -> None:
    """201 rings for him, and the operator's handset, which is free, never does."""
    number, call, ring = await talking(trial)
    second, waiting, node = await behind(trial, number)
    await call.hang_up()
    await ring.ended()
    taken = await trial.answer("201")
    await converse(waiting, taken)
    await waiting.hang_up()
    await taken.ended()
    (step,) = (await node.record(second)).steps
    assert (step.agency, step.result) == ("damkar", StepResult.ANSWERED)


async def test_whoever_waits_for_too_long_is_led_to_who_is_free(trial: Trial) -> None:
    """After the plan's limit and before the step is over, as where all is on one machine."""
    number, call, ring = await talking(trial)
    second, waiting, node = await behind(trial, number)
    taken = await trial.answer("101")
    await converse(waiting, taken)
    await converse(call, ring)
    await asyncio.gather(call.hang_up(), waiting.hang_up())
    await asyncio.gather(ring.ended(), taken.ended())
    first, last = (await node.record(second)).steps
    assert (first.agency, first.result) == ("damkar", StepResult.NO_ANSWER)
    assert first.left is not None
    assert REACH_S <= (first.left - first.entered).total_seconds() < RING_S
    assert (last.agency, last.result) == ("kominfo", StepResult.ANSWERED)


async def test_a_handset_that_is_busy_itself_is_not_waited_for(trial: Trial) -> None:
    """An officer who declines by 486 loses the call to the next agency at once, as ever."""
    number = trial.number()
    call = await choose(trial.phones, number)
    ring = await trial.phones.bank.ring("201")
    await ring.alert()
    await ring.refuse(486)
    taken = await trial.answer("101")
    await converse(call, taken)
    node = await trial.node_of(number)
    await call.hang_up()
    await taken.ended()
    first, last = (await node.record(number)).steps
    assert (first.agency, first.result) == ("damkar", StepResult.NO_ANSWER)
    assert first.left is not None
    assert (first.left - first.entered).total_seconds() < REACH_S
    assert (last.agency, last.result) == ("kominfo", StepResult.ANSWERED)


async def overridden(node: Centre, wanted: list[str]) -> None:
    """Wait until these are in force on a node, by their names, and no others."""
    found: list[str] | None = None
    try:
        async with asyncio.timeout(TOLD_S):
            while found != wanted:
                rows = await ask(node.settings, "GET", "/api/live")
                found = [f"{row['override']}/{row['name']}" for row in rows]
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{node.settings.node}: {found}, not {wanted}") from None


async def at_each(trial: Trial, extension: str) -> None:
    """A caller of each node, both about a fire, is put through to this handset."""
    seen = set()
    for _ in range(MOST):
        number = trial.number()
        call = await choose(trial.phones, number)
        ring = await trial.answer(extension)
        seen.add((await trial.node_of(number)).settings.node)
        await call.hang_up()
        await ring.ended()
        if len(seen) == len(trial.nodes):
            return
    raise AssertionError(f"all calls came to {seen}")


async def test_an_officer_who_pauses_is_rung_by_no_node(trial: Trial) -> None:
    """By the keys of his handset, whose call comes to either; and by each again afterwards."""
    password = trial.nodes[0].password("201")
    for keys, wanted, rings in (("*5", ["pause/201"], "101"), ("*6", [], "201")):
        await (await dial(trial.desk, "201", password, keys)).ended()
        for node in trial.nodes:
            await overridden(node, wanted)
        await at_each(trial, rings)


async def test_what_is_said_at_one_node_without_its_router_counts_at_both(trial: Trial) -> None:
    """Closed by one's command line, opened again by the other's."""
    first, other = trial.nodes
    words = ("close", "damkar", "--for", "1h", "--why", "banjir", "--by", "ani", "--force")
    told = await asyncio.to_thread(first.command, "live", *words)
    assert told.returncode == 0, told.stderr
    for node in trial.nodes:
        await overridden(node, ["closed/damkar"])
    await at_each(trial, "101")
    row = (await ask(other.settings, "GET", "/api/live"))[0]
    assert (row["reason"], row["by"]) == ("banjir", "ani")
    words = ("clear", "closed/damkar", "--why", "surut", "--by", "budi")
    told = await asyncio.to_thread(other.command, "live", *words)
    assert told.returncode == 0, told.stderr
    for node in trial.nodes:
        await overridden(node, [])
    await at_each(trial, "201")
