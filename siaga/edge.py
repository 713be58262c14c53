"""Where the edge takes calls to 112, when there is one; see docs/decisions/edge.md."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "SIAGA_EDGE"
APART: Final = "SIAGA_EDGE_APART"
PORT: Final = 5060

_WRITTEN: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Edge:
    """The SIP proxy between the carriers and Asterisk.

    Attributes:
        host: its address. ``port``: UDP and TCP.
        apart: it is run by somebody else, before several nodes (``SIAGA_EDGE_APART=1``): this
            node takes calls from it, and neither starts nor watches it.
    """

    host: str
    port: int = PORT
    apart: bool = False

    def __str__(self) -> str:
        """As it stands in the environment."""
        return f"{bracketed(self.host)}:{self.port}"

    def node(self, bind: str) -> str:
        """Where it reaches an Asterisk that listens on ``bind``."""
        return self.host if ipaddress.ip_address(bind).is_unspecified else bind


def bracketed(host: str) -> str:
    """An address as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def load(env: Mapping[str, str], bind: str, sip: int, *, tls_required: bool) -> Edge | None:
    """The edge that the environment sets; None: calls come to Asterisk itself.

    Args:
        env: the environment.
        bind: address of Asterisk.
        sip: its port.
        tls_required: no SIP but over TLS, which the edge does not speak.

    Raises:
        SettingsError: it cannot be used; says what to give instead.
    """
    text = env.get(NAME, "").strip()
    apart = _apart(env)
    if not text:
        if apart:
            raise SettingsError(f"{APART}=1 says nothing without {NAME}: give the edge's address.")
        return None
    found = _WRITTEN.fullmatch(text)
    try:
        address = ipaddress.ip_address((found["six"] or found["four"]) if found else "")
    except ValueError as error:
        raise SettingsError(
            f"{NAME}={text[:60]!r} is not an address and a port: give for example "
            f"203.0.113.5:5080 or [2001:db8::5]:5080."
        ) from error
    port = int((found and found["port"]) or PORT)
    if not 0 < port < 65536:
        raise SettingsError(f"{NAME}={text!r}: {port} is not a port: give one from 1 to 65535.")
    if address.is_unspecified:
        raise SettingsError(
            f"{NAME}={text!r}: give the one address that carriers send calls to, not all of them."
        )
    own = ipaddress.ip_address(bind)
    if own.version != address.version:
        raise SettingsError(
            f"{NAME}={text!r} and SIAGA_BIND={bind!r} are of different kinds: both IPv4 or both "
            f"IPv6."
        )
    if port == sip and (own == address or own.is_unspecified):
        raise SettingsError(
            f"{NAME}={text!r} is where Asterisk itself listens: give the edge another port, or "
            f"move Asterisk by SIAGA_SIP_PORT."
        )
    if tls_required:
        raise SettingsError(
            f"{NAME} takes calls over UDP and TCP alone: it cannot be used with "
            f"SIAGA_TLS_REQUIRED=1."
        )
    return Edge(str(address), port, apart)


def _apart(env: Mapping[str, str]) -> bool:
    text = env.get(APART, "").strip()
    if text not in ("", "0", "1"):
        raise SettingsError(f"{APART}={text[:20]!r}: give 1 for yes, 0 for no.")
    return text == "1"
