"""``python -m ops.container.voices PLAN …``: these plans' prompts, made when an image is.

They are kept with the tools, where each node finds them at its start and makes none of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ops.apply.stage import speak
from ops.runtime import find_runtime
from siaga import settings
from siaga.plan import load_plan
from siaga.prompts import load_catalogue
from siaga.shared import shared


def main(plans: list[str]) -> int:
    """Make them; a prompt that cannot be made fails the image."""
    own = settings.load()
    texts = load_catalogue(shared("sounds", "prompts.yaml"))
    warnings: list[str] = []
    for plan in plans:
        with tempfile.TemporaryDirectory() as out:
            made = speak(own, find_runtime(own), load_plan(Path(plan)), texts, Path(out))
        warnings += made.warnings
    sys.stderr.write("".join(f"{warning}\n" for warning in warnings))
    return 1 if warnings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
