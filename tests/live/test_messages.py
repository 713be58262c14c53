"""Messages to contacts: they arrive, are accepted, and go on to the next until they are."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from ops.api import ask
from router.store import open_engine
from router.store.messages import MessageReader, State
from siaga.gateways import Gateways
from siaga.settings import PROJECT
from tests.live import gateways
from tests.live.calls import answer, choose, converse, until_quiet
from tests.live.centre import Centre, running_centre
from tests.live.desk import dialling
from tests.live.phones import Phones, telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from router.store.messages import Message
    from tests.live.gateways import MailServer, SmsGateway

pytestmark = pytest.mark.xdist_group("messages")
"""One centre for all of them."""

LONG_S = 40.0
ACCEPT, LOCATE = "*0", "*5"
FIRE_OFFICER, FIRE_MAIL, DOCTOR = "+62811000201", "piket@damkar.example.org", "+62811000301"
DAMKAR, RSUD = '    handsets: ["201", "202"]\n', '    handsets: ["301", "302"]\n'


@pytest.fixture(scope="module")
def receivers() -> Iterator[tuple[SmsGateway, MailServer]]:
    """The gateways of SMS and mail."""
    with gateways.serving() as both:
        yield both


@pytest.fixture
def sms(receivers: tuple[SmsGateway, MailServer]) -> SmsGateway:
    return receivers[0]


@pytest.fixture
def mail(receivers: tuple[SmsGateway, MailServer]) -> MailServer:
    return receivers[1]


@pytest.fixture(scope="module")
def telling(
    tmp_path_factory: pytest.TempPathFactory, receivers: tuple[SmsGateway, MailServer]
) -> Iterator[Centre]:
    """A centre whose fire brigade has two contacts, one after the other, and the hospital one."""
    folder = tmp_path_factory.mktemp("telling")
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    of_damkar = (
        f'    notify: [{{sms: "{FIRE_OFFICER}"}}, {{email: {FIRE_MAIL}}}]\n    escalate: 10s\n'
    )
    for handsets, more in ((DAMKAR, of_damkar), (RSUD, f'    notify: [{{sms: "{DOCTOR}"}}]\n')):
        assert handsets in text
        text = text.replace(handsets, handsets + more)
    plan = folder / "plan.yaml"
    plan.write_text(text, encoding="utf-8")
    sms, mail = receivers
    addresses = {"sms": sms.address, "email": mail.address}
    made = Gateways(addresses, "https://112.example.org")
    with running_centre(folder / "home", plan=plan, node="telling", gateways=made) as running:
        yield running


@pytest_asyncio.fixture
async def callers(telling: Centre) -> AsyncIterator[Phones]:
    await telling.until_ready()
    async with telephones(telling) as made:
        yield made


async def called(callers: Phones, keys: str = "1") -> str:
    """Somebody calls about a fire, and nobody answers yet; the call's id."""
    number = callers.centre.number()
    await choose(callers, number, keys)
    return (await callers.centre.record(number, until=lambda r: bool(r.steps), filed=False)).id


async def told(centre: Centre, call: str, until: Callable[[dict[str, str]], bool]) -> list[Message]:
    """The messages about a call, once their states by channel are as wanted."""
    found: list[Message] = []
    engine = open_engine(centre.settings.database)
    reader = MessageReader(engine)
    try:
        async with asyncio.timeout(LONG_S):
            while True:
                found = [each for each in await reader.latest(100) if each.call == call]
                if until({each.channel: each.state for each in found}):
                    return found
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"its messages are {found}") from None
    finally:
        await engine.dispose()


async def until_all_is_told(centre: Centre) -> None:
    """Wait until nothing of earlier calls is on its way: one target is told one thing at a time."""
    await until_quiet(centre)
    engine = open_engine(centre.settings.database)
    try:
        async with asyncio.timeout(LONG_S):
            while True:
                found = await MessageReader(engine).latest(100)
                if all(each.state != State.WAITING for each in found):
                    return
                await asyncio.sleep(0.1)
    finally:
        await engine.dispose()


async def press(centre: Centre, text: str) -> tuple[str, str]:
    """Open the page that a message leads to and press its button; both pages."""
    link = re.search(r"https://112\.example\.org(/a/\S+)", text)
    assert link is not None
    address = f"http://127.0.0.1:{centre.settings.ports.public}{link[1]}"
    async with aiohttp.ClientSession(trust_env=False) as session:
        async with session.get(address) as shown:
            before = await shown.text()
        async with session.post(address) as shown:
            return before, await shown.text()


