"""Properties of the frame parser that hold for every input."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from router.ami.errors import AmiProtocolError
from router.ami.frames import FrameParser, Limits
from router.ami.headers import Headers
from router.calls.events import AMI_FORM, CelEvent, MalformedEventError, from_ami
from tests.bench.feed import call_events, told
from tests.replay.logbook import scenarios

HELLO = b"Asterisk Call Manager/11.0.0\r\n"
NAMES = st.sampled_from(["Event", "CallerIDName", "UniqueID", "uniqueid", "ChanVariable", "Extra"])
VALUES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)))
PAIRS = st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=6)
RAW = st.binary(max_size=20).filter(lambda raw: b"\r" not in raw and b"\n" not in raw)
CUTS = st.lists(st.integers(0, 3000), max_size=30)


def encode(pairs: list[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in pairs).encode() + b"\r\n"


STREAMS = st.lists(
    PAIRS.map(encode)
    | RAW.map(lambda raw: b"Event: Raw\r\nValue: " + raw + b"\r\n\r\n")
    | st.sampled_from([b"\r\n", b"\r\n\r\n", b"Response: Success\r\nPing: Pong\r\n\r\n"]),
    max_size=8,
).map(b"".join)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut ``data`` at these places (modulo its length)."""
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in itertools.pairwise(bounds)]


def play(pieces: list[bytes], limits: Limits | None = None) -> list[Headers | str]:
    """Every frame of the pieces, and the code of the error that ended it."""
    parser = FrameParser(limits)
    told: list[Headers | str] = []
    try:
        for piece in pieces:
            parser.receive(piece)
            while (frame := parser.next_frame()) is not None:
                told.append(frame)
    except AmiProtocolError as error:
        told.append(error.code)
    return told


@given(st.lists(PAIRS, max_size=6), CUTS)
def test_what_was_written_is_what_is_read(
    frames: list[list[tuple[str, str]]], cuts: list[int]
) -> None:
    """Every header of every frame arrives with every value in order, however the bytes are cut."""
    told = play(cut(HELLO + b"".join(map(encode, frames)), cuts))
    assert len(told) == len(frames)
    for headers, pairs in zip(told, frames, strict=True):
        assert isinstance(headers, Headers)
        for name in {name for name, _ in pairs}:
            wanted = tuple(value for other, value in pairs if other.lower() == name.lower())
            assert headers.all(name) == wanted
            assert headers[name] == wanted[0]


@given(STREAMS, CUTS)
def test_any_chunking_of_a_stream_gives_the_same_frames(data: bytes, cuts: list[int]) -> None:
    """How TCP cuts a stream changes nothing, not even byte by byte."""
    whole = play([HELLO + data])
    assert all(isinstance(frame, Headers) for frame in whole)
    assert play(cut(HELLO + data, cuts)) == whole
    assert play([bytes([byte]) for byte in HELLO + data]) == whole


@given(
    st.binary(max_size=200)
    | st.builds(bytes.__add__, st.just(HELLO), st.binary(max_size=300))
    | st.builds(lambda a, b, c: HELLO + a + b + c, STREAMS, st.binary(max_size=60), STREAMS),
    CUTS,
)
def test_arbitrary_bytes_raise_the_typed_error_only(data: bytes, cuts: list[int]) -> None:
    """Whatever a peer sends ends in frames or one typed error, the same for every chunking."""
    limits = Limits(line=30, headers=5, frame=80)
    whole = play([data], limits)
    assert play(cut(data, cuts), limits) == whole
    for frame in whole:
        if isinstance(frame, Headers):
            for name in frame:
                "".join((name, *frame.all(name))).encode()


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=40))
def test_no_peer_makes_us_hold_more_than_a_frame(pieces: list[bytes]) -> None:
    """What is kept of a peer's bytes never exceeds a frame and its end."""
    limits = Limits(line=30, headers=5, frame=80)
    parser = FrameParser(limits)
    parser.receive(HELLO)
    try:
        for piece in pieces:
            parser.receive(piece)
            while parser.next_frame() is not None:
                pass
            assert len(parser._buffer) < limits.frame + 4
    except AmiProtocolError:
        assert not parser._buffer


PARTS = st.sampled_from(
    [": ", ":", " ", "\r", "\n", "\0", "\x85", "\u2028", "é", "\udce9", "Extra: x", "\r\nExtra: x"]
)
"""What may stand in a value, or break out of it."""


@given(
    values=st.lists(st.lists(PARTS, max_size=2).map("".join), min_size=23, max_size=23),
    left_out=st.sets(st.integers(0, 22), max_size=1),
    twice=st.sets(st.integers(0, 22), max_size=1),
    swapped=st.booleans(),
)
def test_a_known_form_changes_nothing_in_what_is_read(
    values: list[str], left_out: set[int], twice: set[int], *, swapped: bool
) -> None:
    """Whatever is in a CEL event, its headers are the same whether its form is known or not."""
    pairs = list(zip(AMI_FORM.names, values, strict=True))
    pairs = [pair for at, pair in enumerate(pairs) for _ in range(1 + (at in twice))]
    pairs = [pair for at, pair in enumerate(pairs) if at not in left_out]
    if swapped:
        pairs[0], pairs[1] = pairs[1], pairs[0]
    text = "".join(f"{name}: {value}\r\n" for name, value in [("Event", "CEL"), *pairs]) + "\r\n"
    data = text.encode(errors="surrogateescape")
    read = []
    for forms in ((), (AMI_FORM,)):
        parser = FrameParser(forms=forms)
        parser.receive(HELLO + data)
        read.append(parser.next_frame())
    assert read[0] == read[1]
    assert read[0] is not None
    assert read[1] is not None
    assert from_ami_or_why(read[0]) == from_ami_or_why(read[1])


def from_ami_or_why(headers: Headers) -> CelEvent | str | None:
    try:
        return from_ami(headers)
    except MalformedEventError as error:
        return str(error)


def test_what_asterisk_wrote_is_of_the_known_form() -> None:
    """Each CEL event that a real Asterisk told is read in one go, and as what it is."""
    for name in scenarios():
        for event in call_events(name):
            (headers,) = play([HELLO + told(event, 1, 1.5, "v")])
            parser = FrameParser(forms=(AMI_FORM,))
            parser.receive(HELLO + told(event, 1, 1.5, "v"))
            formed = parser.next_frame()
            assert formed is not None
            assert formed.form is AMI_FORM
            assert formed == headers
