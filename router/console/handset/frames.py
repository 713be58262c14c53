"""What of SIP a browser may send: small, its own, and of the kinds that a handset needs.

Asterisk judges every request by itself; this only keeps a browser from speaking for anybody else
on the connection that the console makes for it.
"""

from __future__ import annotations

import re
from typing import Final

MAX_FRAME: Final = 32 * 1024
"""Bytes of a frame; an offer of a browser has about 4 KB."""
METHODS: Final = frozenset(
    {"REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "REFER", "INFO", "UPDATE", "OPTIONS", "NOTIFY"}
)
KEEP_ALIVE: Final = frozenset({"\r\n", "\r\n\r\n"})
_REQUEST: Final = re.compile(r"([A-Z]{3,10}) sips?:[^\s]{1,256} SIP/2\.0")
_RESPONSE: Final = re.compile(r"SIP/2\.0 [1-6][0-9]{2} [^\r\n]{0,200}")
_FROM: Final = re.compile(r"(?:From|f)[ \t]*:(.*)", re.IGNORECASE)
_TO: Final = re.compile(r"(?:To|t)[ \t]*:.*>[ \t]*;[ \t]*tag=.+", re.IGNORECASE)
_FOLDED: Final = re.compile(r"\r\n[ \t]|(?<!\r)\n|\r(?!\n)")
_USER: Final = re.compile(r'[ \t]*(?:"[^"<>\\]*"|[\w .-]*)[ \t]*<sip:([0-9]{1,16})@[^<>]*>[^<>]*')


def may_send(frame: str, extension: str) -> bool:
    """Whether a browser that is this handset may send this.

    A request that begins something has its own extension in ``From``. One within a call belongs to
    that call, which Asterisk knows by its tags.
    """
    if len(frame) > MAX_FRAME or "\0" in frame:
        return False
    first, _, rest = frame.partition("\r\n")
    if frame in KEEP_ALIVE or _RESPONSE.fullmatch(first):
        return True
    request = _REQUEST.fullmatch(first)
    if request is None or request[1] not in METHODS:
        return False
    head = rest.partition("\r\n\r\n")[0]
    if _FOLDED.search(f"\r\n{head}"):
        return False  # A line that goes on in the next one could be read in two ways.
    lines = head.split("\r\n")
    if request[1] != "REGISTER" and any(_TO.fullmatch(line) for line in lines):
        return True
    said = [found[1] for line in lines if (found := _FROM.fullmatch(line))]
    user = _USER.fullmatch(said[0]) if len(said) == 1 else None
    return user is not None and user[1] == extension
