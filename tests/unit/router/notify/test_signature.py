"""Signatures, by the example that Standard Webhooks publishes and by a receiver's own check."""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING

from aiohttp import web

from router.notify import Webhook, signature
from siaga import secrets
from tests.unit.router.notify.receiver import Receiver

if TYPE_CHECKING:
    from pathlib import Path


def test_the_published_example() -> None:
    """The library's own test vector: secret, id, time and body give this signature."""
    found = signature.headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert found["Webhook-Signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_receiver_can_check_what_is_posted(tmp_path: Path) -> None:
    """With the secret of the instance, over exactly the bytes that came; the key is the id."""
    secret = secrets.ensure(tmp_path / "secrets.json", ()).webhook
    assert secrets.ensure(tmp_path / "secrets.json", ()).webhook == secret
    bodies = []

    async def keep(request: web.Request) -> web.StreamResponse:
        bodies.append(await request.read())
        return web.Response()

    receiver = Receiver(answer=keep)
    async with (
        receiver.up(),
        Webhook(receiver.address, secret=secret, now=lambda: 1_700_000_000.9) as webhook,
    ):
        assert await webhook.post(json.dumps({"a": "é"}), "key-1") is None
    headers = receiver.requests[0].headers
    assert (headers["Webhook-Id"], headers["Webhook-Timestamp"]) == ("key-1", "1700000000")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b"key-1.1700000000." + bodies[0]
    digest = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert headers["Webhook-Signature"] == f"v1,{digest}"
