"""Checks of a running centre, part by part: each is asked itself, not taken on trust."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ops import ready
from ops.doctor.finding import fail, ok, warn
from router.store import open_engine
from router.store.engine import WRITE
from router.watch.menu import answers
from siaga.edge import bracketed
from siaga.plan import PlanError, load_plan
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.settings import Settings

ASK_S: Final = 5.0
_UP: Final = (
    f"Jalankan {COMMAND} up; bila sudah, lihat log di SIAGA_HOME/log.",
    f"Run {COMMAND} up; when it runs, look into the logs in SIAGA_HOME/log.",
)


async def live(settings: Settings) -> list[Finding]:
    """Every part of the running centre."""
    console = asyncio.ensure_future(ready.console(settings))
    sip, edge, ami, menu, database, parts = await asyncio.gather(
        ready.sip(settings),
        ready.edge(settings),
        ready.ami(settings),
        _menu(settings),
        _database(settings),
        _parts(settings),
    )
    bound = f"{settings.bind}:{settings.ports.sip}"
    edges = [_answers("live-edge", f"Kamailio {settings.edge}", answered=edge)]
    return [
        _answers("live-sip", f"SIP {bound}", answered=sip),
        *(edges if settings.own_edge else []),
        _answers("live-ami", f"AMI 127.0.0.1:{settings.ports.ami}", answered=ami),
        _answers("live-menu", f"FastAGI 127.0.0.1:{settings.ports.agi}", answered=menu),
        database,
        _answers("live-console", f"console {console_address(settings)}", answered=await console),
        *_router(settings, parts),
    ]


def console_address(settings: Settings) -> str:
    """Where a browser finds the console."""
    host = bracketed(ready.reachable(settings.console.bind))
    return f"{settings.console.scheme}://{host}:{settings.ports.http}/"


def _answers(name: str, what: str, *, answered: bool) -> Finding:
    if answered:
        return ok(name, f"{what} menjawab / answers")
    return fail(name, f"{what} tidak menjawab / does not answer", *_UP)


async def _menu(settings: Settings) -> bool:
    try:
        version = load_plan(settings.plan_in_force).version
    except PlanError:
        return False
    return await answers(settings.ports.agi, version)


async def _database(settings: Settings) -> Finding:
    """Write nothing, as a writer would: the lock, the permission, the connection are tried."""
    name = "live-database"
    engine = open_engine(settings.database, busy_s=ASK_S)
    try:
        async with asyncio.timeout(2 * ASK_S), engine.connect() as plain:
            connection = await plain.execution_options(**{WRITE: True})
            async with connection.begin():
                await connection.execute(text("UPDATE cel_positions SET node = node WHERE 1 = 0"))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        cause = getattr(error, "orig", None) or error
        return fail(
            name,
            f"tidak dapat ditulisi / cannot be written: {type(cause).__name__}",
            "Periksa disk, izin dan SIAGA_DATABASE_URL; catatan menunggu di CEL sementara itu.",
            "Check disk, permissions and SIAGA_DATABASE_URL; meanwhile records wait in CEL.",
        )
    finally:
        await engine.dispose()
    return ok(name, "dapat ditulisi / can be written")


async def _parts(settings: Settings) -> list[dict[str, Any]] | None:
    """What the router says of every part; None when it does not answer."""
    url = f"http://127.0.0.1:{settings.ports.router}/readyz"
    try:
        async with (
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=ASK_S), trust_env=False
            ) as session,
            session.get(url) as response,
        ):
            found = await response.json()
            return list(found["parts"])
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
        return None


def _router(settings: Settings, parts: list[dict[str, Any]] | None) -> Iterator[Finding]:
    name = f"router 127.0.0.1:{settings.ports.router}"
    yield _answers("live-router", name, answered=parts is not None)
    for part in parts or ():
        found = str(part["found"])
        if part["ok"]:
            yield ok(f"router-{part['name']}", found or "baik / well")
        else:
            grade = fail if part["needed"] else warn
            yield grade(f"router-{part['name']}", found, str(part["todo"]), str(part["todo_en"]))
