"""A home that an earlier release left, taken over by this one."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ops.apply.stage import dialplan
from router.calls.record import Outcome
from siaga import secrets
from siaga.plan.versions import VersionStore
from siaga.settings import PROJECT
from siaga.storage import StorageRules
from tests.live.calls import converse
from tests.live.centre import Centre, running_centre
from tests.live.phones import telephones

if TYPE_CHECKING:
    from pathlib import Path

OLD: Final = PROJECT / "tests" / "upgrade" / "home-0.1.0.tar.xz"
"""Made by ``python -m tests.upgrade``: two calls, one answered; an incident, a hold, a class, an
account, a prompt that somebody spoke, a second version of the plan."""

SAID: Final = (
    *("calls", "callbacks", "incidents", "holds", "accounts", "versions", "prompts", "handsets"),
)
FOR_EVER: Final = replace(StorageRules(), recordings=None, numbers=None)
"""The old calls become older than the usual rules keep them."""


async def test_a_home_of_the_release_before_is_taken_over(tmp_path: Path) -> None:
    """This program starts in the home, says of it all that the old one said, and takes a call.

    The plan in force stays, though SIAGA_PLAN names another, as do a prompt that somebody spoke,
    the handsets' passwords, the recordings, the trail of live changes; the database has all rows.
    """
    home = tmp_path / "home"
    with tarfile.open(OLD) as archive:
        archive.extractall(home, filter="data")
    before = {
        name: _lines((home / f"said-{name}.jsonl").read_text(encoding="utf-8")) for name in SAID
    }
    known = secrets.read(home / "secrets.json")
    force = VersionStore(home / "plan").in_force
    trail = (home / "plan" / "live.jsonl").read_bytes()
    sounds = _sounds(home)
    with running_centre(home, storage=FOR_EVER) as centre:
        await centre.until_ready()
        asked = [asyncio.to_thread(_is_said, centre, name, before[name]) for name in SAID]
        await asyncio.gather(*asked)
        assert secrets.read(home / "secrets.json").handsets == known.handsets
        assert VersionStore(home / "plan").in_force == force
        assert force is not None
        assert force.number == 2
        assert dialplan(centre.settings, force.version)
        assert (home / "plan" / "live.jsonl").read_bytes().startswith(trail)
        assert len(sounds) == 2
        assert _sounds(home).items() >= sounds.items()
        assert centre.command("audit").returncode == 0
        await _a_call(centre)


def _sounds(home: Path) -> dict[Path, str]:
    return {
        file: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (home / "recordings").rglob("*.wav")
    }


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def _is_said(centre: Centre, name: str, before: list[dict[str, Any]]) -> None:
    """Every row is there, in its order, and says what it said; new fields may have come."""
    done = centre.command(name, "--json")
    assert done.returncode == 0, done.stderr
    now = _lines(done.stdout)
    assert before
    assert [{key: row.get(key) for key in old} for row, old in zip(now, before, strict=True)] == (
        before
    )


async def _a_call(centre: Centre) -> None:
    async with telephones(centre) as phones:
        await phones.log_in("201")
        number = centre.number()
        call = await phones.line.call(number)
        await call.answered()
        await call.press("1")
        ring = await phones.bank.ring("201")
        await ring.answer()
        await converse(call, ring)
        await call.hang_up()
        record = await centre.record(number)
    assert record.outcome is Outcome.ANSWERED
