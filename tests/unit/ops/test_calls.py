"""``siaga112 calls`` on real databases, and as a program of its own for people and pipes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from router.store import CallWriter, migrate, open_engine
from siaga.plan import parse_plan
from siaga.settings import PROJECT, Settings, load
from tests.unit.ops.inside import Done, run_inside
from tests.unit.router.store.records import at, closed, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from router.calls.record import CallRecord

FIELDS = [
    "id",
    "node",
    "caller",
    "began",
    "language",
    "emergency",
    "tier",
    "plan_version",
    "steps",
    "answered_by",
    "handset",
    "answered",
    "ended",
    "outcome",
    "reason",
    "wait_ms",
    "talk_ms",
    "recording",
    "source",
    "address",
    "trunk",
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


async def write(settings: Settings, *records: CallRecord) -> None:
    await migrate(settings)
    engine = open_engine(settings.database)
    writer = CallWriter(engine)
    writer.start()
    for each in records:
        writer.put(each)
        await writer.flush()
    assert await writer.close()
    await engine.dispose()


def environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "SIAGA_HOME": str(settings.home), "PYTHONUNBUFFERED": "", "LC_ALL": "C"}


def program(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops", "calls", *arguments],
        cwd=PROJECT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )


def calls(settings: Settings, *arguments: str) -> Done:
    return run_inside(settings, "calls", *arguments)


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_before_the_first_start_there_is_nothing_to_show(settings: Settings) -> None:
    """Without a database: no rows, a sentence on the other channel, status 0, nothing made."""
    done = program(settings, "--json")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Belum ada" in done.stderr
    assert not settings.home.exists()


def test_a_row_has_the_promised_fields(settings: Settings) -> None:
    """A call is one object with every field of the contract, times in the centre's zone."""
    asyncio.run(write(settings, closed()))
    (row,) = objects(calls(settings, "--json").stdout)
    assert set(FIELDS) <= set(row)
    assert row["began"] == "2026-03-01T10:03:04.567891+08:00"
    assert row["steps"][0] == {
        "agency": "damkar",
        "kind": "queue",
        "entered": "2026-03-01T10:03:07.567891+08:00",
        "left": "2026-03-01T10:03:27.567891+08:00",
        "result": "no_answer",
    }
    assert (row["wait_ms"], row["talk_ms"]) == (30_000, 60_000)
    assert (row["outcome"], row["source"]) == ("answered", "live")
    assert row["recording"] == "2026/03/01/a.wav"


def test_a_row_names_the_trunk_as_the_call_s_own_plan_does(settings: Settings) -> None:
    """By the version a call began with; where its text is gone, only the address is told."""
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    text += "\ntrunks:\n  telkom: {from: [10.1.2.3]}\n"
    version = parse_plan(text.encode()).version
    file = settings.plan_in_force.parent / version / settings.plan_in_force.name
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    written = [
        closed("a", plan_version=version),
        closed("b", plan_version=version, address="10.9.9.9"),
        closed("c", plan_version="0" * 12),
        closed("d", plan_version=version, address=None),
    ]
    asyncio.run(write(settings, *written))
    rows = {row["id"]: row for row in objects(calls(settings, "--json").stdout)}
    assert {call: (row["address"], row["trunk"]) for call, row in rows.items()} == {
        "a": ("10.1.2.3", "telkom"),
        "b": ("10.9.9.9", "siaga_trunks"),
        "c": ("10.1.2.3", None),
        "d": (None, None),
    }


def test_the_newest_are_shown_oldest_first(settings: Settings) -> None:
    """Of four calls a limit of two gives the last two in the order they came."""
    asyncio.run(write(settings, *(record(str(number), began=at(number)) for number in range(4))))
    assert [row["id"] for row in objects(calls(settings, "--json", "--limit", "2").stdout)] == [
        "2",
        "3",
    ]


