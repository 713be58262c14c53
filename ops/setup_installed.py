"""Set-up of a centre that was installed from a wheel; in a checkout ``./siaga112`` has done it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from siaga.shared import installed

if TYPE_CHECKING:
    from siaga.settings import Settings


def setup(settings: Settings) -> int:
    """Make what is missing in ``SIAGA_RUNTIME``; the exit status."""
    if installed():
        script = Path(__file__).parent / "setup" / "installed.sh"
        environment = {**os.environ, "SIAGA_RUNTIME": str(settings.runtime)}
        done = subprocess.run(  # noqa: S603 - a script of ours, told where this Python is
            ["/bin/sh", str(script), sys.prefix], env=environment, check=False
        )
        if done.returncode:
            return done.returncode
    sys.stdout.write(f"Siap / ready: {settings.runtime}\n")
    return 0
