"""Session descriptions (RFC 8866): what we offer and answer, what the far end says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ops.phone.g711 import Law

KEYS_EVENT: Final = 101
"""Payload type we offer telephone events as."""


@dataclass(frozen=True, slots=True)
class Media:
    """The audio stream of one side.

    Attributes:
        address: where it wants packets sent.
        port: 0 when it wants none.
        laws: codecs we know, most wanted first.
        telephone_event: payload type of telephone events, if any.
    """

    address: str
    port: int
    laws: tuple[Law, ...]
    telephone_event: int | None

    def encode(self, direction: str = "sendrecv", version: int = 1) -> str:
        """The description as it stands in a message.

        Args:
            direction: ``sendrecv``; ``sendonly`` or ``inactive`` of who puts the other on hold.
            version: counts the descriptions of one call.
        """
        types = [str(law.value) for law in self.laws]
        attributes = [f"a=rtpmap:{law.value} {law.name}/8000" for law in self.laws]
        if self.telephone_event is not None:
            types.append(str(self.telephone_event))
            attributes += [
                f"a=rtpmap:{self.telephone_event} telephone-event/8000",
                f"a=fmtp:{self.telephone_event} 0-16",
            ]
        family = "IP6" if ":" in self.address else "IP4"
        lines = [
            "v=0",
            f"o=- 1 {version} IN {family} {self.address}",
            "s=-",
            f"c=IN {family} {self.address}",
            "t=0 0",
            f"m=audio {self.port} RTP/AVP {' '.join(types)}",
            *attributes,
            "a=ptime:20",
            f"a={direction}",
        ]
        return "\r\n".join(lines)

    def answer(self, address: str, port: int) -> Media:
        """Our answer to this offer: its first codec that we know, and its telephone events."""
        return Media(address, port, self.laws[:1], self.telephone_event)


_CONNECTION = re.compile(r"^c=IN IP[46] ([^\s/]+)", re.MULTILINE)
_AUDIO = re.compile(r"^m=audio (\d{1,5})\S* RTP/S?AVPF?((?: \d{1,3})+)", re.MULTILINE)
_EVENT = re.compile(r"^a=rtpmap:(\d{1,3}) telephone-event/8000", re.MULTILINE | re.IGNORECASE)


def parse(text: str) -> Media | None:
    """The first audio stream of a description, or None when it has none that we can take part in.

    Only what telephone systems write is understood: static payload types for G.711.
    """
    audio = _AUDIO.search(text)
    if audio is None:
        return None
    section = text[audio.start() :].partition("\nm=")[0]
    connection = _CONNECTION.search(section) or _CONNECTION.search(text[: audio.start()])
    types = [int(word) for word in audio[2].split()]
    known = {law.value: law for law in Law}
    laws = tuple(known[number] for number in types if number in known)
    events = [int(found[1]) for found in _EVENT.finditer(section) if int(found[1]) in types]
    if connection is None or not laws or int(audio[1]) > 65535:
        return None
    return Media(connection[1], int(audio[1]), laws, events[0] if events else None)
