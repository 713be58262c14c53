"""Actions over the link: answers, refusals, time-outs, losses, lists."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from router.ami import (
    ActionRefusedError,
    ActionTimeoutError,
    Address,
    AmiLink,
    CommandInjectionError,
    ConnectionLostError,
    CoreShowChannels,
    CoreStatus,
    Disconnected,
    Down,
    Event,
    GetVar,
    NotConnectedError,
    Originate,
    PJSIPShowContacts,
    QueueStatus,
    Redirect,
)
from tests.unit.router.ami.ami_server import PATIENT, cel, linked, up

REDIRECT = Redirect("PJSIP/trunk-1", "siaga-transfer", "damkar", "start")
SOON = 0.01
"""Seconds of a time-out that a test waits for."""


async def test_an_action_is_answered() -> None:
    """An action arrives as it was made and its answer is given, without stray line ends."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        acting = asyncio.create_task(link.act(GetVar("SIAGA_CALL", "PJSIP/trunk-1")))
        action = await connection.action()
        action_id = action.pop("ActionID")
        assert action == {
            "Action": "Getvar",
            "Channel": "PJSIP/trunk-1",
            "Variable": "SIAGA_CALL",
        }
        connection.frame(
            "Response: Success", f"ActionID: {action_id}", "Value: n-1", "Message: A\n"
        )
        response = await acting
        assert response.headers["Value"] == "n-1"
        assert response.message == "A"
        assert response.action_id == action_id


async def test_answers_in_any_order_find_their_actions() -> None:
    """Two actions answered the other way round each get their own answer."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        first = asyncio.create_task(link.act(GetVar("A")))
        second = asyncio.create_task(link.act(GetVar("B")))
        actions = [await connection.action(), await connection.action()]
        for action in reversed(actions):
            connection.answer(action, f"Value: {action['Variable']}")
        assert (await first).headers["Value"] == "A"
        assert (await second).headers["Value"] == "B"


async def test_a_refusal_is_typed_and_has_asterisks_words() -> None:
    """A channel that is gone is an answer: the connection and what else is asked stay."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        acting = asyncio.create_task(link.act(REDIRECT))
        connection.answer(
            await connection.action(), "Message: Channel does not exist", response="Error"
        )
        with pytest.raises(ActionRefusedError) as raised:
            await acting
        assert raised.value.message == "Channel does not exist"
        assert link.connected


async def test_an_originate_is_answered_at_once_and_its_end_is_an_event() -> None:
    """The answer to ``Originate`` does not wait for the call, ``OriginateResponse`` tells of it."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        acting = asyncio.create_task(
            link.act(Originate("PJSIP/201", "c", "s", "start", variables={"A": "1", "B": "2"}))
        )
        action = await connection.action()
        assert action["Async"] == "true"
        assert action["Variable"] == "A=1|B=2"
        ended = ("Event: OriginateResponse", f"ActionID: {action['ActionID']}", "Response: Failure")
        connection.answer(action, "Message: Originate successfully queued")
        connection.frame(*ended)
        response = await acting
        event = await link.next_event()
        assert isinstance(event, Event)
        assert event.name == "OriginateResponse"
        assert event.headers["ActionID"] == response.action_id


async def test_an_event_that_overtakes_the_answer_is_no_answer() -> None:
    """An event that names an action which is not yet answered is told and answers nothing."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        acting = asyncio.create_task(link.act(Originate("PJSIP/201", "c", "s", "start")))
        action = await connection.action()
        connection.frame("Event: OriginateResponse", f"ActionID: {action['ActionID']}")
        assert isinstance(await link.next_event(), Event)
        assert not acting.done()
        connection.answer(action)
        await acting


async def test_an_action_unanswered_at_the_loss_fails_and_is_not_sent_again() -> None:
    """A redirect that was out when the connection broke fails at once and is never repeated."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        acting = asyncio.create_task(link.act(REDIRECT))
        listing = asyncio.create_task(link.collect(CoreShowChannels()))
        assert (await connection.action())["Action"] == "Redirect"
        connection.answer(await connection.action(), "EventList: start")
        connection.leave()
        for task in (acting, listing):
            with pytest.raises(ConnectionLostError):
                await task
        down = await link.next_event()
        assert isinstance(down, Disconnected)
        assert down.reason is Down.CLOSED
        again = await server.logged_in()
        await up(link, first=False)
        asking = asyncio.create_task(link.act(CoreStatus()))
        action = await again.action()
        assert action["Action"] == "CoreStatus"
        again.answer(action)
        await asking
        assert again.actions.empty()


async def test_a_late_answer_is_nobodys() -> None:
    """What comes after the time-out is neither the next action's answer nor an event."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        with pytest.raises(ActionTimeoutError):
            await link.act(GetVar("A"), timeout_s=SOON)
        late = await connection.action()
        asking = asyncio.create_task(link.act(GetVar("B")))
        action = await connection.action()
        connection.answer(late, "Value: late")
        connection.answer(action, "Value: right")
        assert (await asking).headers["Value"] == "right"
        connection.say(cel(1))
        event = await link.next_event()
        assert isinstance(event, Event)
        assert event.name == "CEL"
        assert link.connected


