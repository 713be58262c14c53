"""The FastAGI protocol: what Asterisk says, as events."""

from __future__ import annotations

import pytest

from ivr import commands
from ivr.agi import (
    AgiProtocol,
    ConnectionClosed,
    Environment,
    Event,
    Hangup,
    Limits,
    Reply,
)
from ivr.errors import AgiProtocolError, CommandOrderError

ENVIRONMENT = (
    b"agi_network: yes\nagi_network_script: menu\nagi_request: agi://127.0.0.1/menu\n"
    b"agi_callerid: 0812\nagi_calleridname: Budi\nagi_threadid: 1\n\n"
)


def events(protocol: AgiProtocol, data: bytes) -> list[Event]:
    """Feed ``data`` and take every event."""
    protocol.receive_data(data)
    found = []
    while (event := protocol.next_event()) is not None:
        found.append(event)
    return found


def ready(limits: Limits | None = None) -> AgiProtocol:
    """A protocol past its environment."""
    protocol = AgiProtocol(limits)
    events(protocol, ENVIRONMENT)
    return protocol


def waiting(limits: Limits | None = None) -> AgiProtocol:
    """A protocol with a command out."""
    protocol = ready(limits)
    protocol.send(commands.noop())
    return protocol


def failure(protocol: AgiProtocol, data: bytes) -> str:
    """Feed ``data`` and give the code of the error that it makes."""
    with pytest.raises(AgiProtocolError) as caught:
        events(protocol, data)
    return caught.value.code


def test_environment_is_read_to_its_empty_line() -> None:
    """The environment is one event with its variables, arguments in order and the path."""
    (event,) = events(
        AgiProtocol(),
        b"agi_network_script: menu?x=1\nagi_callerid: 0812: 3\nagi_rdnis: \n"
        b"agi_arg_1: a\nagi_arg_2: b c\n\n",
    )
    assert isinstance(event, Environment)
    assert event.path == "menu"
    assert event.values["agi_callerid"] == "0812: 3"
    assert event.values["agi_rdnis"] == ""
    assert "agi_arg_1" not in event.values
    assert event.arguments == ("a", "b c")


@pytest.mark.parametrize(
    ("raw", "name"),
    [(b"J\xe9r\xf4me", "Jérôme"), ("Siti Nurhaliza é".encode(), "Siti Nurhaliza é")],
)
def test_any_bytes_of_a_caller_name_become_text(raw: bytes, name: str) -> None:
    """A name in Latin-1 is read as such, one in UTF-8 as that; both can be stored again."""
    (event,) = events(AgiProtocol(), b"agi_calleridname: " + raw + b"\n\n")
    assert isinstance(event, Environment)
    assert event.values["agi_calleridname"] == name
    assert name.encode()


def test_a_caller_cannot_change_what_asterisk_said_before() -> None:
    """A number that holds line ends forges no variable that Asterisk has already given."""
    protocol = AgiProtocol()
    (event,) = events(
        protocol,
        b"agi_network_script: menu\nagi_callerid: 1\nagi_network_script: other\nrubbish\n"
        b"agi_arg_1: forged\nagi_dnid: 112\nagi_arg_1: true\n\n",
    )
    assert isinstance(event, Environment)
    assert event.path == "menu"
    assert event.values["agi_dnid"] == "112"
    assert event.arguments == ("true",)


def test_a_forged_end_of_the_environment_harms_nothing() -> None:
    """What a number with an empty line in it leaves behind is skipped, and the call goes on."""
    protocol = AgiProtocol()
    first, *more = events(
        protocol, b"agi_network_script: menu\nagi_callerid: 1\n\nagi_dnid: 112\nagi_arg_1: x\n\n"
    )
    assert isinstance(first, Environment)
    assert more == []
    assert protocol.send(commands.noop()) == b'NOOP ""\n'
    assert events(protocol, b"200 result=0\n") == [Reply(200, "0")]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"200 result=0", Reply(200, "0")),
        (b"200 result=49 endpos=1234", Reply(200, "49", None, 1234)),
        (b"200 result=-1 endpos=0", Reply(200, "-1", None, 0)),
        (b"200 result=1 (fire)", Reply(200, "1", "fire")),
        (b"200 result=1 ()", Reply(200, "1", "")),
        (b"200 result= (timeout)", Reply(200, "", "timeout")),
        (b"200 result=1 (hangup)", Reply(200, "1", "hangup")),
        (b"200 result=1 (a (b) endpos=7)", Reply(200, "1", "a (b) endpos=7")),
        (b"200 result=49 (dtmf) endpos=80", Reply(200, "49", "dtmf", 80)),
        (
            b"200 result=1 (a\nHANGUP\n200 result=5\nb)",
            Reply(200, "1", "a\nHANGUP\n200 result=5\nb"),
        ),
        (b"200 result=1 (J\xe9)", Reply(200, "1", "Jé")),
        (b"510 Invalid or unknown command", Reply(510, "", "Invalid or unknown command")),
        (b"511 Command Not Permitted", Reply(511, "", "Command Not Permitted")),
        (b"520 Invalid command syntax.", Reply(520, "", "Invalid command syntax.")),
        (
            b"520-Invalid command syntax.\nUsage: X\nHANGUP\n\n520 End of proper usage.",
            Reply(520, "", "Usage: X\nHANGUP\n"),
        ),
    ],
)
def test_each_form_of_answer_is_one_reply(line: bytes, reply: Reply) -> None:
    """Every answer Asterisk has is one event; text within it is never taken for a signal."""
    protocol = waiting()
    assert events(protocol, line + b"\n") == [reply]
    protocol.send(commands.noop())


