"""Properties of the FastAGI protocol that hold for every input."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ivr import commands
from ivr.agi import AgiProtocol, ConnectionClosed, Environment, Event, Hangup, Limits, Reply, State
from ivr.errors import AgiProtocolError

WORD = st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), max_size=30)
VALUE = st.text(st.characters(exclude_characters=")\n", exclude_categories=("Cs",)), max_size=30)

ENVIRONMENTS = st.lists(
    st.tuples(st.from_regex(r"agi_[a-z0-9_]{1,10}", fullmatch=True), WORD), min_size=1, max_size=8
).map(lambda pairs: "".join(f"{name}: {text}\n" for name, text in pairs).encode() + b"\n")

ANSWERS = st.one_of(
    st.builds("200 result={}".format, st.integers(-2, 300)),
    st.builds("200 result={} endpos={}".format, st.integers(-1, 99), st.integers(0, 10**9)),
    st.builds("200 result=1 ({})".format, VALUE),
    st.builds("200 result=1 ({}\nHANGUP\n{})".format, VALUE, VALUE),
    st.builds("{} {}".format, st.sampled_from([510, 511, 520]), WORD),
    st.builds("520-Usage:\n{}\n\n520 End of proper usage.".format, WORD),
).map(lambda text: text.encode() + b"\n")


def play(protocol: AgiProtocol, pieces: list[bytes]) -> list[Event | str]:
    """Feed the pieces; after the environment and each answer send the next command at once."""
    told: list[Event | str] = []
    try:
        for piece in pieces:
            protocol.receive_data(piece)
            while (event := protocol.next_event()) is not None:
                told.append(event)
                if protocol.state is State.IDLE:
                    protocol.send(commands.noop())
    except AgiProtocolError as error:
        told.append(error.code)
    return told


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut ``data`` at these places (modulo its length)."""
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in itertools.pairwise(bounds)]


DIALOGUES = st.builds(
    lambda environment, answers, hangup: environment + b"".join(answers) + hangup,
    ENVIRONMENTS,
    st.lists(ANSWERS, max_size=6),
    st.sampled_from([b"", b"HANGUP\n", b"HANGUP\nHANGUP\n"]),
)
CUTS = st.lists(st.integers(0, 5000), max_size=30)


@given(DIALOGUES, CUTS)
def test_any_chunking_of_a_dialogue_gives_the_same_events(data: bytes, places: list[int]) -> None:
    """How TCP cuts a dialogue changes nothing, not even byte by byte."""
    whole = play(AgiProtocol(), [data, b""])
    assert isinstance(whole[0], Environment)
    assert whole[-1] == ConnectionClosed()
    assert all(isinstance(event, Reply | Hangup) for event in whole[1:-1])
    assert play(AgiProtocol(), [*cut(data, places), b""]) == whole
    assert play(AgiProtocol(), [bytes([byte]) for byte in data] + [b""]) == whole


@given(
    st.binary(max_size=400)
    | st.builds(bytes.__add__, DIALOGUES, st.binary(max_size=100))
    | st.builds(bytes.__add__, ENVIRONMENTS, st.binary(max_size=200)),
    CUTS,
)
def test_arbitrary_bytes_raise_the_typed_errors_only(data: bytes, places: list[int]) -> None:
    """Whatever a peer sends ends in events or one typed error, the same for every chunking."""
    limits = Limits(line=60, lines=12, total=300)
    whole = play(AgiProtocol(limits), [data, b""])
    assert play(AgiProtocol(limits), [*cut(data, places), b""]) == whole


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=60))
def test_no_peer_makes_us_hold_more_than_the_limits(pieces: list[bytes]) -> None:
    """What is kept of a peer's bytes never exceeds a line and the total."""
    limits = Limits(line=40, lines=6, total=120)
    protocol = AgiProtocol(limits)
    for piece in [b"agi_a: b\n\n", *pieces]:
        if isinstance((play(protocol, [piece]) or [None])[-1], str):
            break
        assert len(protocol._buffer) <= limits.line
        assert sum(map(len, protocol._answer)) <= limits.total