async def test_a_late_list_is_nobodys() -> None:
    """The rest of a list that came too late is neither told as events nor mixed into the next."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        with pytest.raises(ActionTimeoutError):
            await link.collect(CoreShowChannels(), timeout_s=SOON)
        late = await connection.action()
        asking = asyncio.create_task(link.collect(CoreShowChannels()))
        action = await connection.action()
        for asked, channel in ((late, "late"), (action, "right")):
            connection.answer(asked, "EventList: start")
            name = f"ActionID: {asked['ActionID']}"
            connection.frame("Event: CoreShowChannel", name, f"Channel: {channel}")
            connection.frame("Event: CoreShowChannelsComplete", name, "EventList: Complete")
        assert [event.headers["Channel"] for event in await asking] == ["right"]
        connection.say(cel(1))
        event = await link.next_event()
        assert isinstance(event, Event)
        assert event.name == "CEL"


async def test_many_late_lists_are_forgotten_within_bounds() -> None:
    """However many lists are given up, what is remembered of them has a bound."""
    async with linked() as (server, link):
        await server.logged_in()
        await up(link)
        for _ in range(1_100):
            with pytest.raises(ActionTimeoutError):
                await link.collect(CoreShowChannels(), timeout_s=0)
        assert link._session is not None
        assert link._session._protocol is not None
        assert len(link._session._protocol._forgotten) == 1_000
        assert len(link._session._protocol.responses) <= 1  # A ping may be on its way.


async def test_a_cancelled_asker_leaves_nothing() -> None:
    """A task cancelled while it waits for an answer leaves no entry behind."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        acting = asyncio.create_task(link.act(GetVar("A")))
        action = await connection.action()
        acting.cancel()
        await asyncio.wait((acting,))
        assert link._session is not None
        assert link._session._protocol is not None
        assert action["ActionID"] not in link._session._protocol.responses
        connection.answer(action)
        connection.say(cel(1))
        assert isinstance(await link.next_event(), Event)


async def test_a_list_is_given_whole_and_apart_from_the_stream() -> None:
    """A list's events, mixed with others', are collected in order; the others are told."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        asking = asyncio.create_task(link.collect(QueueStatus("damkar")))
        action = await connection.action()
        assert action["Queue"] == "damkar"
        name = f"ActionID: {action['ActionID']}"
        connection.answer(action, "EventList: start", "Message: Queue status will follow")
        connection.frame("Event: QueueParams", name, "Queue: damkar")
        connection.say(cel(1))
        # An event of another kind whose name also ends in Complete does not end the list.
        connection.frame("Event: AgentComplete", name, "Queue: damkar")
        connection.frame("Event: QueueMember", name, "Name: 201")
        connection.frame("Event: QueueStatusComplete", name, "EventList: Complete", "ListItems: 3")
        events = await asking
        assert [event.name for event in events] == ["QueueParams", "AgentComplete", "QueueMember"]
        told = await link.next_event()
        assert isinstance(told, Event)
        assert told.name == "CEL"


async def test_an_empty_list_may_be_an_error_of_asterisk() -> None:
    """``No Contacts found`` is an empty list; any other error is a refusal."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        asking = asyncio.create_task(link.collect(PJSIPShowContacts()))
        connection.answer(
            await connection.action(), "Message: No Contacts found\n", response="Error"
        )
        assert await asking == []
        asking = asyncio.create_task(link.collect(PJSIPShowContacts()))
        connection.answer(await connection.action(), "Message: Permission denied", response="Error")
        with pytest.raises(ActionRefusedError):
            await asking


async def test_a_list_that_is_none_is_refused() -> None:
    """A success without a list is not taken for an empty list."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        asking = asyncio.create_task(link.collect(CoreShowChannels()))
        connection.answer(await connection.action())
        with pytest.raises(ActionRefusedError):
            await asking


async def test_a_list_without_end_ends_the_connection() -> None:
    """A peer that goes on listing is left before it fills the memory."""
    async with linked(replace(PATIENT, list_max=10)) as (server, link):
        connection = await server.logged_in()
        await up(link)
        asking = asyncio.create_task(link.collect(CoreShowChannels()))
        action = await connection.action()
        connection.answer(action, "EventList: start")
        for _ in range(11):
            connection.frame("Event: CoreShowChannel", f"ActionID: {action['ActionID']}")
        with pytest.raises(ConnectionLostError):
            await asking
        down = await link.next_event()
        assert isinstance(down, Disconnected)
        assert down.reason is Down.PROTOCOL


async def test_an_answer_names_its_action_by_its_action_id_alone() -> None:
    """A ``CommandID`` in an answer does not make it the answer to another action."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        first = asyncio.create_task(link.act(GetVar("A")))
        second = asyncio.create_task(link.act(GetVar("B")))
        a, b = await connection.action(), await connection.action()
        connection.answer(a, f"CommandID: {b['ActionID']}", "Value: A")
        connection.answer(b, "Value: B")
        assert (await first).headers["Value"] == "A"
        assert (await second).headers["Value"] == "B"


async def test_nothing_is_sent_of_an_action_that_would_inject() -> None:
    """A hostile value raises before a byte is written; the next action is the first one sent."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        hostile = "x\r\nAction: Hangup\r\nChannel: PJSIP/trunk-1"
        with pytest.raises(CommandInjectionError):
            await link.act(Originate("PJSIP/201", "c", "s", "start", variables={"A": hostile}))
        asking = asyncio.create_task(link.act(CoreStatus()))
        action = await connection.action()
        assert action["Action"] == "CoreStatus"
        connection.answer(action)
        await asking


async def test_without_a_connection_nothing_is_kept_for_later() -> None:
    """An action without a connection is refused at once."""
    link = AmiLink(Address("127.0.0.1", 1, "router", "rahasia"), PATIENT)
    with pytest.raises(NotConnectedError):
        await link.act(REDIRECT)
    with pytest.raises(NotConnectedError):
        await link.collect(CoreShowChannels())
