"""How the program that answers calls is loaded."""

from __future__ import annotations

import subprocess
import sys

SAYS = (
    "import gc, importlib, ivr.process as process;"
    "process.main = lambda: print(gc.isenabled(), gc.get_freeze_count() > 20_000);"
    "importlib.import_module('ivr.__main__')"
)


def test_what_a_program_is_made_of_is_never_looked_through_for_garbage() -> None:
    """It stays for ever, and every caller in the menu would wait for the look through it."""
    done = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=False)
    assert done.stdout == "True True\n", done.stderr
