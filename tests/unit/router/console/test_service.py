"""The console as it is served: over https when it has a certificate."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from ops import ready
from router.accounts.model import Role
from router.accounts.trail import Actor
from router.console import service
from router.console.context import utc_now
from router.store import migrate, open_engine
from router.store.accounts import AccountStore
from siaga.errors import SettingsError
from siaga.settings import Settings, load
from tests.unit.router.console.people import HASH, PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

UP_S = 10.0


@pytest.fixture
def certified(tmp_path: Path) -> Settings:
    """Settings with a certificate for 127.0.0.1."""
    key, signed, both = (tmp_path / name for name in ("key", "signed", "both"))
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    out = ["-keyout", str(key), "-out", str(signed)]
    subprocess.run([*words.split(), *names.split(), *out], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + signed.read_bytes())
    found = load(
        {
            "SIAGA_HOME": str(tmp_path / "home"),
            "SIAGA_HTTP_PORT": str(unused_port()),
            "SIAGA_HTTP_CERTIFICATE": str(both),
        }
    )
    found.plan_in_force.parent.mkdir(parents=True)
    shutil.copy(found.plan, found.plan_in_force)
    return found


async def test_https_is_all_or_nothing(certified: Settings) -> None:
    """With a certificate cookies are for https and this host alone, and browsers are held to it.

    Also without a database and a router it answers.
    """
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(certified, stop))
    async with asyncio.timeout(UP_S):
        while not await ready.console(certified):  # noqa: ASYNC110 (a port)
            await asyncio.sleep(0.02)
    await migrate(certified)
    engine = open_engine(certified.database)
    accounts = AccountStore(engine)
    sari = await accounts.add("sari", Role.OPERATOR, HASH, Actor("x", "y", utc_now()))
    await accounts.change_password(sari.id, HASH, Actor("x", "y", utc_now()))
    trusting = ssl.create_default_context(cafile=str(certified.console.certificate))
    base = f"https://127.0.0.1:{certified.ports.http}"
    form = {"name": "sari", "password": PASSWORD}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{base}/login",
            data=form,
            headers={"Origin": base},
            ssl=trusting,
            allow_redirects=False,
        ) as answer,
    ):
        assert answer.status == 303
        assert answer.headers["Strict-Transport-Security"]
        given = answer.headers.getall("Set-Cookie")
        assert len(given) == 2
        assert all(line.startswith("__Host-") and "Secure" in line for line in given)
    accounts.close()
    await engine.dispose()
    stop.set()
    await running


async def test_a_certificate_that_is_none_is_said(certified: Settings) -> None:
    """The console does not begin to speak plain http in its place."""
    path = certified.console.certificate
    assert path is not None
    path.write_text("no certificate")
    with pytest.raises(SettingsError, match="SIAGA_HTTP_CERTIFICATE"):
        await service.run(certified, asyncio.Event())
