"""The router, as the console asks it: one implementation of every command is the router's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import aiohttp

from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

TIMEOUT_S: Final = 10.0
ANSWERED_S: Final = 900.0
"""Longest that a command may take which rings somebody: until he has answered, and accepted."""
CONNECT_S: Final = 2.0
SILENCE_S: Final = 3.0
"""Longest that a stream says nothing, its heartbeat being one a second."""
MAX_ANSWER: Final = 8_000_000


class RouterAwayError(SiagaError):
    """The router does not answer."""

    code = "router_away"

    def __init__(self) -> None:
        super().__init__(
            "Router tidak menjawab; panggilan tetap dilayani.\n"
            "The router does not answer; calls are taken all the same."
        )


class RefusedError(SiagaError):
    """The router's answer is no; the sentence and the code are the router's.

    Attributes:
        status: of HTTP, 400 to 499 or 503.
        reason: its code.
    """

    code = "refused"

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Passed:
    """An answer of the router's, as it is."""

    status: int
    body: bytes
    content_type: str


class RouterLink:
    """Asks the router over loopback; one at each, for the life of the process.

    Args:
        port: of the router.
        token: of the instance.
    """

    def __init__(self, port: int, token: str) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Begin; the router need not be there."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S, sock_connect=CONNECT_S)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=False)

    async def close(self) -> None:
        """End."""
        if self._session is not None:
            await self._session.close()

    async def get(self, *parts: str) -> Any:
        """What is at ``/api/…``; each part of the address is quoted.

        Raises:
            RouterAwayError, RefusedError: there is no answer, or it is no.
        """
        return await self._ask("GET", parts, None)

    async def post(self, *parts: str, body: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> Any:
        """The outcome of a command.

        Args:
            parts: of the address.
            body: what is told with it.
            timeout_s: how long it may take.

        Raises:
            RouterAwayError, RefusedError: there is no answer, or it is no.
        """
        return await self._ask("POST", parts, dict(body), timeout_s)

    async def passed(self, path: str) -> Passed:
        """An answer as it is, of what the router tells everybody on this machine.

        Raises:
            RouterAwayError: there is none.
        """
        try:
            async with self._opened().get(f"{self._base}{path}") as response:
                kind = response.headers.get("Content-Type", "text/plain")
                return Passed(response.status, await response.read(), kind)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RouterAwayError from error

    async def lines(self, *parts: str) -> AsyncIterator[bytes]:
        """The lines of a stream, until it ends.

        Raises:
            RouterAwayError: it cannot be had, or says nothing for longer than its heartbeat.
        """
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
        request = self._opened().get(
            self._address(parts), headers=self._headers, timeout=timeout, read_bufsize=MAX_ANSWER
        )
        try:
            async with request as response:
                response.raise_for_status()
                async for line in response.content:
                    yield line
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise RouterAwayError from error

    async def _ask(
        self,
        method: str,
        parts: tuple[str, ...],
        body: dict[str, str] | None,
        timeout_s: float = TIMEOUT_S,
    ) -> Any:
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_S)
        try:
            async with self._opened().request(
                method, self._address(parts), json=body, headers=self._headers, timeout=timeout
            ) as response:
                status = response.status
                if status == 404 and response.content_type != "application/json":
                    raise RefusedError(404, "not_found", "Tidak ada. / There is none.")
                answer = await response.json()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise RouterAwayError from error
        if status < 400:
            return answer
        reason, message = str(answer.get("error", "")), str(answer.get("message", ""))
        if status == 401 or (status >= 500 and status != 503):
            raise RouterAwayError
        raise RefusedError(status, reason, message)

    def _address(self, parts: tuple[str, ...]) -> str:
        return "/".join([f"{self._base}/api", *(quote(part, safe="") for part in parts)])

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RouterAwayError
        return self._session


async def is_well(link: RouterLink) -> bool:
    """Whether the router answers within a second."""
    try:
        async with asyncio.timeout(1.0):
            return (await link.passed("/healthz")).status == 200
    except (RouterAwayError, TimeoutError):
        return False
