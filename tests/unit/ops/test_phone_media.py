"""RTP, keys, sounds, session descriptions and messages, without a socket."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ops.phone import dtmf, message, rtp, sdp, sound, twin
from ops.phone.dtmf import KEYS, Event, EventReader, EventSender
from ops.phone.g711 import Law, decode, encode, silence
from ops.phone.heard import Heard
from ops.phone.rtp import FRAME, Packet

packets = st.builds(
    Packet,
    payload_type=st.integers(0, 63) | st.integers(96, 127),
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=200),
    marker=st.booleans(),
)


@given(packets)
def test_packets_survive_the_wire(packet: Packet) -> None:
    """What is encoded is what is parsed."""
    assert rtp.parse(packet.encode()) == packet


@given(st.binary(max_size=64))
def test_any_datagram_can_be_received(data: bytes) -> None:
    """Any bytes are a packet or none, never an error, and can be listened to."""
    packet = rtp.parse(data)
    if packet is not None:
        heard = Heard()
        heard.take(packet, 1.0, packet.payload_type)
        heard.take(packet, 1.0, None)
        assert heard.packets == 2
        assert len(packet.payload) < len(data)


def test_extensions_and_padding_are_left_out() -> None:
    """Contributing sources, a header extension and padding are no part of the payload."""
    data = bytes.fromhex("b188 0001 00000002 00000003 0000000a bede0001 00000000".replace(" ", ""))
    packet = rtp.parse(data + b"payload" + b"\0\0\0\4")
    assert packet == Packet(8, 1, 2, 3, b"payload", marker=True)


@given(st.sampled_from(KEYS), st.integers(1, 400), st.integers(0, 0xFFFFFFFF))
def test_a_key_is_told_as_the_rfc_says(key: str, ms: int, timestamp: int) -> None:
    """Marker on the first packet only, one timestamp, growing duration, the end three times."""
    sender = EventSender(key, ms, 101, timestamp)
    sent = []
    while not sender.done:
        sent.append(sender.next(len(sent), 7))
    events = [dtmf.parse(packet.payload) for packet in sent]
    assert [packet.marker for packet in sent] == [True] + [False] * (len(sent) - 1)
    assert {packet.timestamp for packet in sent} == {timestamp}
    assert [event.end for event in events] == [False] * (len(sent) - 3) + [True] * 3
    durations = [event.duration for event in events]
    assert durations[: len(sent) - 3] == [FRAME * n for n in range(1, len(sent) - 2)]
    assert set(durations[-4:]) == {durations[-1]}
    assert ms <= durations[-1] / 8 < ms + 20
    reader = EventReader()
    assert [reader.read(packet) for packet in sent] == [key] + [None] * (len(sent) - 1)


@given(st.binary(max_size=8))
def test_any_payload_can_be_an_event(payload: bytes) -> None:
    """Any bytes are an event that encodes to them, but for the reserved bit, or none."""
    event = dtmf.parse(payload)
    if event is None:
        assert len(payload) < 4 or payload[0] >= len(KEYS)
    else:
        again = bytes([payload[0], payload[1] & 0xBF, payload[2], payload[3]])
        assert event.encode() == again


def test_only_keys_are_pressed() -> None:
    """Lower case is taken, anything else refused."""
    assert dtmf.check_key("a") == "A"
    for wrong in ("", "12", "x", "\N{ARABIC-INDIC DIGIT ONE}"):
        with pytest.raises(ValueError, match="not a key"):
            dtmf.check_key(wrong)


def test_an_event_lasts_no_longer_than_its_field() -> None:
    """A key held for ever has the longest duration there is."""
    assert dtmf.parse(Event("1", end=False, duration=10**6).encode()).duration == 0xFFFF


@pytest.mark.parametrize("law", list(Law))
def test_g711_gives_back_what_it_stands_for(law: Law) -> None:
    """Every byte decodes to a sample that encodes to it again, or to its twin of value 0."""
    samples = decode(bytes(range(256)), law)
    assert decode(encode(samples, law), law) == samples
    assert max(samples) > 30000 > -30000 > min(samples)
    assert abs(decode(silence(law, 1), law)[0]) <= 8


@pytest.mark.parametrize(
    ("law", "byte", "sample"),
    [
        # ITU-T G.711, tables 1 and 2: the ends of the scale.
        (Law.PCMA, 0xAA, 32256),
        (Law.PCMA, 0x2A, -32256),
        (Law.PCMA, 0xD5, 8),
        (Law.PCMU, 0x80, 32124),
        (Law.PCMU, 0x00, -32124),
        (Law.PCMU, 0xFF, 0),
    ],
)
def test_g711_is_the_standard(law: Law, byte: int, sample: int) -> None:
    """Known bytes have the values that the standard gives them."""
    assert decode(bytes([byte]), law) == [sample]


@given(st.integers(-40000, 40000), st.sampled_from(Law))
@example(sample=479, law=Law.PCMU)
@example(sample=-479, law=Law.PCMU)
def test_g711_is_near(sample: int, law: Law) -> None:
    """Any sample comes back within half a step of its segment, or clipped at full scale."""
    (back,) = decode(encode([sample], law), law)
    wanted = max(-32256, min(32256, sample))
    # Half a step is a 32nd of the value at most; the encoder itself resolves 4.
    assert abs(back - wanted) <= max(8, abs(wanted) / 32) + 4


@pytest.mark.parametrize("law", list(Law))
@pytest.mark.parametrize("hz", [300, 440, 1000, 3000])
def test_a_tone_is_measured_as_made(law: Law, hz: int) -> None:
    """A tone has its amplitude at its own frequency, nearly all its energy, and none elsewhere."""
    samples = decode(sound.tone((hz,), law)[: 10 * FRAME], law)
    assert sound.amplitude(samples, hz) == pytest.approx(sound.TONE_LEVEL, rel=0.02)
    assert sound.rms(samples) == pytest.approx(sound.TONE_LEVEL / math.sqrt(2), rel=0.02)
    assert sound.share(samples, hz) > 0.98
    assert sound.share(samples, hz + 150) < 0.01


@pytest.mark.parametrize("key", sorted(sound.DTMF_PAIRS))
def test_each_key_has_its_two_tones(key: str) -> None:
    """Of the eight frequencies, the key's two stand out."""
    samples = decode(sound.tone(sound.DTMF_PAIRS[key], Law.PCMA)[: 4 * FRAME], Law.PCMA)
    levels = {hz: sound.amplitude(samples, hz) for pair in sound.DTMF_PAIRS.values() for hz in pair}
    assert set(sorted(levels, key=levels.get)[-2:]) == set(sound.DTMF_PAIRS[key])
    assert len(set(sound.DTMF_PAIRS.values())) == len(KEYS)


