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
OTHERS: Final = "SIAGA_EDGE_OTHERS"
HANDSETS: Final = "SIAGA_EDGE_HANDSETS"
RATE: Final = "SIAGA_EDGE_RATE"
TLS_PORT: Final = "SIAGA_EDGE_TLS_PORT"
PORT: Final = 5060
RATE_S: Final = 50
"""Calls a second of one address that nobody asks about: more than a province has."""

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
        others: addresses of further edges before the same nodes (``SIAGA_EDGE_OTHERS``).
        handsets: handsets log in at it (``SIAGA_EDGE_HANDSETS=1``), and it tells all nodes.
        rate: calls a second of one address above which repeated ones are refused
            (``SIAGA_EDGE_RATE``); 0: none are.
        own_tls_port: where it takes TLS (``SIAGA_EDGE_TLS_PORT``); None: the next port.
    """

    host: str
    port: int = PORT
    apart: bool = False
    others: tuple[str, ...] = ()
    handsets: bool = False
    rate: int = RATE_S
    own_tls_port: int | None = None

    def __str__(self) -> str:
        """As it stands in the environment."""
        return f"{bracketed(self.host)}:{self.port}"

    @property
    def tls_port(self) -> int:
        """Where it takes TLS, when there is a certificate."""
        return self.own_tls_port or self.port + 1

    @property
    def hosts(self) -> tuple[str, ...]:
        """Whence a node takes calls: it, and the further ones."""
        return (self.host, *self.others)

    def environment(self) -> dict[str, str]:
        """The settings that make it anew."""
        return {
            NAME: str(self),
            APART: "1" if self.apart else "",
            OTHERS: ",".join(self.others),
            HANDSETS: "1" if self.handsets else "",
            RATE: str(self.rate),
            TLS_PORT: str(self.own_tls_port or ""),
        }

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
        tls_required: no SIP but over TLS, which the edge does not speak with Asterisk.

    Raises:
        SettingsError: it cannot be used; says what to give instead.
    """
    text = env.get(NAME, "").strip()
    apart, handsets = _switch(env, APART), _switch(env, HANDSETS)
    if not text:
        if apart:
            raise SettingsError(f"{APART}=1 says nothing without {NAME}: give the edge's address.")
        return None
    address, port = written(NAME, text)
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
            f"{NAME} speaks UDP with Asterisk: it cannot be used with SIAGA_TLS_REQUIRED=1."
        )
    if handsets and not apart:
        raise SettingsError(
            f"{HANDSETS}=1 is for an edge that stands apart before several nodes: set {APART}=1, "
            f"or leave it out, and handsets log in to Asterisk itself."
        )
    if handsets and not env.get("SIAGA_SECRET_FILE", "").strip():
        raise SettingsError(
            f"{HANDSETS}=1 needs SIAGA_SECRET_FILE, the same for edge and nodes: handsets' "
            f"passwords are derived from it."
        )
    others = _others(env)
    if others and not apart:
        raise SettingsError(f"{OTHERS} is for edges that stand apart: set {APART}=1.")
    rate = _number(env, RATE, RATE_S, range(100_001))
    tls_port = _number(env, TLS_PORT, 0, range(1, 65536)) or None
    return Edge(str(address), port, apart, others, handsets, rate, tls_port)


def written(name: str, text: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """An address and a port as a setting has them.

    Raises:
        SettingsError: it is none; says what to give instead.
    """
    found = _WRITTEN.fullmatch(text)
    try:
        address = ipaddress.ip_address((found["six"] or found["four"]) if found else "")
    except ValueError as error:
        raise SettingsError(
            f"{name}={text[:60]!r} is not an address and a port: give for example "
            f"203.0.113.5:5080 or [2001:db8::5]:5080."
        ) from error
    port = int((found and found["port"]) or PORT)
    if not 0 < port < 65536:
        raise SettingsError(f"{name}={text!r}: {port} is not a port: give one from 1 to 65535.")
    if address.is_unspecified:
        raise SettingsError(
            f"{name}={text!r}: give the one address that carriers send calls to, not all of them."
        )
    return address, port


def _others(env: Mapping[str, str]) -> tuple[str, ...]:
    texts = [text.strip() for text in env.get(OTHERS, "").split(",") if text.strip()]
    try:
        return tuple(str(ipaddress.ip_address(text)) for text in texts)
    except ValueError as error:
        raise SettingsError(
            f"{OTHERS}={env[OTHERS][:200]!r}: give addresses, separated by commas."
        ) from error


def _number(env: Mapping[str, str], name: str, default: int, allowed: range) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) not in allowed:
        raise SettingsError(
            f"{name}={text[:20]!r}: give a whole number from {allowed[0]} to {allowed[-1]}."
        )
    return int(text)


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "").strip()
    if text not in ("", "0", "1"):
        raise SettingsError(f"{name}={text[:20]!r}: give 1 for yes, 0 for no.")
    return text == "1"
