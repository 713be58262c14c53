"""The frame parser on what Asterisk, and others, send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.ami.errors import AmiProtocolError
from router.ami.frames import FrameParser, Limits

if TYPE_CHECKING:
    from router.ami.headers import Headers

HELLO = b"Asterisk Call Manager/11.0.0\r\n"


def parse(data: bytes, limits: Limits | None = None) -> list[Headers]:
    parser = FrameParser(limits)
    parser.receive(HELLO + data)
    frames = []
    while (frame := parser.next_frame()) is not None:
        frames.append(frame)
    return frames


def test_the_greeting_tells_the_version() -> None:
    """The version is known once the greeting is whole, and not before."""
    parser = FrameParser()
    parser.receive(HELLO[:-1])
    assert parser.next_frame() is None
    assert parser.version is None
    parser.receive(HELLO[-1:])
    assert parser.next_frame() is None
    assert parser.version == "11.0.0"


def test_headers_are_found_in_any_case_and_keep_what_is_empty() -> None:
    """Names are looked up in any case; empty values, colons and spaces in values stay."""
    (frame,) = parse(b"Event: CEL\r\nUniqueID: n-1.2\r\nExtra:  a: b\r\nPeer: \r\nApp:\r\n\r\n")
    assert frame["uniqueid"] == frame["Uniqueid"] == "n-1.2"
    assert frame["Extra"] == " a: b"
    assert frame["Peer"] == frame["App"] == ""
    assert frame.get("missing") is None
    assert "EVENT" in frame
    assert "missing" not in frame
    assert list(frame) == ["event", "uniqueid", "extra", "peer", "app"]


def test_a_repeated_name_keeps_every_value_and_is_told() -> None:
    """The first value stands for a name, all are there, and that it was repeated can be seen."""
    (frame,) = parse(b"Event: X\r\nChanVariable: a=1\r\nchanvariable: b=2\r\nC: 3\r\n\r\n")
    assert frame["ChanVariable"] == "a=1"
    assert frame.all("ChanVariable") == ("a=1", "b=2")
    assert frame.all("c") == ("3",)
    assert frame.all("d") == ()
    assert frame.repeated == {"chanvariable"}


def test_a_character_cut_by_the_network_arrives_whole() -> None:
    """Neither a character nor a line end is harmed by being cut between two reads."""
    data = HELLO + "Event: X\r\nName: Kébakaran 🔥\r\n\r\n".encode()
    for place in range(len(data)):
        parser = FrameParser()
        parser.receive(data[:place])
        assert parser.next_frame() is None
        parser.receive(data[place:])
        frame = parser.next_frame()
        assert frame is not None
        assert frame["Name"] == "Kébakaran 🔥"


def test_bytes_that_are_no_utf8_are_kept_and_can_be_stored() -> None:
    """A Latin-1 line is read as such, its UTF-8 neighbour as UTF-8, NUL can be stored."""
    (frame,) = parse(b"Event: X\r\nOld: Andr\xe9\r\nNew: Andr\xc3\xa9\r\nNul: a\0b\r\n\r\n")
    assert frame["Old"] == frame["New"] == "André"
    assert frame["Nul"] == "a\ufffdb"
    for value in frame.values():
        value.encode()


def test_only_cr_lf_ends_a_line() -> None:
    """What Python takes for line ends does not make a caller's name a header."""
    (frame,) = parse("Event: X\r\nName: a\nForged: 1\u2028Forged: 2\x85\r\n\r\n".encode())
    assert frame["Name"] == "a\nForged: 1\u2028Forged: 2\x85"
    assert "Forged" not in frame


def test_empty_lines_too_many_are_skipped() -> None:
    """Any number of empty lines between frames makes no frame, whole or half."""
    frames = parse(b"\r\nEvent: A\r\n\r\n\r\nEvent: B\r\n\r\n\r\n\r\n\r\nEvent: C\r\n\r\n")
    assert [frame["Event"] for frame in frames] == ["A", "B", "C"]


@pytest.mark.parametrize(
    "first",
    [b"HTTP/1.1 400 Bad Request\r\n", b"SSH-2.0", b"\r\n", b"Asterisk\r\n", b"\xff", b"a" * 999],
)
def test_another_service_is_known_by_its_first_bytes(first: bytes) -> None:
    """A peer that is no Asterisk is refused before anything could be sent to it."""
    parser = FrameParser()
    parser.receive(first)
    with pytest.raises(AmiProtocolError) as raised:
        parser.next_frame()
    assert raised.value.code == "not_ami"


LIMITS = Limits(line=40, headers=4, frame=100)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"A: " + b"x" * 38 + b"\r\n\r\n", "line_too_long"),
        (b"A: 1\r\n" * 5 + b"\r\n", "too_many_headers"),
        (b"A: 12345678901234567890123456789\r\n" * 4 + b"\r\n", "frame_too_long"),
        (b"A" * 104, "frame_too_long"),
    ],
)
def test_what_goes_beyond_a_limit_is_one_typed_error(data: bytes, code: str) -> None:
    """Each limit has its code, frames before it are still given, and the error stays."""
    parser = FrameParser(LIMITS)
    parser.receive(HELLO + b"Event: Before\r\n\r\n" + data)
    frame = parser.next_frame()
    assert frame is not None
    assert frame["Event"] == "Before"
    for _ in range(2):
        with pytest.raises(AmiProtocolError) as raised:
            parser.next_frame()
        assert raised.value.code == code
        parser.receive(b"Event: After\r\n\r\n")
    assert not parser._buffer


def test_a_frame_as_big_as_the_limits_passes() -> None:
    """A frame that just reaches each limit is taken, in one piece and byte by byte."""
    line = b"A: " + b"x" * 37 + b"\r\n"
    data = line * 2 + b"B: 1234567890123\r\n\r\n"
    assert len(data) == LIMITS.frame + 4
    assert len(parse(data, LIMITS)) == 1
    parser = FrameParser(LIMITS)
    frames = []
    for byte in HELLO + data:
        parser.receive(bytes([byte]))
        frames.append(parser.next_frame())
    assert [frame is None for frame in frames] == [True] * (len(frames) - 1) + [False]


def test_names_without_end_do_not_fill_the_memory() -> None:
    """A peer that invents a new header name in every frame does not grow the table of names."""
    parser = FrameParser()
    parser.receive(HELLO)
    for number in range(3_000):
        parser.receive(b"Event: X\r\nName%d: 1\r\n\r\n" % number)
        assert parser.next_frame() is not None
    assert len(parser._names) <= 1024
