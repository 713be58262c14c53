from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ops import prepare
from ops.apply import catalogue
from siaga import settings as settings_module
from siaga.errors import SettingsError
from siaga.plan import PlanError, load_plan
from siaga.plan.versions import VersionStore
from siaga.prompts import PromptsError
from siaga.settings import PROJECT, Settings

if TYPE_CHECKING:
    from pathlib import Path

GOOD = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """Settings of an instance with a plan of its own."""
    plan = tmp_path / "routing.yaml"
    plan.write_text(GOOD, encoding="utf-8")
    base = settings_module.load({"SIAGA_HOME": str(tmp_path / "home")})
    (tmp_path / "home" / "plan").mkdir(parents=True)
    return replace(base, plan=plan)


def versions(own: Settings) -> list[tuple[int, str]]:
    """Numbers and kinds of the versions kept."""
    entries = VersionStore(own.home / "plan").entries()
    return [(entry.number, entry.change.what) for entry in entries]


def test_the_first_start_takes_the_plan_given_as_version_1(own: Settings) -> None:
    """It is noted once, however often the centre is started."""
    first, warnings = prepare.plan_in_force(own)
    again, _ = prepare.plan_in_force(own)
    assert warnings == ()
    assert first.version == again.version == load_plan(own.plan).version
    assert versions(own) == [(1, "first start")]


@pytest.mark.parametrize("gone", [False, True])
def test_plan_that_became_invalid_or_lost_leaves_the_version_in_force(
    own: Settings, *, gone: bool
) -> None:
    """A mistake in the plan at a restart does not keep 112 from answering, and is told."""
    first, _ = prepare.plan_in_force(own)
    if gone:
        own.plan.unlink()
    else:
        own.plan.write_text(GOOD.replace("agency: damkar", "agency: damkr"), encoding="utf-8")
    second, warnings = prepare.plan_in_force(own)
    assert second.version == first.version
    assert gone or "damkr" in warnings[0]
    assert "routing.yaml:" in warnings[0]
    assert versions(own) == [(1, "first start")]


def test_plan_that_was_edited_is_not_applied_by_a_start(own: Settings) -> None:
    """The version in force stays, and the notice has the command that applies the new one."""
    first, _ = prepare.plan_in_force(own)
    own.plan.write_text(GOOD + "# edited\n", encoding="utf-8")
    second, warnings = prepare.plan_in_force(own)
    assert second.version == first.version
    assert f"./siaga112 apply {own.plan}" in warnings[0]


@pytest.mark.parametrize("lost", [1, 2])
def test_a_text_in_force_that_was_damaged_is_taken_from_its_copy(own: Settings, lost: int) -> None:
    """Of the two copies either will do; with both gone the plan given is taken, and told."""
    first, _ = prepare.plan_in_force(own)
    kept = VersionStore(own.home / "plan").text(first.version)
    own.plan_in_force.write_bytes(kept.read_bytes() if lost == 1 else b"centre: 1")
    kept.write_text(GOOD + "# damaged\n", encoding="utf-8")
    own.plan.write_text(GOOD + "# newer\n", encoding="utf-8")
    second, warnings = prepare.plan_in_force(own)
    if lost == 1:
        assert second.version == first.version
        assert kept.read_text(encoding="utf-8") == GOOD
    else:
        assert second.version == load_plan(own.plan).version
        assert "rusak" in warnings[0]
        assert versions(own)[-1] == (2, "start")


def test_a_home_from_before_versions_goes_on(own: Settings) -> None:
    """With the plan given broken, what such a home runs on becomes version 1."""
    own.plan_in_force.write_text(GOOD, encoding="utf-8")
    own.plan.write_text("centre: 1", encoding="utf-8")
    loaded, _ = prepare.plan_in_force(own)
    assert loaded.version == load_plan(own.plan_in_force).version
    assert versions(own) == [(1, "first start")]


def test_first_start_with_an_invalid_plan_is_refused(own: Settings) -> None:
    """Without an earlier plan there is nothing to fall back to."""
    own.plan.write_text("centre: 1", encoding="utf-8")
    with pytest.raises(PlanError):
        prepare.plan_in_force(own)


def test_prompts_that_became_invalid_leave_the_last_good_ones_in_force(
    own: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in the prompts' texts at a restart does not keep 112 from answering either."""
    texts = (PROJECT / "sounds" / "prompts.yaml").read_text(encoding="utf-8")
    (tmp_path / "sounds").mkdir()
    file = tmp_path / "sounds" / "prompts.yaml"
    monkeypatch.setattr(catalogue, "shared", tmp_path.joinpath)
    file.write_text("prompts: [", encoding="utf-8")
    with pytest.raises(PromptsError):
        catalogue.catalogue_in_force(own)
    file.write_text(texts, encoding="utf-8")
    first, warnings = catalogue.catalogue_in_force(own)
    assert warnings == ()
    file.write_text("prompts: [", encoding="utf-8")
    second, warnings = catalogue.catalogue_in_force(own)
    assert second == first
    assert "prompts.yaml" in warnings[0]


def test_home_too_long_for_its_sockets_is_refused(own: Settings, tmp_path: Path) -> None:
    """A name so long that nobody could reach the supervisor is refused before anything is made."""
    home = tmp_path / ("x" * prepare.MAX_HOME)
    with pytest.raises(SettingsError, match="SIAGA_HOME"):
        prepare.prepare(replace(own, home=home), lambda _: None)
    assert not home.exists()
