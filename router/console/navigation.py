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
        more: it is behind a button with others that are not wanted in the midst of a call.
    """

    path: str
    word: str
    roles: frozenset[Role] = STAFF
    more: bool = False


LINKS: Final = (
    Link("/", "board.short"),
    Link("/card", "card.short", DESK),
    Link("/handset", "handset.title", DESK),
    Link("/incidents", "incidents.title"),
    Link("/records", "records.title"),
    Link("/handover", "handover.short"),
    Link("/supervise", "supervise.short", CHIEFS),
    Link("/reports", "reports.title", HEARERS, more=True),
    Link("/plan", "plan.title", HEARERS, more=True),
    Link("/prompts", "prompts.title", HEARERS, more=True),
    Link("/wall", "wall.short", CHIEFS, more=True),
    Link("/accounts", "accounts.title", READERS, more=True),
    Link("/sessions", "sessions.title", READERS, more=True),
    Link("/tokens", "tokens.title", READERS, more=True),
    Link("/hooks", "hooks.short", READERS, more=True),
    Link("/audit", "audit.title", READERS, more=True),
    Link("/api", "api.title", more=True),
    Link("/account", "account.title", more=True),
)


def links(role: Role | None) -> list[Link]:
    """Those that a role may follow; none for who is not logged in."""
    return [link for link in LINKS if role in link.roles]
