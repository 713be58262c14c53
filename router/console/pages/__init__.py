"""The pages, a module a subject; the table of all their routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.console import assets, static
from router.console.pages import (
    account,
    accounts,
    api,
    audit,
    board,
    handset,
    health,
    incident_changes,
    incidents,
    language,
    login,
    proofs,
    record,
    recording,
    records,
    tokens,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from router.console.route import Route

PAGES: Final[tuple[ModuleType, ...]] = (
    static,
    assets,
    health,
    incident_changes,
    incidents,
    language,
    login,
    proofs,
    board,
    incidents,
    incident_changes,
    records,
    record,
    recording,
    account,
    accounts,
    audit,
    tokens,
    api,
    handset,
)


def routes() -> Iterator[Route]:
    """Every route that there is: of each page, its ``routes()``."""
    for page in PAGES:
        yield from page.routes()
