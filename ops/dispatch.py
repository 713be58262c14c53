"""``siaga112 dispatch``: who is with a caller, changed while the call is up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.api import ask

if TYPE_CHECKING:
    from siaga.settings import Settings

WAIT_S: Final = 900.0
"""Longer than any agency rings."""


async def command(settings: Settings, verb: str, body: dict[str, str]) -> tuple[bool, str]:
    """Have the router do it; whether it was done, and the sentence to print.

    Raises:
        AnswerError: refused.
        MissingError: the router does not run.
    """
    answer = await ask(settings, "POST", f"/api/dispatch/{verb}", body, WAIT_S)
    return bool(answer["done"]), str(answer["message"])
