"""The router's service: the order in which its parts start and stop."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from router.api import Services, build_app
from router.browsers import BrowserKeys
from router.callbacks.desk import CallbackDesk
from router.incidents.desk import IncidentDesk
from router.notify import Webhook
from router.plans import Plans
from router.public import public_app
from router.public.accept import AcceptPage
from router.public.locate import LocatePage
from router.storage.lent import Lent
from router.store import (
    CallReader,
    StoreError,
    migrate,
    open_engine,
)
from router.takeover import left_behind
from router.wiring import LOOPBACK, Router
from siaga import places, secrets
from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.ami import AmiLink
    from router.public.app import Page
    from siaga.places import Places
    from siaga.settings import Settings

log = structlog.get_logger(__name__)

MIGRATE_RETRY_S: Final = 2.0
CLOSE_S: Final = 5.0


async def _migrated(settings: Settings) -> None:
    """Bring the database up to date, however long it takes to be there.

    Raises:
        SchemaNewerError: it is newer than this program.
    """
    while True:
        try:
            return await migrate(settings)
        except StoreError as error:
            if error.exit_status != 3:  # not one that waiting could mend
                raise
            log.warning("database_unavailable", error=str(error))
            await asyncio.sleep(MIGRATE_RETRY_S)


async def _build(settings: Settings, engine: AsyncEngine, webhook: Webhook | None) -> Router:
    left = await left_behind(engine, settings.node)
    router = Router(settings, Plans(settings.plan_in_force), engine, left, webhook)
    router.file_late(left.unfiled)
    router.callbacks.restore(await router.callback_store.unfinished(settings.node))
    return router


async def _served(stack: AsyncExitStack, router: Router, engine: AsyncEngine) -> None:
    regency = _regency(router)
    plan = lambda: router.plans.in_force  # noqa: E731
    app = build_app(
        Services(
            token=router.token,
            health=router.health,
            handsets=lambda: router.board.states,
            transfer=router.transfer,
            dispatch=router.dispatch,
            live=router.live.rows,
            watcher=router.watcher,
            alarms=router.alarms,
            blocks=router.door.rows,
            callbacks=CallbackDesk(router.callback_store, plan),
            incidents=None
            if regency is None
            else IncidentDesk(router.incident_store, plan, regency),
            locator=router.locator,
            hub=router.hub,
            supervision=router.supervision,
            classes=router.classes,
            applying=router.applying,
            overrides=router.overrides,
            browsers=BrowserKeys(router.admin, plan),
            errands=router.errands,
            lent=Lent(router.settings.node, router.settings.recordings, CallReader(engine)),
            commanded=router.commanded,
        )
    )
    await _listen(stack, app, router.settings.ports.router)
    if router.settings.gateways.public_url:
        pages: list[Page] = [AcceptPage(router.acceptances, router.incident_store, plan)]
        if regency is not None:
            pages.append(LocatePage(router.links, regency, plan))
        try:
            await _listen(stack, public_app(*pages), router.settings.ports.public)
        except OSError as error:
            # Calls come first: without these pages messages are accepted by keys.
            log.error("public_pages_unheard", reason=str(error)[:200])  # noqa: TRY400 (no trace)


def _regency(router: Router) -> Places | None:
    """None: the list of places cannot be used, which stops no call."""
    try:
        return places.load(router.settings.places)
    except SettingsError as error:
        log.error("incidents_unserved", reason=str(error)[:200])  # noqa: TRY400 (no trace)
        return None


async def _listen(stack: AsyncExitStack, app: web.Application, port: int) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, LOOPBACK, port).start()


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run the router until ``stop`` is set.

    Raises:
        StoreError: the database cannot be used by this program.
        PlanError, SettingsError: the instance is not prepared.
    """
    async with AsyncExitStack() as stack:
        await _migrated(settings)
        engine = open_engine(settings.database)
        stack.push_async_callback(engine.dispose)
        webhook = None
        if settings.webhook is not None:
            signed = secrets.read(settings.secrets).webhook
            webhook = await stack.enter_async_context(Webhook(settings.webhook, secret=signed))
        router = await _build(settings, engine, webhook)
        stack.callback(router.file.close)
        stack.callback(router.storage.close)
        stack.callback(router.callback_store.close)
        stack.callback(router.incident_store.close)
        stack.callback(router.links.close)
        stack.callback(router.positions.close)
        stack.callback(router.shifts.close)
        stack.callback(router.classes.close)
        stack.callback(router.acceptances.close)
        stack.callback(router.channels.close)
        stack.callback(router.hooks.close)
        stack.callback(router.custody.close)
        stack.callback(router.heart.close)
        if router.errands is not None:
            stack.callback(router.errands.close)
        if router.alike is not None:
            stack.callback(router.alike.close)
        stack.push_async_callback(router.heart.leave)
        router.writer.start()
        stack.push_async_callback(_marked, router)
        stack.push_async_callback(router.writer.close, CLOSE_S)
        await _served(stack, router, engine)
        log.info("router_started", node=settings.node, port=settings.ports.router)
        await _work(router, stop)
    log.info("router_stopped")


async def _marked(router: Router) -> None:
    """Write what is left of the ledger, as the last thing of all."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await router.gaps.flush()


async def _work(router: Router, stop: asyncio.Event) -> None:
    jobs: list[Callable[[], Awaitable[None]]] = [
        router.events.run,
        router.actions.run,
        router.follower.listen,
        router.follower.tail,
        router.filer.run,
        router.mark,
        router.gaps.run,
        router.follow_plan,
        router.dispatch.run,
        router.officer_keys.run,
        router.desk.run,
        router.listening.run,
        router.silence.run,
        router.comfort.run,
        router.contacts.run,
        router.overflow.run,
        router.carrier.run,
        router.admin.run,
        router.live.run,
        router.noise.run,
        router.callbacks.run,
        *router.storage.jobs(),
        *router.channels.jobs(),
        router.hooks.run,
        router.alarms.run,
        router.watcher.run,
        router.hub.run,
        router.heart.run,
        *([] if router.errands is None else [router.errands.run, router.together.run]),
        *([] if router.news is None else [router.news.run]),
        *([] if router.alike is None else [router.alike.run]),
        router.door.listen,
        router.door.run,
        lambda: _drained(router.actions),
        lambda: _drained(router.admin),
    ]

    async def until_stopped() -> None:
        await stop.wait()
        router.mark_hearing()
        raise _StopError

    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(_owned(job))
            group.create_task(until_stopped())
    except* _StopError:
        log.info("router_stopping")


class _StopError(Exception):
    """Ends the task group."""


async def _owned(job: Callable[[], Awaitable[None]]) -> None:
    await job()


async def _drained(link: AmiLink) -> None:
    """Take what a link says that nobody listens to."""
    async for _ in link:
        pass
