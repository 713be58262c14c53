"""One POST to the webhook, and what came of it.

The receiver is not trusted: it may hang, send without end, or point elsewhere. Nothing of its
address but the host is ever shown, since user, path and query may be its secret.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aiohttp
from yarl import URL

from router.notify import signature
from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from aiohttp.abc import AbstractResolver

    from router.store.outbox import Due

IDEMPOTENCY_KEY: Final = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class WebhookLimits:
    """What one POST may take.

    Attributes:
        total_s: from connecting to the end of the answer, in seconds.
        body: bytes of the answer that are read.
        connections: at once.
    """

    total_s: float = 5.0
    body: int = 4096
    connections: int = 8


class Webhook:
    """The receiver at an address; an async context manager.

    Args:
        address: of the receiver.
        limits: what a POST may take.
        secret: by which each POST is signed; empty: none is.
        now: wall clock, seconds since 1970.

    Raises:
        SettingsError: the address is not one of HTTP or HTTPS.
    """

    def __init__(
        self,
        address: str,
        limits: WebhookLimits | None = None,
        secret: str = "",
        now: Callable[[], float] = time.time,
    ) -> None:
        try:
            url = URL(address)
        except ValueError:
            url = URL()
        if url.scheme not in ("http", "https") or not url.host:
            raise SettingsError(
                "SIAGA_WEBHOOK is not a web address: write it like https://host/path."
            )
        self.host = url.host
        self._url = url
        self._limits = limits or WebhookLimits()
        self._secret = secret
        self._now = now
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = opened(self._limits)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, due: Due) -> str | None:
        """Post a notification, as a channel's worker asks."""
        return await self.post(due.payload, due.id)

    async def post(self, payload: str, key: str) -> str | None:
        """Post it; None when the receiver took it (status 2xx), else why not, in a few words."""
        assert self._session is not None  # noqa: S101 (for the type: entered before use)
        body = payload.encode()
        secrets = (self._secret,) if self._secret else ()
        headers = signed(secrets, key, int(self._now()), body)
        return await posted(self._session, self._url, body, headers, self._limits)


def signed(secrets: Sequence[str], key: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a post, with a signature by each of the secrets."""
    made = [signature.headers(secret, key, at, body) for secret in secrets]
    headers = {IDEMPOTENCY_KEY: key, **(made[0] if made else {})}
    if len(made) > 1:
        headers[signature.HEADER] = " ".join(each[signature.HEADER] for each in made)
    return headers


def opened(
    limits: WebhookLimits, resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    """What posts are sent by; to be closed."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=limits.total_s),
        connector=aiohttp.TCPConnector(limit=limits.connections, resolver=resolver),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": "siaga112", "Content-Type": "application/json"},
    )


async def posted(
    session: aiohttp.ClientSession,
    url: URL,
    body: bytes,
    headers: Mapping[str, str],
    limits: WebhookLimits,
) -> str | None:
    """Post it, once and nowhere else; None when it was taken, else why not, in a few words."""
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            # Read so that the connection can be used again; what is longer closes it.
            await response.content.read(limits.body)
    except TimeoutError:
        return "timeout"
    except aiohttp.ClientConnectorError as error:
        return f"connect: {error.os_error.strerror or type(error.os_error).__name__}"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return type(error).__name__
    return None if 200 <= response.status < 300 else f"HTTP {response.status}"
