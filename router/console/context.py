"""What handlers stand on, and who asks them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.accounts.model import Role, Stage
from router.accounts.throttle import Throttle
from router.accounts.trail import Actor
from router.console import proxies
from router.console.card.lately import Lately
from router.console.card.once import Once
from router.console.handset.leases import Leases

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.console.assets import Assets
    from router.console.board.feed import Feed
    from router.console.lanes import Lanes
    from router.console.link import RouterLink
    from router.console.planning.judge import Judge
    from router.console.reports.reckoner import Reckoner
    from router.console.sounds import Playbacks, Sounds
    from router.console.static import StaticFiles
    from router.console.words import Language
    from router.store.accounts import AccountStore
    from router.store.api_tokens import ApiTokenStore
    from router.store.custody import Custody
    from router.store.handover import HandoverStore
    from router.store.hooks import HookStore
    from router.store.notes import NoteStore
    from router.store.plan_drafts import DraftStore
    from router.store.plan_requests import RequestStore
    from router.store.search import Found
    from router.store.sessions import SessionStore
    from router.store.trail import Trail
    from siaga.plan import Plan
    from siaga.settings import Settings


def utc_now() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every handler may use.

    Attributes:
        settings: of the instance. ``engine``: of its database, for the readers.
        link: the router. ``plan``: gives the plan in force, ``plan_of`` one by its version.
        accounts, sessions, tokens, trail, handover: the console's own tables.
        handsets: who takes calls at which handset in a browser.
        throttle: of who guesses passwords. ``lanes``: in which passwords are tried.
        static: files of ours. ``assets``: scripts of others.
        feed: the live board.
        drafts: plans that are worked on. ``judge``: says what is wrong with them.
        requests: plans that another admin is to approve.
        hooks: who is told what happens here.
        custody: holds. ``sounds``: recordings. ``played``: who plays them now.
        reports: reckons figures beside the loop.
        notes: what is typed about calls. ``once``: commands that were sent twice.
        earlier: calls of the same number, by the call.
        now: the time.
    """

    settings: Settings
    engine: AsyncEngine
    link: RouterLink
    plan: Callable[[], Plan]
    plan_of: Callable[[str | None], Plan]
    accounts: AccountStore
    sessions: SessionStore
    tokens: ApiTokenStore
    trail: Trail
    handover: HandoverStore
    hooks: HookStore
    lanes: Lanes
    static: StaticFiles
    assets: Assets
    feed: Feed
    custody: Custody
    sounds: Sounds
    played: Playbacks
    reports: Reckoner
    notes: NoteStore
    drafts: DraftStore
    requests: RequestStore
    judge: Judge
    handsets: Leases = field(default_factory=Leases)
    throttle: Throttle = field(default_factory=Throttle)
    once: Once[Any] = field(default_factory=Once)
    earlier: Lately[list[Found]] = field(default_factory=Lately)
    now: Callable[[], datetime] = utc_now


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks.

    Attributes:
        address: from where.
        language: that they read.
        account: id; None: nobody is logged in, or it is a machine.
        name: of account or machine.
        role: None: nobody is logged in.
        stage: how far the log-in is.
        session: its id. ``word``: the form's word of it.
        scopes: of a machine; None: a person, who has all that their role has.
    """

    address: str
    language: Language
    account: int | None = None
    name: str = ""
    role: Role | None = None
    stage: Stage = Stage.FULL
    session: int | None = None
    word: str = ""
    scopes: frozenset[str] | None = None

    def actor(self, now: datetime) -> Actor:
        """As the trail tells of them."""
        return Actor(self.name, self.address, now, self.account, self.session)


DESK: Final[web.AppKey[Desk]] = web.AppKey("desk", Desk)
_VISIT: Final[web.RequestKey[Visit]] = web.RequestKey("visit", Visit)


def desk(request: web.Request) -> Desk:
    """What the handler may use."""
    return request.app[DESK]


def visit(request: web.Request) -> Visit:
    """Who asks; what the guard found."""
    return request[_VISIT]


def came(request: web.Request) -> proxies.Came:
    """Who asks by which address, and whether by https."""
    rules, headers = desk(request).settings.console, request.headers
    given = {name: headers.getall(name, []) for name in ("X-Forwarded-For", "X-Forwarded-Proto")}
    tls = rules.certificate is not None
    return proxies.came(request.remote or "", given, rules.proxies, tls=tls)


def note_visit(request: web.Request, found: Visit) -> None:
    """Let the handler know who asks; for the guard alone."""
    request[_VISIT] = found