@pytest.mark.parametrize(
    ("result", "digit"), [("49", "1"), ("35", "#"), ("0", ""), ("-1", ""), ("", ""), ("999", "")]
)
def test_a_digit_is_its_ascii_code(result: str, digit: str) -> None:
    """The key pressed is read from the result, and nothing else passes for a key."""
    assert Reply(200, result).digit == digit


def test_hangup_while_idle() -> None:
    """HANGUP is an event at any moment after the environment, and the last but the end."""
    protocol = ready()
    assert events(protocol, b"HANGUP\nHANGUP\n200 result=1\n") == [Hangup()]
    assert events(protocol, b"more\n") == []
    assert events(protocol, b"") == [ConnectionClosed()]
    assert events(protocol, b"") == []


def test_hangup_in_place_of_an_answer() -> None:
    """HANGUP between a command and its answer is a hang-up, not the answer."""
    protocol = waiting()
    assert events(protocol, b"HANGUP\n200 result=-1\n") == [Hangup()]
    with pytest.raises(CommandOrderError):
        protocol.send(commands.noop())


def test_hangup_after_an_answer() -> None:
    """An answer before the HANGUP still counts."""
    assert events(waiting(), b"200 result=49\nHANGUP\n") == [Reply(200, "49"), Hangup()]


def test_one_command_at_a_time() -> None:
    """A second command before the answer, or a first before the environment, is our own fault."""
    with pytest.raises(CommandOrderError):
        AgiProtocol().send(commands.noop())
    with pytest.raises(CommandOrderError):
        waiting().send(commands.noop())


def test_an_answer_to_nothing_is_an_error_after_the_true_one() -> None:
    """Of two answers in one packet the first counts and the second is refused."""
    protocol = waiting()
    protocol.receive_data(b"200 result=1\n200 result=2\n")
    assert protocol.next_event() == Reply(200, "1")
    with pytest.raises(AgiProtocolError) as caught:
        protocol.next_event()
    assert caught.value.code == "unexpected_line"
    with pytest.raises(AgiProtocolError):
        protocol.next_event()


@pytest.mark.parametrize("data", [b"", b"agi_network: y", ENVIRONMENT, ENVIRONMENT[:-1]])
def test_the_end_of_the_connection_is_one_event(data: bytes) -> None:
    """EOF anywhere is told once, after whatever was complete before."""
    protocol = AgiProtocol()
    if data:
        events(protocol, data)
    assert events(protocol, b"") == [ConnectionClosed()]


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n", b"\x16\x03", b"agj", b"\n", b" agi_"])
def test_other_protocols_are_known_by_their_first_bytes(data: bytes) -> None:
    """Who does not begin as Asterisk does is refused without waiting for a line."""
    assert failure(AgiProtocol(), data) == "not_agi"


@pytest.mark.parametrize("data", [b"agi_\n", b"agi_A: x\n", b"agi_\n\n"])
def test_an_environment_begins_with_a_variable(data: bytes) -> None:
    """A first line that is no variable is refused."""
    assert failure(AgiProtocol(), data) == "malformed_line"


@pytest.mark.parametrize(
    "line",
    [b"hello", b"20 result=1", b"200", b"200 OK", b"200-result=1", b"200 result=1 x", b"999x"],
)
def test_what_is_no_answer_is_refused(line: bytes) -> None:
    """A line in place of an answer that is none is the typed error."""
    assert failure(waiting(), line + b"\n") == "malformed_reply"


def test_limits_hold_in_the_environment_and_in_answers() -> None:
    """Line length, lines and bytes are each bounded, before their end has come."""
    limits = Limits(line=100, lines=10, total=300)
    assert failure(AgiProtocol(limits), b"agi_a: " + b"x" * 100) == "line_too_long"
    assert failure(AgiProtocol(limits), b"agi_a: " + b"x" * 100 + b"\n\n") == "line_too_long"
    assert failure(AgiProtocol(limits), b"agi_a: x\n" * 11) == "too_many_lines"
    assert failure(AgiProtocol(limits), (b"agi_a: " + b"x" * 80 + b"\n") * 4) == "too_many_bytes"
    assert failure(waiting(limits), b"200 result=1 (" + b"x\n" * 11) == "too_many_lines"
    assert failure(waiting(limits), b"520-\n" + (b"x" * 90 + b"\n") * 4) == "too_many_bytes"
    assert failure(ready(limits), b"agi_a: x\n" * 11) == "too_many_lines"
    protocol = waiting(limits)
    for _ in range(50):  # Each answer has its own measure.
        assert events(protocol, b"200 result=1 (" + b"x" * 80 + b")\n")
        protocol.send(commands.noop())