def test_the_zone_is_that_of_the_plan_in_force(settings: Settings) -> None:
    """The plan an instance runs on says the zone, not the one it was started with."""
    settings.plan_in_force.parent.mkdir(parents=True)
    text = settings.plan.read_text(encoding="utf-8")
    settings.plan_in_force.write_text(text.replace("Asia/Makassar", "Asia/Jayapura"))
    asyncio.run(write(settings, record()))
    (row,) = objects(calls(settings, "--json").stdout)
    assert row["began"].endswith("+09:00")


HOSTILE = "\x1b]0;owned\x07[red]x\u202e\nfake"


def test_hostile_text_is_shown_as_text(settings: Settings) -> None:
    """Escape codes, new lines and turned text are replaced, markup is printed as it was sent."""
    asyncio.run(write(settings, closed(caller=HOSTILE)))
    done = program(settings)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\nfake" not in done.stdout
    assert "[red]x" in done.stdout
    (row,) = objects(calls(settings, "--json").stdout)
    assert row["caller"] == HOSTILE


def test_people_get_headings_in_both_languages(settings: Settings) -> None:
    """The table names its columns in Indonesian and English, also without any call."""
    asyncio.run(write(settings))
    shown = program(settings).stdout
    assert "Penelepon" in shown
    assert "caller" in shown


@pytest.mark.parametrize("form", [["--json"], []])
def test_a_reader_that_has_seen_enough_ends_it_quietly(settings: Settings, form: list[str]) -> None:
    """With a pipe that closes after one line of many there is no complaint, status 0."""
    many = (record(str(number), caller="9" * 64, began=at(number)) for number in range(2000))
    asyncio.run(write_at_once(settings, *many))
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", "calls", *form, "--limit", "2000"],
        cwd=PROJECT,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 0


async def write_at_once(settings: Settings, *records: CallRecord) -> None:
    await migrate(settings)
    engine = open_engine(settings.database)
    writer = CallWriter(engine)
    writer.start()
    for each in records:
        writer.put(each)
    assert await writer.close()
    await engine.dispose()


async def test_following_shows_what_changes_until_interrupted(settings: Settings) -> None:
    """Existing calls come first, then each change made by another process; Ctrl-C ends with 0."""
    await write(settings, record("a"))
    process = await follow(settings)
    assert process.stdout is not None
    assert json.loads(await process.stdout.readline())["id"] == "a"
    await write(settings, closed("a"), record("b"))
    rows = [json.loads(await process.stdout.readline()) for _ in range(2)]
    assert [(row["id"], row["outcome"]) for row in rows] == [("a", "answered"), ("b", None)]
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")


@pytest.mark.parametrize("form", [["--json"], []])
async def test_following_ends_quietly_when_nobody_reads_any_more(
    settings: Settings, form: list[str]
) -> None:
    """With its reader gone, the next change ends it: no complaint, status 0."""
    await write(settings, record("a"))
    reading, writing = os.pipe()
    process = await follow(settings, form, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as first:
        assert await asyncio.to_thread(first.readline)
    await write(settings, record("b"))
    _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


async def test_following_waits_for_a_database(settings: Settings) -> None:
    """Started before the first router, it shows the first call as soon as there is one."""
    process = await follow(settings)
    assert process.stdout is not None
    assert process.stderr is not None
    assert b"Belum ada" in await process.stderr.readline()
    await write(settings, record("first"))
    assert json.loads(await process.stdout.readline())["id"] == "first"
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0


async def follow(
    settings: Settings, form: Sequence[str] = ("--json",), out: int = subprocess.PIPE
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "ops", "calls", "--follow", *form),
        cwd=PROJECT,
        env=environment(settings),
        stdout=out,
        stderr=subprocess.PIPE,
    )


def test_a_database_that_cannot_be_reached_is_named(settings: Settings) -> None:
    """A file that is no database gives status 3 and a sentence, not a trace."""
    settings.home.mkdir()
    (settings.home / "siaga.db").write_text("not a database, but long enough to be taken for one")
    done = calls(settings, "--json")
    assert done.returncode == 3
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
