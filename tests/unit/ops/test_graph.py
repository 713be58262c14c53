from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ops.graph import graph
from siaga.plan import PlanError

KUTIM = Path(__file__).resolve().parents[3] / "plans" / "kutim.yaml"


def test_the_drawing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without ``-o`` standard output is the drawing and nothing else."""
    assert graph(KUTIM, None) == 0
    root = ET.fromstring(capsys.readouterr().out)  # noqa: S314 (our own)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_the_drawing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With ``-o`` the same drawing is in the file and standard output is empty."""
    graph(KUTIM, None)
    printed = capsys.readouterr().out
    assert graph(KUTIM, tmp_path / "flow.svg") == 0
    assert (tmp_path / "flow.svg").read_text() == printed
    assert capsys.readouterr().out == ""


def test_a_bad_plan_is_not_drawn(tmp_path: Path) -> None:
    """A plan with a mistake leaves no file behind."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("agencies: 1\n")
    with pytest.raises(PlanError):
        graph(bad, tmp_path / "flow.svg")
    assert not (tmp_path / "flow.svg").exists()
