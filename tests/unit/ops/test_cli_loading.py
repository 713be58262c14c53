"""The command line begins quickly: what is slow to load, only a command that needs it loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from siaga.settings import PROJECT

SLOW = {"aiohttp", "alembic", "jinja2", "pydantic", "sqlalchemy", "structlog"}


def loaded(*modules: str) -> set[str]:
    """The packages that a fresh Python has after these modules were loaded."""
    program = (
        "import sys\n"
        "from importlib import import_module\n"
        "for name in sys.argv[1:]: import_module(name)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *modules],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "needed"),
    [
        ("ops.cli", set()),
        ("ops.dispatch", {"aiohttp"}),
        ("ops.blocks", {"aiohttp"}),
        ("ops.transfer", {"aiohttp"}),
    ],
)
def test_a_command_loads_what_it_needs(module: str, needed: set[str]) -> None:
    """Of the packages that take long to load, those named, and no others."""
    assert loaded(module) & SLOW == needed
