"""Where a call came from: the address of the carrier that sent it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from siaga.names import TEST_FOLDER, TRUNK_ENDPOINT

_SENT_FROM: Final = re.compile(r"(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15})):[0-9]{1,5}")


def sender(channel: str, recording: str, source: str) -> str | None:
    """The address of the carrier that sent a call, in its one form.

    Whoever tries 112 out has none: not a handset, which may write what it likes where the edge
    tells the address, and no test call of our own.

    Args:
        channel: of the caller.
        recording: its path, which tells a test call.
        source: as the dialplan was told, ``10.1.2.3:5060`` or ``[fd00::7]:5060``; may be anything.
    """
    technology, _, endpoint = channel.rpartition("-")[0].partition("/")
    if (technology, endpoint) != ("PJSIP", TRUNK_ENDPOINT) or recording.startswith(
        f"{TEST_FOLDER}/"
    ):
        return None
    found = _SENT_FROM.fullmatch(source)
    try:
        return None if found is None else str(ip_address(found[1] or found[2]))
    except ValueError:
        return None