def test_nothing_has_no_level() -> None:
    """No samples, or silent ones, measure as nothing."""
    assert sound.rms([]) == sound.amplitude([], 440) == sound.share([], 440) == 0
    assert sound.share([0] * 160, 440) == 0


def test_what_was_heard_since_a_mark() -> None:
    """Only what arrived after the mark counts, and of that only the last part asked for."""
    heard = Heard()
    tone = sound.tone((1000,), Law.PCMA)[:FRAME]
    for number in range(10):
        payload = tone if number >= 5 else silence(Law.PCMA, FRAME)
        heard.take(Packet(8, number, number * FRAME, 1, payload), float(number), 101)
    assert heard.since().ms == 200
    assert heard.since(5.0).ms == 100
    assert heard.since(5.0).share(1000) > 0.9
    assert heard.since(0.0, last_ms=40).ms == 40
    assert heard.since(0.0, last_ms=40).rms > 0.1
    assert heard.since(9.5).ms == 0
    assert (heard.first_at, heard.last_at, heard.packets) == (0.0, 9.0, 10)


@given(
    st.permutations(list(Law)),
    st.integers(1, 65535),
    st.none() | st.integers(96, 127),
    st.sampled_from(["127.0.0.1", "10.1.2.3", "::1"]),
)
def test_descriptions_survive_the_wire(
    laws: list[Law], port: int, event: int | None, address: str
) -> None:
    """What is offered is what is understood, and an answer takes its first codec."""
    offer = sdp.Media(address, port, tuple(laws), event)
    assert sdp.parse(offer.encode()) == offer
    answer = offer.answer("127.0.0.2", 4000)
    assert answer == sdp.Media("127.0.0.2", 4000, (laws[0],), event)


