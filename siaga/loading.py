"""Programs loaded in less time."""

from __future__ import annotations

import gc
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def load(name: str) -> ModuleType:
    """Import a module, and all that it imports, without looking for garbage meanwhile.

    There is hardly any, and looking for it among what stays takes a seventh of the time in which a
    command answers and a router that was killed is back.

    Raises:
        ImportError: there is no such module.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()
