"""Messages through apprise to receivers that are there: one of mail, one of HTTP."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from aiosmtpd.controller import Controller

from router.notify import DeliveryPolicy, DeliveryWorker
from router.notify.gateway import REFUSED, Gateway
from router.store import CallWriter, Outbox
from router.store.outbox import Due, Notification
from siaga.errors import SettingsError
from tests.unit.router.store.records import at, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from email.message import EmailMessage

    from aiosmtpd.smtp import SMTP, Envelope, Session
    from sqlalchemy.ext.asyncio import AsyncEngine

TEXT = (
    "Damkar: Kebakaran / Fire, 10:03:04.\nPenelepon / caller: +62811\nTerima: https://x/a/b?c=1&d"
)
LONG_S = 30.0


def due(target: str, title: str = "112: Kebakaran / Fire", body: str = TEXT) -> Due:
    return Due("1", "a", "damkar", json.dumps({"title": title, "body": body}), 0, 0, target)


class Mailbox:
    """A mail server that takes what it is told to."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.got: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail: Any = message_from_bytes(envelope.content, policy=policy.default)
            self.got.append((list(envelope.rcpt_tos), mail))
        return answer


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """A mailbox, and the gateway's address for it."""
    box, port = Mailbox(), unused_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        address = f"mailto://127.0.0.1:{port}/?from=112@example.org&mode=insecure&smtp=127.0.0.1"
        yield box, f"{address}&to={{to}}"
    finally:
        server.stop()


async def test_a_mail_arrives_as_it_was_written() -> None:
    """To the contact alone, as text, with every sign and line of it."""
    with mail_server() as (box, address):
        gateway = Gateway("email", address)
        assert await gateway.send(due("piket@damkar.id")) is None
        gateway.close()
    ((to, mail),) = box.got
    assert to == ["piket@damkar.id"]
    assert mail["Subject"] == "112: Kebakaran / Fire"
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip().splitlines() == TEXT.split("\n")


async def test_a_server_that_refuses_is_told() -> None:
    """Whether it says so or nobody listens; the answer has no secret in it."""
    with mail_server() as (box, address):
        gateway = Gateway("email", address)
        box.answers = ["451 try later"]
        assert await gateway.send(due("piket@damkar.id")) == REFUSED
    assert await gateway.send(due("piket@damkar.id")) == REFUSED
    gateway.close()
    assert gateway.host == "mailto"


@pytest.fixture
async def sms() -> AsyncIterator[tuple[list[dict[str, Any]], list[int], str]]:
    """An SMS gateway: what it was asked, statuses to answer with, its address."""
    got: list[dict[str, Any]] = []
    statuses: list[int] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        got.append({"to": request.query.get("to"), "path": request.path, **body})
        return web.Response(status=statuses.pop(0) if statuses else 200)

    app = web.Application()
    app.router.add_route("POST", "/{any:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    yield got, statuses, f"json://user:s3cret@127.0.0.1:{port}/send?-to={{to}}"
    await runner.cleanup()


async def test_a_gateway_of_http_is_asked_for_one_number(
    sms: tuple[list[dict[str, Any]], list[int], str],
) -> None:
    """The number goes where the address has ``{to}``, and stays one value whatever is in it."""
    got, statuses, address = sms
    gateway = Gateway("sms", address)
    assert await gateway.send(due("+62811&x=/../1")) is None
    statuses.append(500)
    assert await gateway.send(due("+62811")) == REFUSED
    gateway.close()
    assert [(each["to"], each["path"]) for each in got] == [
        ("+62811&x=/../1", "/send"),
        ("+62811", "/send"),
    ]
    assert got[0]["title"] == "112: Kebakaran / Fire"
    assert got[0]["message"] == TEXT


async def test_a_payload_that_is_none_is_a_fault() -> None:
    """It ends as a message that could not be sent, not as a worker that died."""
    gateway = Gateway("sms", "json://127.0.0.1:9/?-to={to}")
    for payload in ("", "[]", '{"title": "x"}', "null"):
        assert await gateway.send(Due("1", "a", "damkar", payload, 0, 0, "08")) is not None
    gateway.close()


@pytest.mark.parametrize("address", ["nosuch://{to}", "tgram://{to}", "{to}", "://{to}"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    """With the setting's name and not its value."""
    with pytest.raises(SettingsError, match="SIAGA_NOTIFY_TELEGRAM") as refused:
        Gateway("telegram", address)
    assert address not in str(refused.value)


async def test_a_gateway_that_hangs_holds_up_no_other(engine: AsyncEngine) -> None:
    """While that of SMS takes its time, a mail arrives; then the SMS do, once each."""
    release = asyncio.Event()
    got: list[str] = []

    async def hang(request: web.Request) -> web.Response:
        got.append(request.query["to"])
        await release.wait()
        return web.Response()

    app = web.Application()
    app.router.add_route("POST", "/{any:.*}", hang)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slow = Gateway("sms", f"json://127.0.0.1:{runner.addresses[0][1]}/?-to={{to}}&rto=20")
    with mail_server() as (box, address):
        mail = Gateway("email", address)
        text = json.dumps({"title": "x", "body": "y"})
        writer = CallWriter(engine)
        writer.start()
        writer.put(
            record("a"),
            [
                Notification(
                    f"{channel}-{to}", "node1", "a", "damkar", "x", channel, text, at(0), to
                )
                for channel, to in (("sms", "081"), ("sms", "082"), ("email", "a.b@example.org"))
            ],
        )
        assert await writer.close()
        tried: asyncio.Queue[str] = asyncio.Queue()
        quick = DeliveryPolicy(poll_s=0.01, retry=timedelta(milliseconds=5))

        def told(key: str, fault: str | None) -> None:
            tried.put_nowait(f"{key} {fault}")

        running = [
            asyncio.create_task(
                DeliveryWorker(
                    Outbox(engine, "node1", channel), gateway, quick, lambda: at(60), told
                ).run()
            )
            for channel, gateway in (("sms", slow), ("email", mail))
        ]
        async with asyncio.timeout(LONG_S):
            assert await tried.get() == "email-a.b@example.org None"
            release.set()
            assert {await tried.get(), await tried.get()} == {"sms-081 None", "sms-082 None"}
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        mail.close()
    slow.close()
    await runner.cleanup()
    assert sorted(got) == ["081", "082"]
    assert len(box.got) == 1