@given(st.text() | st.from_regex(r"c=IN IP4 x\r\nm=audio \d* RTP/AVP [\d ]*\r\na=rtpmap:\d*"))
def test_any_description_can_be_read(text: str) -> None:
    """Any text is a description with audio or none, never an error."""
    media = sdp.parse(text)
    assert media is None or media.laws


def test_asterisks_description_is_understood() -> None:
    """Codecs we do not know are passed over, and the event's number is the far end's."""
    text = (
        "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=Asterisk\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
        "m=audio 10012 RTP/AVP 107 0 8 96\r\na=rtpmap:107 opus/48000/2\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\n"
        "a=fmtp:96 0-16\r\nm=video 10014 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n"
    )
    assert sdp.parse(text) == sdp.Media("10.0.0.9", 10012, (Law.PCMU, Law.PCMA), 96)


@given(st.binary())
def test_any_message_can_be_read(data: bytes) -> None:
    """Any bytes are a message, in which everything can be asked for, never an error."""
    found = message.parse(data)
    assert isinstance(found.status, int)
    assert isinstance(found.request_user + found.caller_name + found.caller_number, str)
    assert found.first("no-such-header") == b""


@pytest.mark.parametrize(
    ("value", "name", "number"),
    [
        (b'"Budi" <sip:0811@x>;tag=1', "Budi", "0811"),
        (b"Budi <sip:0811@x>;tag=1", "Budi", "0811"),
        (b"<sip:0811@x>", "", "0811"),
        (b"sip:0811@x;tag=1", "", "0811"),
        (rb'"a \"b\" <sip:9@y> \\" <sip:0811@x>', r'a "b" <sip:9@y> ' + "\\", "0811"),
        (b'"\xe9" <sip:0811@x>', "\N{REPLACEMENT CHARACTER}", "0811"),
    ],
)
def test_who_calls_is_read_from_the_from_header(value: bytes, name: str, number: str) -> None:
    """Name and number are found whatever is in the name."""
    found = message.parse(b"INVITE sip:201@h SIP/2.0\r\nf: " + value + b"\r\n\r\n")
    assert (found.caller_name, found.caller_number, found.request_user) == (name, number, "201")


@given(st.lists(st.integers(0, 120), max_size=6))
def test_reports_are_read_however_they_are_cut(cuts: list[int]) -> None:
    """Reports come out whole and in order, in whatever pieces the socket gives them."""
    data = (
        b"Call-ID: a@b\r\nEvent: invite\r\nAt: 1.0 2.0\r\n\r\nINVITE sip:201@h SIP/2.0\r\n"
        b"From: x\r\n\r\nbody\x1bcall-id: c@d\r\ninternal-cmd: abort_call\r\n\r\n\x1brubbish\x1b"
    )
    reader, found = twin.Reader(), []
    edges = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(edges):
        found += reader.feed(data[start:end])
    assert [(one.call_id, one.event) for one in found] == [("a@b", "invite"), ("c@d", twin.ABORTED)]
    assert found[0].fields == {"at": "1.0 2.0"}
    assert (found[0].message.request_user, found[0].message.body) == ("201", b"body")
