"""What became of a command that changes what runs: for people, or for machines."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from siaga.errors import SiagaError
from siaga.plan import PlanError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ops.apply.outcome import Outcome


async def tell(deed: Awaitable[Outcome], *, as_json: bool) -> int:
    """Do it and print what became of it; the exit status.

    Raises:
        SiagaError, OSError: it was not done, and that is told to people, not to a machine.
    """
    if not as_json:
        for line in (await deed).lines():
            sys.stdout.write(line + "\n")
        return 0
    try:
        report, status = (await deed).document(), 0
    except SiagaError as error:
        report, status = refusal(error), error.exit_status
    sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    return status


def refusal(error: SiagaError) -> dict[str, Any]:
    """Why it was not done, for machines."""
    text = str(error)
    if isinstance(error, PlanError):
        first = error.problems[0]
        text = f"{first.position.line}:{first.position.column}: {first.what.id}\n{first.what.en}"
    return {"error": error.code, "message": text}
