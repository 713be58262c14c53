"""What a stranger learns of the centre, and what becomes of who guesses passwords."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from ops.api import ask
from tests.live import wire
from tests.live.calls import answer, choose
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ops.phone.message import Message
    from tests.live.centre import Centre

LONG_S = 30.0
FAILURES = 10
GUESS_EVERY_S = 0.1
UNKNOWN = "<unknown>"


def shape(found: Message) -> tuple[bytes, tuple[tuple[bytes, bytes], ...], bytes]:
    """An answer without what differs in every answer."""
    kept = []
    for name, value in found.headers:
        if name in (b"via", b"from", b"to", b"call-id", b"cseq"):
            kept.append((name, b""))
            continue
        kept.append((name, re.sub(rb'(nonce|opaque)="[^"]*"', rb'\1=""', value)))
    return found.start, tuple(kept), found.body


async def test_every_question_of_a_stranger_gets_the_same_answer(guarded: Centre) -> None:
    """Whoever exists or not, whatever is asked: one 401 that names neither program nor product."""
    answers = set()
    for method in (
        "OPTIONS",
        "REGISTER",
        "INVITE",
        "SUBSCRIBE",
        "MESSAGE",
        "REFER",
        "PUBLISH",
        "X",
    ):
        for user in ("", "112", "201", "999", "trunk", "trunk-carrier", "damkar"):
            for caller in ("201", "999", "trunk", "trunk-carrier"):
                body = wire.offer(9) if method == "INVITE" else ""
                async with wire.udp(guarded, "127.0.0.30") as line:
                    request = wire.Request(method, user, caller, body=body)
                    answers.add(shape(await line.ask(request)))
    ((start, headers, body),) = answers
    assert start == b"SIP/2.0 401 Unauthorized"
    assert body == b""
    names = {name for name, _ in headers}
    assert names == {
        b"via",
        b"call-id",
        b"from",
        b"to",
        b"cseq",
        b"www-authenticate",
        b"content-length",
    }
    assert b"siaga" not in repr(headers).lower().encode()
    assert b"asterisk" not in repr(headers).lower().encode()


async def guess(line: wire.Wire, extension: str, password: str) -> int:
    """Try to log in; the status."""
    request = wire.Request("REGISTER", "", extension, ("Expires: 60",))
    challenge = await line.ask(request)
    assert challenge.status == 401
    return (await line.ask(request.authorized(challenge, password, line))).status


async def accounts(centre: Centre, address: str) -> list[str]:
    """The accounts that a blocked address has tried, as the router tells; none: it is not."""
    rows = await ask(centre.settings, "GET", "/api/blocks")
    return [name for row in rows if row["address"] == address for name in row["accounts"]]


@pytest.mark.parametrize("chained", [False, True])
async def test_who_guesses_is_blocked_for_a_while(guarded: Centre, *, chained: bool) -> None:
    """Whether each guess asks for a challenge or answers the last refusal; time ends the block.

    Once blocked, the right password is refused as a wrong one is; then it is taken again.
    """
    address = "127.0.0.32" if chained else "127.0.0.31"
    right = guarded.password("302")
    async with wire.udp(guarded, address) as line:
        challenge = await line.ask(wire.Request("REGISTER", "", "302"))
        tries = 0
        async with asyncio.timeout(LONG_S):
            # Of a blocked address it is not even told any more which account it tries.
            while UNKNOWN not in await accounts(guarded, address):
                tries += 1
                if not chained:
                    challenge = await line.ask(wire.Request("REGISTER", "", "302"))
                request = wire.Request("REGISTER", "", "302").authorized(challenge, "no", line)
                challenge = await line.ask(request)
                assert challenge.status == 401
        assert tries >= FAILURES
        assert await guess(line, "302", right) == 401
        async with asyncio.timeout(LONG_S):
            while "address_unblocked" not in said(guarded, address):  # noqa: ASYNC110 (a file)
                await asyncio.sleep(0.05)
            while await guess(line, "302", right) != 200:
                pass


def said(centre: Centre, address: str) -> list[str]:
    """What the router's log says of an address."""
    lines = (centre.settings.logs / "router.out.log").read_text("utf-8").splitlines()
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    return [entry["event"] for entry in entries if entry.get("address") == address]


async def test_forged_senders_block_nobody(guarded: Centre) -> None:
    """Guesses in the name of an address that were never challenged leave it free to log in.

    The victim has never logged in before. What a forger cannot see is the challenge; all else here
    is as he would send it, and a guesser who can is blocked meanwhile.
    """
    victim, attacker = "127.0.0.33", "127.0.0.34"
    async with AsyncExitStack() as stack:
        forged = await stack.enter_async_context(wire.udp(guarded, victim))
        own = await stack.enter_async_context(wire.udp(guarded, attacker))
        # The forger's own challenge, of the same second, is bound to his own address.
        challenge = await own.ask(wire.Request("REGISTER", "", "301"))
        for _ in range(3 * FAILURES):
            request = wire.Request("REGISTER", "", "301").authorized(challenge, "x", forged)
            assert (await forged.ask(request)).status == 401
        async with asyncio.timeout(LONG_S):
            while "address_blocked" not in said(guarded, attacker):
                assert await guess(own, "301", "wrong") == 401
        assert said(guarded, victim) == []
        assert await guess(forged, "301", guarded.password("301")) == 200


async def test_where_a_handset_is_logged_in_nobody_is_blocked(guarded: Centre) -> None:
    """A telephone with a wrong password beside a good one; and the trunk's address likewise."""
    office, other = "127.0.0.35", "127.0.0.36"
    async with AsyncExitStack() as stack:
        lines = [
            await stack.enter_async_context(wire.udp(guarded, address))
            for address in (office, "127.0.0.1")
        ]
        control = await stack.enter_async_context(wire.udp(guarded, other))
        assert await guess(lines[0], "402", guarded.password("402")) == 200
        for line in lines:
            for _ in range(3 * FAILURES):
                assert await guess(line, "401", "wrong") == 401
        async with asyncio.timeout(LONG_S):
            while "address_blocked" not in said(guarded, other):
                assert await guess(control, "401", "wrong") == 401
        for line in lines:
            assert await guess(line, "401", guarded.password("401")) == 200
    assert said(guarded, office) == said(guarded, "127.0.0.1") == []


@asynccontextmanager
async def guessing(line: wire.Wire) -> AsyncIterator[None]:
    """Somebody who goes on guessing as long as the block lasts, blocked or not."""

    async def guesses() -> None:
        while True:
            assert await guess(line, "201", "wrong") == 401
            await asyncio.sleep(GUESS_EVERY_S)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(guesses())
        yield
        task.cancel()


async def test_a_block_stops_no_call_for_112(guarded: Centre) -> None:
    """While an address is blocked, a caller is answered and a handset elsewhere rings."""
    guesser = "127.0.0.37"
    async with (
        telephones(guarded) as phones,
        wire.udp(guarded, guesser) as line,
        guessing(line),
    ):
        await phones.log_in("201")
        async with asyncio.timeout(LONG_S):
            # A slow machine may start the command in the moment between two blocks; a quick one
            # while Asterisk is still being told, and the log says so once it has been.
            shown = ""
            while f"{guesser}  sampai / until " not in shown:
                shown = (await asyncio.to_thread(guarded.command, "blocks")).stdout
            while "address_blocked" not in said(guarded, guesser):  # noqa: ASYNC110 (a file)
                await asyncio.sleep(0.05)
        call = await choose(phones, guarded.number())
        ring = await answer(phones, "201")
        await call.hang_up()
        await ring.ended()
