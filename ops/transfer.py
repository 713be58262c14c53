"""``siaga112 transfer CALL AGENCY``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.api import ask

if TYPE_CHECKING:
    from siaga.settings import Settings


async def transfer(settings: Settings, call: str, agency: str) -> str:
    """Move the call; gives the sentence to print.

    Raises:
        AnswerError: no such call or agency, or the caller has hung up.
        MissingError: the router does not run.
    """
    await ask(settings, "POST", "/api/transfer", {"call": call, "agency": agency})
    return f"Dipindahkan / transferred: {call} → {agency}"
