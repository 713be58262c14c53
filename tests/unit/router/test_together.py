"""A node that was away takes the plan of all, and the first node says which that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from ops.apply.others import ElsewhereError, others
from ops.catch_up import catch_up
from router.nodes import together
from router.nodes.together import Together
from router.plans import Plans
from router.store.node_plans import SharedPlan, in_force, lock, put
from siaga.plan import load_plan
from siaga.plan.versions import VersionStore
from siaga.settings import PROJECT, load

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.applying import Told
    from siaga.settings import Settings

pytestmark = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.xdist_group("postgresql"),
]
PLAN = PROJECT / "plans" / "kutim.yaml"
OTHER = PROJECT / "plans" / "kutim-polres.yaml"


class Taken:
    """In place of the command line: what it would be told."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, Told]] = []

    async def here(self, text: str, told: Told) -> dict[str, object]:
        """Keep it."""
        self.texts.append((text, told))
        return {}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is applied meanwhile."""
    monkeypatch.setattr(together, "SETTLE_S", 0.0)


async def test_the_first_says_which_plan_all_have_and_another_follows(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    """Once; and whoever has it already does nothing."""
    for name, plan in (("one", PLAN), ("two", OTHER)):
        (tmp_path / name).write_bytes(plan.read_bytes())
    first, second = Taken(), Taken()
    one = Together(engine, Plans(tmp_path / "one"), first)  # type: ignore[arg-type]
    two = Together(engine, Plans(tmp_path / "two"), second)  # type: ignore[arg-type]
    await one.look()
    await one.look()
    await two.look()
    shared = await in_force(engine)
    assert shared is not None
    assert shared.version == load_plan(PLAN).version
    assert first.texts == []
    assert [text for text, _ in second.texts] == [PLAN.read_text()]


async def test_nothing_is_followed_while_a_plan_is_being_put_in_force(
    engine: AsyncEngine, tmp_path: Path, settings: Settings
) -> None:
    """Nor does a second node begin to put one in force."""
    await put(engine, SharedPlan("0" * 12, "x", "ani", ""))
    (tmp_path / "one").write_bytes(PLAN.read_bytes())
    taken = Taken()
    one = Together(engine, Plans(tmp_path / "one"), taken)  # type: ignore[arg-type]
    async with lock(engine) as mine:
        assert mine
        await one.look()
        with pytest.raises(ElsewhereError, match="Another node is putting"):
            async with others(settings):
                pass
    assert taken.texts == []
    await one.look()
    assert len(taken.texts) == 1


async def test_a_start_takes_the_plan_of_all(engine: AsyncEngine, settings: Settings) -> None:
    """It is the version in force before anything is rendered; again nothing changes."""
    loaded = load_plan(PLAN)
    await put(engine, SharedPlan(loaded.version, PLAN.read_text(), "ani", "longer", "budi"))
    said: list[str] = []
    await catch_up(settings, said.append)
    await catch_up(settings, said.append)
    (entry,) = VersionStore(settings.home / "plan").entries()
    assert (entry.version, entry.change.by, entry.change.approved) == (
        loaded.version,
        "ani",
        "budi",
    )
    assert len(said) == 1


async def test_a_start_without_the_database_goes_on_and_says_so(
    settings: Settings, database: str
) -> None:
    """Callers come first: the plan that is here is taken."""
    said: list[str] = []
    url = "postgresql://siaga@127.0.0.1:9/none"
    gone = load({"SIAGA_HOME": str(settings.home), "SIAGA_DATABASE_URL": url})
    await catch_up(gone, said.append)
    assert database
    assert "does not answer" in said[0]


async def test_a_start_before_the_tables_are_made_takes_the_plan_that_is_here(
    engine: AsyncEngine, settings: Settings
) -> None:
    """A new database, or one of an older program, is not told to be away: it has no plan yet."""
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE node_plans"))
    said: list[str] = []
    await catch_up(settings, said.append)
    assert said == []
    assert VersionStore(settings.home / "plan").entries() == ()


async def test_a_plan_that_cannot_be_read_stops_no_start(
    engine: AsyncEngine, settings: Settings
) -> None:
    """As of a newer program: what is here is taken."""
    await put(engine, SharedPlan("0" * 12, "centre: [", "ani", ""))
    said: list[str] = []
    await catch_up(settings, said.append)
    assert VersionStore(settings.home / "plan").entries() == ()
    assert "cannot be used" in said[0]
