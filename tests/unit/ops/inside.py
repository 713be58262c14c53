"""A command of ``siaga112`` run in the test's own process: a program of its own takes a second."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from ops import cli

if TYPE_CHECKING:
    from siaga.settings import Settings


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it."""

    returncode: int
    stdout: str
    stderr: str


def run_inside(settings: Settings, *words: str) -> Done:
    """Run a command as ``main`` does, with nobody at a terminal."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with (
        patch.object(sys, "argv", ["siaga112", *words]),
        patch.dict(os.environ, {"SIAGA_HOME": str(settings.home)}),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            assert ended.code is None or isinstance(ended.code, int), ended.code
            status = ended.code or 0
    return Done(status, out.getvalue(), err.getvalue())
