"""Bytes from hell for whatever reads a protocol: properties that hold for every input.

Each property is run for tens of thousands of examples by
``./siaga112 fuzz --bytes`` and for a few in every test run.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from ivr import commands
from ivr.agi import AgiProtocol, Environment, Reply, State
from ivr.agi import Limits as AgiLimits
from ivr.errors import AgiProtocolError
from router.ami import Event, Ping
from router.ami.errors import AmiProtocolError, ConnectionLostError
from router.ami.frames import GREETING, FrameParser
from router.ami.frames import Limits as AmiLimits
from router.ami.headers import Headers
from router.ami.protocol import AmiProtocol
from router.door.events import seen
from router.door.hep import challenge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AGI_LIMITS: Final = AgiLimits(line=200, lines=20, total=600)
AMI_LIMITS: Final = AmiLimits(line=200, headers=20, frame=600)

AGI_PIECES: Final = st.sampled_from(
    [
        *(b"agi_network: yes\n", b"agi_callerid: 0812\n", b"agi_arg_1: x\n", b"agi_x", b"\n"),
        *(
            b"200 result=0\n",
            b"200 result=1 (x\n",
            b")\n",
            b"200 result=-1 endpos=99\n",
            b"HANGUP\n",
        ),
        *(
            b"510 Invalid\n",
            b"511 Dead\n",
            b"520-Usage\n",
            b"520 End of proper usage.\n",
            b"200 \n",
        ),
        *(b"result=", b"(hangup)", b"\r\n", b"\0", b"\xff\xfe", b" " * 300, b"9" * 40),
    ]
)
AMI_PIECES: Final = st.sampled_from(
    [
        *(GREETING + b"11.0.0\r\n", b"\r\n", b"\r\n\r\n", b"\r", b"\n", b": ", b"\0", b"\xff"),
        *(b"Event: CEL\r\n", b"Response: Success\r\n", b"Response: Error\r\n", b"ActionID: 1\r\n"),
        *(b"EventList: start\r\n", b"EventList: Complete\r\n", b"LinkedID: 1.1\r\n", b"x" * 300),
        *(
            b"Event: ChallengeResponseFailed\r\n",
            b"Event: SuccessfulAuth\r\n",
            b"Privilege: call,all\r\n",
        ),
    ]
)
HEP_PIECES: Final = st.sampled_from(
    [
        *(b"HEP3", b"\0\0", b"\0\x0f", b"\0\x0e", b"\0\x04", b"\0\x0a", b"\xff\xff", b"\0\x06"),
        *(b"SIP/2.0 401 x\r\n", b'WWW-Authenticate: Digest nonce="1/2"\r\n', b"\x7f\0\0\1", b"key"),
    ]
)


def stream(pieces: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[bytes]]:
    """Bytes as a network delivers them: words of the protocol, rubbish, cut anywhere."""
    word = pieces | st.binary(max_size=12)
    whole = st.lists(word, max_size=20).map(b"".join)
    return st.tuples(whole, st.lists(st.integers(0, 2000), max_size=6)).map(lambda pair: cut(*pair))


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """Cut at these places, each modulo the length."""
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in itertools.pairwise(bounds)]


def agi_events(pieces: Sequence[bytes]) -> list[object]:
    """What the menu's protocol says, asked again after each answer."""
    protocol, told = AgiProtocol(AGI_LIMITS), list[object]()
    with contextlib.suppress(AgiProtocolError):
        for piece in pieces:
            protocol.receive_data(piece)
            while (event := protocol.next_event()) is not None:
                told.append(event)
                if protocol.state is State.IDLE:
                    protocol.send(commands.noop())
            assert len(protocol._buffer) <= AGI_LIMITS.line + len(piece)
    return [*told, protocol.state]


def agi(pieces: list[bytes]) -> None:
    """FastAGI: events or the one typed error; the same however cut; one environment, first."""
    told = agi_events([*pieces, b""])
    assert agi_events([b"".join(pieces), b""]) == told
    assert all(not isinstance(event, Environment) for event in told[1:])
    for event in told:
        if isinstance(event, Reply):
            assert 100 <= event.code <= 999
            (event.result + (event.data or "")).encode()


def ami_frames(pieces: Sequence[bytes]) -> list[object]:
    """Frames, and the error that ended them."""
    parser, told = FrameParser(AMI_LIMITS), list[object]()
    try:
        for piece in pieces:
            parser.receive(piece)
            while (frame := parser.next_frame()) is not None:
                told.append(frame)
            assert len(parser._buffer) <= AMI_LIMITS.frame + 4
    except AmiProtocolError as error:
        told.append(error.code)
    return told


def ami(pieces: list[bytes]) -> None:
    """AMI frames: mappings or the one typed error, the same however cut; text that can be kept."""
    pieces = [GREETING + b"11\r\n", *pieces]
    told = ami_frames(pieces)
    assert ami_frames([b"".join(pieces)]) == told
    for frame in told:
        if isinstance(frame, Headers):
            for name in frame:
                "".join((name, *frame.all(name))).encode()
            seen(Event(frame.get("event", ""), frame, datetime.now(UTC)))


class _Transport(asyncio.Transport):
    """A socket that takes everything and can be closed."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take it."""

    def abort(self) -> None:
        """Be closed."""

    def is_closing(self) -> bool:
        """Never."""
        return False


_LOOP: Final = asyncio.new_event_loop()


def ami_protocol(pieces: list[bytes]) -> None:
    """AMI with a question out: it is answered, or the connection ends and that is told."""

    async def play() -> None:
        told: list[Event] = []
        protocol = AmiProtocol(told.append, AMI_LIMITS, list_max=5)
        protocol.connection_made(_Transport())
        request = protocol.submit(Ping())
        for piece in [GREETING + b"11\r\n", *pieces]:
            protocol.data_received(
                piece.replace(b"ActionID: 1", f"ActionID: {request.id}".encode())
            )
        protocol.connection_lost(None)
        assert protocol.lost.done()
        assert request.future.done()
        with contextlib.suppress(ConnectionLostError):
            request.future.result()
        assert all(event.name is not None for event in told)

    _LOOP.run_until_complete(play())


def hep(packet: bytes) -> None:
    """Copies of SIP messages: nothing comes of what has not the key."""
    whole = b"HEP3" + (len(packet) + 6).to_bytes(2, "big") + packet
    assert challenge(whole, b"another key") is None
    challenge(packet, b"key")


@dataclass(frozen=True, slots=True)
class Property:
    """What holds for every input.

    Attributes:
        inputs: bytes, or pieces of them.
        check: raises when it does not hold.
    """

    inputs: st.SearchStrategy[Any]
    check: Callable[[Any], None]


PROPERTIES: Final[dict[str, Property]] = {
    "agi": Property(stream(AGI_PIECES), agi),
    "ami": Property(stream(AMI_PIECES), ami),
    "ami-protocol": Property(stream(AMI_PIECES), ami_protocol),
    "hep": Property(st.lists(HEP_PIECES | st.binary(max_size=12), max_size=30).map(b"".join), hep),
}
