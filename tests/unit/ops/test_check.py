import json
import pathlib

import pytest

from ops.check import check

ROOT = pathlib.Path(__file__).parents[3]
BAD = ROOT / "tests/unit/siaga/plan/bad/101-form-and-names-at-once.yaml"


def test_a_valid_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """A valid plan is told by its version, with exit status 0."""
    assert check(ROOT / "plans/kutim.yaml", as_json=False) == 0
    assert "sah / valid; versi / version " in capsys.readouterr().out


def test_all_problems_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each problem is told in both languages with its place, then their number; exit status 1."""
    assert check(BAD, as_json=False) == 1
    lines = capsys.readouterr().out.splitlines()
    kept = BAD.with_suffix(".txt").read_text(encoding="utf-8").replace("FILE", str(BAD))
    assert lines[:-1] == kept.splitlines()
    assert lines[-1] == f"{BAD}: 5 masalah / problems"


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For machines there is one object, with the place and the code of each problem."""
    assert check(BAD, as_json=True) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["file"], report["valid"], report["version"]) == (str(BAD), False, None)
    assert [(p["line"], p["column"], p["code"]) for p in report["problems"]] == [
        (8, 23, "handset-twice"),
        (16, 13, "unknown-agency"),
        (17, 11, "form"),
        (27, 12, "unknown-emergency"),
        (28, 3, "unknown-key"),
    ]
    assert report["problems"][1]["what"] == {
        "id": "tidak ada instansi 'damkr'",
        "en": "no agency 'damkr'",
    }
    assert report["problems"][1]["todo"] == {
        "id": "mungkin maksud Anda 'damkar'?",
        "en": "did you mean 'damkar'?",
    }


def test_json_of_a_valid_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """A valid plan has a version and no problems."""
    assert check(ROOT / "plans/minimal.yaml", as_json=True) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["valid"] is True
    assert len(report["version"]) == 12
    assert report["problems"] == []


def test_a_file_that_is_not_there(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plan that cannot be read is a problem like any other."""
    assert check(tmp_path / "none.yaml", as_json=False) == 1
    line, english, count = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{tmp_path / 'none.yaml'}:1:1: tidak dapat dibaca: ")
    assert english.startswith("    cannot be read: ")
    assert count.endswith(": 1 masalah / problem")
