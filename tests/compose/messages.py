"""An agency's contacts are told of a call by SMS and mail, until somebody accepts."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final

from aiohttp import ClientSession

from siaga.gateways import Gateways
from tests.compose.desk import Desk, ScenarioError, expect
from tests.compose.plan import with_contacts
from tests.compose.planned import planned
from tests.compose.renewed import renewed
from tests.compose.stack import NODES
from tests.live.gateways import serving

if TYPE_CHECKING:
    from tests.live.gateways import MailServer, SmsGateway

SMS_TO, MAIL_TO = "+62811000201", "piket@damkar.example.org"
PUBLIC: Final = {"node1": 8113, "node2": 8213}
_LINK: Final = re.compile(r"https://112\.example\.org(/a/\S+)")


async def messages(desk: Desk) -> str:
    """A call of each node: one is accepted by the link, at the other node's page, one by nobody."""
    # They have an event loop of their own, which begins beside no other.
    receivers = serving()
    sms, mail = await asyncio.to_thread(receivers.__enter__)
    try:
        addresses = {"sms": sms.address, "email": mail.address}
        gateways = Gateways(addresses, "https://112.example.org").environment()
        told = {"services": {node: {"environment": gateways} for node in NODES}}
        async with (
            renewed(desk, told),
            planned(desk, lambda path: with_contacts(path, SMS_TO, MAIL_TO)),
        ):
            return await _told(desk, sms, mail)
    finally:
        await asyncio.to_thread(receivers.__exit__, None, None, None)


async def _told(desk: Desk, sms: SmsGateway, mail: MailServer) -> str:
    await desk.log_in(["101", "201"])
    await desk.by_turns()
    calls = [await _rung(desk) for _ in NODES]
    expect("nodes", sorted(node for _, node in calls), sorted(NODES))
    (by_link, node), (by_nobody, _) = calls
    for call, _ in calls:
        expect("told", {each.to for each in await sms.about(call)}, {SMS_TO})
    other = next(each for each in NODES if each != node)
    (said,) = await sms.about(by_link)
    if "Sudah diterima" not in (page := await _pressed(other, said.text)):
        raise ScenarioError(f"not accepted: {page}")
    ((to, _),) = await mail.about(by_nobody)
    expect("then", to, MAIL_TO)
    expect("mail of what was accepted", [one for one in mail.taken if by_link in one[1]], [])
    return f"a call of {node} accepted at {other}; the other's told on by mail"


async def _rung(desk: Desk) -> tuple[str, str]:
    """Somebody calls about a fire, and is not answered; the call's id and its node."""
    number, _ = await desk.call("1")
    row = await desk.record(number, lambda row: bool(row["steps"]))
    return row["id"], row["node"]


async def _pressed(node: str, text: str) -> str:
    """Open the page that a message leads to, at a node, and press its button; what it says."""
    link = _LINK.search(text)
    if link is None:
        raise ScenarioError(f"no link in {text}")
    address = f"http://127.0.0.1:{PUBLIC[node]}{link[1]}"
    async with ClientSession() as session:
        async with session.get(address) as shown:
            expect("page", shown.status, 200)
        async with session.post(address) as shown:
            return await shown.text()
