"""Where a request came from when a proxy stands before the console.

Only what a proxy of the settings says is taken: from anybody else these headers are made up.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from siaga.console import Network


@dataclass(frozen=True, slots=True)
class Came:
    """How a request came.

    Attributes:
        address: of whoever asks.
        secure: the browser spoke https.
    """

    address: str
    secure: bool


def came(
    remote: str, headers: Mapping[str, Sequence[str]], proxies: Iterable[Network], *, tls: bool
) -> Came:
    """How a request came.

    Args:
        remote: address at the other end of the connection.
        headers: values of ``X-Forwarded-For`` and ``X-Forwarded-Proto``, each as often as it came.
        proxies: whose headers are believed.
        tls: the console itself spoke https.
    """
    known = tuple(proxies)
    if not _is_of(remote, known):
        return Came(remote, tls)
    address = remote
    # Each proxy appends whom it heard: the last one that is none of ours is who asks. What stands
    # before it was sent by themselves.
    for hop in reversed(_listed(headers.get("X-Forwarded-For", ()))):
        plain = _plain(hop)
        if plain is None:
            break
        address = plain
        if not _is_of(plain, known):
            break
    said = _listed(headers.get("X-Forwarded-Proto", ()))
    return Came(address, tls or (bool(said) and said[-1].lower() == "https"))


def _listed(values: Iterable[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _plain(text: str) -> str | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _is_of(text: str, known: tuple[Network, ...]) -> bool:
    plain = _plain(text)
    return plain is not None and any(ipaddress.ip_address(plain) in each for each in known)
