"""How the console is reached, and how long a log-in lasts: settings of its own."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOUR: Final = 3600
_TILES: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/(?=.*\{z\})(?=.*\{x\})(?=.*\{y\})[\w./{}?&=%-]{1,200}"
)
_LONGEST: Final = 30 * 24 * _HOUR


@dataclass(frozen=True, slots=True)
class ConsoleRules:
    """How the console is served.

    Attributes:
        bind: address that it listens on (``SIAGA_HTTP_BIND``).
        certificate: PEM file with certificate and key; with it https is spoken, and nothing else
            (``SIAGA_HTTP_CERTIFICATE``).
        proxies: addresses and networks of proxies, whose word is taken for whom they heard and
            whether it was by https (``SIAGA_HTTP_PROXIES``).
        idle_s: seconds without a request after which a log-in is over (``SIAGA_SESSION_IDLE``).
        longest_s: seconds after which it is over in any case (``SIAGA_SESSION_LONGEST``).
        tiles: web address of a server of map tiles with ``{z}``, ``{x}`` and ``{y}`` in it, if any
            (``SIAGA_TILES``). ``tiles_by``: whom to thank for them (``SIAGA_TILES_BY``).
    """

    bind: str = "127.0.0.1"
    certificate: Path | None = None
    idle_s: int = 4 * _HOUR
    longest_s: int = 16 * _HOUR
    tiles: str = ""
    tiles_by: str = ""
    proxies: tuple[Network, ...] = ()

    @property
    def tiles_origin(self) -> str:
        """Scheme, host and port of the tiles, which pages may take pictures from; may be empty."""
        return "/".join(self.tiles.split("/", 3)[:3])

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "http" if self.certificate is None else "https"

    def environment(self) -> dict[str, str]:
        """The same as settings, for a child process."""
        return {
            "SIAGA_HTTP_BIND": self.bind,
            "SIAGA_HTTP_CERTIFICATE": str(self.certificate or ""),
            "SIAGA_SESSION_IDLE": str(self.idle_s),
            "SIAGA_SESSION_LONGEST": str(self.longest_s),
            "SIAGA_TILES": self.tiles,
            "SIAGA_TILES_BY": self.tiles_by,
            "SIAGA_HTTP_PROXIES": ",".join(map(str, self.proxies)),
        }


def load(env: Mapping[str, str]) -> ConsoleRules:
    """Read them from the environment.

    Raises:
        SettingsError: a value cannot be used.
    """
    default = ConsoleRules()
    bind = env.get("SIAGA_HTTP_BIND", "").strip() or default.bind
    try:
        ipaddress.ip_address(bind)
    except ValueError as error:
        raise SettingsError(f"SIAGA_HTTP_BIND={bind[:60]!r} is not an IP address.") from error
    certificate = env.get("SIAGA_HTTP_CERTIFICATE")
    idle = _seconds(env, "SIAGA_SESSION_IDLE", default.idle_s)
    longest = _seconds(env, "SIAGA_SESSION_LONGEST", max(default.longest_s, idle))
    if idle > longest:
        raise SettingsError(
            f"SIAGA_SESSION_IDLE={idle} is longer than SIAGA_SESSION_LONGEST={longest}."
        )
    return ConsoleRules(
        bind,
        Path(certificate).absolute() if certificate else None,
        idle,
        longest,
        _tiles(env.get("SIAGA_TILES", "").strip()),
        env.get("SIAGA_TILES_BY", "").strip()[:200],
        _proxies(env.get("SIAGA_HTTP_PROXIES", "")),
    )


def _proxies(text: str) -> tuple[Network, ...]:
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        try:
            network = ipaddress.ip_network(part)
        except ValueError as error:
            raise SettingsError(
                f"SIAGA_HTTP_PROXIES: {part[:60]!r} is no IP address and no network."
            ) from error
        if network.prefixlen == 0:
            raise SettingsError(f"SIAGA_HTTP_PROXIES: {part!r} is everybody; name the proxies.")
        found.append(network)
    return tuple(found)


def _tiles(text: str) -> str:
    if text and not _TILES.fullmatch(text):
        raise SettingsError(
            f"SIAGA_TILES={text[:80]!r}: give a web address with {{z}}, {{x}} and {{y}} in it."
        )
    return text


def _seconds(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdigit() or not 60 <= int(text[:9]) <= _LONGEST:
        raise SettingsError(f"{name}={text[:20]!r}: give whole seconds, 60 to {_LONGEST}.")
    return int(text)
