"""One POST, against a real web server that is kind, slow, endless or not there."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from router.notify import Webhook, WebhookLimits
from siaga.errors import SettingsError
from tests.unit.router.notify.receiver import Receiver

BRIEF = WebhookLimits(total_s=0.2)


async def post(receiver: Receiver, limits: WebhookLimits = BRIEF) -> str | None:
    async with Webhook(receiver.address, limits) as webhook:
        return await webhook.post('{"a": 1}', "key-1")


async def test_a_post_carries_json_and_its_key() -> None:
    """The receiver gets the payload as JSON with the idempotency key, and nothing is amiss."""
    async with Receiver().up() as receiver:
        assert await post(receiver) is None
    (request,) = receiver.requests
    assert request.method == "POST"
    assert request.content_type == "application/json"
    assert (receiver.got, receiver.keys) == ([{"a": 1}], ["key-1"])


@pytest.mark.parametrize("status", [301, 307, 400, 404, 500, 503])
async def test_other_statuses_are_faults_and_redirects_not_followed(status: int) -> None:
    """Whatever is not 2xx is told by its number, after one request only."""
    async with Receiver(statuses=[status]).up() as receiver:
        assert await post(receiver) == f"HTTP {status}"
    assert len(receiver.requests) == 1


async def test_a_receiver_that_hangs_is_left() -> None:
    """No answer within the time is a fault."""

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with Receiver(answer=hang).up() as receiver:
        assert await post(receiver) == "timeout"


async def test_an_answer_without_end_is_cut() -> None:
    """Of an endless body a few bytes are read; the status counts, at once."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async with Receiver(answer=endless).up() as receiver:
        assert await post(receiver, WebhookLimits(total_s=30)) is None


async def test_a_refused_connection_is_a_fault() -> None:
    """Nobody listens: told in words that hold nothing of the address."""
    fault = await post(Receiver())
    assert fault is not None
    assert fault.startswith("connect")
    assert "s3cret" not in fault


async def test_an_answer_that_is_not_http_is_a_fault() -> None:
    """A receiver that talks something else is a fault like any other."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    receiver = Receiver()
    async with await asyncio.start_server(talk, "127.0.0.1", receiver.port):
        fault = await post(receiver)
    assert fault is not None
    assert "s3cret" not in fault


@pytest.mark.parametrize(
    "address", ["", "host/path", "ftp://host/", "http://", "http://[bad/s3cret"]
)
def test_what_is_no_web_address_is_refused(address: str) -> None:
    """Only HTTP and HTTPS addresses with a host are taken; the address is not repeated."""
    with pytest.raises(SettingsError) as raised:
        Webhook(address)
    assert "s3cret" not in str(raised.value)
