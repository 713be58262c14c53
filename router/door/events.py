"""Asterisk's security events as facts about an address.

What a stranger puts into a request stands in these events as it came, and a nonce or response that
holds line ends could forge headers, or an event about somebody else. Of a nonce 63 bytes are told
and of a response 255: too few for a whole event in the exact form that is asked for here.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.ami import Event

Peer: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
"""Who is blocked: an IPv4 address, or the /64 that an IPv6 address is taken out of at will."""

V6_PREFIX: Final = 64


class Kind(StrEnum):
    """What happened; values are Asterisk's names."""

    CHALLENGED = "ChallengeSent"
    """Told by :mod:`router.door.hep`: Asterisk's own event (22.10) lacks the nonce."""
    FAILED = "ChallengeResponseFailed"
    SUCCEEDED = "SuccessfulAuth"


@dataclass(frozen=True, slots=True)
class Seen:
    """One event.

    Attributes:
        peer: where it came from, as far as the packet says.
        connected: over TCP or TLS, whose sender is where he says he is.
        account: the handset; ``<unknown>`` for none of ours.
        nonce: of the challenge; empty with a success.
    """

    kind: Kind
    peer: Peer
    connected: bool
    account: str
    nonce: str = ""


_NONCE: Final = re.compile(r"[0-9]{10}/[0-9a-f]{32}")
_ADDRESS: Final = re.compile(r"IPV[46]/(UDP|TCP|TLS|WS|WSS)/([0-9a-fA-F:.]{2,45})/[0-9]{1,5}")
_ANY: Final = re.compile(r"[^\r\n]*", re.DOTALL)
_COMMON: Final[Mapping[str, re.Pattern[str]]] = {
    "event": re.compile("[A-Za-z]+"),
    "privilege": re.compile("security,all"),
    "timestamp": re.compile(r"[0-9]{10}\.[0-9]{6}"),
    "systemname": re.compile("[A-Za-z0-9-]{1,32}"),
    "eventtv": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}[+-][0-9]{4}"),
    "severity": re.compile("Informational|Error"),
    "service": re.compile("PJSIP"),
    "eventversion": re.compile("[0-9]"),
    "accountid": re.compile("[A-Za-z0-9_-]{1,64}|<unknown>"),
    "sessionid": _ANY,
    "localaddress": _ADDRESS,
    "remoteaddress": _ADDRESS,
}
_MORE: Final[Mapping[Kind, Mapping[str, re.Pattern[str]]]] = {
    Kind.FAILED: {
        "challenge": _NONCE,
        "response": re.compile("[0-9a-fA-F]{32}"),
        "expectedresponse": re.compile(""),
    },
    Kind.SUCCEEDED: {"usingpassword": re.compile("[01]")},
}
_FORMS: Final[Mapping[str, Mapping[str, re.Pattern[str]]]] = {
    kind: {**_COMMON, **more} for kind, more in _MORE.items()
}


def peer_of(address: str) -> Peer:
    """Who an address belongs to.

    Raises:
        ValueError: it is no address.
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    prefix = 32 if found.version == 4 else V6_PREFIX
    return ipaddress.ip_network((found, prefix), strict=False)


def seen(event: Event) -> Seen | None:
    """What an event says; None when it is not exactly as Asterisk writes it."""
    headers = event.headers
    form = _FORMS.get(event.name)
    if form is None or headers.repeated or headers.keys() != form.keys():
        return None
    if any(form[name].fullmatch(value) is None for name, value in headers.items()):
        return None
    found = _ADDRESS.fullmatch(headers["remoteaddress"])
    assert found is not None  # noqa: S101 (for the type: it has matched)
    try:
        peer = peer_of(found[2])
    except ValueError:
        return None
    nonce = headers.get("challenge", "")
    return Seen(Kind(event.name), peer, found[1] != "UDP", headers["accountid"], nonce)
