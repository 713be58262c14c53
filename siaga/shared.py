"""Where the files lie that are no Python: in a checkout, and where a wheel was installed.

A checkout has them in top-level folders beside the packages (``asterisk-conf``, ``plans``,
``sounds``); a wheel brings the same folders in ``siaga/share``, because what stands at the top of
site-packages belongs to nobody. ``setup.py`` names the folders by :data:`FOLDERS`' text.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDERS: Final = ("asterisk-conf", "plans", "sounds")
"""Top-level folders that the running centre reads."""

PROJECT: Final = Path(__file__).resolve().parent.parent
"""What holds our packages: the checkout, or site-packages."""

_SHARE: Final = Path(__file__).resolve().parent / "share"


def installed() -> bool:
    """Whether this code came out of a wheel; an editable installation is a checkout."""
    return _SHARE.is_dir()


def shared(*path: str) -> Path:
    """A file or folder below one of :data:`FOLDERS`: ``shared("plans", "kutim.yaml")``."""
    return (_SHARE if installed() else PROJECT).joinpath(*path)


def python_path() -> str:
    """``PYTHONPATH`` for processes of ours; empty where the interpreter finds us by itself.

    Site-packages must not stand in it: they would come before the standard library.
    """
    return "" if installed() else str(PROJECT)


def state(name: str, env: Mapping[str, str]) -> Path:
    """The folder of this name for what is made while running, when no setting names one.

    It is in the checkout, and of an installed centre in its user's folder for data.
    """
    if not installed():
        return PROJECT / name
    data = env.get("XDG_DATA_HOME") or Path(env.get("HOME") or Path.home()) / ".local" / "share"
    return Path(data) / "siaga112" / name.lstrip(".")


def command(env: Mapping[str, str]) -> str:
    """What to type here for ``siaga112``, as messages name it.

    A service says it itself (``SIAGA_COMMAND``): the one that runs as its user, with its settings.
    """
    if told := env.get("SIAGA_COMMAND", "").strip():
        return told
    if not installed():
        return "./siaga112"
    own = Path(sys.prefix) / "bin" / "siaga112"
    found = shutil.which("siaga112", path=env.get("PATH"))
    return "siaga112" if found and Path(found).resolve() == own.resolve() else str(own)


COMMAND: Final = command(os.environ)
