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
    card,
    card_changes,
    handover,
    handset,
    handsets,
    health,
    hooks,
    incident_changes,
    incidents,
    language,
    login,
    overrides,
    plan,
    plan_apply,
    plan_approval,
    plan_flow,
    plan_forms,
    plan_versions,
    prompt_changes,
    prompts,
    proofs,
    record,
    recording,
    records,
    reports,
    supervise,
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
    language,
    login,
    proofs,
    board,
    card,
    card_changes,
    incidents,
    incident_changes,
    records,
    record,
    recording,
    reports,
    account,
    accounts,
    audit,
    tokens,
    hooks,
    supervise,
    handover,
    api,
    handsets,
    overrides,
    plan,
    plan_apply,
    plan_flow,
    plan_forms,
    plan_versions,
    prompts,
    prompt_changes,
    plan_approval,
    handset,
)


def routes() -> Iterator[Route]:
    """Every route that there is: of each page, its ``routes()``."""
    for page in PAGES:
        yield from page.routes()
