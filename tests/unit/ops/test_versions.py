"""What ``versions`` and ``diff`` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops import versions
from siaga.plan.versions import Change, VersionStore
from siaga.settings import PROJECT, Settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PLANS = ("kutim", "kutim-polres")


def kept(home: Path) -> Settings:
    """A home in which both plans were in force."""
    store = VersionStore(home / "plan")
    store.folder.mkdir()
    for name in PLANS:
        text = (PROJECT / "plans" / f"{name}.yaml").read_bytes()
        store.append(store.keep(text).parent.name, Change("Sari", name, "apply"))
        (home / "plan" / "routing.yaml").write_bytes(text)
    return Settings(home=home, runtime=home, plan=home / "none.yaml")


def test_a_diff_tells_lines_and_what_callers_meet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines that differ are followed by what changes for callers, in both languages."""
    versions.diff(kept(tmp_path), 1, 2)
    lines = capsys.readouterr().out.splitlines()
    assert '+    handsets: ["501", "502"]' in lines
    assert lines[-4:] == [
        "  order: sekarang polres berdering dulu, sebelumnya kominfo",
        "  order: now rings polres first, before: kominfo",
        "  instansi baru: polres",
        "  agencies added: polres",
    ]


def test_a_version_does_not_differ_from_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A version against itself says that nothing changes."""
    versions.diff(kept(tmp_path), 2, 2)
    assert capsys.readouterr().out.splitlines()[-1] == "  tidak ada / nothing"


def test_versions_are_told_in_the_centres_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Since when a version is in force is told as the clock on the centre's wall shows it."""
    settings = kept(tmp_path)
    entry = VersionStore(settings.home / "plan").in_force
    assert entry is not None
    versions.show(settings, as_json=False)
    hours = int(f"{entry.at:%H}") + 8 - int(entry.at.utcoffset().total_seconds() // 3600)  # type: ignore[union-attr]
    assert f"{hours % 24:02}:{entry.at:%M}" in capsys.readouterr().out
