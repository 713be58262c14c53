"""In what order the whole suite runs, and what runs together."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from siaga.settings import PROJECT
from tests.order import LONG

if TYPE_CHECKING:
    from pathlib import Path

GROUPED = """
import os

import pytest

pytestmark = pytest.mark.xdist_group("one")


@pytest.mark.parametrize("number", range(4))
def test_where(number, request):
    with open({noted!r}, "a") as file:
        print(os.environ["PYTEST_XDIST_WORKER"], file=file)
"""


def test_a_group_of_tests_stays_with_one_worker(tmp_path: Path) -> None:
    """What shares a centre of its own is not dealt out to workers that each start another one."""
    noted = tmp_path / "workers"
    (tmp_path / "test_grouped.py").write_text(GROUPED.format(noted=str(noted)), encoding="utf-8")
    words = "-m pytest -q -p no:cacheprovider -n 2 --dist loadgroup --no-loadscope-reorder"
    done = subprocess.run(
        [sys.executable, *words.split(), str(tmp_path), f"--rootdir={tmp_path}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    workers = noted.read_text(encoding="utf-8").split()
    assert (len(workers), len(set(workers))) == (4, 1)


def test_what_lasts_long_is_there() -> None:
    """Whoever renames a file that begins first renames it there too."""
    assert [file for file in LONG if not (PROJECT / file).is_file()] == []
