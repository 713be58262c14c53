"""The router goes by the plan in force, and tells each call by the plan it began with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.plans import KEPT, Plans
from siaga.files import write_atomic
from siaga.plan import PlanError, parse_plan
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

KUTIM = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")


def named(name: str) -> str:
    """Kutai Timur's plan under another centre's name."""
    return KUTIM.replace("112 Kutai Timur", name)


def keep(folder: Path, text: str, version: str | None = None) -> str:
    """Keep a text as ``apply`` does; gives its version."""
    version = version or parse_plan(text.encode()).version
    (folder / version).mkdir()
    (folder / version / "routing.yaml").write_text(text, encoding="utf-8")
    return version


def in_force(folder: Path, text: str) -> Path:
    write_atomic(folder / "routing.yaml", text)
    return folder / "routing.yaml"


async def test_a_plan_that_is_replaced_is_gone_by(tmp_path: Path) -> None:
    """The next look finds it, and only a look that finds another plan says so."""
    plans = Plans(in_force(tmp_path, KUTIM))
    assert not await plans.refresh()
    in_force(tmp_path, named("Baru"))
    assert await plans.refresh()
    assert plans.in_force.centre.name.id == "Baru"
    in_force(tmp_path, named("Baru"))
    assert not await plans.refresh()


async def test_a_call_is_told_by_the_plan_it_began_with(tmp_path: Path) -> None:
    """Earlier versions are found in memory or on disk, newer ones before the next look."""
    first, third = keep(tmp_path, KUTIM), keep(tmp_path, named("Tiga"))
    plans = Plans(in_force(tmp_path, KUTIM))
    in_force(tmp_path, named("Dua"))
    await plans.refresh()
    assert plans.of(first).centre.name.id == "112 Kutai Timur"
    assert plans.of(third).centre.name.id == "Tiga"
    assert plans.of(plans.version).centre.name.id == "Dua"


@pytest.mark.parametrize("version", [None, "", "0" * 12, "../../secret", "ABCDEFABCDEF"])
def test_an_unknown_version_falls_back_to_the_plan_in_force(
    tmp_path: Path, version: str | None
) -> None:
    """A call from before versions, or of a lost text, is told by what there is."""
    assert Plans(in_force(tmp_path, KUTIM)).of(version).centre.name.id == "112 Kutai Timur"


def test_a_text_under_another_name_is_not_taken_for_that_version(tmp_path: Path) -> None:
    """What a folder holds is believed only if it has the folder's hash."""
    keep(tmp_path, named("Palsu"), "0" * 12)
    plans = Plans(in_force(tmp_path, KUTIM))
    assert plans.of("0" * 12).centre.name.id == "112 Kutai Timur"


async def test_a_plan_that_becomes_unreadable_leaves_the_last_one(tmp_path: Path) -> None:
    """A broken or missing file stops nothing, and a mended one is taken up."""
    file = in_force(tmp_path, KUTIM)
    plans = Plans(file)
    in_force(tmp_path, "centre: [")
    assert not await plans.refresh()
    file.unlink()
    assert not await plans.refresh()
    assert plans.in_force.centre.name.id == "112 Kutai Timur"
    in_force(tmp_path, named("Baru"))
    assert await plans.refresh()


def test_there_is_no_router_without_a_plan(tmp_path: Path) -> None:
    """The start fails where nothing was prepared."""
    with pytest.raises(PlanError):
        Plans(tmp_path / "routing.yaml")


async def test_memory_is_bounded(tmp_path: Path) -> None:
    """However many versions calls name, only the latest are kept."""
    versions = [keep(tmp_path, named(f"K{number}")) for number in range(KEPT + 3)]
    plans = Plans(in_force(tmp_path, KUTIM))
    for number, version in enumerate(versions):
        assert plans.of(version).centre.name.id == f"K{number}"
    assert len(plans._others) == KEPT
    assert plans.of(versions[0]).centre.name.id == "K0"
