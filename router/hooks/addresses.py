"""Where posts may go: whoever subscribes an address has us ask in their place.

A name is looked up when it is connected to, and what it leads to is judged then: a name that was
harmless yesterday may lead inside today.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from router.hooks.model import MOST
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from siaga.settings import Settings

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

LONGEST: Final = 500
"""Characters of an address."""
_TRANSLATED: Final = tuple(
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)
"""Addresses that have another within, which would lead who knows where."""


class HookAddressError(SiagaError):
    """Nothing may be posted there; the code says why."""

    code = "hook_address"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class HookRules:
    """Where posts may go.

    Attributes:
        networks: of the centre's own, that may be posted to beside public addresses.
        ports: our own, which are not posted to on this machine.
    """

    networks: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> HookRules:
        """Those of an instance."""
        found = settings.ports
        ports = {found.sip, found.sip_tls, found.ami, found.agi, found.http, found.public}
        networks = tuple(ipaddress.ip_network(text) for text in settings.hook_networks)
        return cls(networks, frozenset(ports | {found.router, found.ws}))

    def allows(self, text: str, port: int) -> bool:
        """Whether an address may be connected to."""
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if address.is_loopback:
            return port not in self.ports
        if any(address in network for network in (*self.networks,)):
            return port not in self.ports
        hides = any(address in network for network in _TRANSLATED)
        return address.is_global and not address.is_multicast and not hides

    def checked(self, text: str) -> URL:
        """The address, if it can be posted to as far as it tells by itself.

        Raises:
            HookAddressError: it cannot.
        """
        try:
            url = URL(text)
            port = url.port
        except ValueError:
            url, port = URL(), None
        host = url.host
        if url.scheme not in ("http", "https") or not host or port is None or len(text) > LONGEST:
            raise HookAddressError(
                "hook_form",
                "Bukan alamat web: tulis seperti https://host/jalur.\n"
                "Not a web address: write it like https://host/path.",
            )
        if url.user is not None or url.password is not None or url.fragment:
            raise HookAddressError(
                "hook_form",
                "Tanpa nama pengguna, sandi atau #.\nWithout a user's name, password or #.",
            )
        if url.scheme == "http" and not _is_loopback(host):
            raise HookAddressError(
                "hook_plain",
                "Ke mesin lain hanya https.\nTo other machines https alone.",
            )
        literal = "127.0.0.1" if host == "localhost" else host if _is_literal(host) else None
        if literal is not None and not self.allows(literal, port):
            raise HookAddressError(
                "hook_inside",
                "Alamat di dalam jaringan tidak diizinkan; lihat SIAGA_HOOK_NETWORKS.\n"
                "Addresses inside are not allowed; see SIAGA_HOOK_NETWORKS.",
            )
        return url


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_literal(host) and ipaddress.ip_address(host).is_loopback)


class Guarded(AbstractResolver):
    """Looks names up, and gives of what they lead to what may be connected to.

    It has threads of its own: a name server that hangs holds up nothing else of the process.
    """

    def __init__(self, rules: HookRules) -> None:
        self._rules = rules
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="hook-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            OSError: it has none, or none that may be connected to.
        """
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads,
            lambda: socket.getaddrinfo(
                host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
            ),
        )
        made = [
            ResolveResult(
                hostname=host,
                host=str(where[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, where in found
            if self._rules.allows(str(where[0]), port)
        ]
        if not made:
            raise OSError(0, "address not allowed")
        return made

    async def close(self) -> None:
        """Let go of the threads; one that waits for a name server ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
