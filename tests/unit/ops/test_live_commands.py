"""``siaga112 live`` against a real Asterisk and nothing else: no router, no IVR, no calls."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ops import freeports, ready
from ops.cli_live import app
from ops.live import banner, commands, current, paused
from ops.live.commands import Terms
from ops.live.link import opened
from ops.prepare import child_environment, prepare
from router.ami import ActionRefusedError, DbGet, DbPut, DbTree, Originate
from router.live import LiveKeeper, NotSetError, StrandedError, TermsError, UnknownNameError
from siaga import settings as settings_module
from siaga.errors import MissingError
from siaga.names import LIVE_FAMILY, NOTE_FAMILY, RECENT_FAMILY
from siaga.plan import load_plan
from siaga.plan.live import Override
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

    from siaga.settings import Settings

pytestmark = pytest.mark.live

START_S = 60.0
HOUR = Terms("1h", None, "banjir di Sangatta", "ani")
ANNOUNCEMENT = """
announcements:
  flood:
    text: {id: Banjir di Sangatta., en: Flood in Sangatta.}
"""


class Node:
    """One Asterisk, configured as an instance has it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.runtime = prepare(settings, print).runtime
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it is wholly up: before that it may lose a SIGTERM."""
        words = [str(self.runtime.asterisk), "-f", "-C", f"{self.settings.etc}/asterisk.conf"]
        nowhere = subprocess.DEVNULL
        self._process = subprocess.Popen(words, stdin=nowhere, stdout=nowhere, stderr=nowhere)
        asyncio.run(self._until_it_greets())
        assert "fully booted" in self.console("core waitfullybooted")

    async def _until_it_greets(self) -> None:
        async with asyncio.timeout(START_S):
            while not await ready.ami(self.settings):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)

    def stop(self) -> None:
        """Stop it in good order."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(timeout=START_S)
        finally:
            process.kill()  # no harm to one that has ended
            process.wait()

    def console(self, command: str) -> str:
        """What its console answers."""
        words = [str(self.runtime.asterisk), "-C", f"{self.settings.etc}/asterisk.conf", "-rx"]
        done = subprocess.run([*words, command], capture_output=True, check=True, timeout=START_S)
        return done.stdout.decode()

    def members_paused(self) -> set[str]:
        """Handsets that some queue does not ring."""
        lines = self.console("queue show").splitlines()
        return {line.split()[0] for line in lines if "(paused" in line}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """An Asterisk for the tests of this file."""
    folder = tmp_path_factory.mktemp("live")
    plan = folder / "plan.yaml"
    plan.write_text((PROJECT / "plans" / "kutim.yaml").read_text() + ANNOUNCEMENT)
    base = settings_module.load({**os.environ, "SIAGA_HOME": str(folder / "home")})
    with freeports.reserved(replace(base, plan=plan)) as settings:
        node = Node(settings)
        node.start()
        try:
            yield node
        finally:
            node.stop()


@pytest.fixture
def alone(node: Node) -> Iterator[Settings]:
    """The node's settings; afterwards nothing is set."""
    yield node.settings
    for family in (LIVE_FAMILY, NOTE_FAMILY, RECENT_FAMILY):
        node.console(f"database deltree {family}")
    for extension in node.members_paused():
        node.console(f"queue unpause member PJSIP/{extension}")


def run(settings: Settings, *words: str) -> Result:
    """Give a command as a person would."""
    return CliRunner().invoke(app, list(words), env=child_environment(settings))


