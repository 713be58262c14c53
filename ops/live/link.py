"""A way to live state past the router: Asterisk's manager, for one command."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from ops.logged import logged
from router.ami import Address, AmiLink, Connected, Disconnected, Down, Policy
from router.live import AuditFile, LiveStore, utc_now
from siaga import secrets
from siaga.errors import MissingError
from siaga.names import AmiUser
from siaga.plan import load_plan
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.live import Prover
    from siaga.plan import Plan
    from siaga.settings import Settings

LOOPBACK: Final = "127.0.0.1"

CONNECT_S: Final = 10.0
"""Longest a command waits for Asterisk, which may just be starting."""


@asynccontextmanager
async def opened(
    settings: Settings, prove: Prover | None = None
) -> AsyncIterator[tuple[LiveStore, Plan]]:
    """Live state, with the plan in force, for the block.

    Raises:
        MissingError: nothing was started here, or Asterisk does not run.
        PlanError: the plan in force cannot be read.
        SettingsError: the passwords cannot be read.
    """
    secret = secrets.read(settings.secrets).ami.get(AmiUser.ADMIN)
    if secret is None or not settings.plan_in_force.exists():
        raise MissingError(
            f"Belum pernah dijalankan di {settings.home}: {COMMAND} up dahulu "
            f"(atau periksa SIAGA_HOME).\nNever started in {settings.home}: run {COMMAND} up "
            f"first (or check SIAGA_HOME)."
        )
    plan = load_plan(settings.plan_in_force).plan
    with logged(settings, "live"):
        link = AmiLink(Address(LOOPBACK, settings.ports.ami, AmiUser.ADMIN, secret), Policy())
        running = asyncio.create_task(link.run())
        try:
            await _connected(link, settings.ports.ami)
            yield (
                LiveStore(link, lambda: plan, AuditFile.of(settings.home), utc_now, prove=prove),
                plan,
            )
        finally:
            running.cancel()
            await asyncio.wait((running,))


async def _connected(link: AmiLink, port: int) -> None:
    try:
        async with asyncio.timeout(CONNECT_S):
            async for item in link:
                if isinstance(item, Connected):
                    return
                if isinstance(item, Disconnected):
                    raise _away(item, port)
    except TimeoutError:
        raise _away(Disconnected(Down.UNREACHABLE), port) from None


def _away(ending: Disconnected, port: int) -> MissingError:
    if ending.reason is Down.LOGIN_REFUSED:
        return MissingError(
            f"Asterisk menolak sandi kita: jalankan ulang {COMMAND} up.\n"
            f"Asterisk refuses our password: restart {COMMAND} up."
        )
    return MissingError(
        f"Asterisk tidak menjawab di port {port}: jalankan {COMMAND} up (atau periksa "
        f"SIAGA_AMI_PORT).\nAsterisk does not answer on port {port}: run {COMMAND} up (or check "
        f"SIAGA_AMI_PORT)."
    )
