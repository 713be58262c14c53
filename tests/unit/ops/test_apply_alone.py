"""Applying a plan when the one in force asks for a second person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ops.apply.alone import ApprovalError, is_alone, told
from ops.storage.database import opened
from router.store import migrate
from router.store.trail import Search, Trail
from siaga.plan.versions import Change, Entry, Stat, VersionStore
from siaga.settings import Settings, load

if TYPE_CHECKING:
    from pathlib import Path

TWO = "centre:\n  approval: second-person\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


def in_force(settings: Settings, text: str) -> None:
    settings.plan_in_force.parent.mkdir(parents=True, exist_ok=True)
    settings.plan_in_force.write_text(text, encoding="utf-8")


def test_the_plan_in_force_decides(settings: Settings) -> None:
    """At the console one person is refused, at the shell let through as one who acts alone."""
    change = Change("Ani", "uji", "apply")
    assert not is_alone(settings, change, by_hand=False)
    in_force(settings, "centre:\n  approval: none\n# second-person\n")
    assert not is_alone(settings, change, by_hand=False)
    in_force(settings, TWO)
    with pytest.raises(ApprovalError):
        is_alone(settings, change, by_hand=False)
    with pytest.raises(ApprovalError):
        is_alone(settings, Change("Ani", "uji", "apply", "Ani"), by_hand=False)
    assert is_alone(settings, change, by_hand=True)
    assert not is_alone(settings, Change("Ani", "uji", "apply", "Budi"), by_hand=False)


def test_the_word_counts_though_the_rest_is_no_plan(settings: Settings) -> None:
    """What an older version wrote, or a hand has broken elsewhere, does not switch it off."""
    change = Change("Ani", "uji", "apply")
    in_force(settings, TWO + "  unknown: x\nmenu: 3\n")
    assert is_alone(settings, change, by_hand=True)
    in_force(settings, TWO + "a: [")
    assert not is_alone(settings, change, by_hand=True)


async def test_who_acts_alone_stands_in_the_audit_log(settings: Settings) -> None:
    """It is said at once, and written down with version and reason; without a database too said."""
    change = Change("Ani", "darurat", "apply")
    entry = Entry(7, "0123456789ab", datetime.now(UTC), change, Stat())
    said = await told(settings, entry)
    assert "orang kedua" in said[0]
    assert "audit" in said[1]
    await migrate(settings)
    assert len(await told(settings, entry)) == 1
    async with opened(settings) as engine:
        trail = Trail(engine)
        (row,) = await trail.find(Search(), 10)
        trail.close()
    assert (row.what, row.actor.who, row.actor.address) == ("plan_applied_alone", "Ani", "shell")
    assert row.new == "#7 0123456789ab: darurat"


def test_the_second_person_is_kept_with_the_version(settings: Settings) -> None:
    """A version tells who approved; one of before that was kept tells of nobody."""
    store = VersionStore(settings.home / "plan")
    version = store.keep(b"a: b\n").parent.name
    store.append(version, Change("Ani", "uji", "apply", "Budi"))
    file = store.folder / "versions.jsonl"
    line = file.read_text(encoding="utf-8")
    file.write_text(line + line.replace('"approved": "Budi", ', ""), encoding="utf-8")
    assert [entry.change.approved for entry in store.entries()] == ["Budi", ""]
