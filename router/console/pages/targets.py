"""Where somebody goes on to afterwards: never away from here."""

from __future__ import annotations

import re
from typing import Final

_PATH: Final = re.compile(r"/(?:[A-Za-z0-9_.~%:@!$&'()*+,;=-][A-Za-z0-9_.~%/:@!$&'()*+,;=?-]*)?")


def own_path(text: str) -> str:
    """The path, if it is one of ours; else the start."""
    return text if len(text) <= 500 and _PATH.fullmatch(text) else "/"
