"""The router's interface, as the command line uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp

from siaga import secrets
from siaga.errors import MissingError, SiagaError
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from siaga.settings import Settings

TIMEOUT_S = 10.0


class AnswerError(SiagaError):
    """The router's answer is no; the sentence is the router's."""

    code = "answer"


async def ask(
    settings: Settings,
    method: str,
    path: str,
    body: dict[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Any:
    """Ask the running router; ``timeout_s`` is how long its answer may take.

    Raises:
        MissingError: it does not run.
        AnswerError: it says no.
    """
    url = f"http://127.0.0.1:{settings.ports.router}{path}"
    headers = {"Authorization": f"Bearer {secrets.read(settings.secrets).api}"}
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            session.request(method, url, json=body, headers=headers) as response,
        ):
            answer = await response.json()
            if response.status >= 400:
                raise AnswerError(str(answer.get("message", response.reason)))
            return answer
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise MissingError(
            f"Router tidak menjawab di port {settings.ports.router}: jalankan {COMMAND} up "
            f"(atau periksa SIAGA_ROUTER_PORT).\nThe router does not answer on port "
            f"{settings.ports.router}: run {COMMAND} up (or check SIAGA_ROUTER_PORT)."
        ) from error
