"""The links at the top of every page: where to, the key of their word, who may go there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.console.route import CHIEFS, DESK, HEARERS, READERS, STAFF

if TYPE_CHECKING:
    from router.accounts.model import Role


@dataclass(frozen=True, slots=True)
class Link:
    """A link.

    Attributes:
        path: where to. ``word``: key of its word. ``roles``: who sees it.
    """

    path: str
    word: str
    roles: frozenset[Role] = STAFF


LINKS: Final = (
    Link("/", "board.short"),
    Link("/card", "card.short", DESK),
    Link("/incidents", "incidents.title"),
    Link("/handset", "handset.title", DESK),
    Link("/records", "records.title"),
    Link("/reports", "reports.title", HEARERS),
    Link("/handover", "handover.short"),
    Link("/wall", "wall.short", CHIEFS),
    Link("/supervise", "supervise.short", CHIEFS),
    Link("/plan", "plan.title", HEARERS),
    Link("/accounts", "accounts.title", READERS),
    Link("/sessions", "sessions.title", READERS),
    Link("/tokens", "tokens.title", READERS),
    Link("/audit", "audit.title", READERS),
    Link("/api", "api.title"),
    Link("/account", "account.title"),
)


def links(role: Role | None) -> list[Link]:
    """Those that a role may follow; none for who is not logged in."""
    return [link for link in LINKS if role in link.roles]