def test_each_command_writes_what_the_dialplan_reads(alone: Settings, node: Node) -> None:
    """All six kinds stand in Asterisk's database, with their end, and are listed."""
    terms = ["--for", "1h", "--why", "banjir", "--by", "ani"]
    before = datetime.now(UTC)
    for words in (
        ["close", "damkar"],
        ["open", "bpbd"],
        ["divert", "rsud", "kominfo"],
        ["pause", "201"],
        ["announce", "flood"],
    ):
        done = run(alone, *words, *terms)
        assert done.exit_code == 0, done.output
        assert "banjir (ani)" in done.output
    found = dict(
        [part.strip() for part in line.split(":", 1)]
        for line in node.console(f"database show {LIVE_FAMILY}").splitlines()
        if line.startswith("/")
    )
    assert set(found) == {
        "/siaga/closed/damkar",
        "/siaga/open/bpbd",
        "/siaga/divert/rsud",
        "/siaga/pause/201",
        "/siaga/announce/flood",
    }
    ends = {value.partition("|")[0] for value in found.values()}
    assert all(3590 < int(end) - before.timestamp() < 3660 for end in ends)
    assert found["/siaga/divert/rsud"].endswith("|kominfo")

    assert run(alone, "silence", "flood", *terms).exit_code == 0
    rows = [json.loads(line) for line in run(alone, "--json").output.splitlines()]
    assert {(row["override"], row["name"], row["target"]) for row in rows} == {
        ("closed", "damkar", None),
        ("open", "bpbd", None),
        ("divert", "rsud", "kominfo"),
        ("pause", "201", None),
        ("silence", "flood", None),
    }
    assert {(row["reason"], row["by"]) for row in rows} == {("banjir", "ani")}
    listed = run(alone).output
    for word in ("closed/damkar", "divert/rsud", "silence/flood"):
        assert word in listed


async def test_a_pause_holds_in_every_queue_and_ends_when_cleared(
    alone: Settings, node: Node
) -> None:
    """Asterisk's queues have the handset paused at once, and ring it again when it is cleared."""
    await commands.pause(alone, "201", HOUR)
    assert node.members_paused() == {"201"}
    assert set(await paused(alone)) == {"201"}
    await commands.clear(alone, "201", "kembali", "ani")
    assert node.members_paused() == set()
    assert await current(alone) == ()


async def test_other_commands_are_told(alone: Settings) -> None:
    """The banner has a line for each override."""
    await commands.close(alone, "damkar", HOUR)
    (line,) = await banner(alone)
    assert line.startswith("Damkar (damkar): ditutup / closed sampai / until ")
    assert line.endswith("banjir di Sangatta (ani)")


async def test_what_is_refused_changes_nothing(alone: Settings, node: Node) -> None:
    """A wrong name, a loop, a missing end, an unclear name leave Asterisk's database as it was."""
    await commands.divert(alone, "damkar", "rsud", HOUR)
    await commands.close(alone, "damkar", HOUR)
    before = node.console("database show")
    with pytest.raises(UnknownNameError, match="did you mean: damkar"):
        await commands.close(alone, "damkr", HOUR)
    with pytest.raises(TermsError, match="rsud → damkar → rsud"):
        await commands.divert(alone, "rsud", "damkar", HOUR)
    with pytest.raises(TermsError):
        await commands.close(alone, "rsud", replace(HOUR, for_=None))
    with pytest.raises(TermsError, match="closed/damkar, divert/damkar"):
        await commands.clear(alone, "damkar", "selesai")
    with pytest.raises(NotSetError, match="closed/damkar, divert/damkar"):
        await commands.clear(alone, "rsud", "selesai")
    assert node.console("database show") == before


async def test_the_last_handset_of_the_centre_is_not_paused_unless_forced(
    alone: Settings, node: Node
) -> None:
    """With every handset paused nobody could be rung: by the plan's proof the last is refused."""
    *others, last = load_plan(alone.plan_in_force).plan.extensions
    for extension in others:
        await commands.pause(alone, extension, HOUR)
    with pytest.raises(StrandedError, match="nobody left to ring"):
        await commands.pause(alone, last, HOUR)
    assert node.members_paused() == set(others)
    await commands.pause(alone, last, replace(HOUR, force=True))
    assert node.members_paused() == {*others, last}


async def test_texts_of_people_come_back_as_they_were(alone: Settings) -> None:
    """Quotes, backslashes, markup and any script go through Asterisk's database unharmed."""
    why = 'a "b" \\ [red]c[/] {"x": 1} é 火 😀 ${SHELL(id)} |,;'
    await commands.close(alone, "damkar", replace(HOUR, why=why))
    (item,) = await current(alone)
    assert item.reason == why
    done = await asyncio.to_thread(run, alone)
    assert done.exit_code == 0
    assert "[red]" in done.output


