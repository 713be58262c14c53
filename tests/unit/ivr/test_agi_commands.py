"""Commands: every text arrives at Asterisk as it is, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import commands
from ivr.errors import CommandArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivr.commands import Command


def split_as_asterisk(line: bytes) -> list[bytes]:
    """Split a command line by the rule of Asterisk's ``res_agi``."""
    arguments: list[bytes] = []
    current: bytearray | None = None
    quoted = escaped = False
    for number in line:
        byte = bytes([number])
        if escaped:
            escaped = False
            current = (current if current is not None else bytearray()) + byte
        elif byte == b"\\":
            escaped = True
        elif byte == b'"':
            quoted = not quoted
            if quoted and current is None:
                current = bytearray()
        elif byte in b" \t" and not quoted:
            if current is not None:
                arguments.append(bytes(current))
            current = None
        else:
            current = (current if current is not None else bytearray()) + byte
    if current is not None:
        arguments.append(bytes(current))
    return arguments


SAYABLE = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\r\n\0"), max_size=120
)
AWKWARD = st.text(st.sampled_from('"\\ \t,;|${}()[]é\u0627a'), max_size=60)


@given(SAYABLE | AWKWARD, SAYABLE | AWKWARD)
def test_any_sayable_text_survives_quoting(name: str, value: str) -> None:
    """What is quoted, Asterisk's own splitting gives back byte by byte."""
    line = commands.set_variable(name, value).line
    assert split_as_asterisk(line) == [b"SET", b"VARIABLE", name.encode(), value.encode()]


@given(st.text(max_size=200))
def test_any_text_is_sent_whole_or_refused(text: str) -> None:
    """No text whatever makes a second command or another argument."""
    try:
        line = commands.verbose(text).line
    except CommandArgumentError:
        assert set(text) & set("\r\n\0") or any("\ud800" <= char <= "\udfff" for char in text)
    else:
        assert b"\n" not in line
        assert split_as_asterisk(line) == [b"VERBOSE", text.encode(), b"1"]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (commands.stream_file("siaga/greeting", "123*#"), b"STREAM FILE siaga/greeting 123*# 0"),
        (commands.stream_file("a b", offset=800), b'STREAM FILE "a b" "" 800'),
        (commands.wait_for_digit(5000), b"WAIT FOR DIGIT 5000"),
        (commands.set_variable("SIAGA_RESULT", "fire"), b"SET VARIABLE SIAGA_RESULT fire"),
        (commands.get_variable("CALLERID(name)"), b'GET VARIABLE "CALLERID(name)"'),
        (commands.exec_app("Playtones", "ring,x"), b'EXEC Playtones "ring,x"'),
        (commands.exec_app("StopPlaytones"), b'EXEC StopPlaytones ""'),
        (commands.noop("a"), b"NOOP a"),
        (commands.hangup(), b"HANGUP"),
        (commands.verbose('say "hi" \\', 3), b'VERBOSE "say \\"hi\\" \\\\" 3'),
    ],
)
def test_each_command_is_spelled_as_asterisk_reads_it(command: Command, line: bytes) -> None:
    """Each constructor gives the line that Asterisk documents."""
    assert command.line == line


@pytest.mark.parametrize(
    "make",
    [
        lambda: commands.set_variable("A", "x\nHANGUP"),
        lambda: commands.set_variable("A\r", "x"),
        lambda: commands.noop("\0"),
        lambda: commands.noop("\udc80"),
        lambda: commands.noop("x" * commands.MAX_LINE),
        lambda: commands.stream_file("a", "12x"),
        lambda: commands.stream_file("a", offset=-1),
        lambda: commands.wait_for_digit(-1),
        lambda: commands.wait_for_digit(2**31),
        lambda: commands.exec_app("Set A", "x"),
        lambda: commands.exec_app("", "x"),
        lambda: commands.verbose("x", 5),
    ],
)
def test_what_cannot_be_said_is_refused(make: Callable[[], Command]) -> None:
    """Line ends, NUL, half characters, over-long lines and wrong numbers raise the typed error."""
    with pytest.raises(CommandArgumentError) as caught:
        make()
    assert caught.value.code == "command_argument"


def test_a_command_says_how_long_it_may_take() -> None:
    """Playing and waiting last as long as they are asked to; all else is answered at once."""
    assert commands.wait_for_digit(5000).lasts_s == 5.0
    assert commands.stream_file("a", lasts_s=7.5).lasts_s == 7.5
    assert commands.set_variable("A", "b").lasts_s == 0.0