async def test_the_next_is_told_until_somebody_accepts(
    callers: Phones, sms: SmsGateway, mail: MailServer
) -> None:
    """Of three calls one is accepted by nobody, one by the link, the latest by a handset's key.

    Of the first the second contact is told too, and then the centre itself has an alarm.
    """
    centre = callers.centre
    await callers.log_in("101")  # rings, and is not answered
    by_nobody, by_link, by_key = [await called(callers) for _ in range(3)]
    (first,) = await sms.about(by_link)
    assert first.to == FIRE_OFFICER
    assert first.text.startswith("Damkar: Kebakaran / Fire, ")
    before, after = await press(centre, first.text)
    assert "Kami terima" in before
    assert "Sudah diterima" in after
    await sms.about(by_key)
    async with dialling(centre, "202", ACCEPT) as desk:
        await desk.ended()
    ((to, _),) = await mail.about(by_nobody)
    assert to == FIRE_MAIL
    every = {"sms": "sent", "email": "sent", "board": "sent"}
    rows = await told(centre, by_nobody, lambda states: states == every)
    assert {row.accepted for row in rows} == {None}
    listed = await asyncio.to_thread(centre.command, "messages")
    assert f"damkar  email {FIRE_MAIL}  panggilan / call {by_nobody}  terkirim" in listed.stdout
    found = await ask(centre.settings, "GET", "/api/alarms")
    (alarm,) = [each for each in found["alarms"] if each["alarm"] == "unaccepted"]
    assert (alarm["subject"], alarm["detail"]) == ("damkar", by_nobody)
    spared = {"sms": "sent", "email": "not_needed", "board": "not_needed"}
    for call, who in ((by_link, FIRE_OFFICER), (by_key, "202")):
        rows = await told(centre, call, lambda states: states == spared)
        assert {row.accepted_by for row in rows} == {who}
    assert not [text for _, text in mail.taken if by_link in text or by_key in text]
    for call in (by_nobody, by_link, by_key):
        assert len([each for each in sms.asked if call in each.text]) == 1


async def test_who_answers_the_telephone_is_told_no_more(
    callers: Phones, sms: SmsGateway, mail: MailServer
) -> None:
    """The handset of Damkar is answered: its second contact is not troubled."""
    await callers.log_in("201")
    number = callers.centre.number()
    call = await choose(callers, number)
    ring = await answer(callers, "201")
    record = await callers.centre.record(number, until=lambda r: bool(r.answered), filed=False)
    await sms.about(record.id)
    await told(callers.centre, record.id, lambda states: states["email"] == "not_needed")
    await call.hang_up()
    await ring.ended()
    assert not [text for _, text in mail.taken if record.id in text]


async def test_a_gateway_that_refuses_is_asked_again(callers: Phones, sms: SmsGateway) -> None:
    """Twice no, then yes: the SMS is on its way once, and the row says how often it was not."""
    await callers.log_in("101")
    await until_all_is_told(callers.centre)
    sms.statuses[DOCTOR] = [500, 503]
    call = await called(callers, "2")
    asked = await sms.about(call, 3)
    assert {each.to for each in asked} == {DOCTOR}
    assert len({each.text for each in asked}) == 1
    (row,) = await told(callers.centre, call, lambda states: states == {"sms": "sent"})
    assert row.attempts == 2


async def test_a_router_killed_between_sending_and_noting_tells_again(
    callers: Phones, sms: SmsGateway
) -> None:
    """The gateway has the message and the router dies before the answer: it is sent once more.

    That is one message for whoever reads its call's id, and one row; nothing is lost.
    """
    centre = callers.centre
    await callers.log_in("101")
    await until_all_is_told(centre)
    sms.holds.add(DOCTOR)
    call = await called(callers, "2")
    await sms.about(call)
    centre.kill("router")
    sms.holds.clear()
    first, second = await sms.about(call, 2)
    assert first == second
    (row,) = await told(centre, call, lambda states: states == {"sms": "sent"})
    assert row.attempts == 0
    await centre.until_ready()


async def test_a_caller_sends_where_they_are(callers: Phones, sms: SmsGateway) -> None:
    """The officer presses a key; the caller gets an SMS, opens its link and taps once.

    The position is at the incident at once, and the two talk on all the while.
    """
    centre, number = callers.centre, callers.centre.number()
    await callers.log_in("201")
    call = await choose(callers, number)
    ring = await answer(callers, "201")
    await converse(call, ring)
    await ring.press_many(LOCATE)
    (sent,) = await sms.about("send your location")
    assert sent.to == f"+62{number[1:]}"
    (token,) = re.findall(r"https://112\.example\.org(/l/\S+)", sent.text)
    page = f"http://127.0.0.1:{centre.settings.ports.public}{token}"
    where = {"latitude": "0.5003", "longitude": "117.5364", "accuracy": "12"}
    async with aiohttp.ClientSession() as session:
        async with session.get(page) as shown:
            assert "Kirim lokasi saya" in await shown.text()
        async with session.post(page, data=where) as thanks:
            assert "sudah diterima" in await thanks.text()
    call_id = (await centre.record(number, until=lambda r: bool(r.steps), filed=False)).id
    rows = await ask(centre.settings, "GET", "/api/incidents")
    (incident,) = (row for row in rows if call_id in row["calls"])
    assert (incident["latitude"], incident["longitude"]) == (0.5003, 117.5364)
    assert (incident["position_by"], incident["district"]["name"]) == ("link", "Sangatta Utara")
    await converse(call, ring)
    await call.hang_up()
    await ring.ended()
