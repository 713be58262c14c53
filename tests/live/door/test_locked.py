"""With ``SIAGA_TLS_REQUIRED=1``: nothing plain, neither signalling nor audio."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from ops import ready
from tests.live import srtp, wire
from tests.live.centre import Centre, running_centre

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("locked")


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Centre]:
    """A centre that requires TLS and SRTP."""
    home = tmp_path_factory.mktemp("locked") / "home"
    with running_centre(
        home, node="locked", tls_certificate=certificate, tls_required=True
    ) as running:
        yield running


async def test_nothing_plain_is_taken(locked: Centre, certificate: Path) -> None:
    """UDP and TCP are closed; over TLS plain audio is refused, and encrypted audio is taken."""
    assert await ready.missing(locked.settings) == []
    async with wire.udp(locked) as line:
        with pytest.raises(ConnectionRefusedError):
            await line.ask(wire.Request("OPTIONS", "112", "0811"))
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*locked.target)
    context = ssl.create_default_context(cafile=str(certificate))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as audio:
        audio.bind((locked.settings.bind, 0))
        port = audio.getsockname()[1]
        async with wire.tls(locked, context) as line:
            plain = wire.Request("INVITE", "112", locked.number(), body=wire.offer(port))
            assert (await line.ask(plain)).status == 488
        async with wire.tls(locked, context) as line:
            invite = wire.Request("INVITE", "112", locked.number(), body=srtp.offer(port))
            taken = await line.ask(invite)
            assert taken.status == 200
            assert b"RTP/SAVP" in taken.body
            await line.send(invite.follow("ACK", taken))
            assert (await line.ask(invite.follow("BYE", taken))).status == 200
        async with wire.tls(locked, context) as line:
            login = wire.Request("REGISTER", "", "201")
            challenge = await line.ask(login)
            right = login.authorized(challenge, locked.password("201"), line)
            assert (await line.ask(right)).status == 200
