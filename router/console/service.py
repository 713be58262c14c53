"""The console's service: what it stands on, opened and closed in order."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from router.console.app import build_app
from router.console.assets import Assets
from router.console.board.feed import Feed
from router.console.board.follow import Follower
from router.console.context import Desk
from router.console.lanes import Lanes
from router.console.link import RouterLink
from router.console.planning.judge import Judge
from router.console.render import ENVIRONMENT
from router.console.reports.reckoner import Reckoner
from router.console.sounds import Playbacks, Sounds
from router.console.static import StaticFiles
from router.console.words import speaker
from router.nodes.witness import witness
from router.plans import Plans
from router.store import open_engine
from router.store.accounts import AccountStore
from router.store.api_tokens import ApiTokenStore
from router.store.custody import Custody
from router.store.handover import HandoverStore
from router.store.hooks import HookStore
from router.store.notes import NoteStore
from router.store.plan_drafts import DraftStore
from router.store.plan_requests import RequestStore
from router.store.sessions import SessionStore
from router.store.trail import Trail
from siaga import secrets
from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from siaga.plan import Plan
    from siaga.settings import Settings

log = structlog.get_logger(__name__)

PLAN_S: Final = 1.0
"""How often it is seen whether another plan is in force."""
CLOSE_S: Final = 2.0
PLAYBACK: Final = timedelta(minutes=15)
"""So long after its last piece a recording that is fetched is another playback."""


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set. The database need not be there, nor the router.

    Raises:
        PlanError, SettingsError: the instance is not prepared.
        OSError: the port cannot be had.
    """
    async with AsyncExitStack() as stack:
        plans = Plans(settings.plan_in_force)
        stands = await opened(stack, settings, lambda: plans.in_force, plans.of)
        runner = web.AppRunner(build_app(stands), access_log=None, shutdown_timeout=CLOSE_S)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(
            runner, settings.console.bind, settings.ports.http, ssl_context=_tls(settings)
        )
        await site.start()
        log.info("console_started", port=settings.ports.http, scheme=settings.console.scheme)
        following = asyncio.create_task(stands.feed.follower.run())
        stack.callback(following.cancel)
        keeping = asyncio.create_task(
            stands.reports.keep(lambda: ZoneInfo(plans.in_force.centre.timezone))
        )
        stack.callback(keeping.cancel)
        seeing = asyncio.create_task(witness(stands.engine, settings))
        stack.callback(seeing.cancel)
        while not stop.is_set():
            await plans.refresh()
            try:
                await asyncio.wait_for(stop.wait(), PLAN_S)
            except TimeoutError:
                continue
    log.info("console_stopped")


async def opened(
    stack: AsyncExitStack,
    settings: Settings,
    plan: Callable[[], Plan],
    plan_of: Callable[[str | None], Plan],
) -> Desk:
    """What handlers stand on; closed with the stack."""
    engine = open_engine(settings.database)
    stack.push_async_callback(engine.dispose)
    link = RouterLink(settings.ports.router, secrets.read(settings.secrets).api)
    await link.open()
    stack.push_async_callback(link.close)
    static = StaticFiles()
    follower = Follower(lambda: link.lines("board", "stream"))
    stands = Desk(
        settings=settings,
        engine=engine,
        link=link,
        plan=plan,
        plan_of=plan_of,
        accounts=AccountStore(engine),
        sessions=SessionStore(engine),
        tokens=ApiTokenStore(engine),
        trail=Trail(engine),
        handover=HandoverStore(engine),
        hooks=HookStore(engine),
        lanes=Lanes(),
        static=static,
        assets=Assets(settings.runtime / "assets"),
        feed=Feed(follower, ENVIRONMENT, speaker, _build(static)),
        custody=Custody(engine),
        sounds=Sounds(settings.recordings),
        played=Playbacks(PLAYBACK),
        reports=Reckoner(settings),
        notes=NoteStore(engine),
        drafts=DraftStore(engine),
        requests=RequestStore(engine),
        judge=Judge(),
    )
    for part in (
        stands.accounts,
        stands.sessions,
        stands.tokens,
        stands.trail,
        stands.handover,
        stands.hooks,
        stands.lanes,
        stands.custody,
        stands.sounds,
        stands.reports,
        stands.notes,
        stands.drafts,
        stands.requests,
        stands.judge,
    ):
        stack.callback(part.close)
    return stands


def _build(static: StaticFiles) -> str:
    """Another one whenever a page that is open should be loaded anew."""
    found = hashlib.sha256(static.version.encode())
    here = Path(__file__).parent
    for file in sorted((*here.rglob("*.html"), here / "words.yaml")):
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


def _tls(settings: Settings) -> ssl.SSLContext | None:
    path = settings.console.certificate
    if path is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(path)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"SIAGA_HTTP_CERTIFICATE={str(path)!r} cannot be used ({error}): give a PEM file with "
            f"certificate and key."
        ) from error
    return context
