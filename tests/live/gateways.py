"""Receivers of messages, as gateways run them: one for SMS over HTTP, one for mail."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import unused_port
from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiosmtpd.smtp import SMTP, Envelope, Session

LONG_S = 30.0


@dataclass(frozen=True)
class Sms:
    """One request to send an SMS."""

    to: str
    text: str
    at: float = field(default_factory=time.monotonic, compare=False)


@dataclass
class SmsGateway:
    """What it was asked to send, and how it answers.

    Attributes:
        statuses: of the next answers about a number; 200 when there are no more.
        holds: numbers about which nothing is answered.
    """

    address: str = ""
    asked: list[Sms] = field(default_factory=list)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)

    async def take(self, request: web.Request) -> web.Response:
        """Take one request."""
        body = await request.json()
        number = request.query["to"]
        self.asked.append(Sms(number, body["message"]))
        while number in self.holds:  # noqa: ASYNC110 (set by another thread)
            await asyncio.sleep(0.02)
        left = self.statuses.get(number)
        return web.Response(status=left.pop(0) if left else 200)

    async def about(self, call: str, count: int = 1) -> list[Sms]:
        """Wait for so many requests about a call."""
        async with asyncio.timeout(LONG_S):
            while True:
                found = [sms for sms in self.asked if call in sms.text]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.02)


@dataclass
class MailServer:
    """What it took: the recipient and the text."""

    address: str = ""
    taken: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take one mail."""
        assert isinstance(envelope.content, bytes)
        mail: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope.rcpt_tos[0], mail.get_body(("plain",)).get_content()))
        return "250 OK"

    async def about(self, call: str) -> list[tuple[str, str]]:
        """Wait for a mail about a call."""
        async with asyncio.timeout(LONG_S):
            while True:
                found = [mail for mail in self.taken if call in mail[1]]
                if found:
                    return found
                await asyncio.sleep(0.02)


@contextmanager
def serving() -> Iterator[tuple[SmsGateway, MailServer]]:
    """Both, each in a thread of its own: they outlive the event loops of single tests."""
    sms, mail = SmsGateway(), MailServer()
    port = unused_port()
    server = Controller(mail, hostname="127.0.0.1", port=port)
    server.start()
    mail.address = (
        f"mailto://127.0.0.1:{port}/?from=112@example.org&mode=insecure&smtp=127.0.0.1&to={{to}}"
    )
    loop = asyncio.new_event_loop()
    runner = loop.run_until_complete(_start(sms))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield sms, mail
    finally:
        sms.holds.clear()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(LONG_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        server.stop()


async def _start(sms: SmsGateway) -> web.AppRunner:
    app = web.Application()
    app.add_routes([web.post("/send", sms.take)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sms.address = f"json://127.0.0.1:{runner.addresses[0][1]}/send?-to={{to}}&rto=20"
    return runner
