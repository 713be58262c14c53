"""``python -m ops.assets``: which packages are not here yet, and the making of the assets.

``missing FOLDER [--tests]`` prints what npm is to be asked for. ``make FOLDER RUNTIME [--tests]``
checks what npm gave and makes ``RUNTIME/assets``, and for tests ``RUNTIME/testing``. Exit status 3
when it cannot.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.assets.bundle import build
from ops.assets.packages import AssetError, check, is_whole, known, needed, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

ENTRIES: Final = Path(__file__).parent / "entries"
USAGE: Final = "python -m ops.assets missing FOLDER | make FOLDER RUNTIME [--tests]\n"


def missing(folder: Path, *, tests: bool) -> None:
    """Print what is not in ``folder``, or is not as it should be."""
    for package in needed(known(), tests=tests):
        if not is_whole(package, folder):
            sys.stdout.write(f"{package.spec}\n")


def make(folder: Path, runtime: Path, *, tests: bool) -> None:
    """Make the assets of what is in ``folder``.

    Raises:
        AssetError: it cannot be done.
    """
    packages = needed(known(), tests=tests)
    check(packages, folder)
    served = [each for each in packages if each.use != "test"]
    build(served, folder, ENTRIES, runtime / "assets.new", runtime / "assets")
    if tests:
        _testing(folder, runtime)


def _testing(folder: Path, runtime: Path) -> None:
    work, testing = runtime / "testing.new", runtime / "testing"
    for place in (work, testing):
        shutil.rmtree(place, ignore_errors=True)
    for package in needed(known(), tests=True):
        if package.use == "test":
            unpack(package, folder, work)
    work.rename(testing)


def main(words: Sequence[str]) -> int:
    """Entry; gives the exit status."""
    tests = "--tests" in words
    match [word for word in words if word != "--tests"]:
        case ["missing", folder]:
            missing(Path(folder), tests=tests)
        case ["make", folder, runtime]:
            try:
                make(Path(folder), Path(runtime), tests=tests)
            except (AssetError, OSError) as error:
                sys.stderr.write(f"{error}\n")
                return 3
        case _:
            sys.stderr.write(USAGE)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
