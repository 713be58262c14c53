"""What a page is to the rest: its address, its handler, and who may.

Every route is one of these, so that what is known of all of them (who may, what is forged, what is
written down of the interface) is known of each new one too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from router.accounts.model import Role, Stage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web
    from pydantic import BaseModel

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Public(Enum):
    """Who may, when it is not a question of roles."""

    ANYONE = "anyone"
    """Also who is not logged in: to log in, and what a browser needs for that."""


ANYONE: Final = Public.ANYONE
STAFF: Final = frozenset(Role)
"""Everybody who is logged in."""
DESK: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN})
"""Who acts on calls."""
CHIEFS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
ADMINS: Final = frozenset({Role.ADMIN})
READERS: Final = frozenset({Role.ADMIN, Role.AUDITOR})
"""Who reads what others did."""
HEARERS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})
"""Who hears recordings, and takes records away."""
SAFE: Final = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""


class RouteError(Exception):
    """A route that cannot be."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What is written down of a route of the interface.

    Attributes:
        summary: a sentence.
        scope: what a machine's token must have.
        answer: model of what it answers.
        query: model of what stands behind the question mark, if anything may.
        body: model of the body, if it takes one.
        refusals: other statuses that it answers with.
    """

    summary: str
    scope: str
    answer: type[BaseModel]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    refusals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One address.

    Attributes:
        method: of HTTP. ``path``: as aiohttp writes it.
        handle: answers.
        roles: who may; a route without any cannot be made.
        own: changes nothing but what is the asker's own; else an auditor may only read.
        stages: how far a log-in must be; one that wants more is led there first.
        contract: of the interface for machines; None: a page.
        live: the answer goes on for as long as the session lasts.
        body: most bytes of a request, where that is more than elsewhere.

    Raises:
        RouteError: nobody may, or an auditor might change something.
    """

    method: str
    path: str
    handle: Handler
    roles: frozenset[Role] | Public
    own: bool = False
    stages: frozenset[Stage] = frozenset({Stage.FULL})
    contract: Contract | None = None
    live: bool = False
    body: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.roles, Public):
            return
        if not self.roles:
            raise RouteError(f"{self.method} {self.path}: nobody may")
        if Role.AUDITOR in self.roles and self.method not in SAFE and not self.own:
            raise RouteError(f"{self.method} {self.path}: an auditor changes nothing")

    def may(self, role: Role) -> bool:
        """Whether somebody of this role may."""
        return isinstance(self.roles, Public) or role in self.roles