async def test_the_longest_reason_fits(alone: Settings) -> None:
    """A reason as long as is allowed comes back whole."""
    why = "火" * 200
    await commands.close(alone, "damkar", replace(HOUR, why=why))
    (item,) = await current(alone)
    assert item.reason == why


async def test_every_change_is_recorded_and_logged(alone: Settings) -> None:
    """Who and why stand in live.jsonl and in the log, and nothing of it on stdout."""
    record = alone.home / "plan" / "live.jsonl"
    record.unlink(missing_ok=True)
    words = ("close", "damkar", "--for", "1h", "--why", "banjir", "--by", "ani")
    done = await asyncio.to_thread(run, alone, *words)
    assert "live_changed" not in done.output
    await commands.clear(alone, "closed/damkar", "selesai", "budi")
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [(line["what"], line["name"], line["reason"], line["by"]) for line in lines] == [
        ("set", "damkar", "banjir", "ani"),
        ("clear", "damkar", "selesai", "budi"),
    ]
    logged = [json.loads(line) for line in (alone.logs / "live.log").read_text().splitlines()]
    changes = [line for line in logged if line["event"] == "live_changed"][-2:]
    assert [(line["what"], line["by"], line["service"]) for line in changes] == [
        ("set", "ani", "live"),
        ("clear", "budi", "live"),
    ]


async def test_the_routers_job_works_with_the_account_it_has(alone: Settings, node: Node) -> None:
    """Ended pauses are resumed and removed, old choices forgotten, by the account's own rights."""
    now = int(datetime.now(UTC).timestamp())
    async with opened(alone) as (store, _):
        put = store.manager.act
        await put(DbPut(LIVE_FAMILY, "pause/201", str(now - 3600)))
        await put(DbPut(LIVE_FAMILY, "pause/301", str(now + 3600)))
        await put(DbPut(RECENT_FAMILY, "0812", f"{now - 90000}|fire"))
        await put(DbPut(RECENT_FAMILY, "0813", f"{now}|fire"))
        node.console("queue pause member PJSIP/201")
        await LiveKeeper(store).look()
        assert set(await store.entries(LIVE_FAMILY)) == {"pause/301"}
        assert set(await store.entries(RECENT_FAMILY)) == {"0813"}
        assert await store.manager.collect(DbGet(LIVE_FAMILY, "pause/201")) == []
        assert await store.manager.collect(DbTree("siaga-none")) == []
        with pytest.raises(ActionRefusedError, match=r"[Pp]ermission"):
            await put(Originate("Local/112@from-trunk", "from-trunk", "112", "start"))
    assert node.members_paused() == {"301"}


async def test_live_state_outlives_asterisk(alone: Settings, node: Node) -> None:
    """After Asterisk was restarted what was set is set; a pause is made good by the job."""
    await commands.pause(alone, "201", HOUR)
    await commands.close(alone, "damkar", HOUR)
    before = await current(alone)
    node.stop()
    with pytest.raises(MissingError, match="siaga112 up"):
        await commands.close(alone, "rsud", HOUR)
    assert await banner(alone) == ()
    assert await paused(alone) == {}
    await asyncio.to_thread(node.start)
    assert await current(alone) == before
    async with opened(alone) as (store, _):
        await LiveKeeper(store).look()
    assert node.members_paused() == {"201"}


async def test_an_override_ends_by_itself(alone: Settings) -> None:
    """What ended a second ago is listed no more."""
    now = datetime.now(UTC)
    async with opened(alone) as (store, _):
        await store.manager.act(
            DbPut(LIVE_FAMILY, "closed/damkar", str(int((now - timedelta(seconds=1)).timestamp())))
        )
        await store.manager.act(
            DbPut(LIVE_FAMILY, "closed/rsud", str(int((now + timedelta(hours=1)).timestamp())))
        )
        assert [(item.override, item.name) for item in await store.items()] == [
            (Override.CLOSED, "rsud")
        ]


async def test_nothing_was_ever_started(alone: Settings) -> None:
    """In a new home the command says what to do."""
    with pytest.raises(MissingError, match="siaga112 up"):
        await current(replace(alone, home=alone.home / "none"))
