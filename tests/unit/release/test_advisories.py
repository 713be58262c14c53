"""Advisories of a folder, told as OSV tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from aiohttp.test_utils import TestClient, TestServer

from ops.release.advisories import AdvisoryError, affects, application, load

if TYPE_CHECKING:
    from pathlib import Path


def of(*events: tuple[str, str], kind: str = "ECOSYSTEM", versions: tuple[str, ...] = ()) -> Any:
    """An advisory of a package."""
    affected = {
        "package": {"name": "Some.Package", "ecosystem": "PyPI"},
        "ranges": [{"type": kind, "events": [dict([event]) for event in events]}],
        "versions": list(versions),
    }
    return {"id": "PYSEC-0", "published": "2026-01-02T03:04:05Z", "affected": [affected]}


ALL = ("introduced", "0")


@pytest.mark.parametrize(
    ("advisory", "bad", "good"),
    [
        (of(ALL, ("fixed", "1.10")), ["0.1", "1.9", "1.10rc1"], ["1.10", "2"]),
        (of(ALL, ("last_affected", "1.10")), ["1.9", "1.10"], ["1.10.1", "1.11"]),
        (of(("introduced", "2.0"), ("fixed", "2.1")), ["2.0", "2.0.9"], ["1.9", "2.1"]),
        # Twice, and not in order.
        (
            of(("introduced", "3"), ("fixed", "3.2"), ALL, ("fixed", "1.1")),
            ["1.0", "3.1"],
            ["1.1", "2.9", "3.2"],
        ),
        (of(ALL), ["0.1", "9"], []),
        (of(versions=("1.0", "0.9-what")), ["1.0", "1"], ["0.9", "1.0.1"]),
        # Commits say nothing of a version.
        (of(ALL, ("fixed", "0a1b2c"), kind="GIT"), [], ["1"]),
    ],
)
def test_which_versions_are_affected(advisory: Any, bad: list[str], good: list[str]) -> None:
    """By ranges, the ends of which count as OSV says, or by name."""
    assert [version for version in bad + good if affects(advisory, "some-package", version)] == bad


def test_another_package_is_not_affected() -> None:
    """Of the same maker's advisory, or of another language."""
    assert not affects(of(ALL), "some-other", "1")
    advisory = of(ALL)
    advisory["affected"][0]["package"]["ecosystem"] = "npm"
    assert not affects(advisory, "some-package", "1")


async def test_it_is_told_as_osv_tells_it(tmp_path: Path) -> None:
    """What there is of a version, word for word; nothing of one that is good, or not known."""
    advisory = of(ALL, ("fixed", "1.10"))
    folder = tmp_path / "vulns" / "some-package"
    folder.mkdir(parents=True)
    (folder / "PYSEC-0.yaml").write_text(yaml.safe_dump(advisory))
    app = application(load(tmp_path))
    async with TestClient(TestServer(app)) as client:
        told = []
        for name, version in (("some-package", "1.9"), ("some-package", "1.10"), ("else", "1")):
            asked = {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
            answer = await client.post("/v1/query", json=asked)
            told.append(await answer.json())
    assert told == [{"vulns": [advisory]}, {}, {}]


@pytest.mark.parametrize(
    ("text", "words"),
    [("- [", "bad.yaml"), ("affected: [{}]", "bad.yaml"), ("id: x", "has no advisories")],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, text: str, words: str) -> None:
    """An advisory left out without a word would be taken for none."""
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(AdvisoryError, match=words):
        load(tmp_path)
